// A worker without a cache: takes the real worker's command line and answers
// every request with who it is. Comments in the configuration tell it how to
// misbehave:
//   # fake: fail            says {"error": ...} instead of ready
//   # fake: conflict once   the first start says that the store is taken
//   # fake: hang            never says anything
//   # fake: die             is killed by a signal before it is ready
//   # fake: vanish          ends with status 3 before it is ready
//   # fake: slow            takes up to 200 ms to get ready
//   # fake: idle            ends with status 0 after one request
//   # marker: WORD          part of every answer
// Requests: /die (killed by SIGKILL before it answers), anything else 200.
// Each start adds a line to <cache-dir-default>.starts.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace {

struct Worker {
  std::map<std::string, std::string> options;
  std::string config;
  int http = -1;
  int grpc = -1;
  int admin = -1;

  bool told(const std::string& what) const {
    return config.find("# fake: " + what + "\n") != std::string::npos;
  }
  std::string marker() const {
    const std::string tag = "# marker: ";
    const auto at = config.find(tag);
    return at == std::string::npos
               ? ""
               : config.substr(at + tag.size(), config.find('\n', at) - at - tag.size());
  }
};

void parse(int argc, char** argv, Worker& worker) {
  for (int i = 2; i < argc; ++i) {
    const std::string name = argv[i];
    const bool is_switch = name == "--trusted" || name == "--foreground";
    worker.options[name] = is_switch || i + 1 == argc ? "yes" : argv[++i];
  }
  std::ifstream file(worker.options["--config"]);
  worker.config.assign(std::istreambuf_iterator<char>(file), {});
  worker.http = std::stoi(worker.options["--http-fd"]);
  worker.grpc = std::stoi(worker.options["--grpc-fd"]);
  worker.admin = std::stoi(worker.options["--admin-fd"]);
}

void say(Worker& worker, const std::string& line) {
  const int fd = std::stoi(worker.options["--ready-fd"]);
  (void)!::write(fd, line.data(), line.size());
  ::close(fd);
}

std::string answer(Worker& worker) {
  char cwd[4096] = {};
  (void)!::getcwd(cwd, sizeof cwd);
  const std::string body = "{\"pid\":" + std::to_string(::getpid()) + ",\"marker\":\"" +
                           worker.marker() + "\",\"trusted\":\"" + worker.options["--trusted"] +
                           "\",\"cwd\":\"" + cwd + "\",\"config_path\":\"" +
                           worker.options["--config-path"] + "\"}";
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

// True: one request was served.
bool serve(Worker& worker, int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) {
    return false;
  }
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count <= 0) {
      break;
    }
    request.append(buffer, static_cast<std::size_t>(count));
  }
  if (request.find(" /die ") != std::string::npos) {
    ::raise(SIGKILL);
  }
  const std::string reply = answer(worker);
  (void)!::write(fd, reply.data(), reply.size());
  ::close(fd);
  return true;
}

int run(Worker& worker) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  const int signals = ::signalfd(-1, &set, SFD_CLOEXEC);
  say(worker, "{\"ready\":true,\"cache_dir\":\"" + worker.options["--cache-dir-default"] + "\"}\n");
  for (;;) {
    pollfd entries[] = {{signals, POLLIN, 0},
                        {worker.http, POLLIN, 0},
                        {worker.admin, POLLIN, 0},
                        {worker.grpc, POLLIN, 0}};
    if (::poll(entries, 4, -1) < 0) {
      continue;
    }
    if (entries[0].revents != 0) {
      return 0;
    }
    bool served = entries[1].revents != 0 && serve(worker, worker.http);
    served = (entries[2].revents != 0 && serve(worker, worker.admin)) || served;
    served = (entries[3].revents != 0 && serve(worker, worker.grpc)) || served;
    if (served && worker.told("idle")) {
      return 0;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Worker worker;
  parse(argc, argv, worker);
  const std::string starts = worker.options["--cache-dir-default"] + ".starts";
  const bool first = !std::ifstream(starts);
  std::ofstream(starts, std::ios::app) << ::getpid() << "\n";
  if (worker.told("conflict once") && first) {
    say(worker, "{\"error\":\"the store is taken\",\"code\":\"conflict\"}\n");
    return 1;
  }
  if (worker.told("fail")) {
    say(worker, "{\"error\":\"the fake worker was told to fail\",\"code\":\"io\"}\n");
    return 1;
  }
  if (worker.told("slow")) {
    ::usleep(static_cast<unsigned>(::getpid()) * 7919U % 200000U);
  }
  if (worker.told("hang")) {
    for (;;) {
      ::pause();
    }
  }
  if (worker.told("die")) {
    ::raise(SIGKILL);
  }
  if (worker.told("vanish")) {
    std::fprintf(stderr, "these are my last words\n");
    return 3;
  }
  return run(worker);
}

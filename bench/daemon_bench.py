#!/usr/bin/env python3
"""Process start, entering a project, cold start and memory of the daemon.

usage: bench/daemon_bench.py --bin build/release/bin [--entries 100000] [--runs 50]
                             [--projects 50]

Prints minimum / median / 95th percentile in milliseconds. /bin/true in the same
run is the floor of what starting any process costs on the machine.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time


# A supervisor gives its start-up memory back when it has had nothing to do for a while.
REST = 35


def timed(argv, env, cwd):
    start = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, env, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    os.waitpid(pid, 0)
    return (time.perf_counter() - start) * 1000


def row(name, samples):
    ordered = sorted(samples)
    print("| %s | %.2f | %.2f | %.2f |" % (
        name, ordered[0], statistics.median(ordered), ordered[int(len(ordered) * 0.95) - 1]),
          flush=True)


def status(fabrik, env):
    return json.loads(subprocess.run([fabrik, "status", "--json"], env=env, check=True,
                                     capture_output=True, text=True).stdout)


def stop(fabrik, env):
    subprocess.run([fabrik, "stop"], env=env, check=True, stdout=subprocess.DEVNULL)


def http_port(state_home):
    for root, _, files in os.walk(state_home):
        if "ports.json" in files:
            with open(os.path.join(root, "ports.json"), encoding="utf-8") as file:
                return json.load(file)["http"]
    raise RuntimeError("no ports.json below " + state_home)


def fill(port, entries):
    """Stores `entries` small artefacts over one connection, pipelined."""
    link = socket.create_connection(("127.0.0.1", port))
    stream = link.makefile("rb")
    batch = 100
    for first in range(0, entries, batch):
        requests = b""
        for index in range(first, first + batch):
            body = b"%016d" % index * 16
            requests += (b"PUT /ccache/%032x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                         b"Content-Length: %d\r\n\r\n" % (index, port, len(body))) + body
        link.sendall(requests)
        for _ in range(batch):
            length = 0
            assert stream.readline().split()[1] in (b"200", b"201", b"204")
            while (line := stream.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            stream.read(length)
    link.close()


def memory(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["VmRSS"].split()[0]) / 1024


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processes(state_home):
    for root, _, files in os.walk(state_home):
        if "pid" in files:
            with open(os.path.join(root, "pid"), encoding="ascii") as file:
                supervisor = int(file.read())
            return supervisor, children(supervisor)[0]
    raise RuntimeError("no daemon")


def proportional(pid):
    """MiB, with memory that several processes share counted once."""
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file if ":" in line)
    return int(fields["Pss"].split()[0]) / 1024


def many_projects(fabrik, env, home, count):
    """Memory of `count` projects at once: with their workers, and when those are idle."""
    projects = []
    for index in range(count):
        project = os.path.join(home, "many", str(index))
        os.makedirs(project)
        with open(os.path.join(project, "fabrik.toml"), "w", encoding="utf-8"):
            pass
        projects.append(project)
        subprocess.run([fabrik, "exec", "--", "true"], env=env, cwd=project, check=True)
    daemons = json.loads(subprocess.run([fabrik, "status", "--all", "--json"], env=env, check=True,
                                        capture_output=True, text=True).stdout)["daemons"]
    supervisors = [daemon["pid"] for daemon in daemons
                   if daemon["config"].startswith(os.path.join(home, "many") + "/")]
    assert len(supervisors) == count, daemons
    workers = [pid for supervisor in supervisors for pid in children(supervisor)]
    time.sleep(REST)
    print("\n%d projects: supervisors %.1f MiB RSS, %.1f MiB PSS; workers %.1f MiB RSS, "
          "%.1f MiB PSS" % (count, sum(map(memory, supervisors)), sum(map(proportional, supervisors)),
                            sum(map(memory, workers)), sum(map(proportional, workers))), flush=True)
    for project in projects:
        subprocess.run([fabrik, "restart", "--set", "daemon.idle_timeout=1s"], env=env, cwd=project,
                       check=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60 + count
    while any(children(supervisor) for supervisor in supervisors):
        if time.monotonic() > deadline:
            raise TimeoutError("workers do not become idle")
        time.sleep(0.2)
    time.sleep(REST)
    print("%d projects, workers idle: supervisors %.1f MiB RSS, %.1f MiB PSS" % (
        count, sum(map(memory, supervisors)), sum(map(proportional, supervisors))))


def answer(port):
    """Milliseconds until a request on a new connection is answered."""
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
        assert link.recv(100).startswith(b"HTTP/1.1 200"), "no answer"
    return (time.perf_counter() - start) * 1000


def after_kills(activate, env, project, state_home, runs):
    """What a request costs whose worker was killed, and a prompt whose supervisor was."""
    requests, prompts = [], []
    for _ in range(runs):
        for which, samples in ((1, requests), (0, prompts)):
            stop(activate[0], env)  # a worker that dies again and again is started more slowly
            timed(activate, env, project)
            port = http_port(state_home)
            os.kill(processes(state_home)[which], signal.SIGKILL)
            if which == 0:
                samples.append(timed(activate, env, project))
            else:
                samples.append(answer(port))
    row("first answer after kill -9 of the worker", requests)
    row("first prompt after kill -9 of the supervisor", prompts)


def wait_until_idle(pid):
    deadline = time.monotonic() + 120
    before = -1.0
    while time.monotonic() < deadline and cpu_seconds(pid) - before > 0.01:
        before = cpu_seconds(pid)
        time.sleep(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--projects", type=int, default=50)
    args = parser.parse_args()
    home = os.path.realpath(tempfile.mkdtemp(prefix="fabrik-bench-"))
    fabrik = os.path.join(os.path.abspath(args.bin), "fabrik")
    state_home = os.path.join(home, "state")
    env = {"HOME": home, "PATH": os.environ["PATH"], "XDG_STATE_HOME": state_home}
    project = os.path.join(home, "project")
    os.makedirs(project)
    with open(os.path.join(project, "fabrik.toml"), "w", encoding="utf-8"):
        pass
    os.chdir(project)
    activate = [fabrik, "activate", "--status", "--shell", "bash"]
    try:
        print("| what | min ms | median ms | p95 ms |\n|---|---|---|---|")
        for name, argv in (("/bin/true", ["/bin/true"]), ("fabrik --version", [fabrik, "--version"])):
            row(name, [timed(argv, env, project) for _ in range(args.runs * 4)])
        timed(activate, env, project)
        row("enter, daemon alive (activate --status)",
            [timed(activate, env, project) for _ in range(args.runs * 4)])
        for entries in (0, args.entries):
            if entries:
                fill(http_port(state_home), entries)
            samples = []
            for _ in range(args.runs):
                stop(fabrik, env)
                samples.append(timed(activate, env, project))
            row("enter, cold, %d entries" % entries, samples)
        after_kills(activate, env, project, state_home, args.runs)
        # What a worker checks once, after a kill, is not idling.
        stop(fabrik, env)
        timed(activate, env, project)
        supervisor, worker = processes(state_home)
        wait_until_idle(worker)
        before = cpu_seconds(supervisor) + cpu_seconds(worker)
        time.sleep(10)
        spent = cpu_seconds(supervisor) + cpu_seconds(worker) - before
        print("\nsupervisor %.1f MiB RSS, worker %.1f MiB RSS with %d entries, "
              "%.2f s CPU in 10 s idle" % (memory(supervisor), memory(worker), args.entries, spent))
        if args.projects:
            many_projects(fabrik, env, home, args.projects)
    finally:
        subprocess.run([fabrik, "stop", "--all"], env=env, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

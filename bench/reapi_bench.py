#!/usr/bin/env python3
"""The Remote Execution API beside a bare gRPC server and bazel-remote, in one run.

  bench/reapi_bench.py --bin build/bench/bin [--seconds 3] [--scale 1.0] [--no-peer]

Needs fabrikd and reapi_load in --bin, and 16 GiB in $FABRIK_BENCH_DIR (default: the
temporary directory), which should be a tmpfs: the bare server writes nothing. bazel-remote is built from the Go module proxy
into $XDG_CACHE_HOME/fabrik-bench when go is there, and left out otherwise. --scale
shrinks the largest blob, the number of streams and their size. Prints a table of
figures and one line of JSON.
"""
import argparse
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

BAZEL_REMOTE = "github.com/buchgr/bazel-remote/v2@v2.4.4"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def rss_peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0


class Server:
    def __init__(self, name, argv, port):
        self.name, self.port = name, port
        # What was written is leased for hours: all of it must fit.
        env = dict(os.environ, FABRIK_CONFIG_CACHE_MAX_SIZE="20GB")
        self.process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if port is None:
            line = self.process.stdout.readline()
            self.port = int(json.loads(line)["grpc_port"] if line.startswith(b"{") else line)
        if not wait_for(self.port, self.process):
            raise RuntimeError(f"{name} did not start")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def bazel_remote():
    """The path of the peer's binary, or None."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    target = cache / "fabrik-bench"
    binary = target / "bazel-remote"
    if binary.exists():
        return binary
    env = dict(os.environ, GOBIN=str(target), CGO_ENABLED="1")
    try:
        done = subprocess.run(["go", "install", BAZEL_REMOTE], env=env, capture_output=True, text=True)
    except FileNotFoundError:
        print("bazel-remote: go is missing, left out", file=sys.stderr)
        return None
    if done.returncode != 0 or not binary.exists():
        print("bazel-remote cannot be built, left out:", done.stderr[-300:], file=sys.stderr)
        return None
    return binary


def start_servers(binaries, scratch, peer):
    yield lambda: Server("fabrik", [binaries / "fabrikd", "worker", "--http-port", "0", "--grpc-port",
                                    "0", "--cache-dir-default", scratch / "fabrik"], None)
    yield lambda: Server("bare gRPC", [binaries / "reapi_load", "serve"], None)
    binary = bazel_remote() if peer else None
    if binary:
        port = free_port()
        yield lambda: Server("bazel-remote", [binary, "--dir", scratch / "peer", "--max_size", "20",
                                              "--grpc_address", f"127.0.0.1:{port}",
                                              "--http_address", f"127.0.0.1:{free_port()}",
                                              "--access_log_level", "none"], port)


def workloads(scale):
    large = max(1 << 20, int((256 << 20) * scale))
    yield "action-cache hits/s", ["hits", "--clients", "4"], "per_second"
    yield "FindMissing digests/s", ["missing", "--clients", "4"], "per_second"
    for size in (64 << 10, 4 << 20, large):
        label = f"{size >> 10} KiB" if size < 1 << 20 else f"{size >> 20} MiB"
        for what in ("read", "write"):
            yield (f"{what} {label}, GB/s", [what, "--clients", "2", "--size", str(size)],
                   "bytes_per_second")
    streams = max(4, int(64 * scale))
    yield (f"{streams} streams of {max(1, int(64 * scale))} MiB, GB/s",
           ["once", "--clients", str(streams), "--size", str(max(1 << 20, int((64 << 20) * scale)))],
           "bytes_per_second")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", default="3")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    results, memory = {}, {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("FABRIK_BENCH_DIR")) as scratch:
        for start in start_servers(options.bin, pathlib.Path(scratch), not options.no_peer):
            server = start()
            for name, argv, key in workloads(options.scale):
                done = subprocess.run([options.bin / "reapi_load", *argv, "--port", str(server.port),
                                       "--seconds", options.seconds], capture_output=True, text=True)
                line = json.loads(done.stdout or "{}")
                value = line.get(key, 0)
                results.setdefault(name, {})[server.name] = round(
                    value / 1e9, 2) if key == "bytes_per_second" else value
                if done.returncode != 0:
                    print(f"{server.name}: {name}: {line.get('failed')} calls failed", file=sys.stderr)
            memory[server.name] = round(rss_peak_mib(server.process.pid))
            server.stop()
    results["peak RSS, MiB"] = memory
    names = list(memory)
    print(f"{'':34}" + "".join(f"{name:>14}" for name in names))
    for name, values in results.items():
        print(f"{name:34}" + "".join(f"{values.get(server, '-'):>14}" for server in names))
    print(json.dumps(results))


if __name__ == "__main__":
    main()

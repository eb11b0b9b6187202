#!/usr/bin/env python3
"""Push and pull of one image layer through fabrikd's OCI registry, beside docker-registry.

usage: bench/registry_bench.py [--bin build/release/bin] [--mib 500] [--rounds 5] [--dir DIR]

Both keep their files in DIR (default: /dev/shm, so that the disk is no part of it).
curl is the client of both: one POST and one PUT to push, one GET to pull. The sides
run in turn; ratios are taken round by round. "first pull" is that of a server that
was just restarted: fabrikd checks the SHA-256 of the file before the first byte.
Prints the most anonymous memory that either server held (VmHWM counts the page
cache of mapped files, too). Needs curl and docker-registry
(packaging/test-dependencies.sh --bench).
"""
import argparse
import hashlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time


class Server:
    """One registry and the most anonymous memory it was seen with."""

    def __init__(self, name, home):
        self.name, self.home, self.process = name, home, None
        self.peak = 0
        os.makedirs(home)

    def start(self, arguments):
        with open(self.home + "/log", "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while subprocess.run(["curl", "-sf", "-o", "/dev/null", self.url("/v2/")], check=False).returncode:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"{self.name} does not start: see {self.home}/log")
            time.sleep(0.05)
        threading.Thread(target=self.watch, args=(self.process.pid,), daemon=True).start()

    def watch(self, pid):
        try:
            while True:
                with open(f"/proc/{pid}/status", encoding="ascii") as status:
                    for line in status:
                        if line.startswith("RssAnon:"):
                            self.peak = max(self.peak, int(line.split()[1]) * 1024)
                time.sleep(0.02)
        except OSError:
            pass

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Fabrik(Server):
    def __init__(self, home, binaries):
        super().__init__("fabrikd", home)
        self.binary = binaries + "/fabrikd"

    def run(self):
        self.port = free_port()
        self.start([self.binary, "worker", "--cache-dir-default", self.home + "/cache",
                    "--http-port", str(self.port)])


class DockerRegistry(Server):
    def __init__(self, home):
        super().__init__("docker-registry", home)

    def run(self):
        self.port = free_port()
        with open(self.home + "/config.yml", "w", encoding="ascii") as config:
            json.dump({"version": 0.1, "log": {"accesslog": {"disabled": True}, "level": "error"},
                       "storage": {"filesystem": {"rootdirectory": self.home + "/data"}},
                       "http": {"addr": f"127.0.0.1:{self.port}"}}, config)
        self.start(["docker-registry", "serve", self.home + "/config.yml"])


def curl(*arguments):
    run = subprocess.run(["curl", "-sf", "-w", "%{time_total}", "-o", "/dev/null", *arguments],
                         capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"curl {' '.join(arguments)}: exit status {run.returncode}")
    return float(run.stdout)


def push(server, repository, path, digest):
    head = subprocess.run(["curl", "-sf", "-i", "-X", "POST", server.url(f"/v2/{repository}/blobs/uploads/")],
                          capture_output=True, text=True, check=True).stdout
    location = next(line.split(":", 1)[1].strip() for line in head.splitlines()
                    if line.lower().startswith("location:"))
    if location.startswith("/"):
        location = server.url(location)
    location += ("&" if "?" in location else "?") + "digest=" + digest
    return curl("-T", path, "-H", "Expect:", location)


def pull(server, repository, digest):
    return curl(server.url(f"/v2/{repository}/blobs/{digest}"))


def make_layer(path, size, seed):
    sha = hashlib.sha256()
    piece = hashlib.shake_256(str(seed).encode()).digest(1 << 20)
    with open(path, "wb") as file:
        for number in range(size >> 20):
            part = number.to_bytes(8, "big") + piece[8:]
            sha.update(part)
            file.write(part)
    return "sha256:" + sha.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--mib", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", default="/dev/shm")
    options = parser.parse_args()
    home = tempfile.mkdtemp(prefix="registry-bench-", dir=options.dir)
    servers = [Fabrik(home + "/fabrikd", options.bin), DockerRegistry(home + "/docker-registry")]
    times = {(server.name, what): [] for server in servers for what in ("push", "first pull", "pull")}
    try:
        for round_number in range(options.rounds):
            layer = home + "/layer"
            digest = make_layer(layer, options.mib << 20, round_number)
            for server in servers:
                server.run()
                times[server.name, "push"].append(push(server, "bench", layer, digest))
                server.stop()
                server.run()
                times[server.name, "first pull"].append(pull(server, "bench", digest))
                times[server.name, "pull"].append(pull(server, "bench", digest))
                server.stop()
                shutil.rmtree(server.home + ("/cache" if server.name == "fabrikd" else "/data"))
    finally:
        for server in servers:
            if server.process and server.process.poll() is None:
                server.process.kill()
        shutil.rmtree(home, ignore_errors=True)
    print(f"one layer of {options.mib} MiB, {options.rounds} rounds, MB/s (median)")
    print(f"{'':12}{'fabrikd':>16}{'docker-registry':>18}{'ratio':>8}")
    size = options.mib * 1.048576
    for what in ("push", "first pull", "pull"):
        ours, theirs = (times[server.name, what] for server in servers)
        ratio = statistics.median(b / a for a, b in zip(ours, theirs))
        print(f"{what:12}{size / statistics.median(ours):16.0f}{size / statistics.median(theirs):18.0f}{ratio:8.2f}")
    print("peak anonymous memory: " + ", ".join(
        f"{server.name} {server.peak / 2**20:.1f} MiB" for server in servers))


if __name__ == "__main__":
    main()

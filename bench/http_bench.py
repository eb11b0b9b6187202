#!/usr/bin/env python3
"""fabrikd beside nginx, one after the other, several rounds, on one machine.

    bench/http_bench.py [--bin build/bench/bin] [--seconds 3] [--rounds 3] [--markdown]

Needs nginx and wrk (Debian packages of these names) and, in --bin, fabrikd and
http_load (preset `bench`). Everything lives in a directory on tmpfs, so that the
disk is no part of the comparison. Both servers run one worker with one I/O thread.
Prints a table of ratios; asserts nothing.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from nginx import Nginx

KIB, MIB = 1024, 1024 * 1024
SIZES = [("1 KiB", KIB, 8), ("64 KiB", 64 * KIB, 8), ("4 MiB", 4 * MIB, 4), ("256 MiB", 256 * MIB, 1)]
MAX_UPLOADED = 768 * MIB  # per run, so that tmpfs does not fill


class Server:
    """A running server: where it listens and which process does the work."""

    def __init__(self, name, port, process, worker_pid, directory, files=None):
        self.name, self.port, self.process, self.worker_pid = name, port, process, worker_pid
        self.directory, self.files = directory, files

    def forget_uploads(self):
        """Frees memory between runs. fabrikd keeps its own budget."""
        for file in self.files.iterdir() if self.files else ():
            if int(file.name, 16) > SIZES[-1][1]:
                file.unlink()

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.worker_pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self, field="VmHWM"):
        status = pathlib.Path(f"/proc/{self.worker_pid}/status").read_text()
        return int(re.search(field + r":\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_nginx(directory):
    nginx = Nginx(directory)
    files = nginx.root / "cache"
    files.mkdir()
    return Server("nginx", nginx.port, nginx.process, nginx.worker_pid(), directory, files)


def start_fabrikd(directory, binary, threads, store=None):
    """On the store given, or on a new one."""
    store = store or directory / "store"
    config = directory / "fabrik.toml"
    config.write_text(f'[cache]\ndir = "{store}"\nmax_size = "20GB"\n'
                      f"[runtime]\nworker_threads = {threads}\n")
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    admin = socket.socket(socket.AF_UNIX)
    admin.bind(str(directory / "worker.sock"))
    admin.listen()
    ready, ready_child = os.pipe()
    for made in (directory / "state", store):
        made.mkdir(mode=0o700, exist_ok=True)
    process = subprocess.Popen(
        [binary, "worker", "--config", config, "--config-path", config, "--project-id", "0" * 16,
         "--state-dir", directory / "state", "--cache-dir-default", store, "--trusted",
         "--http-fd", str(listener.fileno()), "--admin-fd", str(admin.fileno()),
         "--ready-fd", str(ready_child)],
        pass_fds=[listener.fileno(), admin.fileno(), ready_child])
    os.close(ready_child)
    with os.fdopen(ready) as pipe:
        line = pipe.readline()
    if not json.loads(line or "{}").get("ready"):
        sys.exit(f"fabrikd did not start: {line}")
    return Server("fabrik", listener.getsockname()[1], process, process.pid, directory)


def load(args, method, server, path, size, connections, seconds, most=10**9):
    command = [args.bin / "http_load", method, str(server.port), path, str(size), str(connections),
               str(seconds), str(most)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    result = json.loads(done.stdout or "{}")
    if done.returncode != 0:
        sys.exit(f"{server.name}: {method} {path}: {result or done.stderr}")
    return result


def wrk(server, path, connections, seconds):
    """Requests per second and p99 in microseconds."""
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                          f"http://127.0.0.1:{server.port}{path}"],
                         capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"{server.name}: {out}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    return rate, float(value) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def measure_get(args, server, size, connections):
    path = f"/cache/{size:032x}"
    before = server.cpu_seconds()
    start = time.monotonic()
    rate, p99 = wrk(server, path, connections, args.seconds)
    cpu = server.cpu_seconds() - before
    return {"rate": rate, "p99_us": p99, "cpu_us": cpu / (rate * (time.monotonic() - start)) * 1e6}


def measure_put(args, server, size, connections):
    most = max(2, min(MAX_UPLOADED // size, 200_000))
    touch_memory(server.directory, 2 * (most + 1) * size)  # the client needs some, too
    before = server.cpu_seconds()
    result = load(args, "PUT", server, "/cache/", size, connections, args.seconds, most)
    cpu = server.cpu_seconds() - before
    server.forget_uploads()
    return {"rate": result["requests"] / result["seconds"], "p99_us": result["p99_us"],
            "cpu_us": cpu / result["requests"] * 1e6}


def upload_sample(server, size):
    """The same bytes for both servers, under the name that measure_get asks for."""
    block = os.urandom(min(size, MIB))
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(f"PUT /cache/{size:032x} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                       f"Content-Length: {size}\r\nConnection: close\r\n\r\n".encode())
        for _ in range(size // len(block)):
            client.sendall(block)
        status = client.makefile("rb").readline()
    if b" 20" not in status:
        sys.exit(f"{server.name} refuses the sample: {status}")


def touch_memory(directory, size):
    """A virtual machine gets its memory from the host at first touch, which is far
    slower than anything measured here, and takes back what is free after seconds: the
    pages that a run of uploads needs are touched right before it."""
    block = bytes(MIB)
    with open(directory / "touch", "wb") as file:
        for _ in range(size // MIB):
            file.write(block)
    os.unlink(directory / "touch")


def sha256_speed():
    data = os.urandom(64 * MIB)
    best = 0.0
    for _ in range(3):
        start = time.monotonic()
        hashlib.sha256(data).digest()
        best = max(best, len(data) / (time.monotonic() - start))
    return best


def median(rounds, field):
    return statistics.median(one[field] for one in rounds)


def compare(args, servers, what, label, size, connections):
    measure = measure_get if what == "GET" else measure_put
    rounds = {server.name: [] for server in servers}
    for _ in range(args.rounds):
        for server in servers:
            rounds[server.name].append(measure(args, server, size, connections))
    ours, theirs = rounds["fabrik"], rounds["nginx"]
    ratio = statistics.median(a["rate"] / b["rate"] for a, b in zip(ours, theirs))
    row = [f"{what} {label}"]
    for one in (ours, theirs):
        rate = median(one, "rate")
        speed = f"{rate * size / 1e9:.2f} GB/s" if size >= 64 * KIB else f"{rate / 1e3:.1f} k/s"
        row += [speed, f"{median(one, 'p99_us') / 1e3:.2f}", f"{median(one, 'cpu_us'):.0f}"]
    return row + [f"{ratio:.2f}"], median(ours, "rate") * size


def print_table(rows, markdown):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for index, row in enumerate(rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        print("| " + " | ".join(cells) + " |" if markdown else "  ".join(cells))
        if markdown and index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, default=root / "build/bench/bin")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="I/O threads of fabrikd")
    parser.add_argument("--only", default="", help="only rows that contain this text")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    args.bin = args.bin.resolve()
    shm = "/dev/shm" if os.path.isdir("/dev/shm") else None
    directory = pathlib.Path(tempfile.mkdtemp(prefix="fabrik-bench-", dir=shm))
    servers = []
    try:
        servers.append(start_fabrikd(directory, args.bin / "fabrikd", args.threads))
        servers.append(start_nginx(directory))
        report(args, servers)
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def report(args, servers):
    idle = {server.name: server.memory_mib("VmRSS") for server in servers}
    hash_speed = sha256_speed()
    rows = [["", "fabrik", "p99 ms", "cpu us", "nginx", "p99 ms", "cpu us", "fabrik/nginx"]]
    uploads = []
    for what in ("GET", "PUT"):
        for label, size, connections in SIZES:
            if args.only not in f"{what} {label}":
                continue
            if what == "GET":
                for server in servers:
                    upload_sample(server, size)
            row, speed = compare(args, servers, what, label, size, connections)
            rows.append(row)
            print(row[0], row[-1], file=sys.stderr, flush=True)
            if what == "PUT" and size >= 4 * MIB:
                uploads.append(f"{label} {speed / hash_speed:.2f}")
    print_table(rows, args.markdown)
    print(f"\nSHA-256 on this core: {hash_speed / 1e9:.2f} GB/s; upload / SHA-256: {', '.join(uploads)}")
    for server in servers:
        print(f"{server.name}: {idle[server.name]:.1f} MiB at start, "
              f"{server.memory_mib():.1f} MiB at most, {server.memory_mib('VmRSS'):.1f} MiB at the end")


if __name__ == "__main__":
    main()

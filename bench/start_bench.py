#!/usr/bin/env python3
"""How long a worker takes to its first answer, by the size of its store.

    bench/start_bench.py [--bin build/bench/bin] [--entries 1000 1000000] [--rounds 9]

Starts fabrikd on a store that store_fill (preset `bench`) has made, as the supervisor
does: listening sockets are inherited. The time runs from exec to the answer of one GET
of an entry that is there, once after a clean stop and once after a kill -9 with about
16 MiB of writes that nobody has flushed. Beside it /bin/true, for what starting a
process costs here. The files are in the page cache. Prints a table; asserts nothing.
"""
import argparse
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

import http_bench


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(request)
        return client.makefile("rb").readline().decode()


def get(port, key):
    return ask(port, f"GET /cache/{key} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                     "Connection: close\r\n\r\n".encode())


def put_unflushed(port, count, size):
    """Leaves work for the next start: the log of the index is at its longest."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        answers = client.makefile("rb")
        for _ in range(count):
            body = os.urandom(size)
            client.sendall(f"PUT /cache/{os.urandom(16).hex()} HTTP/1.1\r\n"
                           f"Host: 127.0.0.1:{port}\r\nContent-Length: {size}\r\n\r\n".encode() + body)
            length = 0
            for line in iter(answers.readline, b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            answers.read(length)


def start(store, binary):
    run = pathlib.Path(tempfile.mkdtemp(dir=store.parent))
    began = time.monotonic()
    server = http_bench.start_fabrikd(run, binary, 1, store)
    answer = get(server.port, f"{0:032}")
    seconds = time.monotonic() - began
    if " 200" not in answer:
        raise SystemExit(f"the first answer was {answer!r}")
    return server, seconds * 1000


def true_ms():
    began = time.monotonic()
    subprocess.run(["/bin/true"], check=True)
    return (time.monotonic() - began) * 1000


def measure(args, entries):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="fabrik-start-", dir=args.dir))
    try:
        store = directory / "store"
        if args.store:
            shutil.copytree(args.store, store)
        else:
            subprocess.run([args.bin / "store_fill", store, str(entries)], check=True)
        times = {"clean stop": [], "kill -9": [], "/bin/true": []}
        for _ in range(args.rounds):
            for how, end in (("clean stop", signal.SIGTERM), ("kill -9", signal.SIGKILL)):
                server, _ = start(store, args.bin / "fabrikd")
                put_unflushed(server.port, args.unflushed, 4096)
                server.process.send_signal(end)
                server.process.wait()
                server, milliseconds = start(store, args.bin / "fabrikd")
                times[how].append(milliseconds)
                server.stop()
            times["/bin/true"].append(true_ms())
        return times
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, default=root / "build/bench/bin")
    parser.add_argument("--entries", type=int, nargs="+", default=[1000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--unflushed", type=int, default=4000, help="writes of 4 KiB before the end")
    parser.add_argument("--dir", default=None, help="where the stores are made (default: TMPDIR)")
    parser.add_argument("--store", type=pathlib.Path, help="copy this store instead of filling one")
    args = parser.parse_args()
    args.bin = args.bin.resolve()
    print("| entries | after | min ms | median ms | max ms |\n|---|---|---|---|---|")
    for entries in args.entries:
        for how, times in measure(args, entries).items():
            print(f"| {entries} | {how} | {min(times):.1f} | {statistics.median(times):.1f} | "
                  f"{max(times):.1f} |", flush=True)


if __name__ == "__main__":
    main()

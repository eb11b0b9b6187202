#!/usr/bin/env python3
"""S3 PUT and GET through fabrik beside s3rver (npm), an S3 server of its own.

usage: bench/s3_bench.py [--requests 400]

Both are asked by the same loop over one kept connection, in turn; each figure is the
median of the rounds, and the ratio that of the rounds' ratios. Objects of 16 MiB are
asked for a fortieth as often. Needs packaging/test-dependencies.sh --bench, and fabrik
built (or FABRIK_BIN_DIR).
"""
import argparse
import http.client
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/clients"))
from support.sandbox import Sandbox, clients_dir  # noqa: E402

SIZES = {"1 KiB": 1 << 10, "64 KiB": 64 << 10, "16 MiB": 16 << 20}
ROUNDS = 3


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


class Server:
    def __init__(self, name, port, prefix):
        self.name, self.prefix = name, prefix
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(self, method, key, body=None):
        self.connection.request(method, f"{self.prefix}/bucket/{key}", body,
                                {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            sys.exit(f"{self.name}: {method} {key}: {answer.status} {data[:300]!r}")
        return data

    def time(self, method, size, count, label):
        bodies = [os.urandom(size) for _ in range(min(count, 8))]
        started = time.monotonic()
        for index in range(count):
            # Another first byte each time: equal objects are stored once by fabrik.
            body = f"{label}{index:08}".encode() + bodies[index % len(bodies)][9:] if method == "PUT" else None
            data = self.ask(method, f"{size}/{index}", body)
            if method == "GET" and len(data) < size - 64:
                sys.exit(f"{self.name}: a short answer")
        return count / (time.monotonic() - started)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=400)
    arguments = parser.parse_args()
    with Sandbox("s3b") as box:
        url = box.shell('echo "$FABRIK_HTTP_URL"').output.strip()
        port = free_port()
        peer = subprocess.Popen(
            [str(clients_dir() / "s3rver/node_modules/.bin/s3rver"), "-d", str(box.root / "s3rver"), "-a", "127.0.0.1",
             "-p", str(port), "--silent", "--configure-bucket", "bucket"])
        try:
            wait_for(port)
            servers = [Server("fabrik", int(url.rsplit(":", 1)[1]), "/s3"), Server("s3rver", port, "")]
            for name, size in SIZES.items():
                count = max(arguments.requests // (40 if size > 1 << 20 else 1), 2)
                for method in ("PUT", "GET"):
                    rates = {server.name: [] for server in servers}
                    for label in range(ROUNDS):
                        for server in servers:
                            rates[server.name].append(server.time(method, size, count, label))
                    ratio = statistics.median(a / b for a, b in zip(rates["fabrik"], rates["s3rver"]))
                    print(f"{method} {name:7} fabrik {statistics.median(rates['fabrik']):9.1f}/s   "
                          f"s3rver {statistics.median(rates['s3rver']):9.1f}/s   ratio {ratio:6.2f}", flush=True)
        finally:
            peer.terminate()
            peer.wait()


if __name__ == "__main__":
    main()

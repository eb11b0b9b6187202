#!/usr/bin/env python3
"""A real Bazel build of 500 small actions: without a cache, with Bazel's own --disk_cache,
through an ideal remote (nginx, which checks nothing), and through fabrik over HTTP and
gRPC, cold and warm, in one run.

  bench/bazel_bench.py --bin build/bench/bin [--actions 500] [--rounds 3]

Needs fabrikd in --bin, bazel and nginx. Each round builds once with an empty cache and once
more after `bazel clean`; the table has the median seconds and the ratio to --disk_cache.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from nginx import Nginx

RULE = 'genrule(name = "g{0}", outs = ["g{0}.txt"], cmd = "seq {0} 2000 > $@")\n'


class Worker:
    """A fabrikd with an empty store."""

    def __init__(self, binaries, store):
        shutil.rmtree(store, ignore_errors=True)
        self.process = subprocess.Popen(
            [binaries / "fabrikd", "worker", "--http-port", "0", "--grpc-port", "0",
             "--cache-dir-default", store], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ports = json.loads(self.process.stdout.readline())
        self.http = f"http://127.0.0.1:{ports['http_port']}"
        self.grpc = f"grpc://127.0.0.1:{ports['grpc_port']}"

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


class Bazel:
    def __init__(self, root, actions):
        self.project = root / "project"
        self.project.mkdir()
        (self.project / "WORKSPACE").touch()
        (self.project / "BUILD").write_text("".join(RULE.format(i) for i in range(actions)))
        self.startup = [f"--output_user_root={root / 'output'}"]
        self.env = dict(os.environ, HOME=str(root))

    def run(self, *words):
        return subprocess.run(["bazel", *self.startup, *words], cwd=self.project, env=self.env,
                              capture_output=True, text=True)

    def seconds(self, options):
        self.run("clean")
        start = time.monotonic()
        done = self.run("build", "--spawn_strategy=local", "--color=no", "--curses=no", *options, "//...")
        took = time.monotonic() - start
        if done.returncode != 0:
            raise SystemExit(f"bazel failed:\n{done.stderr[-3000:]}")
        return took, done.stderr


def measure(bazel, options, actions, caches):
    cold, _ = bazel.seconds(options)
    warm, text = bazel.seconds(options)
    if caches and f"{actions} remote cache hit" not in text and f"{actions} disk cache hit" not in text:
        raise SystemExit(f"the warm build did not come from the cache:\n{text[-2000:]}")
    return cold, warm


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--actions", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    times = {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("FABRIK_BENCH_DIR")) as scratch:
        root = pathlib.Path(scratch)
        root.chmod(0o755)  # for nginx's worker, where it runs as another user
        bazel = Bazel(root, options.actions)
        bazel.seconds([])  # starts the server, and warms the machine up
        for _ in range(options.rounds):
            disk = root / "disk"
            shutil.rmtree(disk, ignore_errors=True)
            runs = [("no cache", [], False), ("--disk_cache", [f"--disk_cache={disk}"], True)]
            for name, flags, caches in runs:
                times.setdefault(name, []).append(measure(bazel, flags, options.actions, caches))
            nginx = Nginx(root)
            times.setdefault("nginx, http", []).append(
                measure(bazel, [f"--remote_cache={nginx.url}"], options.actions, True))
            nginx.stop()
            for name in ("http", "grpc"):
                worker = Worker(options.bin.resolve(), root / "store")
                flags = [f"--remote_cache={getattr(worker, name)}"]
                times.setdefault(f"fabrik, {name}", []).append(
                    measure(bazel, flags, options.actions, True))
                worker.stop()
        bazel.run("shutdown")
    medians = {name: [statistics.median(column) for column in zip(*rounds)]
               for name, rounds in times.items()}
    own = medians["--disk_cache"]
    print(f"{'':16}{'cold s':>8}{'ratio':>7}{'warm s':>8}{'ratio':>7}")
    for name, (cold, warm) in medians.items():
        print(f"{name:16}{cold:8.1f}{cold / own[0]:7.2f}{warm:8.1f}{warm / own[1]:7.2f}")
    print(json.dumps(medians))


if __name__ == "__main__":
    main()

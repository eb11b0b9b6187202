#!/usr/bin/env python3
"""A warm Turborepo build through fabrik, beside Turborepo's own local cache and an
ideal remote: nginx that sends the same artefacts as plain files and checks nothing.

usage: bench/turborepo_bench.py --bin build/release/bin --clients DIR [--packages 20] [--mib 2]

`--clients` is a folder with node_modules/turbo. The sides run in turn and ratios
are taken round by round. "local" replays from .turbo/cache on disk; the remotes
have that folder deleted before each run.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from nginx import Nginx


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_workspace(project, packages, mib):
    write(project + "/fabrik.toml", "")
    write(project + "/.gitignore", "dist\n.turbo\nnode_modules\n")
    write(project + "/package.json", json.dumps(
        {"name": "bench", "private": True, "packageManager": "npm@10.0.0",
         "workspaces": ["packages/*"]}))
    write(project + "/package-lock.json", '{"name":"bench","lockfileVersion":3,"packages":{}}')
    write(project + "/turbo.json", json.dumps(
        {"tasks": {"build": {"outputs": ["dist/**"]}}}))
    for index in range(packages):
        folder = "%s/packages/p%d" % (project, index)
        write(folder + "/package.json", json.dumps(
            {"name": "p%d" % index, "version": "1.0.0", "scripts": {
                "build": "mkdir -p dist && head -c %d /dev/urandom > dist/out" % (mib << 20)}}))
    subprocess.run("git init -q . && git add -A && git -c user.name=b -c user.email=b@b "
                   "commit -qm bench", shell=True, cwd=project, check=True)


TURBOREPO = """
    location = /v8/artifacts/status { default_type application/json; return 200 '{"status":"enabled"}'; }
    location = /v8/artifacts/events { return 200 '{}'; }
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--clients", required=True)
    parser.add_argument("--packages", type=int, default=20)
    parser.add_argument("--mib", type=int, default=2, help="size of each package's output")
    parser.add_argument("--runs", type=int, default=10)
    args = parser.parse_args()
    home = os.path.realpath(tempfile.mkdtemp(prefix="fabrik-bench-"))
    project = home + "/project"
    make_workspace(project, args.packages, args.mib)
    fabrik = os.path.join(os.path.abspath(args.bin), "fabrik")
    turbo = os.path.join(os.path.abspath(args.clients), "node_modules/.bin/turbo")
    env = {"HOME": home, "PATH": os.environ["PATH"], "TURBO_TELEMETRY_DISABLED": "1",
           "DO_NOT_TRACK": "1"}
    cache = project + "/.turbo/cache"
    nginx = Nginx(home, TURBOREPO)
    ideal = {"TURBO_API": nginx.url, "TURBO_TOKEN": "t", "TURBO_TEAM": "t"}

    def build(side):
        for index in range(args.packages):
            shutil.rmtree("%s/packages/p%d/dist" % (project, index), ignore_errors=True)
        if side != "local":
            shutil.rmtree(cache, ignore_errors=True)
        command = ([fabrik, "exec", "--"] if side == "fabrik" else []) + [
            turbo, "run", "build", "--output-logs=none"]
        start = time.perf_counter()
        done = subprocess.run(command, cwd=project, env=env | (ideal if side == "nginx" else {}),
                              capture_output=True, text=True, check=True)
        return time.perf_counter() - start, done.stdout

    try:
        build("fabrik")
        build("nginx")  # both remotes are filled now
        samples = {"local": [], "nginx": [], "fabrik": []}
        for _ in range(args.runs):
            for side, values in samples.items():
                if side == "local":
                    build("fabrik")  # refills .turbo/cache
                seconds, text = build(side)
                assert "FULL TURBO" in text, side + text
                values.append(seconds)
        print("%d packages, %d MiB each" % (args.packages, args.mib))
        for name, values in samples.items():
            print("%-7s min %.3f s, median %.3f s" % (name, min(values), statistics.median(values)))
        for name in ("local", "nginx"):
            ratios = [ours / theirs for ours, theirs in zip(samples["fabrik"], samples[name])]
            print("fabrik/%s, round by round: median %.2f (%.2f to %.2f)" % (
                name, statistics.median(ratios), min(ratios), max(ratios)))
    finally:
        nginx.stop()
        subprocess.run([fabrik, "stop", "--all"], env=env, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

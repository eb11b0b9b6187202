#!/usr/bin/env python3
"""clang-tidy over the product, remembering what it has already passed.

    tools/lint/tidy.py [BUILD_DIR] [--budget SECONDS]

A file is checked again when it, a header it includes, its compile command,
.clang-tidy or clang-tidy changed. What passed is remembered by content in the
user's cache directory, so that every checkout profits from every other. Files
changed against the last commit come first. When the budget ends, the files left
over are named and count as not checked; without a budget all are checked.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
REMEMBERED_DAYS = 30
ROOMS = ("base", "config", "statefs", "net", "cache", "auth", "upstream", "adapters", "daemon",
         "activate", "ccache_helper", "cli")


def digest_of(path, known={}):
    if path not in known:
        try:
            known[path] = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
        except OSError:
            known[path] = "missing"
    return known[path]


def dependencies(build):
    """{object file: headers} as ninja recorded them while it built."""
    text = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True).stdout
    result, current = {}, None
    for line in text.splitlines():
        if line and not line.startswith(" "):
            current = result.setdefault(line.split(":", 1)[0], [])
        elif line.strip() and current is not None:
            current.append(line.strip())
    return result


def memory():
    """Where what passed is remembered: an empty file each, named by its fingerprint."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    directory = pathlib.Path(base) / "fabrik-tidy"
    directory.mkdir(parents=True, exist_ok=True)
    for mark in directory.iterdir():
        if time.time() - mark.stat().st_mtime > REMEMBERED_DAYS * 86400:
            mark.unlink(missing_ok=True)
    return directory


def object_of(entry):
    """As ninja names it. Not every CMake writes "output"."""
    found = re.search(r" -o (\S+) ", entry["command"])
    return entry.get("output") or (found.group(1) if found else "")


def fingerprint(entry, deps, build, version):
    """Names everything the verdict on one file depends on."""
    parts = [entry["command"].replace(str(ROOT), "."), digest_of(ROOT / ".clang-tidy"), version]
    for path in [entry["file"], *deps.get(object_of(entry), [])]:
        full = path if os.path.isabs(path) else str(build / path)
        if full.startswith(str(ROOT)):
            parts.append(f"{os.path.relpath(full, ROOT)} {digest_of(full)}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def changed_files():
    run = subprocess.run(["git", "-C", str(ROOT), "diff", "--name-only", "HEAD"], capture_output=True, text=True)
    return {str(ROOT / line) for line in run.stdout.splitlines()}


def check(tidy, build, entry):
    run = subprocess.run([tidy, "--quiet", "-p", str(build), entry["file"]], capture_output=True, text=True)
    # What it says on stderr without a finding is only how many warnings of system headers it hid.
    return run.returncode, run.stdout + (run.stderr if run.returncode else "")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?", default=str(ROOT / "build/dev"))
    parser.add_argument("--budget", type=float, default=0, help="seconds; 0: no limit")
    arguments = parser.parse_args()
    build = pathlib.Path(arguments.build).resolve()
    tidy = shutil.which("clang-tidy-19") or sys.exit("tidy.py: clang-tidy-19 is missing")
    version = subprocess.run([tidy, "--version"], capture_output=True, text=True).stdout
    passed = memory()

    deps = dependencies(build)
    todo = []
    entries = json.loads((build / "compile_commands.json").read_text())
    ours = [e for e in entries if os.path.relpath(e["file"], ROOT).split(os.sep)[0] in ROOMS]
    for entry in ours:
        mark = passed / fingerprint(entry, deps, build, version)
        if mark.exists():
            mark.touch()  # still of use
        else:
            todo.append((entry, mark))
    first = changed_files()
    todo.sort(key=lambda item: (item[0]["file"] not in first, item[0]["file"]))
    print(f"tidy: {len(todo)} of {len(ours)} files to check", flush=True)

    deadline = time.monotonic() + arguments.budget if arguments.budget else None
    failed, late = [], []

    def job(item):
        entry, mark = item
        if deadline and time.monotonic() > deadline:
            late.append(entry["file"])
            return
        code, output = check(tidy, build, entry)
        if code == 0:
            mark.touch()
        else:
            failed.append(entry["file"])
            print(output, flush=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(job, todo))
    for path in late:
        print(f"tidy: NOT CHECKED, the budget ended: {os.path.relpath(path, ROOT)}")
    print(f"tidy: {len(todo) - len(failed) - len(late)} passed, {len(failed)} failed, {len(late)} not checked")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

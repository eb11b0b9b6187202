#!/usr/bin/env python3
"""Drives real shells under a pseudo-terminal with the fabrik of one build.

usage: run.py BIN_DIRECTORY [TEST ...]

A TEST is a module (test_bash), a class or a method (test_zsh.ZshTest.test_x).
FABRIK_TEST_BASHES names further bash programs to test with.
"""
import os
import pathlib
import shutil
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def load(names):
    loader = unittest.TestLoader()
    if not names:
        return loader.discover(str(HERE), pattern="test_*.py")
    return loader.loadTestsFromNames(names)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binaries = pathlib.Path(sys.argv[1]).resolve()
    if not (binaries / "fabrik").exists():
        sys.exit(f"shells: there is no fabrik in {binaries}")
    os.environ["FABRIK_TEST_BIN"] = str(binaries)
    sys.path.insert(0, str(HERE))
    missing = [name for name in ("bash", "zsh", "fish", "dash", "strace", "tmux") if not shutil.which(name)]
    for name in missing:
        print(f"!!! SKIPPED what needs {name}: it is not installed", flush=True)
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(load(sys.argv[2:]))
    print(f"shells: {result.testsRun} tests, {len(result.failures) + len(result.errors)} failed, "
          f"{len(result.skipped)} skipped")
    if missing and os.environ.get("CI"):
        sys.exit("shells: everything must be installed under CI")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


if __name__ == "__main__":
    main()

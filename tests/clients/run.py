#!/usr/bin/env python3
"""Runs the real-client tests.

    tests/clients/run.py [-j N] [NAME...]

A NAME is NAME of test_NAME.py, a class, or Class.test. N classes run side by side,
each in a process of its own; by default one per core. What a class printed comes
out when it ends.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

SUMMARY = r"^clients: (\d+) passed, (\d+) failed, (\d+) skipped$"
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


class Progress(unittest.TextTestResult):
    """One line per test, when it ends, with its time."""

    def startTest(self, test):
        self.began = time.monotonic()
        unittest.TestResult.startTest(self, test)

    def report(self, word, test):
        name = test.id().split(".", 1)[-1]
        self.stream.writeln(f"{word:4} {name} ({time.monotonic() - getattr(self, 'began', time.monotonic()):.1f} s)")
        self.stream.flush()

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.report("ok", test)

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self.report("FAIL", test)

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self.report("FAIL", test)

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.report("skip", test)


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def wanted(test, names):
    words = test.id().lower().split(".")  # test_nx.Nx21.test_warm_build_hits
    words.append(".".join(words[-2:]))
    return not names or any(n.lower() in (words[0].removeprefix("test_"), *words[1:]) for n in names)


def class_of(test):
    return test.id().split(".")[-2]


def run_here(tests):
    """(passed, failed, skipped)"""
    result = unittest.TextTestRunner(resultclass=Progress, verbosity=0).run(unittest.TestSuite(tests))
    failed = len(result.errors) + len(result.failures)
    return max(result.testsRun - failed - len(result.skipped), 0), failed, len(result.skipped)


def run_apart(tests):
    """The same in a process of its own. A process that does not come to its last line has failed."""
    names = [".".join(test.id().split(".")[-2:]) for test in tests]
    run = subprocess.run([sys.executable, __file__, "-j", "1", *names], capture_output=True, text=True)
    counts = re.findall(SUMMARY, run.stdout, re.M)
    print(run.stderr + re.sub(SUMMARY, "", run.stdout, flags=re.M), flush=True)
    passed, failed, skipped = map(int, counts[-1]) if counts else (0, 1, 0)
    return passed, max(failed, 1 if run.returncode else 0), skipped


def run_side_by_side(tests, jobs):
    classes = {}
    for test in tests:
        classes.setdefault(class_of(test), []).append(test)
    longest_first = sorted(classes.values(), key=len, reverse=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return [sum(counts) for counts in zip(*pool.map(run_apart, longest_first))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    found = unittest.defaultTestLoader.discover(str(HERE), pattern="test_*.py", top_level_dir=str(HERE))
    tests = [test for test in flatten(found) if wanted(test, arguments.names)]
    if not tests:
        sys.exit(f"run.py: no tests match {' '.join(arguments.names)}")
    passed, failed, skipped = (
        run_side_by_side(tests, arguments.jobs) if arguments.jobs > 1 else run_here(tests))
    print(f"clients: {passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

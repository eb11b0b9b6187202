"""The commands themselves, without a terminal."""
import json
import os
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

from box import FABRIK, Box
from shell_case import URL


class CommandCase(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.clean)


class ActivateTest(CommandCase):
    def test_sixty_activations_at_once_give_one_daemon(self):
        project = self.box.project("p")
        with ThreadPoolExecutor(60) as pool:
            results = list(pool.map(
                lambda _: self.box.fabrik("activate", "--status", "--format", "json", cwd=project),
                range(60)))
        urls = {json.loads(result.stdout)["set"].get(URL) for result in results}
        # Under load a prompt may give up waiting, but nobody gets another daemon.
        urls.discard(None)
        self.assertEqual(len(urls), 1, urls)
        self.assertEqual(len(self.box.daemons()), 1)

    def test_status_prints_assignments_only(self):
        project = self.box.project("p", "[cache]\nnonsense = 1\n")
        for where in (project, self.box.home):
            result = self.box.fabrik("activate", "--status", "--shell", "bash", cwd=where)
            self.assertEqual(result.stdout, "")
        (project / "fabrik.toml").write_text("")
        lines = self.box.fabrik("activate", "--status", "--shell", "bash",
                                cwd=project).stdout.splitlines()
        self.assertGreater(len(lines), 5)
        for line in lines:
            self.assertRegex(line, r"^export [A-Z0-9_]+='.*';$")

    def test_what_one_call_sets_another_takes_back(self):
        project = self.box.project("p")
        status = f'eval "$({FABRIK} activate --status --shell sh)"'
        code = f'cd {project} && {status} && test -n "$TURBO_API" && cd / && {status} && env'
        result = subprocess.run(["dash", "-c", code], env=self.box.env, capture_output=True,
                                text=True, timeout=60, check=True)
        self.assertNotRegex(result.stdout, "(?m)^(TURBO|FABRIK_HTTP|__FABRIK)")

    def test_json_names_what_to_unset(self):
        project = self.box.project("p")
        inside = json.loads(self.box.fabrik("activate", "--status", "--format", "json",
                                            cwd=project).stdout)
        env = {**self.box.env, **inside["set"]}
        outside = json.loads(self.box.fabrik("activate", "--status", "--format", "json",
                                             env=env).stdout)
        self.assertEqual(outside["set"], {})
        self.assertEqual(set(outside["unset"]), set(inside["set"]))

    def test_a_home_that_cannot_hold_state_is_one_line_and_no_failure(self):
        project = self.box.project("p")
        env = {name: value for name, value in self.box.env.items()
               if name not in ("HOME", "XDG_RUNTIME_DIR")}
        result = self.box.fabrik("activate", "--status", "--shell", "bash", cwd=project, env=env)
        self.assertNotIn("FABRIK_HTTP_URL", result.stdout)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_an_unknown_shell_is_named(self):
        result = self.box.fabrik("activate", "tcsh", check=False)
        self.assertEqual((result.returncode, result.stdout), (64, ""))
        self.assertIn("tcsh", result.stderr)

    def test_ignored_keys_are_told_on_one_line(self):
        project = self.box.project("p", '[cache]\ndir = "/somewhere/else"\n')
        result = self.box.fabrik("activate", "--status", "--shell", "bash", cwd=project)
        self.assertIn(URL, result.stdout)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertRegex(result.stderr, "cache.dir.*fabrik trust")

    def test_a_prompt_is_never_held_by_the_daemon_it_started(self):
        project = self.box.project("p")
        # The pipe ends when nobody holds it any more: an inherited one would block.
        result = subprocess.run(["sh", "-c", f"{FABRIK} activate --status --shell sh 2>&1 | cat"],
                                cwd=project, env=self.box.env, capture_output=True, timeout=30,
                                check=True)
        self.assertIn(b"FABRIK_HTTP_URL", result.stdout)


class ExecTest(CommandCase):
    def test_the_command_has_the_variables_and_its_own_status(self):
        project = self.box.project("p")
        result = self.box.fabrik("exec", "--", "sh", "-c", "echo $FABRIK_HTTP_URL; exit 42",
                                 cwd=project, check=False)
        self.assertEqual(result.returncode, 42)
        self.assertRegex(result.stdout, "^http://127.0.0.1:")
        self.assertEqual(result.stderr, "")

    def test_outside_a_project_it_runs_without(self):
        result = self.box.fabrik("exec", "--", "sh", "-c", "echo ${FABRIK_HTTP_URL-none}")
        self.assertEqual(result.stdout, "none\n")

    def test_outside_it_leaves_the_project_of_the_calling_shell(self):
        project = self.box.project("p")
        inside = json.loads(self.box.fabrik("activate", "--status", "--format", "json",
                                            cwd=project).stdout)
        result = self.box.fabrik("exec", "--", "env", env={**self.box.env, **inside["set"]})
        self.assertNotRegex(result.stdout, "(?m)^(TURBO|FABRIK_HTTP|__FABRIK)")

    def test_a_broken_configuration_does_not_stop_a_build(self):
        project = self.box.project("p", "nonsense")
        result = self.box.fabrik("exec", "--", "echo", "built", cwd=project)
        self.assertEqual(result.stdout, "built\n")
        self.assertIn("without a cache", result.stderr)

    def test_a_missing_command_is_127_and_one_that_cannot_run_126(self):
        plain = self.box.file("plain")
        plain.write_text("")
        for command, status in (("no-such-command", 127), (str(plain), 126), ("/", 126)):
            result = self.box.fabrik("exec", "--", command, check=False)
            self.assertEqual(result.returncode, status, command)

    def test_verbose_says_what_is_set(self):
        project = self.box.project("p")
        result = self.box.fabrik("exec", "--verbose", "--", "true", cwd=project)
        self.assertRegex(result.stderr, "fabrik: TURBO_API=http://127.0.0.1:")

    def test_a_named_configuration_rules(self):
        project = self.box.project("p")
        result = self.box.fabrik("exec", "--config", str(project / "fabrik.toml"), "--", "sh", "-c",
                                 "echo $FABRIK_HTTP_URL; pwd")
        self.assertRegex(result.stdout, "^http://127.0.0.1:")
        self.assertIn(str(self.box.home), result.stdout)

    def test_arguments_and_bytes_arrive_as_they_are(self):
        odd = os.fsdecode(b"\xff $x '\" \n")
        result = self.box.fabrik("exec", "--", "printf", "%s|", "--config", odd, "")
        self.assertEqual(result.stdout, f"--config|{odd}||")


class DeactivateTest(CommandCase):
    def test_the_code_it_prints_gives_everything_back(self):
        project = self.box.project("p")
        for shell in ("bash", "zsh", "dash"):
            with self.subTest(shell):
                code = (f'eval "$({FABRIK} activate --status)"; test -n "$TURBO_API" || exit 3; '
                        f'eval "$({FABRIK} deactivate)"; env')
                result = subprocess.run([shell, "-c", code], cwd=project,
                                        env={**self.box.env, "TURBO_TEAM": "mine"},
                                        capture_output=True, text=True, timeout=60, check=True)
                self.assertNotRegex(result.stdout, "(?m)^(TURBO_API|FABRIK_HTTP|__FABRIK)")
                self.assertRegex(result.stdout, "(?m)^TURBO_TEAM=mine$")

    def test_it_never_starts_a_daemon(self):
        project = self.box.project("p")
        self.box.fabrik("deactivate", "--stop-daemon", "--shell", "bash", cwd=project)
        self.assertEqual(self.box.daemons(), [])


if __name__ == "__main__":
    unittest.main()

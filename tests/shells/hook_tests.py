"""The hook itself: coming, going, and shells that inherit its state."""
import shutil
import subprocess

from box import FABRIK, is_alive, wait_until
from shell_case import URL


class Deactivation:
    def dump(self, sh):
        """Declarations and functions, but for what any command changes."""
        changing = ("_=", "_ ", "BASH", "PIPESTATUS", "RANDOM", "SECONDS", "SRANDOM", "EPOCH",
                    "LINENO", "FUNCNAME", "COLUMNS", "LINES", "HISTCMD", "TTYIDLE", "OLDPWD",
                    "SHLVL", "COMP_", "CMD_DURATION", "pipestatus", "status", "history",
                    "fish_kill", "argv", "?", "jobtexts", "jobstates", "dirstack", "funcstack",
                    "usergroups",
                    "dirprev", "dirnext", "__fish_cd_direction", "__fabrik_now")
        lines = sh.result(self.dialect.declarations).splitlines()
        kept = []
        for line in lines:
            words = [word for word in line.split() if not word.startswith("-")]
            declared = len(words) > 1 and words[0] in ("declare", "typeset", "export")
            name = words[1] if declared else line
            if not name.lstrip("$").startswith(changing):
                kept.append(line)
        return kept, sh.result(self.dialect.functions)

    def test_deactivate_leaves_no_trace(self):
        project = self.box.project("p")
        d = self.dialect
        sh = self.shell(d.export("TURBO_TEAM", "mine"), activate=False)
        self.dump(sh)
        before = self.dump(sh)
        sh.run(self.dialect.hook)
        sh.run(f"cd {project}")
        self.assertEqual(sh.get("TURBO_TOKEN"), "fabrik-local")
        sh.run(f"cd {self.box.home}")
        sh.run(f"cd {project}")
        sh.run("fabrik deactivate")
        self.assert_outside_but(sh, {"TURBO_TEAM": "mine"})
        sh.run(f"cd {self.box.home}")
        after = self.dump(sh)
        self.assertEqual("\n".join(after[0]), "\n".join(before[0]))
        self.assertEqual(after[1], before[1])
        sh.run(f"cd {project}")
        self.assert_outside_but(sh, {"TURBO_TEAM": "mine"})
        self.assertEqual(len(self.box.daemons()), 1)

    def assert_outside_but(self, sh, expected):
        self.assertEqual(self.ours(sh.env()), expected)

    def test_deactivate_can_stop_the_daemon(self):
        sh = self.shell(cwd=self.box.project("p"))
        pid = int(sh.get("FABRIK_DAEMON_PID"))
        sh.run("fabrik deactivate --stop-daemon")
        self.assert_outside(sh)
        wait_until("the daemon to be gone", lambda: not is_alive(pid))

    def test_help_and_other_commands_pass_through(self):
        sh = self.shell(cwd=self.box.project("p"))
        self.assertIn("--stop-daemon", sh.result("fabrik deactivate --help"))
        self.assertIn("fabrik", sh.result("fabrik version"))
        self.assertIsNotNone(sh.get(URL))

    def test_activating_twice_changes_nothing(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        self.dump(sh)
        before = self.dump(sh)
        sh.run(self.dialect.hook)
        self.assertEqual(self.dump(sh), before)
        sh.run(f"cd {self.box.home}")
        self.assert_outside(sh)

    def test_a_shell_that_was_deactivated_can_be_activated_again(self):
        sh = self.shell(cwd=self.box.project("p"))
        sh.run("fabrik deactivate")
        self.assert_outside(sh)
        sh.run(self.dialect.hook)
        sh.run("")
        self.assertIsNotNone(sh.get(URL))


class Inheritance:
    def test_a_shell_with_an_inherited_state_leaves_properly(self):
        """tmux, an IDE's terminal or a script start a shell with our environment elsewhere."""
        project = self.box.project("p")
        d = self.dialect
        sh = self.shell("\n".join([d.export("TURBO_TOKEN", "before"),
                                   d.set_unexported("TURBO_TEAM", "hidden")]), cwd=project)
        env = sh.env()
        inherited = self.shell(env=env, cwd=self.box.home)
        now = inherited.env()
        self.assertEqual(self.ours(now), {"TURBO_TOKEN": "before"})
        self.assertEqual(inherited.result('echo "$TURBO_TEAM"').strip(), "")

    def test_a_hostile_state_is_ignored(self):
        env = dict(self.box.env)
        env["__FABRIK_STATE"] = "1;/p;h;7;PATH,x,000000000000,/evil;$(touch /tmp/no)"
        sh = self.shell(env=env, cwd=self.box.project("p"))
        self.assertNotIn("/evil", sh.get("PATH"))
        self.assertIsNotNone(sh.get(URL))

    def test_a_program_without_the_hook_keeps_the_variables(self):
        sh = self.shell(cwd=self.box.project("p"))
        url = sh.get(URL)
        self.assertEqual(sh.result(f"sh -c 'cd /; echo $FABRIK_HTTP_URL'").strip(), url)

    def test_a_script_is_activated_once_and_gets_no_hook(self):
        project = self.box.project("p")
        script = self.box.file("script")
        out = self.box.file("out")
        script.write_text(f"{self.dialect.hook}\n{self.dialect.functions}\n"
                          f"{self.dialect.declarations}\ncd /\n/usr/bin/env > {out}\n")
        result = subprocess.run([self.dialect.program, *self.script_options, str(script)],
                                cwd=project, env=self.box.env, capture_output=True, text=True,
                                timeout=60, check=False)
        self.assertEqual(result.stderr, "")
        self.assertIn(f"\n{URL}=http://127.0.0.1:", out.read_text())
        self.assertNotIn("__fabrik", result.stdout)

    def test_a_program_in_an_odd_place_that_goes_away(self):
        place = self.box.folder("it's \\ $(touch executed) here")
        shutil.copy(FABRIK, place / "fabrik")
        env = {**self.box.env, "PATH": f"{place}:/usr/bin:/bin"}
        env.setdefault("FABRIK_FABRIKD", str(FABRIK.parent / "fabrikd"))
        project = self.box.project("p")
        sh = self.shell(env=env, cwd=project)
        self.assertIsNotNone(sh.get(URL))
        self.assertEqual(list(self.box.path.rglob("executed")), [])
        (place / "fabrik").unlink()
        sh.shown()
        sh.run(f"cd {self.box.home}")
        sh.run(f"cd {project}")
        self.assertNotRegex(sh.shown(), "not found|No such|Unknown")
        shutil.copy(FABRIK, place / "fabrik")
        sh.run(f"cd {self.box.home}")
        self.assert_outside(sh)

    script_options = ()

"""What a prompt notices, what it leaves as it is, and what it costs."""
import os
import signal
import subprocess

from box import FABRIK, is_alive, wait_until
from shell_case import URL

BROKEN = "[cache]\nmax_sise = \"1GB\"\n"


class StatusAndSignals:
    def test_the_status_of_the_last_command_is_kept(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        self.edit(project, "# edited, so that the prompt has work\n")
        sh.send("sh -c 'exit 42'\n")
        self.assertEqual(sh.result(f"echo {self.dialect.last_status}").strip(), "42")

    def test_the_statuses_of_a_pipeline_are_kept(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        self.edit(project, "# edited, so that the prompt has work\n")
        sh.send("sh -c 'exit 3' | sh -c 'exit 0' | sh -c 'exit 5'\n")
        self.assertEqual(sh.result(f"echo {self.dialect.pipe_status}").strip(), "3 0 5")

    def test_interrupts_at_the_prompt_do_not_reach_the_daemon(self):
        sh = self.shell(cwd=self.box.project("p"))
        pid = int(sh.get("FABRIK_DAEMON_PID"))
        for _ in range(3):
            sh.interrupt()
        self.assertTrue(is_alive(pid))
        self.assertEqual(sh.get("FABRIK_DAEMON_PID"), str(pid))

    def test_the_daemon_survives_the_terminal(self):
        sh = self.shell(cwd=self.box.project("p"))
        env = sh.env()
        sh.hang_up()
        self.assertTrue(is_alive(int(env["FABRIK_DAEMON_PID"])))
        again = self.shell(cwd=self.box.home / "p")
        self.assertEqual(again.get(URL), env[URL])
        self.assertEqual(again.get("FABRIK_DAEMON_PID"), env["FABRIK_DAEMON_PID"])


class Changes:
    def test_an_edit_is_seen_at_the_next_prompt_and_the_port_stays(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        before = sh.env()
        self.edit(project, '[build_tools]\nenabled = ["nx"]\n')
        sh.run("")
        after = sh.env()
        self.assertNotEqual(after["FABRIK_CONFIG_HASH"], before["FABRIK_CONFIG_HASH"])
        self.assertEqual(after[URL], before[URL])
        self.assertNotIn("TURBO_API", after)
        self.assertIn("NX_SELF_HOSTED_REMOTE_CACHE_SERVER", after)

    def test_creation_and_deletion_are_seen_at_the_next_prompt(self):
        folder = self.box.folder("p/sub")
        sh = self.shell(cwd=folder)
        self.assert_outside(sh)
        self.box.project("p")
        sh.run("")
        outer = sh.get(URL)
        self.assertIsNotNone(outer)
        self.box.project("p/sub")
        sh.run("")
        self.assertNotIn(sh.get(URL), (None, outer))
        (folder / "fabrik.toml").unlink()
        sh.run("")
        self.assertEqual(sh.get(URL), outer)
        (self.box.home / "p/fabrik.toml").unlink()
        sh.run("")
        self.assert_outside(sh)

    def test_a_broken_configuration_keeps_the_variables_and_is_reported_once(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        before = self.ours(sh.env())
        sh.shown()
        self.edit(project, BROKEN)
        sh.run("")
        sh.run("")
        self.assertEqual(self.ours(sh.env()), before)
        lines = [line for line in sh.shown().splitlines() if "fabrik.toml" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"fabrik\.toml:2:\d+.*max_sise.*max_size")
        self.edit(project, "# repaired\n")
        sh.run("")
        self.assertNotEqual(sh.get("FABRIK_CONFIG_HASH"), before["FABRIK_CONFIG_HASH"])
        self.assertEqual(sh.get(URL), before[URL])

    def test_a_killed_daemon_is_replaced_at_the_next_prompt(self):
        sh = self.shell(cwd=self.box.project("p"))
        before = sh.env()
        pid = int(before["FABRIK_DAEMON_PID"])
        os.kill(pid, signal.SIGKILL)
        wait_until("the daemon to be gone", lambda: not is_alive(pid))
        sh.run("")
        after = sh.env()
        self.assertNotEqual(after["FABRIK_DAEMON_PID"], before["FABRIK_DAEMON_PID"])
        self.assertTrue(is_alive(int(after["FABRIK_DAEMON_PID"])))
        self.assertEqual(after[URL], before[URL])

    def test_a_renamed_and_a_deleted_project(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        url = sh.get(URL)
        project.rename(self.box.home / "q")
        sh.run("")
        self.assertNotIn(sh.get(URL), (None, url))
        sh.run(f"cd {self.box.home}/q")
        (self.box.home / "q/fabrik.toml").unlink()
        (self.box.home / "q").rmdir()
        sh.run("")
        sh.run(f"cd {self.box.home}")
        self.assert_outside(sh)

    def test_a_stopped_daemon_stays_stopped_here_until_one_comes_back(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        sh.run("fabrik stop")
        self.assert_outside(sh)
        sh.run("")
        self.assert_outside(sh)
        self.assertEqual(self.box.daemons(), [])
        sh.run(f"cd {self.box.home}")
        sh.run(f"cd {project}")
        self.assertIsNotNone(sh.get(URL))


class IdleCost:
    def forks(self, traced):
        return [line for line in traced.splitlines()[1:]
                if ("fork(" in line or "clone" in line)
                and "CLONE_THREAD" not in line and "resumed>" not in line]

    def test_an_idle_prompt_forks_and_executes_nothing(self):
        if subprocess.run(["strace", "-o", "/dev/null", "true"], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest("strace does not work here")
        project = self.box.project("p")
        self.box.folder("p/a/b")
        log = self.box.file("strace")
        sh = self.shell(cwd=project, strace=log)
        cases = [("outside", [f"cd {self.box.home}"], ["", "echo", "cd ."]),
                 ("inside", [f"cd {project}"], ["", "echo", "cd a", "cd b", "cd ../..", "pwd"])]
        for name, before, idle in cases:
            for line in before:
                sh.run(line)
            sh.run(f"/bin/true begin-{name}")
            for line in idle:
                sh.run(line)
            sh.run(f"/bin/true end-{name}")
        sh.close()
        text = log.read_text(errors="replace")
        for name, _, _ in cases:
            part = text.split(f'"begin-{name}"')[1].split(f'"end-{name}"')[0]
            # What remains is the fork and exec of the end mark itself.
            executed = [line for line in part.splitlines()[1:] if "execve(" in line]
            self.assertEqual(len(executed), 1, f"{name}:\n{part}")
            self.assertLessEqual(len(self.forks(part)), 1, f"{name}:\n{part}")

    def test_entering_executes_the_program_once_in_one_process(self):
        if subprocess.run(["strace", "-o", "/dev/null", "true"], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest("strace does not work here")
        project = self.box.project("p")
        self.box.fabrik("exec", "--", "true", cwd=project)
        log = self.box.file("strace")
        sh = self.shell(strace=log)
        sh.run("/bin/true begin")
        sh.run(f"cd {project}")
        sh.run("/bin/true end")
        sh.close()
        part = log.read_text(errors="replace").split('"begin"')[1].split('"end"')[0]
        self.assertEqual(part.count(f'execve("{FABRIK}"'), 1, part)
        # One for fabrik, one for the end mark.
        self.assertLessEqual(len(self.forks(part)), 2, part)

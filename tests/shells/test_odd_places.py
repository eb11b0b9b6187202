"""Homes, directories and users that are not as they should be. docs/shells.md says
what is decided for each."""
import json
import os
import socket
import stat
import subprocess
import unittest

from box import BIN, FABRIK, Box
from dialects import Bash, Fish, Zsh
from session import Session
from shell_case import URL


# The first process of a container without an init: it waits for the shell that it
# starts, and for nobody else.
IDLE_INIT = """\
import os, sys
shell = os.fork()
if shell == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
os._exit(os.waitstatus_to_exitcode(os.waitpid(shell, 0)[1]) & 255)
"""


class OddCase(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.clean)

    def env(self, *without, **changed):
        env = {name: value for name, value in self.box.env.items() if name not in without}
        return {**env, **{name: str(value) for name, value in changed.items()}}

    def activate(self, cwd, env=None):
        """(what would be set, stderr); activation never fails a shell."""
        result = self.box.fabrik("activate", "--status", "--format", "json", cwd=cwd, env=env)
        return json.loads(result.stdout)["set"], result.stderr

    def assert_cached(self, cwd, env=None):
        variables, said = self.activate(cwd, env)
        self.assertIn(URL, variables, said)
        self.assertEqual(said, "")
        return variables

    def assert_told_in_one_line(self, cwd, env, pattern):
        variables, said = self.activate(cwd, env)
        self.assertNotIn(URL, variables)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertRegex(said, pattern)


class DirectoriesTest(OddCase):
    def test_git_worktrees_are_projects_of_their_own_and_inherit_no_trust(self):
        main = self.box.project("main", f'[cache]\ndir = "{self.box.file("store")}"\n')
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=m"]
        for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"],
                        ["worktree", "add", "-q", "../linked", "-b", "other"]):
            subprocess.run([*git, *command], cwd=main, env=self.box.env, check=True,
                           capture_output=True, timeout=60)
        self.box.fabrik("trust", cwd=main)
        url = self.assert_cached(main)[URL]
        variables, said = self.activate(self.box.home / "linked")
        self.assertNotIn(variables[URL], (None, url))
        self.assertRegex(said, "ignoring cache.dir until")

    def test_a_long_path(self):
        name = "/".join(["d" * 200] * 14)
        project = self.box.project(name)
        self.assertGreater(len(str(project)), 2800)
        self.assertEqual(self.activate(project / ".")[0][URL], self.assert_cached(project)[URL])

    def test_a_path_that_is_not_utf8(self):
        project = self.box.home / os.fsdecode(b"caf\xe9 \xff\xfe")
        project.mkdir()
        (project / "fabrik.toml").write_text("")
        url = self.assert_cached(project)[URL]
        for dialect in (Bash(), Zsh(), Fish()):
            with self.subTest(dialect.name):
                shell = dialect.start(self.box)
                self.addCleanup(shell.close)
                shell.run(f"cd {dialect.quote(str(self.box.home))}/caf*")
                self.assertEqual(shell.get(URL), url)
                shell.run("cd ..")
                self.assertIsNone(shell.get(URL))

    def test_a_project_that_can_only_be_read(self):
        project = self.box.project("p")
        project.chmod(0o555)
        self.assert_cached(project)
        project.chmod(0o755)


class HomesTest(OddCase):
    def test_a_container_without_a_runtime_directory(self):
        project = self.box.project("p")
        env = self.env("XDG_RUNTIME_DIR")
        self.assert_cached(project, env)
        sockets = list(self.box.state.glob("run/*/control.sock"))
        self.assertEqual(len(sockets), 1)
        self.assertEqual(stat.S_IMODE(sockets[0].parent.stat().st_mode), 0o700)
        self.box.fabrik("stop", "--all", env=env)

    def test_a_runtime_directory_that_others_may_enter_is_not_used(self):
        project = self.box.project("p")
        self.box.runtime.chmod(0o755)
        self.assert_cached(project)
        self.assertEqual(list(self.box.runtime.iterdir()), [])

    def test_a_home_that_cannot_be_written(self):
        project = self.box.project("p")
        env = self.env(HOME="/sys", FABRIK_CEILING=self.box.path)
        self.assert_told_in_one_line(project, env, r"/sys/\.local.*[Pp]ermitted|denied|[Rr]ead-only")

    def test_a_home_that_cannot_be_written_with_directories_elsewhere(self):
        project = self.box.project("p")
        env = self.env(HOME="/sys", XDG_STATE_HOME=self.box.folder("elsewhere/state"),
                       XDG_CACHE_HOME=self.box.folder("elsewhere/cache"))
        self.assert_cached(project, env)
        self.box.fabrik("stop", "--all", env=env)

    def test_locks_and_sockets_stay_out_of_a_home_that_may_be_on_nfs(self):
        project = self.box.project("p")
        env = self.env(XDG_CACHE_HOME=self.box.file("local"))
        self.assert_cached(project, env)
        for path in self.box.home.rglob("*"):
            mode = path.lstat().st_mode
            self.assertTrue(stat.S_ISREG(mode) or stat.S_ISDIR(mode), path)
            self.assertFalse(path.name.lower().endswith("lock"), path)
        self.assertTrue(list(self.box.runtime.glob("fabrik/*/daemon.lock")))

    def test_no_home_at_all(self):
        project = self.box.project("p")
        self.assert_told_in_one_line(project, self.env("HOME"), "HOME")
        places = {f"XDG_{name}_HOME": self.box.folder(name) for name in ("STATE", "CACHE", "CONFIG")}
        env = self.env("HOME", **places)
        self.assert_cached(project, env)
        self.box.fabrik("stop", "--all", env=env)

    def test_a_shell_without_a_home(self):
        project = self.box.project("p")
        for dialect in (Bash(), Zsh()):  # fish itself wants a HOME
            with self.subTest(dialect.name):
                shell = dialect.start(self.box, before="unset HOME", cwd=project)
                self.addCleanup(shell.close)
                self.assertIsNone(shell.get(URL))
                self.assertRegex(shell.shown(), "HOME")
                shell.run("cd / && cd -")
                self.assertTrue(shell.is_running())

    def test_relative_xdg_directories_are_ignored(self):
        project = self.box.project("p")
        self.assert_cached(project, self.env(XDG_STATE_HOME="state", XDG_CACHE_HOME="./cache"))
        self.assertEqual([path.name for path in project.iterdir()], ["fabrik.toml"])


class UsersTest(OddCase):
    """Needs root: only root can be somebody else."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root to be another user")
        # Another user must be able to reach the program and the projects.
        self.bin = self.box.file("bin")
        self.bin.mkdir()
        for name in ("fabrik", "fabrikd"):
            (self.bin / name).write_bytes((BIN / name).read_bytes())
            (self.bin / name).chmod(0o755)
        self.box.path.chmod(0o755)

    def as_user(self, uid, *command, cwd, **variables):
        home = self.box.file(f"home{uid}")
        if not home.exists():
            home.mkdir(mode=0o700)
            os.chown(home, uid, uid)
        env = self.env("XDG_RUNTIME_DIR", HOME=home, **variables)
        return subprocess.run(
            ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *command],
            cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False)

    def test_the_project_of_another_user_is_not_used_on_cd(self):
        project = self.box.project("p")
        os.chown(project / "fabrik.toml", 60001, 60001)
        fabrik = str(self.bin / "fabrik")
        told = self.as_user(60002, fabrik, "activate", "--status", "--shell", "sh", cwd=project)
        self.assertNotIn(URL, told.stdout)
        self.assertEqual((told.returncode, told.stderr.count("\n")), (0, 1), told.stderr)
        self.assertIn("belongs to user 60001", told.stderr)

    def test_a_project_that_root_provides_is_used(self):
        project = self.box.project("p")
        fabrik = str(self.bin / "fabrik")
        told = self.as_user(60002, fabrik, "activate", "--status", "--shell", "sh", cwd=project)
        self.assertIn(URL, told.stdout, told.stderr)
        self.as_user(60002, fabrik, "stop", "--all", cwd=project)

    def test_sudo_that_keeps_the_environment_starts_nothing(self):  # rule S13
        user = self.box.folder("user")
        project = self.box.project("user/p")
        for path in (user, project, project / "fabrik.toml"):
            os.chown(path, 60001, 60001)
        result = self.box.fabrik("activate", "--status", "--shell", "sh", cwd=project,
                                 env=self.env(HOME=user, SUDO_UID=60001))
        self.assertNotIn(URL, result.stdout)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual([path.name for path in user.iterdir()], ["p"], "root left files behind")

    def test_another_user_reaches_neither_socket_nor_state(self):  # rules S8, S11
        project = self.box.project("p")
        self.assert_cached(project)
        self.box.runtime.chmod(0o700)
        reach = ("import socket,sys,glob\n"
                 "s=socket.socket(socket.AF_UNIX)\n"
                 "try:\n s.connect(sys.argv[1])\n"
                 "except PermissionError: sys.exit(0)\n"
                 "sys.exit(1)\n")
        for name in ("control.sock", "worker.sock"):
            path = next(self.box.runtime.glob(f"fabrik/*/{name}"))
            # With every directory above wide open, the socket's own mode remains.
            modes = [(place, place.stat().st_mode) for place in list(path.parents)[:3]]
            for wide in (False, True):
                for place, mode in modes:
                    place.chmod(0o755 if wide else stat.S_IMODE(mode))
                tried = self.as_user(60002, "python3", "-c", reach, str(path), cwd="/")
                self.assertEqual(tried.returncode, 0, f"{name} {wide} {tried.stderr}")
            for place, mode in modes:
                place.chmod(stat.S_IMODE(mode))


class NamespacesTest(OddCase):
    def test_a_daemon_outside_of_our_process_namespace_is_not_taken_for_dead(self):
        """Its pid says nothing here: what answers on the socket lives."""
        project = self.box.project("p")
        inside = self.box.fabrik("activate", "--status", "--shell", "bash", "--from-hook",
                                 cwd=project).stdout
        pid = self.box.daemons()[0]
        self.assertIn(f"__fabrik_pid='{pid}'", inside)
        try:
            other = subprocess.run(
                ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc",
                 FABRIK, "activate", "--status", "--shell", "bash", "--from-hook"],
                cwd=project, env=self.box.env, capture_output=True, text=True, timeout=60,
                check=True)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            print(f"\n!!! SKIPPED process namespaces: {getattr(error, 'stderr', error)}")
            self.skipTest("process namespaces cannot be made here")
        self.assertIn("__fabrik_pid=''", other.stdout, other.stderr)
        self.assertIn(URL, other.stdout)
        self.assertEqual(self.box.daemons(), [pid])


    def test_a_zombie_in_a_container_counts_as_dead(self):
        """A daemon that was killed where nobody waits for it, without a runtime directory."""
        project = self.box.project("p")
        rc_file = self.box.file("bashrc")
        rc_file.write_text('eval "$(fabrik activate bash)"\n')
        shell = Session(self.box, ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
                                   "python3", "-c", IDLE_INIT, "bash", "--noprofile",
                                   "--noediting", "--rcfile", str(rc_file), "-i"],
                        self.env("XDG_RUNTIME_DIR"), project)
        self.addCleanup(shell.close)
        before = shell.env()
        pid = before["FABRIK_DAEMON_PID"]
        shell.run(f"kill -9 {pid}")
        is_zombie = f"grep -q '^State:.Z' /proc/{pid}/status"
        shell.run(f"until {is_zombie}; do sleep 0.01; done", 30)
        after = shell.env()
        self.assertEqual(shell.result(f"{is_zombie} && echo still"), "still\n")
        self.assertNotEqual(after["FABRIK_DAEMON_PID"], pid)
        self.assertEqual(after[URL], before[URL])
        self.assertIn("healthy", shell.result("fabrik health"))
        shell.run(f"cd / && cd {project}")
        self.assertEqual(shell.get("FABRIK_DAEMON_PID"), after["FABRIK_DAEMON_PID"])


class PlantedTest(OddCase):
    def test_a_planted_record_is_not_asked_for_anything(self):  # rule S8
        """ports.json of a stranger's listener, with a live pid: no client gets its port."""
        project = self.box.project("p")
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        port = listener.getsockname()[1]
        variables = self.assert_cached(project)
        self.box.fabrik("stop", "--all")
        folder = self.box.state / "daemons" / variables["FABRIK_CONFIG_HASH"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pid").write_text(f"{os.getpid()}\n")
        (folder / "ports.json").write_text(f'{{"http":{port}}}\n')
        (folder / "config_path.txt").write_text(f"{project}/fabrik.toml\n")
        again = self.assert_cached(project)
        self.assertEqual(again[URL], variables[URL])
        listener.setblocking(False)
        with self.assertRaises(BlockingIOError):
            listener.accept()


if __name__ == "__main__":
    unittest.main()

"""Shells started from shells of another kind, and tmux, whose windows inherit what the
shell that started it had."""
import itertools
import shutil
import subprocess
import unittest

from box import Box, wait_until
from dialects import Bash, Fish, Zsh
from shell_case import EXPORTED, URL


def start_line(dialect, box):
    """The line that starts this shell, with the hook, from any other."""
    env, argv = dialect.command(box, "\n".join([dialect.setup, dialect.hook]), dict(box.env))
    changed = [f"{name}={value}" for name, value in env.items() if box.env.get(name) != value]
    return " ".join(["/usr/bin/env", *changed, *argv])


class NestedTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.clean)

    def test_every_shell_inside_every_other(self):
        project, home = self.box.project("p"), self.box.home
        for outer, inner in itertools.permutations((Bash(), Zsh(), Fish()), 2):
            with self.subTest(outer=outer.name, inner=inner.name):
                if not (outer.available() and inner.available()):
                    self.skipTest("a shell is not installed")
                before = outer.export("TURBO_TOKEN", "before")
                sh = outer.start(self.box, before, cwd=project)
                self.addCleanup(sh.close)
                url = sh.get(URL)
                self.assertIsNotNone(url)
                sh.run(start_line(inner, self.box))
                self.assertEqual(sh.get(URL), url)
                sh.run(f"cd {home}")
                env = sh.env()
                self.assertEqual({name: env[name] for name in EXPORTED if name in env},
                                 {"TURBO_TOKEN": "before"})
                sh.run(f"cd {project}")
                self.assertEqual(sh.get(URL), url)
                sh.run("exit")
                self.assertEqual(sh.get(URL), url)
                sh.run(f"cd {home}")
                self.assertIsNone(sh.get(URL))
                self.assertEqual(sh.get("TURBO_TOKEN"), "before")


class TmuxTest(unittest.TestCase):
    def setUp(self):
        if not shutil.which("tmux"):
            self.skipTest("tmux is not installed")
        self.box = Box()
        self.addCleanup(self.box.clean)
        self.socket = self.box.file("tmux.sock")
        self.addCleanup(lambda: self.tmux("kill-server", check=False))

    def tmux(self, *arguments, check=True):
        return subprocess.run(["tmux", "-f", "/dev/null", "-S", str(self.socket), *arguments],
                              env={**self.box.env, "TERM": "xterm"}, capture_output=True, text=True,
                              timeout=60, check=check).stdout

    def window_env(self, window):
        """What a program started in the window sees."""
        out = self.box.file(f"{window}.env")
        out.unlink(missing_ok=True)
        self.tmux("send-keys", "-t", window, f"/usr/bin/env > {out}.new; mv {out}.new {out}",
                  "Enter")
        wait_until(f"window {window} to answer", out.exists, 60)
        return dict(line.split("=", 1) for line in out.read_text().splitlines() if "=" in line)

    def test_windows_have_what_their_directory_has(self):
        """The server is started inside a project: every window inherits its variables."""
        a, b = self.box.project("a"), self.box.project("b")
        shell = Bash().start(self.box, cwd=a)
        self.addCleanup(shell.close)
        url = shell.get(URL)
        shell.run(f"TERM=xterm tmux -f /dev/null -S {self.socket} new-session -d -s s -n plain "
                  "/bin/sh")
        self.assertEqual(self.window_env("plain").get(URL), url)
        for dialect in (Bash(), Zsh(), Fish()):
            for place, name in ((a, "same"), (b, "other"), (self.box.home, "outside")):
                with self.subTest(shell=dialect.name, place=name):
                    window = f"{dialect.name}-{name}"
                    self.tmux("new-window", "-d", "-t", "s:", "-n", window, "-c", str(place),
                              f"TERM=dumb exec {start_line(dialect, self.box)}")
                    seen = self.window_env(window).get(URL)
                    if name == "same":
                        self.assertEqual(seen, url)
                    elif name == "other":
                        self.assertNotIn(seen, (None, url))
                    else:
                        self.assertIsNone(seen)
                    self.tmux("kill-window", "-t", window)


if __name__ == "__main__":
    unittest.main()

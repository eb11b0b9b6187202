"""A private home with projects in it, and the fabrik under test."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ["FABRIK_TEST_BIN"]).resolve()
FABRIK = BIN / "fabrik"

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "FABRIK_FABRIKD", "ASAN_OPTIONS", "UBSAN_OPTIONS")


def wait_until(what, condition, seconds=30):
    """Polls until `condition` holds and gives its value; fails with `what`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"timed out: {what}")
        time.sleep(0.01)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Box:
    """HOME, XDG directories and projects of one test; clean() stops every daemon."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="fabrik-sh-")).resolve()
        self.home = self.path / "home"
        self.runtime = self.path / "run"
        self.home.mkdir()
        # A first fish in a new HOME reads every manual page of the machine, unless
        # somebody did before.
        for folder in (".local/share/fish", ".cache/fish"):  # fish 3, fish 4
            (self.home / folder / "generated_completions").mkdir(parents=True)
        self.runtime.mkdir(mode=0o700)
        self.state = self.home / ".local/state/fabrik"
        self.env = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.env.update(HOME=str(self.home), XDG_RUNTIME_DIR=str(self.runtime), TERM="dumb",
                        PATH=f"{BIN}:{self.env['PATH']}", HISTFILE="/dev/null")

    def project(self, name, config=""):
        path = self.home / name
        path.mkdir(parents=True, exist_ok=True)
        (path / "fabrik.toml").write_text(config)
        return path

    def folder(self, name):
        path = self.home / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def file(self, name):
        return self.path / name

    def fabrik(self, *arguments, cwd=None, env=None, check=True, timeout=60):
        result = subprocess.run([FABRIK, *arguments], cwd=cwd or self.home, env=env or self.env,
                                capture_output=True, text=True, errors="surrogateescape",
                                timeout=timeout, check=False)
        if check and result.returncode != 0:
            raise AssertionError(f"fabrik {arguments}: {result.returncode}\n{result.stderr}")
        return result

    def daemons(self):
        """Process ids of the supervisors that say they serve this home."""
        pids = []
        for file in self.state.glob("daemons/*/pid"):
            try:
                pid = int(file.read_text())
            except (OSError, ValueError):
                continue
            if is_alive(pid):
                pids.append(pid)
        return pids

    def processes(self):
        """Process ids of the supervisors and workers of this home."""
        pids = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            except OSError:
                continue
            if os.fsencode(self.path) + b"/" in words and b"fabrik" in words.split(b"\0")[0]:
                pids.append(int(entry.name))
        return pids

    def clean(self):
        try:
            self.fabrik("stop", "--all", check=False)
        except subprocess.TimeoutExpired:
            pass
        # A program whose shell was killed may still have been starting a daemon.
        wait_until("the daemons of the test to be gone", self._kill_what_is_left)
        shutil.rmtree(self.path, ignore_errors=True)

    def _kill_what_is_left(self):
        """Kills what has this home in its command line; true when there is nothing."""
        left = False
        for entry in pathlib.Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                ours = os.fsencode(self.path) + b"/" in command
                environment = (entry / "environ").read_bytes() if command and not ours else b""
            except OSError:
                continue
            home = b"HOME=" + os.fsencode(self.home) + b"\0"
            if ours or environment.startswith(home) or b"\0" + home in environment:
                left = True
                try:
                    os.kill(int(entry.name), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        return not left

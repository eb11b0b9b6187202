"""A private world for one test: HOME, XDG directories, a project, its daemon."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def bin_dir():
    """Where fabrik is: $FABRIK_BIN_DIR, else the first build that has both programs."""
    candidates = [os.environ.get("FABRIK_BIN_DIR"), ROOT / "build/release/bin", ROOT / "build/dev/bin"]
    for candidate in filter(None, candidates):
        path = pathlib.Path(candidate).resolve()
        if (path / "fabrik").exists() and (path / "fabrikd").exists():
            return path
    raise FileNotFoundError("no fabrik and fabrikd in build/release/bin: build them, or set FABRIK_BIN_DIR")


def clients_dir():
    """Where packaging/test-dependencies.sh put the clients from npm."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(cache) / "fabrik-test-clients"


class Run:
    """What a command printed and how it ended."""

    def __init__(self, command, code, output, seconds):
        self.command, self.code, self.output, self.seconds = command, code, output, seconds

    def __str__(self):
        return f"$ {self.command}\n{self.output}\n[exit {self.code}, {self.seconds:.1f} s]"


class Sandbox:
    """Use as a context manager: leaves no daemon and no file behind."""

    def __init__(self, name, config="", variables=None):
        # Short: the path of a Unix socket holds 107 bytes.
        self.root = pathlib.Path(tempfile.mkdtemp(prefix=f"fc-{name[:6]}-"))
        self.project = self.root / "project"
        self.home = self.root / "home"
        for directory in ("project", "home", "config", "state", "cache", "run"):
            (self.root / directory).mkdir(mode=0o700)
        self.env = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "XDG_STATE_HOME": str(self.root / "state"),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "PATH": f"{bin_dir()}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            # A build of seconds never gets back what the optimising compiler costs.
            "JAVA_OPTS": QUICK_JAVA,
            "MAVEN_OPTS": QUICK_JAVA,
            **(variables or {}),
        }
        # Where this machine keeps its Java, Node and certificates is not ours to change.
        for name in ("JAVA_HOME", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "NPM_CONFIG_CAFILE"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.write({"fabrik.toml": config})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.fabrik("stop")
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    def write(self, files):
        """{path below the project: text or bytes}"""
        for name, content in files.items():
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def remove(self, *names):
        """Files or directories below the project; missing ones are fine."""
        for name in names:
            for path in self.project.glob(name):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def run(self, arguments, cwd=None, timeout=600, **variables):
        started = time.monotonic()
        process = subprocess.Popen(
            arguments, cwd=cwd or self.project, env={**self.env, **variables},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            output += f"\n[killed after {timeout} s]".encode()
        return Run(" ".join(map(str, arguments)), process.returncode,
                   output.decode(errors="replace"), time.monotonic() - started)

    def shell(self, script, **options):
        """Runs a script in a new interactive bash that loaded the hook and then entered the project."""
        rc_file = self.home / ".bashrc"
        rc_file.write_text('eval "$(fabrik activate bash)"\n')
        text = f'cd "$1" && {{ {script}\n}}'
        run = self.run(["bash", "--noprofile", "--rcfile", str(rc_file), "-ic", text, "bash", str(self.project)],
                       cwd="/", **options)
        run.command = script
        # What an interactive bash says of having no terminal.
        run.output = "".join(line for line in run.output.splitlines(keepends=True)
                             if not line.startswith(("bash: cannot set terminal process group",
                                                     "bash: no job control in this shell")))
        return run

    def fabrik(self, *arguments):
        return self.run(["fabrik", *arguments], timeout=60)

    def status(self):
        run = self.run(["sh", "-c", "fabrik status --json 2>/dev/null"], timeout=60)
        try:
            return json.loads(run.output)
        except ValueError as error:
            raise AssertionError(f"fabrik status --json printed no JSON:\n{run}") from error

    def daemon(self):
        """What the status says of the daemon, which has to run."""
        status = self.status()
        if not status.get("daemon"):
            raise AssertionError(f"no daemon runs: {status}")
        return status["daemon"]

    def worker_pid(self):
        return self.daemon()["worker"]["pid"] or 0

    def kill_worker(self):
        """SIGKILL, and waits until it is gone. Returns its pid."""
        deadline = time.monotonic() + 30
        while (pid := self.worker_pid()) <= 0:  # the one before it may just have died
            if time.monotonic() > deadline:
                raise AssertionError(f"there is no worker to kill: {self.status()}")
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while _alive(pid):
            if time.monotonic() > deadline:
                raise AssertionError(f"worker {pid} survived SIGKILL")
            time.sleep(0.01)
        return pid

    def worker_peak_memory(self):
        """VmHWM of the worker in bytes: the most it ever held."""
        for line in pathlib.Path(f"/proc/{self.worker_pid()}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the kernel tells no VmHWM")

    def cache_dir(self):
        return pathlib.Path(self.daemon()["cache_dir"])

    def stored_files(self, cache_dir):
        """The files that hold artefacts: blob files, RocksDB tables and its write-ahead log."""
        for path in sorted(cache_dir.rglob("*")):
            if not path.is_file() or path.stat().st_size == 0:
                continue
            name = path.name
            if path.suffix in (".sst", ".log", ".blob") or len(name) >= 60:
                yield path

    def damage_store(self, cache_dir):
        """Flips bytes all over the stored files. Returns how many files it damaged."""
        count = 0
        for path in self.stored_files(cache_dir):
            path.chmod(0o600)
            with open(path, "r+b") as file:
                size = path.stat().st_size
                for part in range(1, 8):
                    offset = size * part // 8
                    file.seek(offset)
                    byte = file.read(1)
                    file.seek(offset)
                    file.write(bytes([byte[0] ^ 0x55]))
            count += 1
        return count


def _alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state != "Z"
    except OSError:
        return False

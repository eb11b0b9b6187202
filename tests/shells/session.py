"""One real interactive shell under a pseudo-terminal.

Lines are typed; each is followed by a builtin that writes a file, so that a call
returns when the prompt after the line has come and gone. Nothing is guessed from
what the terminal shows, and nothing but the line itself forks.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import threading

from box import wait_until


class Session:
    def __init__(self, box, argv, env=None, cwd=None):
        self.box = box
        self._count = 0
        self._shown = bytearray()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._name = f"s{id(self):x}"
        pid, master = pty.fork()
        if pid == 0:
            try:
                os.chdir(cwd or box.home)
                full = dict(env or box.env)
                full["PWD"] = str(cwd or box.home)
                os.execvpe(argv[0], argv, full)
            finally:
                os._exit(127)
        self.pid, self.master = pid, master
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.sync(30)

    def _read(self):
        while not self._closing.is_set():
            try:
                if not select.select([self.master], [], [], 0.05)[0]:
                    continue
                with self._lock:
                    self._take(0)
            except OSError:
                return

    def _take(self, patience):
        """Keeps what the terminal shows until it is silent for `patience` seconds."""
        while select.select([self.master], [], [], patience)[0]:
            data = os.read(self.master, 65536)
            if not data:
                raise OSError("the terminal is closed")
            self._shown += data

    def shown(self):
        """What the terminal has shown since the last call."""
        with self._lock:
            try:
                # What the shell wrote before it answered may still be on its way
                # through the kernel.
                self._take(0.2)
            except (OSError, ValueError):
                pass  # the terminal is closed: what came before is all there is
            text = self._shown.decode(errors="replace")
            self._shown.clear()
        return text

    def send(self, text):
        os.write(self.master, text.encode(errors="surrogateescape"))

    def sync(self, seconds=30):
        self._count += 1
        mark = self.box.file(f"{self._name}.{self._count}")
        self.send(f"echo > {mark}\n")
        try:
            wait_until("the shell's answer", mark.exists, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n--- terminal:\n{self.shown()}") from None

    def run(self, line, seconds=60):
        self.send(line + "\n")
        self.sync(seconds)

    def result(self, line):
        """What `line` prints, through a file."""
        self._count += 1
        out = self.box.file(f"{self._name}.{self._count}.out")
        self.run(f"{line} > {out}")
        return out.read_text(errors="surrogateescape")

    def env(self):
        """What a program started by this shell sees."""
        text = self.result("/usr/bin/env -0")
        return dict(item.split("=", 1) for item in text.split("\0") if item)

    def get(self, name):
        return self.env().get(name)

    def interrupt(self):
        self.send("\x03")
        # The terminal throws away what was typed before the signal arrived.
        for _ in range(20):
            try:
                self.sync(1)
                return
            except AssertionError:
                pass
        self.sync()

    def hang_up(self):
        """The terminal is closed under the shell."""
        self._close_terminal()
        self.wait()

    def _close_terminal(self):
        # Not while the reader sits in it: that would keep it open.
        if self.master >= 0:
            self._closing.set()
            self._reader.join()
            os.close(self.master)
            self.master = -1

    def wait(self):
        """Until the shell has ended by itself."""
        wait_until("the shell to end", lambda: os.waitpid(self.pid, os.WNOHANG)[0] != 0)
        self.pid = 0

    def is_running(self):
        if self.pid and os.waitpid(self.pid, os.WNOHANG)[0] != 0:
            self.pid = 0
        return self.pid != 0

    def close(self):
        if self.is_running():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        self._close_terminal()

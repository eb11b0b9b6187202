#!/usr/bin/env python3
"""What a shell hook costs at the prompt: fabrik beside direnv and mise.

Each cell is the time from sending a line to a real interactive shell on a
pseudo-terminal until its next prompt, in milliseconds (minimum / median). All
hooks are measured in turn in one run, so read the columns against "none".

usage: bench/prompt_bench.py --bin build/release/bin [--rounds 40] [--shells bash,zsh,fish]
direnv and mise are left out when they are not on PATH; mise may be where
packaging/test-dependencies.sh --bench puts it, too, or where --mise says.
"""
import argparse
import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MARK = b"%%READY%%"
PROMPTS = {
    "bash": "PS1='%%READY''%%'; PS2=''\nunset HISTFILE\n",
    "zsh": "PROMPT='%%%%READY''%%%%'; unsetopt PROMPT_SP ZLE; unset HISTFILE\n",
    # fish repaints its prompt at will, so each prompt carries a command counter.
    "fish": "set -g count 0; function bench_count --on-event fish_postexec; "
            "set -g count (math $count + 1); end\n"
            "function fish_prompt; echo -n %%READY:$count%%; end; function fish_right_prompt; end; "
            "set -g fish_greeting\n",
}
MARKS = {"bash": MARK, "zsh": MARK}
IDLE = {"bash": "", "zsh": "", "fish": "true"}


class Shell:
    """An interactive shell on a pseudo-terminal."""

    def __init__(self, shell, rc_text, home, env):
        rc = os.path.join(home, "rc." + shell)
        with open(rc, "w", encoding="utf-8") as file:
            file.write(PROMPTS[shell] + rc_text)
        argv = {
            "bash": ["bash", "--noprofile", "--rcfile", rc, "-i"],
            "zsh": ["zsh", "-d", "-i"],
            "fish": ["fish", "--no-config", "-i", "-C", "source " + rc],
        }[shell]
        if shell == "zsh":
            os.replace(rc, os.path.join(home, ".zshrc"))
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(home)
            os.execvpe(argv[0], argv, env)
        self.buffer = b""
        self.shell = shell
        self.prompts = 0
        self.wait_prompt(30)

    def wait_prompt(self, timeout=10):
        mark = MARKS.get(self.shell, b"%%READY:" + str(self.prompts).encode() + b"%%")
        self.prompts += 1
        deadline = time.monotonic() + timeout
        while mark not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise TimeoutError("no prompt; the shell printed: %r" % self.buffer[-300:])
            self.buffer += os.read(self.fd, 65536)
        self.buffer = self.buffer.split(mark)[-1]

    def time_line(self, line):
        start = time.perf_counter()
        os.write(self.fd, line.encode() + b"\n")
        self.wait_prompt()
        return (time.perf_counter() - start) * 1000

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def installed_mise():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = os.path.join(cache, "fabrik-test-clients/mise/node_modules/mise/bin/mise")
    return path if os.access(path, os.X_OK) else None


def hooks(args):
    fabrik = os.path.join(os.path.abspath(args.bin), "fabrik")
    found = {"none": lambda shell: ""}
    pipe = {"bash": 'eval "$({} {})"\n', "zsh": 'eval "$({} {})"\n', "fish": "{} {} | source\n"}
    found["fabrik"] = lambda shell: pipe[shell].format(fabrik + " activate", shell)
    if shutil.which("direnv"):
        found["direnv"] = lambda shell: pipe[shell].format("direnv hook", shell)
    mise = args.mise or shutil.which("mise") or installed_mise()
    if mise:
        found["mise"] = lambda shell: pipe[shell].format(mise + " activate", shell)
    return found, mise


def make_project(home, mise, env):
    project = os.path.join(home, "project")
    os.makedirs(os.path.join(project, "sub"))
    for name, text in (("fabrik.toml", ""), (".envrc", "export BENCH=1\n"),
                       ("mise.toml", '[env]\nBENCH = "1"\n')):
        with open(os.path.join(project, name), "w", encoding="utf-8") as file:
            file.write(text)
    for command in (["direnv", "allow", project], [mise, "trust", project + "/mise.toml"]):
        if command[0] and shutil.which(command[0]):
            subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    return project


def measure(shell_name, rc_text, home, project, env, rounds):
    shell = Shell(shell_name, rc_text, home, env)
    sub = os.path.join(project, "sub")
    cells = {key: [] for key in ("idle outside", "enter", "idle inside", "subdirectory", "leave")}
    shell.time_line("cd " + project)  # the first entry may start a daemon
    shell.time_line("cd " + home)
    for _ in range(rounds):
        cells["idle outside"].append(shell.time_line(IDLE[shell_name]))
        cells["enter"].append(shell.time_line("cd " + project))
        cells["idle inside"].append(shell.time_line(IDLE[shell_name]))
        cells["subdirectory"].append(shell.time_line("cd " + sub))
        cells["leave"].append(shell.time_line("cd " + home))
    shell.close()
    return cells


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="directory with fabrik and fabrikd")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--shells", default="bash,zsh,fish")
    parser.add_argument("--mise", help="the mise executable, when it is not on PATH")
    args = parser.parse_args()
    home = os.path.realpath(tempfile.mkdtemp(prefix="fabrik-bench-"))
    found, mise = hooks(args)
    env = {"HOME": home, "PATH": os.path.abspath(args.bin) + ":" + os.environ["PATH"],
           "TERM": "dumb", "LANG": "C.UTF-8", "ZDOTDIR": home, "DIRENV_LOG_FORMAT": ""}
    project = make_project(home, mise, env)
    # Else a first fish reads every manual page of the machine in the background.
    os.makedirs(os.path.join(home, ".local/share/fish/generated_completions"))
    try:
        print("| shell / hook | idle outside | enter | idle inside | subdirectory | leave |")
        print("|---|---|---|---|---|---|")
        for shell_name in args.shells.split(","):
            for hook, rc_text in found.items():
                cells = measure(shell_name, rc_text(shell_name), home, project, env, args.rounds)
                print("| %s %s | %s |" % (shell_name, hook, " | ".join(
                    "%.2f / %.2f" % (min(v), statistics.median(v)) for v in cells.values())),
                      flush=True)
    finally:
        subprocess.run([os.path.join(args.bin, "fabrik"), "stop", "--all"], env=env, check=False,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

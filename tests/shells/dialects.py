"""How the shells say the same thing, and how each is started for a test."""
import os
import shutil
import subprocess

from session import Session


class Dialect:
    name = ""
    program = ""
    and_then = "&&"
    last_status = "$?"
    whole_seconds = False  # its -nt sees nothing finer

    def start(self, box, before="", after="", activate=True, env=None, cwd=None, strace=None):
        """An interactive shell whose start-up file has `before`, the hook, `after`."""
        rc = "\n".join(filter(None, [self.setup, before, self.hook if activate else "", after]))
        environment, argv = self.command(box, rc, dict(env or box.env))
        if strace:
            argv = ["strace", "-f", "-qq", "-s", "300", "-o", str(strace), "-e",
                    "trace=fork,vfork,clone,clone3,execve", *argv]
        return Session(box, argv, environment, cwd)

    def available(self):
        return shutil.which(self.program) is not None

    def quote(self, value):
        return "'" + value.replace("'", "'\\''") + "'"


class Bash(Dialect):
    name = "bash"
    hook = 'eval "$(fabrik activate bash)"'
    setup = "PS1='> '"
    pipe_status = '"${PIPESTATUS[*]}"'
    declarations = "declare -p"
    functions = "declare -f"

    def __init__(self, program="bash"):
        self.program = program
        version = subprocess.run([program, "-c", "echo $BASH_VERSION"], capture_output=True,
                                 text=True, check=False).stdout
        self.whole_seconds = version.startswith(("3.", "4."))

    def command(self, box, rc, env):
        path = box.file("bashrc")
        path.write_text(rc + "\n")
        return env, [self.program, "--noprofile", "--noediting", "--rcfile", str(path), "-i"]

    def export(self, name, value):
        return f"export {name}={self.quote(value)}"

    def set_unexported(self, name, value):
        return f"{name}={self.quote(value)}"

    def unset(self, name):
        return f"unset {name}"

    def function(self, name, body):
        return f"{name}() {{ {body}; }}"


class Zsh(Bash):
    name = "zsh"
    hook = 'eval "$(fabrik activate zsh)"'
    setup = "PS1='> '\nunsetopt zle prompt_cr prompt_sp"
    pipe_status = '"${pipestatus[*]}"'
    declarations = "typeset -p"
    functions = "functions"

    def __init__(self):  # pylint: disable=super-init-not-called
        self.program = "zsh"

    def command(self, box, rc, env):
        folder = box.file("zdot")
        folder.mkdir(exist_ok=True)
        (folder / ".zshrc").write_text(rc + "\n")
        env["ZDOTDIR"] = str(folder)
        return env, [self.program, "-d", "-i"]


class Fish(Dialect):
    name = "fish"
    program = "fish"
    hook = "fabrik activate fish | source"
    setup = "function fish_prompt; echo '> '; end\nset -g fish_greeting"
    and_then = "; and"
    last_status = "$status"
    pipe_status = '"$pipestatus"'
    declarations = "set --show"
    functions = "functions -a"

    def command(self, box, rc, env):
        folder = box.home / ".config/fish"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.fish").write_text(rc + "\n")
        return env, ["fish", "-i"]

    def quote(self, value):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def export(self, name, value):
        return f"set -gx {name} {self.quote(value)}"

    def set_unexported(self, name, value):
        return f"set -g {name} {self.quote(value)}"

    def unset(self, name):
        return f"set -e {name}"

    def function(self, name, body):
        return f"function {name}; {body}; end"


def bashes():
    """bash, and every other version named in FABRIK_TEST_BASHES."""
    return ["bash", *os.environ.get("FABRIK_TEST_BASHES", "").split()]

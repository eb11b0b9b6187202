"""The Tab key in real line editors, with the completions `fabrik completions` prints."""
import shutil
import unittest

from box import Box
from session import Session

TYPED = "fabrik heal\t --form\t js\t"
MEANT = "health --format json"


class CompletionsTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.clean)
        self.out = self.box.file("arguments")

    def completed(self, argv, rc, env=None):
        """What `fabrik` was called with after the line was typed."""
        if not shutil.which(argv[0]):
            self.skipTest(f"{argv[0]} is not installed")
        self.box.file("rc").write_text(rc)
        session = Session(self.box, argv, {**self.box.env, **(env or {})})
        self.addCleanup(session.close)
        session.run(TYPED)
        return self.out.read_text().strip()

    def test_bash(self):
        rc = f"PS1='> '\neval \"$(fabrik completions bash)\"\nfabrik() {{ echo \"$*\" > {self.out}; }}\n"
        argv = ["bash", "--noprofile", "--rcfile", str(self.box.file("rc")), "-i"]
        self.assertEqual(self.completed(argv, rc), MEANT)

    def test_zsh(self):
        (self.box.file("zdot")).mkdir()
        (self.box.file("zdot") / ".zshrc").symlink_to(self.box.file("rc"))
        rc = ("PS1='> '\nautoload -Uz compinit\ncompinit -D\neval \"$(fabrik completions zsh)\"\n"
              f"fabrik() {{ print -r -- \"$*\" > {self.out}; }}\n")
        env = {"ZDOTDIR": str(self.box.file("zdot"))}
        self.assertEqual(self.completed(["zsh", "-d", "-i"], rc, env), MEANT)

    def test_fish(self):
        rc = ("function fish_prompt; echo '> '; end\nfabrik completions fish | source\n"
              f"function fabrik; echo $argv > {self.out}; end\n")
        argv = ["fish", "--no-config", "-i", "-C", f"source {self.box.file('rc')}"]
        self.assertEqual(self.completed(argv, rc), MEANT)

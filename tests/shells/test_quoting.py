"""Thousands of hostile values, rendered by fabrik and read back by real shells
(rule S7). FABRIK_QUOTING_VALUES says how many; tests/soak/run.sh takes 10 000."""
import itertools
import os
import random
import shutil
import subprocess
import unittest

from box import BIN, Box
from dialects import bashes

PIECES = [b"'", b"''", b"'\\''", b'"', b'\\', b'\\\\', b'`id`', b'$(id)', b'$x', b'${x}',
          b'$((1))', b'\n', b'\r', b'\t', b' ', b'  ', b';', b'&', b'|', b'<', b'>', b'(', b')',
          b'{a,b}', b'[!a]', b'*', b'?', b'~', b'#', b'!', b'!!', b'%', b'=', b'-n', b'-e',
          b'--', b'\x01', b'\x1b[0m', b'\x7f', b'\xff', b'\xc3\xa9', b'\xf0\x9f\x98\x80',
          b'\xe2\x80\xa8', b'\xc3', b'\xed\xa0\x80', b'\xef\xbf\xbf', b'\xee\x80\x80', b'a',
          b'end', b'EOF', b'\\n', b'\\0', b'\\x41', b"$'\\n'", b'^a^b']


COUNT = int(os.environ.get("FABRIK_QUOTING_VALUES", "2700"))


def hostile_values(mark):
    """Bytes without NUL. Whoever runs one of the commands in them makes `mark`."""
    command = b"touch " + str(mark).encode()
    values = [b"", *(bytes([byte]) for byte in range(1, 256))]
    values += [a + b for a, b in itertools.product(PIECES[:24], PIECES[:24])]
    for wrapper in (b"$(%s)", b"`%s`", b"'; %s; '", b"'\"; %s; \"'", b"\\'; %s; \\'", b"\n%s\n",
                    b"; %s", b"& %s", b"| %s", b"' (%s) '", b"(%s)", b"\\\n%s", b"<(%s)",
                    b"'\n%s\n'"):
        values += [wrapper % command, wrapper % command + b"\\", b"'" + wrapper % command,
                   b"\\" + wrapper % command]
    rng = random.Random(20261120)
    while len(values) < COUNT * 9 // 10:
        values.append(b"".join(rng.choices(PIECES, k=rng.randint(1, 12))))
    while len(values) < COUNT:
        values.append(bytes(rng.randint(1, 255) for _ in range(rng.randint(1, 200))))
    values.append(bytes(range(1, 256)) * 16)
    return values


class QuotingTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.clean)
        self.mark = self.box.file("executed")
        self.values = hostile_values(self.mark)

    def read_back(self, renderer, command, locale):
        """What each variable held, in the order of the script."""
        script = self.box.file("script")
        with open(script, "wb") as out:
            subprocess.run([BIN / "render_values", renderer], stdout=out, check=True, timeout=60,
                           input=b"".join(value + b"\0" for value in self.values))
        env = {**self.box.env, "LC_ALL": locale}
        result = subprocess.run([*command, str(script)], env=env, cwd=self.box.home, check=False,
                                capture_output=True, timeout=300)
        self.assertEqual(result.stderr, b"")
        items = result.stdout.split(b"\0")
        self.assertEqual(items.pop(), b"")
        return items

    def check(self, renderer, command, locale="C.UTF-8"):
        if not shutil.which(command[0]):
            self.skipTest(f"{command[0]} is not installed")
        items = self.read_back(renderer, command, locale)
        expected = [value for value in self.values for _ in range(4)]
        self.assertEqual(len(items), len(expected))
        wrong = [(value, item) for value, item in zip(expected, items) if value != item]
        self.assertEqual(wrong[:3], [], f"{len(wrong)} mismatches")
        self.assertFalse(self.mark.exists(), "a value was executed")
        self.assertEqual([path.name for path in self.box.home.iterdir()
                          if not path.name.startswith(".")], [], "a value left a file")

    def test_bash(self):
        for program in bashes():
            for options in ([], ["--posix"], ["-O", "extglob"], ["-u", "-f", "-C"]):
                for locale in ("C.UTF-8", "C"):
                    with self.subTest(program=program, options=options, locale=locale):
                        self.check("bash", [program, "--norc", *options], locale)

    def test_zsh(self):
        for options in ([], ["-o", "rcquotes"], ["-o", "ksharrays"], ["-o", "shwordsplit"],
                        ["--emulate", "ksh"], ["-o", "nounset", "-o", "extendedglob"]):
            with self.subTest(options=options):
                emulate = options if options[:1] == ["--emulate"] else []
                rest = [] if emulate else options
                self.check("zsh", ["zsh", *emulate, "-f", *rest])

    def test_dash(self):
        self.check("sh", ["dash"])

    def test_the_posix_form_in_bash_and_zsh(self):
        self.check("sh", ["bash", "--posix"])
        self.check("sh", ["zsh", "--emulate", "sh", "-f"])

    def test_fish(self):
        self.check("fish", ["fish", "--no-config"])

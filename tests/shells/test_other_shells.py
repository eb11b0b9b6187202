"""The snippets of docs/other-shells.md, run by the shells they are for."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from box import Box
from shell_case import URL

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/other-shells.md"
CLIENTS = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache",
                       "fabrik-test-clients")
# What a program started by the shell sees.
DUMP = "python3 -c 'import json, os; print(json.dumps(dict(os.environ)))'"


def snippet(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL).group(1)


class OtherShellsTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.clean)
        self.project = self.box.project("p")
        self.env = {**self.box.env, "NX_VERBOSE": "kept",
                    "NX_SELF_HOSTED_REMOTE_CACHE_SERVER": "http://mine"}

    def program(self, *candidates):
        for candidate in candidates:
            found = shutil.which(candidate)
            if found:
                return found
        if os.environ.get("CI"):
            self.fail(f"{candidates[0]} is not installed; packaging/test-dependencies.sh installs it")
        self.skipTest(f"{candidates[0]} is not installed")
        return None

    def run_script(self, argv, script):
        file = self.box.file("script")
        file.write_text(script)
        result = subprocess.run([*argv, file], env=self.env, cwd=self.box.home, timeout=120,
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def check(self, inside, outside):
        self.assertRegex(inside[URL], r"^http://127\.0\.0\.1:\d+$")
        self.assertEqual(inside["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], inside[URL])
        self.assertNotIn(URL, outside)
        self.assertNotIn("__FABRIK_STATE", outside)
        self.assertEqual(outside["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], "http://mine")
        self.assertEqual(outside["NX_VERBOSE"], "kept")

    def test_nushell_enters_and_leaves(self):
        nu = self.program("nu", CLIENTS / "nushell/node_modules/.bin/nu")
        inside, outside = self.run_script(
            [nu, "--no-config-file"],
            f"{snippet('nu')}\ncd '{self.project}'\nfabrik-hook\nlet inside = ({DUMP} | from json)\n"
            f"cd '{self.box.home}'\nfabrik-hook\nlet outside = ({DUMP} | from json)\n"
            "[$inside $outside] | to json --raw | print\n")
        self.check(inside, outside)

    def test_elvish_enters_and_leaves_by_cd(self):
        elvish = self.program("elvish")
        # Without a terminal there is no prompt to hook into; cd is hooked all the same.
        hook = "".join(line for line in snippet("elvish").splitlines(True) if "edit:" not in line)
        inside, outside = self.run_script(
            [elvish, "-norc"],
            f"{hook}\ncd '{self.project}'\nvar inside = ({DUMP} | from-json)\ncd '{self.box.home}'\n"
            f"var outside = ({DUMP} | from-json)\nput [$inside $outside] | to-json\n")
        self.check(inside, outside)

    def test_what_powershell_reads_has_the_documented_shape(self):
        for where in (self.project, self.box.home):
            result = self.box.fabrik("activate", "--status", "--format", "json", cwd=where)
            changes = json.loads(result.stdout)
            self.assertEqual(set(changes), {"set", "unset"})
            self.assertTrue(all(isinstance(value, str) for value in changes["set"].values()))
            self.assertTrue(all(isinstance(name, str) for name in changes["unset"]))

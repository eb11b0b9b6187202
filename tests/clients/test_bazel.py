import re
import shutil

from support.scenarios import Client, Scenarios

BUILD = """\
genrule(name = "small", outs = ["small.txt"], cmd = "echo small > $@")
genrule(name = "large", outs = ["large.txt"], srcs = [":small"],
        cmd = "i=0; while [ $$i -lt 40000 ]; do echo line $$i of a large file; i=$$((i+1)); done > $@")
genrule(name = "broken", outs = ["broken.txt"], cmd = "exit 7", tags = ["manual"])
"""

# In one line of rc: a server of our own, nothing from elsewhere, no sandbox to set up.
RC = "build --spawn_strategy=local --color=no --curses=no\n"


class Bazel(Client):
    name = "bazel"
    outputs = ("bazel-bin/*.txt",)
    options = ""

    @classmethod
    def missing(cls):
        return None if shutil.which("bazel") else "bazel"

    def project(self):
        self.box.write({"WORKSPACE": "", "BUILD": BUILD, ".bazelrc": RC})
        # Before the project goes: a server keeps running otherwise.
        self.addCleanup(self.box.run, ["bazel", "shutdown"])

    def build(self, **variables):
        return self.box.shell(f"fabrik bazel -- build {self.options} //...", **variables)

    def wipe(self):
        run = self.box.run(["bazel", "clean"])
        self.assertEqual(run.code, 0, run)

    def is_hit(self, run):
        return re.search(r"3 processes: 2 remote cache hit, 1 internal", run.output) is not None


class BazelHttp(Scenarios, Bazel):
    def test_ends_as_bazel_ends(self):
        self.assertEqual(self.box.shell("fabrik bazel -- build //:broken").code, 1)
        self.assertEqual(self.box.shell("fabrik bazel -- build //:nothing").code, 1)
        self.assertEqual(self.box.shell("fabrik bazel -- no-such-command").code, 2)
        self.assertEqual(self.box.shell("BAZEL=no-such-bazel fabrik bazel -- version").code, 127)

    def test_startup_options_and_options_of_the_user_win(self):
        expected = self.cold()
        self.wipe()
        run = self.box.shell("fabrik bazel -- --max_idle_secs=300 build --remote_cache= //...")
        self.assert_built(run, expected)
        self.assertFalse(self.is_hit(run), run)

    def test_runs_without_a_project(self):
        self.box.remove("fabrik.toml")
        run = self.box.run(["fabrik", "bazel", "--", "build", "//:small"])
        self.assertEqual(run.code, 0, run)

    def test_every_process_of_fabrik_dead(self):
        expected = self.cold()
        rc = self.box.daemon()["bazelrc"]
        self.assertEqual(self.box.fabrik("stop").code, 0)
        self.wipe()
        # Neither hook nor wrapper, which would start the daemon again.
        run = self.box.run(["bazel", f"--bazelrc={rc}", "build", "//..."])
        self.assert_built(run, expected)
        self.assertFalse(self.is_hit(run), run)


class BazelWithoutTheBytes(Bazel):
    options = "--remote_download_toplevel"

    def test_warm_build_hits(self):
        expected = self.cold()
        self.assert_hit(self.rebuild(), expected)

    def test_store_emptied_behind_an_action_cache(self):
        expected = self.cold()
        cache_dir = self.box.cache_dir()
        self.assertGreater(self.box.damage_store(cache_dir), 0)
        self.assert_built(self.rebuild(), expected)


class BazelSetUp(Bazel):
    """Plain `bazel`, after `fabrik setup bazel`."""

    def build(self, **variables):
        return self.box.shell("bazel build //...", **variables)

    def test_import_line(self):
        self.assertEqual(self.box.shell("fabrik setup bazel").code, 0)
        expected = self.cold()
        self.assert_hit(self.rebuild(), expected)
        self.assertEqual(self.box.shell("fabrik setup bazel --undo").code, 0)
        self.assertEqual((self.box.project / ".bazelrc").read_text(), RC)
        run = self.rebuild()
        self.assert_built(run, expected)
        self.assertFalse(self.is_hit(run), run)

import hashlib
import json
import os
import re
import shutil
import threading
import time
import urllib.request

from support.scenarios import Client, Scenarios

BUILD = """\
genrule(name = "small", outs = ["small.txt"], cmd = "echo small > $@")
genrule(name = "large", outs = ["large.txt"], srcs = [":small"],
        cmd = "i=0; while [ $$i -lt 40000 ]; do echo line $$i of a large file; i=$$((i+1)); done > $@")
genrule(name = "broken", outs = ["broken.txt"], cmd = "exit 7", tags = ["manual"])
"""

# A server that starts quickly, nothing from elsewhere, no sandbox to set up.
RC = ("startup --host_jvm_args=-XX:TieredStopAtLevel=1\n"
      "build --spawn_strategy=local --color=no --curses=no\n")


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


HELD = """
genrule(name = "held", outs = ["held.txt"],
        cmd = "touch {box}/begun; while [ -e {box}/hold ]; do sleep 0.05; done; echo held > $@")
"""


class BazelGrpc(Scenarios, Bazel):
    """The same over gRPC, which the wrapper makes safe: it starts the daemon first."""

    options = ("--remote_cache=$FABRIK_GRPC_URL "
               '${FABRIK_TOKEN:+"--remote_header=authorization=Bearer $FABRIK_TOKEN"}')

    def test_an_output_lost_behind_its_action(self):
        expected = self.cold()
        run = self.box.fabrik("cache", "rm", expected["bazel-bin/large.txt"])
        self.assertEqual(run.code, 0, run)
        run = self.rebuild()
        self.assert_built(run, expected)
        self.assertIn("1 remote cache hit", run.output)
        self.assert_hit(self.rebuild(), expected)

    def test_a_cache_too_small_for_an_output(self):
        self.box.write({"fabrik.toml": '[cache]\nmax_size = "1MB"\n'})
        expected = self.cold()
        run = self.rebuild()
        self.assert_built(run, expected)
        self.assertIn("1 remote cache hit", run.output)

    def test_worker_killed_in_the_middle_of_a_build(self):
        hold, begun = self.box.root / "hold", self.box.root / "begun"
        self.box.write({"BUILD": BUILD + HELD.format(box=self.box.root)})
        hold.touch()
        runs = []
        build = threading.Thread(target=lambda: runs.append(self.build()))
        build.start()
        while build.is_alive() and not begun.exists():
            time.sleep(0.02)
        self.box.kill_worker()
        hold.unlink()
        build.join()
        expected = self.assert_built(runs[0])
        self.assert_built(self.rebuild(), expected)

    def test_every_process_of_fabrik_dead_is_for_http_alone(self):
        """Why the generated rc file does not say grpc://."""
        self.cold()
        url = self.box.shell("echo $FABRIK_GRPC_URL").output.strip()
        self.assertEqual(self.box.fabrik("stop").code, 0)
        self.wipe()
        run = self.box.run(["bazel", "build", f"--remote_cache={url}", "//..."])
        self.assertEqual(run.code, 34, run)


LATER = 'genrule(name = "later", srcs = [":large"], outs = ["later.txt"], cmd = "cat $< > $@")\n'


class BazelGrpcWithoutTheBytes(Bazel):
    options = "--remote_cache=$FABRIK_GRPC_URL --remote_download_toplevel"

    def test_warm_build_hits(self):
        expected = self.cold()
        self.assert_hit(self.rebuild(), expected)

    def test_what_it_left_in_the_cache_survives_pressure(self):
        """Bazel counts on blobs that it did not download; results may go, which is a miss."""
        self.box.write({"fabrik.toml": '[cache]\nmax_size = "4MB"\n'})
        expected = self.cold()
        self.assert_hit(self.rebuild(), expected)
        url = f"http://127.0.0.1:{self.daemon_port()}/cache/"
        for number in range(40):  # ten times the budget, of entries without a lease
            request = urllib.request.Request(f"{url}{number:032x}", os.urandom(1 << 20), method="PUT")
            urllib.request.urlopen(request, timeout=60).read()
        stats = json.loads(self.box.fabrik("stats", "--json").output)
        self.assertEqual(stats["store"]["evicted_while_referenced"], 0, stats)
        self.assertGreater(stats["store"]["evicted_blobs"], 0, stats)
        # Without another `bazel clean`: what the new action needs is in the cache alone.
        self.box.write({"BUILD": BUILD + LATER})
        run = self.build()
        self.assertEqual(run.code, 0, run)
        self.assertNotIn("WARNING: Reading from Remote Cache", run.output)
        later = (self.box.project / "bazel-bin/later.txt").read_bytes()
        self.assertEqual(hashlib.sha256(later).hexdigest(), expected["bazel-bin/large.txt"])


class BazelMinimal(BazelGrpcWithoutTheBytes):
    """Downloads nothing but what the next action needs."""

    options = "--remote_cache=$FABRIK_GRPC_URL --remote_download_minimal"

    def assert_hit(self, run, expected):
        self.assertEqual(run.code, 0, run)
        self.assertTrue(self.is_hit(run), run)
        self.assertEqual(self.built(), {}, "it downloaded something")


class BazelDownloader(Bazel):
    """External files through the Remote Asset API, when the cache has them already."""

    options = "--remote_cache=$FABRIK_GRPC_URL --experimental_remote_downloader=$FABRIK_GRPC_URL"
    content = b"an archive from a place that cannot be reached\n" * 1000
    outputs = ("bazel-bin/copy.txt",)

    def project(self):
        super().project()
        digest = hashlib.sha256(self.content).hexdigest()
        self.box.write({
            "BUILD": 'genrule(name = "copy", srcs = ["@far//file"], outs = ["copy.txt"], cmd = "cp $< $@")\n',
            "WORKSPACE": 'load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_file")\n'
                         'http_file(name = "far", urls = ["http://far.invalid/f.tar"], '
                         f'sha256 = "{digest}")\n'})
        # Without a repository cache of its own that would have it.
        self.box.write({".bazelrc": RC + "common --repository_cache=\n"})

    def test_a_known_file_comes_from_the_cache(self):
        self.assertNotEqual(self.build().code, 0, "nobody has the file yet")
        url = self.box.shell("echo $FABRIK_HTTP_URL").output.strip()
        digest = hashlib.sha256(self.content).hexdigest()
        urllib.request.urlopen(
            urllib.request.Request(f"{url}/cas/{digest}", self.content, method="PUT"), timeout=60).read()
        self.assert_built(self.build(), {"bazel-bin/copy.txt": digest})

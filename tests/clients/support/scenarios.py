"""What every build tool must survive. A client's class fills in the blanks."""
import hashlib
import itertools
import os
import threading
import time
import unittest
import urllib.error
import urllib.request

from support.bad_disks import FragileDisk, SmallDisk, slow_programs
from support.sandbox import Sandbox, bin_dir


class Client(unittest.TestCase):
    """Blanks: name, missing(), project(), build(), wipe(), outputs, is_hit(run)."""

    name = ""
    outputs = ()  # globs below the project

    @classmethod
    def missing(cls):
        """None, or what is not installed."""
        return None

    @classmethod
    def setUpClass(cls):
        what = cls.missing()
        if what:
            text = f"{what} is missing: packaging/test-dependencies.sh installs it"
            if os.environ.get("CI"):
                raise AssertionError(text)
            print(f"\n!!! SKIPPED {cls.__name__}: {text}", flush=True)
            raise unittest.SkipTest(text)

    def setUp(self):
        self.box = Sandbox(self.name)
        self.addCleanup(self.box.__exit__)
        self.project()

    # --- blanks ---
    def project(self):
        """Writes the project."""
        raise NotImplementedError

    def build(self, **variables):
        """Builds in a new shell with the hook. Returns the Run."""
        raise NotImplementedError

    def wipe(self):
        """Removes outputs and all local cache state of the tool."""
        raise NotImplementedError

    def is_hit(self, run):
        """Whether the tool itself says that everything came from the remote cache."""
        raise NotImplementedError

    # --- helpers ---
    def built(self):
        """{path: digest} of the outputs."""
        found = {}
        for pattern in self.outputs:
            for path in sorted(self.box.project.glob(pattern)):
                if path.is_file():
                    found[str(path.relative_to(self.box.project))] = hashlib.sha256(
                        path.read_bytes()).hexdigest()
        return found

    def assert_built(self, run, expected=None):
        """The build succeeded and made the same files as ever."""
        self.assertEqual(run.code, 0, run)
        outputs = self.built()
        self.assertTrue(outputs, f"no outputs\n{run}")
        if expected is not None:
            self.assertEqual(outputs, expected, run)
        return outputs

    def daemon_port(self):
        return self.box.daemon()["ports"]["http"]

    def assert_hit(self, run, expected):
        self.assert_built(run, expected)
        self.assertTrue(self.is_hit(run), f"no hit\n{run}\n{self.box.fabrik('stats')}")

    def assert_built_without(self, run, expected):
        """The build made the same files, and not all from what it found in the damaged cache."""
        self.assert_built(run, expected)
        self.assertFalse(self.is_hit(run), f"a hit in spite of the damage\n{run}")

    def cold(self):
        run = self.build()
        outputs = self.assert_built(run)
        self.assertFalse(self.is_hit(run), f"a hit in an empty cache\n{run}")
        return outputs

    def rebuild(self, **variables):
        self.wipe()
        self.assertFalse(self.built(), "wipe() left outputs behind")
        return self.build(**variables)


class Scenarios:
    """Mixed into every client's class."""
    carries_token = True  # whether the client can be given the project's token

    def test_token_mode(self):
        """Who carries the project's token is served; who cannot builds as if without a cache."""
        self.box.write({"fabrik.toml": '[daemon]\naccess = "token"\n'})
        expected = self.cold()
        run = self.rebuild()
        if self.carries_token:
            self.assert_hit(run, expected)
        else:
            self.assert_built(run, expected)
            self.assertFalse(self.is_hit(run), f"served without the token\n{run}")
        port = self.daemon_port()
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30)
        self.assertEqual(refused.exception.code, 401)

    def test_warm_build_hits(self):
        expected = self.cold()
        self.assert_hit(self.rebuild(), expected)

    def test_daemon_stopped_in_between(self):
        expected = self.cold()
        self.assertEqual(self.box.fabrik("stop").code, 0)
        self.assert_hit(self.rebuild(), expected)

    def test_worker_killed_in_between(self):
        expected = self.cold()
        killed = self.box.kill_worker()
        self.assert_hit(self.rebuild(), expected)
        self.assertNotEqual(self.box.worker_pid(), killed)

    def test_store_damaged_in_between(self):
        expected = self.cold()
        cache_dir = self.box.cache_dir()
        self.assertEqual(self.box.fabrik("stop").code, 0)
        self.assertGreater(self.box.damage_store(cache_dir), 0, f"nothing stored in {cache_dir}")
        self.assert_built_without(self.rebuild(), expected)
        # And the damage heals itself: the build above stored everything again.
        self.assert_hit(self.rebuild(), expected)

    def test_store_damaged_under_a_running_daemon(self):
        expected = self.cold()
        self.assertGreater(self.box.damage_store(self.box.cache_dir()), 0)
        self.assert_built_without(self.rebuild(), expected)


class Disturbed:
    """Mixed in where something happens to the daemon in the middle of a build."""

    def disturbed(self, disturb):
        """Builds, and calls disturb() while each package is being built. Returns the Run.

        Not while a request is under way: a worker that is killed then cuts it, and Nx
        fails by design when that happens.
        """
        holds = {name: self.box.project / f"hold-{name}" for name in ("a", "b")}
        runs = []
        build = threading.Thread(target=lambda: runs.append(self.build()))
        for hold in holds.values():
            hold.touch()
        build.start()
        try:
            for name, hold in holds.items():
                begun = self.box.project / f"packages/{name}/dist/out.txt"
                while build.is_alive() and not begun.exists():
                    time.sleep(0.002)
                if build.is_alive():
                    disturb()
                hold.unlink()
        finally:
            for hold in holds.values():
                hold.unlink(missing_ok=True)
            build.join()
        return runs[0]

    def test_worker_killed_in_the_middle_of_a_build(self):
        killed = []
        expected = self.assert_built(self.disturbed(lambda: killed.append(self.box.kill_worker())))
        self.assertEqual(len(set(killed)), 2)
        self.assert_hit(self.rebuild(), expected)

    def test_configuration_edited_in_the_middle_of_a_build(self):
        sizes = itertools.count(1)

        def edit():
            self.box.write({"fabrik.toml": f'[cache]\nmax_size = "{next(sizes)}GB"\n'})
            # What the prompt of any other shell does.
            run = self.box.run(["fabrik", "activate", "--status", "--shell", "sh"], timeout=60)
            self.assertIn("FABRIK_HTTP_URL", run.output)

        expected = self.assert_built(self.disturbed(edit))
        self.assert_hit(self.rebuild(), expected)


class BadDisks:
    """Mixed in where the disk below the cache goes bad: the build goes on, with the same outputs."""

    def disk(self, kind):
        if os.geteuid() != 0:
            text = "only root can mount a bad disk"
            if os.environ.get("CI"):
                raise AssertionError(text)
            raise unittest.SkipTest(text)
        self.stop()
        disk = kind(self.box.root / "cache")
        self.addCleanup(disk.remove)
        self.addCleanup(self.stop)
        return disk

    def stop(self):
        self.assertEqual(self.box.fabrik("stop").code, 0)

    def wait_until_healthy(self):
        deadline = time.monotonic() + 60
        while True:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.daemon_port()}/health", timeout=60) as answer:
                health = answer.read()
            if b'"ok"' in health:
                return
            self.assertLess(time.monotonic(), deadline, health)
            time.sleep(0.05)

    def test_disk_is_full(self):
        disk = self.disk(SmallDisk)
        disk.fill()
        expected = self.cold()
        self.assert_built_without(self.rebuild(), expected)
        disk.free()
        self.wait_until_healthy()
        self.assert_built(self.rebuild(), expected)
        self.assert_hit(self.rebuild(), expected)
        disk.fill()
        self.assert_hit(self.rebuild(), expected)  # what is there is read as ever

    def test_disk_turns_read_only(self):
        disk = self.disk(FragileDisk)
        expected = self.cold()
        disk.fail()
        self.assert_built(self.rebuild(), expected)
        self.stop()
        self.assert_built(self.rebuild(), expected)  # nor can a new worker write to it
        self.stop()
        disk.repair()
        self.assert_built(self.rebuild(), expected)
        self.assert_hit(self.rebuild(), expected)

    def test_disk_is_slow(self):
        self.stop()
        slow_programs(bin_dir(), self.box.root / "bin", milliseconds=20)
        self.box.env["PATH"] = f"{self.box.root}/bin:{self.box.env['PATH']}"
        expected = self.cold()  # without a cache: no prompt waits for a start that takes so long
        deadline = time.monotonic() + 60
        while not self.box.shell('echo "$FABRIK_HTTP_URL"').output.startswith("http"):
            self.assertLess(time.monotonic(), deadline, "the daemon never gets ready")
        self.assert_built(self.rebuild(), expected)
        self.assert_hit(self.rebuild(), expected)

import json
import os
import signal

from support import js
from support.sandbox import clients_dir
from support.scenarios import BadDisks, Client, Disturbed, Scenarios


class Turborepo(Client):
    name = "turbo"
    outputs = ("packages/*/dist/*",)
    size = 200000
    settings = {}

    @classmethod
    def missing(cls):
        return None if (clients_dir() / "turbo/node_modules/.bin/turbo").exists() else "turbo"

    def project(self):
        self.box.write(js.workspace(self.size, packageManager="npm@10.8.2"))
        self.box.write({
            "turbo.json": json.dumps({"tasks": {"build": {"dependsOn": ["^build"], "outputs": ["dist/**"]}},
                                      **self.settings}),
            ".gitignore": "node_modules\n.turbo\ndist\nfabrik.toml\n",
        })
        for command in (["init", "-q"], ["add", "."],
                        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"]):
            run = self.box.run(["git", *command])
            self.assertEqual(run.code, 0, run)
        self.box.env.update(TURBO_TELEMETRY_DISABLED="1", DO_NOT_TRACK="1", TURBO_NO_UPDATE_NOTIFIER="1")

    def turbo(self, arguments, **variables):
        return self.box.shell(f"{clients_dir()}/turbo/node_modules/.bin/turbo {arguments}", **variables)

    def build(self, **variables):
        return self.turbo("run build --output-logs=full", **variables)

    def wipe(self):
        self.box.remove(".turbo", "node_modules/.cache", "packages/*/dist", "packages/*/.turbo")

    def is_hit(self, run):
        return ("a:build: cache hit, replaying logs" in run.output and "Cached:    2 cached, 2 total" in run.output
                and "FULL TURBO" in run.output)


class TurborepoUnsigned(BadDisks, Disturbed, Scenarios, Turborepo):
    def test_supervisor_killed_in_the_middle_of_a_build(self):
        """The build goes on without a cache; the next prompt heals it."""
        killed = []

        def kill():
            if not killed:
                killed.append(self.box.daemon()["pid"])
                os.kill(killed[0], signal.SIGKILL)

        expected = self.assert_built(self.disturbed(kill))
        self.assert_built(self.rebuild(), expected)
        self.assert_hit(self.rebuild(), expected)
        self.assertNotEqual(self.box.daemon()["pid"], killed[0])

    def test_dry_run_sees_the_remote_cache(self):
        self.cold()
        self.wipe()
        run = self.turbo("run build --dry=json 2>/dev/null")
        self.assertEqual(run.code, 0, run)
        tasks = json.loads(run.output)["tasks"]
        self.assertEqual([task["cache"]["status"] for task in tasks], ["HIT", "HIT"], run)
        self.assertEqual([task["cache"]["remote"] for task in tasks], [True, True], run)

    def test_preflight(self):
        expected = self.assert_built(self.build(TURBO_PREFLIGHT="1"))
        self.assert_hit(self.rebuild(TURBO_PREFLIGHT="1"), expected)

    def test_team_ids_have_a_space_of_their_own(self):
        expected = self.assert_built(self.build(TURBO_TEAMID="team_one"))
        run = self.rebuild(TURBO_TEAMID="team_one")
        self.assert_hit(run, expected)

    def test_says_that_remote_caching_is_on(self):
        self.assertIn("Remote caching enabled", self.build().output)

    def test_nothing_listens(self):
        run = self.turbo("run build", TURBO_API="http://127.0.0.1:9", TURBO_TOKEN="x", TURBO_TEAM="x")
        self.assert_built(run)


class TurborepoSigned(Scenarios, Turborepo):
    settings = {"remoteCache": {"signature": True}}

    def project(self):
        super().project()
        self.box.env["TURBO_REMOTE_CACHE_SIGNATURE_KEY"] = "a key of more than thirty-two bytes, as it warns else"

    def test_another_key_is_a_miss(self):
        expected = self.cold()
        run = self.rebuild(TURBO_REMOTE_CACHE_SIGNATURE_KEY="some other key of more than thirty-two bytes")
        self.assert_built(run, expected)
        self.assertFalse(self.is_hit(run), run)


class TurborepoLargeArtefact(Turborepo):
    size = 100_000_000

    def test_100_mb_with_bounded_memory(self):
        expected = self.cold()
        self.assert_hit(self.rebuild(), expected)
        self.assertLess(self.box.worker_peak_memory(), 96 << 20)



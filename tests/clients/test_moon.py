import json

from support import js
from support.sandbox import clients_dir
from support.scenarios import Client, Scenarios


class Moon(Scenarios, Client):
    name = "moon"
    carries_token = False
    prefix = ""  # assignments of the user
    outputs = ("packages/a/dist/*",)

    @classmethod
    def missing(cls):
        return None if (clients_dir() / "moon/node_modules/.bin/moon").exists() else "moon"

    def project(self):
        files = {name: text for name, text in js.workspace().items() if name.startswith("packages/a/")}
        files[".moon/workspace.yml"] = "projects: ['packages/a']\ntelemetry: false\n"
        files["packages/a/moon.yml"] = json.dumps({"tasks": {"build": {
            "command": "node build.js 200000", "inputs": ["src.txt", "build.js"], "outputs": ["dist"],
            "toolchains": ["system"]}}})
        files[".gitignore"] = ".moon/cache\ndist\nfabrik.toml\n"
        self.box.write(files)
        for command in (["init", "-q"], ["add", "."],
                        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"]):
            run = self.box.run(["git", *command])
            self.assertEqual(run.code, 0, run)

    def build(self, **variables):
        return self.box.shell(f"{self.prefix} {clients_dir()}/moon/node_modules/.bin/moon run a:build",
                              **variables)

    def wipe(self):
        self.box.remove("packages/a/dist", ".moon/cache")

    def is_hit(self, run):
        return "cached from remote" in run.output

    def test_environment_of_the_user_wins(self):
        run = self.box.shell('echo "$MOON_REMOTE_HOST"', MOON_REMOTE_HOST="grpcs://elsewhere")
        self.assertEqual(run.output.strip(), "grpcs://elsewhere")

    def test_the_cache_is_the_same_over_grpc(self):
        expected = self.cold()
        self.prefix = MoonGrpc.prefix
        self.assert_hit(self.rebuild(), expected)


class MoonGrpc(Moon):
    prefix = "MOON_REMOTE_HOST=$FABRIK_GRPC_URL MOON_REMOTE_API=grpc"

    def test_the_cache_is_the_same_over_grpc(self):
        """And the other way round."""
        expected = self.cold()
        self.prefix = ""
        self.assert_hit(self.rebuild(), expected)

import json

from support import js
from support.sandbox import clients_dir
from support.scenarios import BadDisks, Client, Disturbed, Scenarios


class Nx(Client):
    name = "nx"
    outputs = ("packages/*/dist/*",)
    prefix = ""
    size = 200000

    @classmethod
    def missing(cls):
        return None if (clients_dir() / cls.prefix / "node_modules/.bin/nx").exists() else cls.prefix

    def project(self):
        self.box.write(js.workspace(self.size))
        self.box.write({"nx.json": json.dumps({
            "neverConnectToCloud": True, "analytics": False,
            "targetDefaults": {"build": {"cache": True, "dependsOn": ["^build"],
                                         "outputs": ["{projectRoot}/dist"]}}})})
        (self.box.project / "node_modules").symlink_to(clients_dir() / self.prefix / "node_modules")
        self.box.env.update(NX_DAEMON="false", NX_TUI="false", NX_NO_CLOUD="true",
                            NX_WORKSPACE_DATA_DIRECTORY=str(self.box.project / ".nx/data"))

    def build(self, **variables):
        return self.box.shell("node_modules/.bin/nx run-many -t build --outputStyle=static", **variables)

    def wipe(self):
        self.box.remove(".nx", "packages/*/dist")

    def is_hit(self, run):
        return run.output.count("[remote cache]") == 2


class Nx21(Scenarios, Nx):
    prefix = "nx21"


class Nx22(Scenarios, Nx):
    prefix = "nx22"


class NxLatest(BadDisks, Disturbed, Scenarios, Nx):
    prefix = "nx-latest"


class NxLargeArtefact(Nx):
    prefix = "nx-latest"
    size = 100_000_000

    def test_100_mb_with_bounded_memory(self):
        expected = self.cold()
        self.assert_hit(self.rebuild(), expected)
        self.assertLess(self.box.worker_peak_memory(), 96 << 20)



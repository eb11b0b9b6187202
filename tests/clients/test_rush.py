import json

from support import js
from support.sandbox import clients_dir
from support.scenarios import BadDisks, Client, Disturbed, Scenarios

PNPM = "9.15.9"


class Rush(BadDisks, Disturbed, Scenarios, Client):
    name = "rush"
    outputs = ("packages/*/dist/*",)

    @classmethod
    def missing(cls):
        return None if (clients_dir() / "rush/node_modules/.bin/rush").exists() else "rush"

    def project(self):
        files = {name: content for name, content in js.workspace().items() if name.startswith("packages/")}
        for name in ("a", "b"):
            package = json.loads(files[f"packages/{name}/package.json"])
            package["dependencies"] = {need: "workspace:*" for need in package["dependencies"]}
            files[f"packages/{name}/package.json"] = json.dumps(package)
            files[f"packages/{name}/config/rush-project.json"] = json.dumps(
                {"operationSettings": [{"operationName": "build", "outputFolderNames": ["dist"]}]})
        version = json.loads((clients_dir() / "rush/node_modules/@microsoft/rush/package.json").read_text())["version"]
        files["rush.json"] = json.dumps({
            "rushVersion": version, "pnpmVersion": PNPM, "nodeSupportedVersionRange": ">=18.0.0",
            "projectFolderMinDepth": 2, "projectFolderMaxDepth": 2,
            "projects": [{"packageName": name, "projectFolder": f"packages/{name}"} for name in ("a", "b")]})
        files["common/config/rush/pnpm-config.json"] = json.dumps({"useWorkspaces": True})
        files["common/config/rush/.npmrc"] = ""
        files[".gitignore"] = "node_modules\ncommon/temp\ncommon/deploy\ndist\n.rush\ntemp\nfabrik.toml\n*.log\n"
        self.box.write(files)
        # pnpm is fetched once, not once per test.
        self.box.env["RUSH_GLOBAL_FOLDER"] = str(clients_dir() / "rush/global")
        for command in (["git", "init", "-q"], [self.rush(), "update"], ["git", "add", "."],
                        ["git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"]):
            run = self.box.run(command)
            self.assertEqual(run.code, 0, run)

    def rush(self):
        return str(clients_dir() / "rush/node_modules/.bin/rush")

    def build(self, **variables):
        return self.box.shell(f"{self.rush()} build --verbose", **variables)

    def wipe(self):
        # .rush/temp/shrinkwrap-deps.json belongs to the installation; the rest is state of builds.
        self.box.remove("packages/*/dist", "packages/*/rush-logs", "packages/*/temp", "common/temp/build-cache",
                        "packages/*/.rush/temp/operation", "packages/*/.rush/temp/package-deps*",
                        "packages/*/.rush/temp/*.log", "packages/*/.rush/temp/*.tar.log")

    def is_hit(self, run):
        return all(f'"{name}" was restored from the build cache.' in run.output for name in ("a", "b"))

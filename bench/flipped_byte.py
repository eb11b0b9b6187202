#!/usr/bin/env python3
"""What do task runners restore when one byte of their local store has decayed?

Each tool builds one package, whose outputs are a text and 200 kB that do not compress,
into its own local cache. Then, for offsets spread evenly over every stored file that is
large enough to hold outputs: the outputs are removed, ONE byte of that file is turned
into another, the tool runs again, and the outputs are compared with those of the first
build. The last line is Turborepo without a local cache, with fabrik behind it.

    packaging/test-dependencies.sh --bench      # installs the tools
    bench/flipped_byte.py [--flips N] [TOOL...]
"""
import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/clients"))
from support import js  # noqa: E402
from support.sandbox import Sandbox, bin_dir, clients_dir  # noqa: E402

OUTPUTS = ("packages/a/dist/out.txt", "packages/a/dist/noise.bin")


class Tool:
    """Blanks: name, command, store (globs below the project), project()."""

    name = command = ""
    store = ()
    variables = {}

    def __init__(self, box):
        self.box = box
        files = {name: text for name, text in js.workspace().items() if not name.startswith("packages/b")}
        # Says that the task itself ran, whatever the tool reports.
        files["packages/a/build.js"] += f"fs.appendFileSync({json.dumps(str(box.root / 'runs'))}, 'x');\n"
        files["packages/a/src.txt"] = "".join(f"line {i} of a text\n" for i in range(2000))
        files[".gitignore"] = "node_modules\n.turbo\n.moon/cache\n.nx\n.wireit\ndist\nfabrik.toml\n"
        box.write(files)
        box.env.update(self.variables)
        self.project()
        for command in (["init", "-q"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"]):
            run = box.run(["git", *command])
            assert run.code == 0, run

    @classmethod
    def bin(cls, name=""):
        return clients_dir() / cls.prefix() / "node_modules/.bin" / (name or cls.prefix())

    @classmethod
    def prefix(cls):
        return cls.name.lower()

    @classmethod
    def version(cls):
        package = {"turbo": "turbo", "moon": "@moonrepo/cli", "nx-latest": "nx"}.get(cls.prefix(), cls.prefix())
        return json.loads((clients_dir() / cls.prefix() / "node_modules" / package / "package.json").read_text())["version"]

    def project(self):
        pass

    def build(self):
        return self.box.run(["sh", "-c", self.command.format(bin=self.bin())])

    def before_damage(self):
        pass

    def stored(self):
        """The files that are large enough to hold outputs."""
        return [path for pattern in self.store for path in sorted(self.box.project.glob(pattern))
                if path.is_file() and path.stat().st_size > 1000]

    def wipe(self):
        self.box.remove("packages/a/dist")

    # --- the experiment ---
    def outputs(self):
        return [(self.box.project / name).read_bytes() if (self.box.project / name).exists() else None
                for name in OUTPUTS]

    def runs(self):
        path = self.box.root / "runs"
        return path.stat().st_size if path.exists() else 0

    def verdict(self, expected):
        self.wipe()
        ran = self.runs()
        run = self.build()
        if run.code != 0:
            return "build failed"
        if self.outputs() != expected:
            return "wrong bytes, exit 0"
        return "noticed, built again" if self.runs() > ran else "right bytes restored"

    def measure(self, flips):
        run = self.build()
        assert run.code == 0, run
        expected = self.outputs()
        assert None not in expected, run
        assert self.verdict(expected) == "right bytes restored", f"{self.name} does not cache"
        verdicts = collections.Counter()
        self.before_damage()
        stored = [path.relative_to(self.box.root) for path in self.stored()]
        assert stored, f"{self.name}: nothing stored"
        keep = self.box.root.with_name(self.box.root.name + "-keep")
        for place in stored:
            for flip in range(flips):
                # Every time from the same store: a tool that noticed has healed it.
                self.before_damage()
                if keep.exists():
                    shutil.rmtree(self.box.project)
                    shutil.rmtree(self.box.root / "cache")
                    shutil.copytree(keep / "project", self.box.project, symlinks=True)
                    shutil.copytree(keep / "cache", self.box.root / "cache", symlinks=True)
                else:
                    shutil.copytree(self.box.root / "project", keep / "project", symlinks=True)
                    shutil.copytree(self.box.root / "cache", keep / "cache", symlinks=True)
                path = self.box.root / place
                path.chmod(0o600)
                with open(path, "r+b") as file:
                    offset = path.stat().st_size * (2 * flip + 1) // (2 * flips)
                    file.seek(offset)
                    byte = file.read(1)[0]
                    file.seek(offset)
                    file.write(bytes([byte ^ 1]))
                verdicts[self.verdict(expected)] += 1
        shutil.rmtree(keep, ignore_errors=True)
        return verdicts


class Turborepo(Tool):
    name = "Turborepo"
    command = "{bin} run build"
    store = (".turbo/cache/*.tar.zst", "node_modules/.cache/turbo/*.tar.zst")
    variables = {"TURBO_TELEMETRY_DISABLED": "1", "DO_NOT_TRACK": "1", "TURBO_NO_UPDATE_NOTIFIER": "1"}

    @classmethod
    def prefix(cls):
        return "turbo"

    def project(self):
        package = json.loads((self.box.project / "package.json").read_text())
        self.box.write({"package.json": json.dumps({**package, "packageManager": "npm@10.8.2"}),
                        "turbo.json": json.dumps({"tasks": {"build": {"outputs": ["dist/**"]}}})})


class Nx(Tool):
    name = "Nx"
    command = "node_modules/.bin/nx run-many -t build"
    store = (".nx/cache/**/*",)
    variables = {"NX_DAEMON": "false", "NX_TUI": "false", "NX_NO_CLOUD": "true"}

    @classmethod
    def prefix(cls):
        return "nx-latest"

    def project(self):
        self.box.env["NX_WORKSPACE_DATA_DIRECTORY"] = str(self.box.project / ".nx/data")
        self.box.write({"nx.json": json.dumps({"neverConnectToCloud": True, "analytics": False, "targetDefaults": {
            "build": {"cache": True, "outputs": ["{projectRoot}/dist"]}}})})
        (self.box.project / "node_modules").symlink_to(clients_dir() / "nx-latest/node_modules")


class Moon(Tool):
    name = "moon"
    command = "{bin} run a:build"
    store = (".moon/cache/**/*",)

    def project(self):
        self.box.write({".moon/workspace.yml": "projects: ['packages/a']\ntelemetry: false\n",
                        "packages/a/moon.yml": json.dumps({"tasks": {"build": {
                            "command": "node build.js 200000", "inputs": ["src.txt", "build.js"],
                            "outputs": ["dist"], "toolchains": ["system"]}}})})


class Wireit(Tool):
    name = "wireit"
    command = "cd packages/a && npm run --silent build"
    store = ("packages/a/.wireit/**/*",)

    def project(self):
        package = json.loads((self.box.project / "packages/a/package.json").read_text())
        package["scripts"] = {"build": "wireit"}  # it insists on that very word
        self.box.env["PATH"] = f"{self.bin().parent}:{self.box.env['PATH']}"
        package["wireit"] = {"build": {"command": "node build.js 200000", "files": ["src.txt", "build.js"],
                                       "output": ["dist/**"]}}
        self.box.write({"packages/a/package.json": json.dumps(package)})


class Lage(Tool):
    name = "lage"
    command = "{bin} build --no-progress"
    store = ("node_modules/.cache/**/*", "packages/a/node_modules/.cache/**/*")

    def project(self):
        self.box.write({"lage.config.js": "module.exports = { pipeline: { build: [] }, "
                                          "cacheOptions: { outputGlob: ['dist/**'] } };\n",
                        "package-lock.json": json.dumps({"name": "demo", "version": "1.0.0", "lockfileVersion": 3,
                                                         "packages": {"": {"workspaces": ["packages/*"]}}})})


class Fabrik(Turborepo):
    """Turborepo that caches nowhere but in fabrik."""

    name = "fabrik"
    command = "{bin} run build --cache=remote:rw"

    @classmethod
    def version(cls):
        said = subprocess.run([bin_dir() / "fabrik", "--version"], capture_output=True, text=True, check=True).stdout
        return said.split()[1]

    def build(self):
        return self.box.shell(self.command.format(bin=self.bin()))

    def before_damage(self):
        assert self.box.fabrik("stop").code == 0

    def stored(self):
        return [path for path in self.box.stored_files(self.box.root / "cache") if path.stat().st_size > 1000]


TOOLS = (Turborepo, Nx, Moon, Wireit, Lage, Fabrik)
VERDICTS = ("wrong bytes, exit 0", "build failed", "noticed, built again", "right bytes restored")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=10, help="offsets in each stored file")
    parser.add_argument("tools", nargs="*", metavar="TOOL")
    arguments = parser.parse_args()
    print("| tool | version | " + " | ".join(VERDICTS) + " |\n" + "|---" * (len(VERDICTS) + 2) + "|")
    wrong = 0
    for kind in TOOLS:
        if arguments.tools and kind.name.lower() not in [name.lower() for name in arguments.tools]:
            continue
        with Sandbox("flip") as box:
            verdicts = kind(box).measure(arguments.flips)
        print(f"| {kind.name} | {kind.version()} | " + " | ".join(str(verdicts[name]) for name in VERDICTS) + " |",
              flush=True)
        wrong += verdicts["wrong bytes, exit 0"] if kind is Fabrik else 0
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

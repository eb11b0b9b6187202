#!/usr/bin/env python3
"""Makes the packages of a build, installs, uses and removes each of them.

usage: run.py [BUILD_DIRECTORY]        default: build/release

Nothing outside a temporary directory is touched.
"""
import functools
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = TREE / "build/release"
WORK = pathlib.Path(tempfile.mkdtemp(prefix="fabrik-packages-")).resolve()

# Beside the documents of each kind.
FILES = ("bin/fabrik", "libexec/fabrik/fabrikd", "share/bash-completion/completions/fabrik",
         "share/fish/vendor_completions.d/fabrik.fish")


def run(*command, check=True, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            timeout=300, check=False, **options)
    if check and result.returncode != 0:
        raise AssertionError(f"{command}: {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


@functools.cache
def package(kind, output=WORK / "made"):
    """The file that packaging/package.sh makes, made once."""
    return pathlib.Path(run(TREE / "packaging/package.sh", "--build", BUILD, "--output", output,
                            "--url-base", "https://example.invalid/fabrik", kind).strip())


def files_below(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*")
                  if path.is_symlink() or not path.is_dir())


class PackageCase(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.home = self.dir / "home"
        self.project = self.home / "project"
        self.project.mkdir(parents=True)

    def need(self, program):
        if shutil.which(program):
            return
        if os.environ.get("CI"):
            self.fail(f"{program} is missing; packaging/test-dependencies.sh installs it")
        self.skipTest(f"{program} is not installed")

    def fabrik(self, program, *arguments):
        env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "SHELL": "/bin/bash"}
        return run(program, *arguments, env=env, cwd=self.project)

    def use(self, program):
        """The two programs find each other, and an artefact goes in and comes out."""
        version = re.search(r"CMAKE_PROJECT_VERSION:STATIC=(.*)",
                            (BUILD / "CMakeCache.txt").read_text()).group(1)
        self.assertEqual(self.fabrik(program, "--version"), f"fabrik {version}\n")
        (self.project / "fabrik.toml").write_text("")
        self.addCleanup(lambda: program.exists() and self.fabrik(program, "stop"))
        (self.home / ".bashrc").write_text('eval "$(fabrik activate bash)"\n')
        self.assertIn("stored and read back", self.fabrik(program, "doctor"))
        self.fabrik(program, "stop")


class DebianPackageTest(PackageCase):
    def setUp(self):
        super().setUp()
        self.need("dpkg-deb")

    def test_holds_what_a_package_may(self):
        deb = package("deb")
        listing = run("dpkg-deb", "--contents", deb)
        self.assertNotRegex(listing, r"(?m)^\S+ (?!root/root)")
        for name in (*FILES, "share/man/man1/fabrik.1.gz", "share/doc/fabrik/copyright",
                     "share/doc/fabrik/changelog.gz", "share/zsh/vendor-completions/_fabrik"):
            self.assertIn(f" ./usr/{name}\n", listing)
        self.assertIn(" ./usr/bin/ccache-storage-fabrik -> fabrik\n", listing)
        self.assertNotRegex(listing, r"\./(?!usr/|\n)")
        control = run("dpkg-deb", "--info", deb)
        # Nothing runs as root, and nothing asks the administrator about files.
        self.assertNotRegex(control, r"\b(pre|post)(inst|rm)\b|conffiles")
        self.assertRegex(control, r"Depends: .*libc6 \(>= 2\.\d+\)")
        self.assertNotIn("@", re.sub(r"<[^>]*>", "", control))

    def test_is_the_same_every_time(self):
        first = package("deb").read_bytes()
        self.assertEqual(first, package("deb", WORK / "again").read_bytes())

    def test_installs_works_and_leaves_nothing(self):
        deb, root = package("deb"), self.dir / "root"
        admin = root / "var/lib/dpkg"
        for folder in ("info", "updates", "triggers"):
            (admin / folder).mkdir(parents=True)
        for name in ("status", "available"):
            (admin / name).write_text("")
        dpkg = ("dpkg", f"--root={root}", "--force-not-root", "--force-depends",
                "--log=/dev/null")
        run(*dpkg, "--install", deb)
        self.use(root / "usr/bin/fabrik")
        page = gzip.decompress((root / "usr/share/man/man1/fabrik.1.gz").read_bytes())
        self.assertTrue(page.startswith(b".TH FABRIK 1"))
        run(*dpkg, "--purge", "fabrik")
        self.assertEqual([name for name in files_below(root)
                          if not name.startswith("var/lib/dpkg/")], [])
        self.assertFalse((root / "usr").exists())

    def test_lintian_finds_no_error(self):
        self.need("lintian")
        deb = package("deb")
        found = run("lintian", "--fail-on", "none", "--tag-display-limit", "0", deb)
        # Static linking is on purpose: starting is what a prompt waits for.
        errors = [line for line in found.splitlines() if line.startswith("E:")
                  and not re.search("statically-linked-binary|embedded-library|bogus-mail-host",
                                    line)]
        self.assertEqual(errors, [])


class ArchiveTest(PackageCase):
    def unpack(self):
        archive = package("tar")
        run("tar", "-C", self.dir, "-xzf", archive)
        return self.dir / archive.name.removesuffix(".tar.gz")

    def install(self, script, *arguments):
        env = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        return run(script, *arguments, env=env)

    def test_is_the_same_every_time(self):
        first = package("tar").read_bytes()
        self.assertEqual(first, package("tar", WORK / "again").read_bytes())

    def test_installs_works_and_leaves_nothing(self):
        script, prefix = self.unpack() / "install.sh", self.dir / "my prefix"
        prefix.mkdir()
        (prefix / "bin").mkdir()
        (prefix / "bin/mine").write_text("mine")
        self.assertIn(str(prefix / "bin"), self.install(script, "--prefix", prefix))
        for name in (*FILES, "share/man/man1/fabrik.1", "share/zsh/site-functions/_fabrik"):
            self.assertTrue((prefix / name).is_file(), name)
        self.assertEqual(os.readlink(prefix / "bin/ccache-storage-fabrik"), "fabrik")
        self.use(prefix / "bin/fabrik")
        self.install(prefix / "share/fabrik/install.sh", "--uninstall")
        self.assertEqual(files_below(prefix), ["bin/mine"])
        self.assertEqual([path.name for path in prefix.iterdir()], ["bin"])

    def test_what_a_user_had_is_gone_after_the_documented_removal(self):
        """docs/operations.md, "Removing": every command there, in its order."""
        script, prefix = self.unpack() / "install.sh", self.dir / "prefix"
        self.install(script, "--prefix", prefix)
        program = prefix / "bin/fabrik"
        self.use(program)
        self.fabrik(program, "setup", "gradle")
        self.fabrik(program, "exec", "--", "true")
        for words in (("stop", "--all"), ("setup", "gradle", "--undo")):
            self.fabrik(program, *words)
        (self.project / "fabrik.toml").unlink()
        self.fabrik(program, "gc", "--cache")
        self.install(prefix / "share/fabrik/install.sh", "--uninstall")
        self.assertEqual(files_below(self.home), [".bashrc"])
        self.assertEqual(files_below(prefix), [])

    def test_needs_the_c_library_only(self):
        tree = self.unpack()
        for name in ("bin/fabrik", "libexec/fabrik/fabrikd"):
            libraries = re.findall(r"(?m)^\t(\S+?)\.so", run("ldd", tree / name, check=False))
            needed = {pathlib.Path(library).name.split("-")[0] for library in libraries}
            self.assertLessEqual(needed, {"linux", "libc", "libm", "ld", "libdl", "librt",
                                          "libpthread", "libresolv"}, name)

    def test_installs_over_a_running_daemon(self):
        script, prefix = self.unpack() / "install.sh", self.dir / "prefix"
        self.install(script, "--prefix", prefix)
        program = prefix / "bin/fabrik"
        (self.project / "fabrik.toml").write_text("")
        self.addCleanup(lambda: self.fabrik(program, "stop"))
        ask = ("exec", "--", "sh", "-c", "echo $FABRIK_HTTP_URL $FABRIK_DAEMON_PID")
        before = self.fabrik(program, *ask)
        self.install(script, "--prefix", prefix)
        self.assertEqual(self.fabrik(program, *ask), before)

    def test_uninstalls_only_what_is_installed(self):
        script = self.unpack() / "install.sh"
        result = subprocess.run([script, "--uninstall", "--prefix", self.dir / "nothing"],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("not installed", result.stderr)
        self.assertEqual(subprocess.run([script, "--nonsense"], capture_output=True,
                                        check=False).returncode, 2)


class FormulaTest(PackageCase):
    def setUp(self):
        super().setUp()
        self.need("ruby")

    def test_is_ruby_that_installs_the_archive(self):
        formula = package("formula")
        text = formula.read_text()
        self.assertNotRegex(text, "@[A-Z0-9]+@")
        self.assertIn("Syntax OK", run("ruby", "-c", formula))
        archive = package("tar")
        self.assertIn(run("sha256sum", archive).split()[0], text)
        self.assertIn(f'url "https://example.invalid/fabrik/{archive.name}"', text)

        run("tar", "-C", self.dir, "-xzf", archive)
        prefix = self.dir / "Cellar"
        run("ruby", TREE / "tests/packages/formula.rb", formula, prefix,
            cwd=self.dir / archive.name.removesuffix(".tar.gz"))
        self.use(prefix / "bin/fabrik")


class ContainerTest(unittest.TestCase):
    """No container engine is needed: what the recipe names has to exist and agree."""

    def test_copies_and_runs_what_there_is(self):
        recipe = (TREE / "packaging/container/Containerfile").read_text()
        script, prefix = re.search(r"/src/(packaging/\S+) --prefix (\S+)", recipe).groups()
        self.assertTrue(os.access(TREE / script, os.X_OK))
        target = re.search(rf"COPY --from=build {prefix} (\S+)", recipe).group(1)
        self.assertIn(f'ENTRYPOINT ["{target}/bin/fabrik"]', recipe)
        self.assertRegex(recipe, r"(?m)^USER (?!root)")


def main():
    global BUILD
    arguments = sys.argv[1:]
    if arguments and not arguments[0].startswith("-"):
        BUILD = pathlib.Path(arguments.pop(0)).resolve()
    if not (BUILD / "bin/fabrik").exists():
        sys.exit(f"packages: there is no fabrik in {BUILD}/bin")
    program = unittest.main(argv=[sys.argv[0], *arguments], exit=False, verbosity=2)
    shutil.rmtree(WORK, ignore_errors=True)
    result = program.result
    print(f"packages: {result.testsRun} tests, {len(result.failures) + len(result.errors)} failed, "
          f"{len(result.skipped)} skipped")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


if __name__ == "__main__":
    main()

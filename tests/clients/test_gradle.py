import re
import shutil

from support.scenarios import BadDisks, Client, Scenarios


class Gradle(BadDisks, Scenarios, Client):
    name = "gradle"
    outputs = ("build/classes/**/*.class", "build/noise.bin")

    @classmethod
    def missing(cls):
        return None if shutil.which("gradle") else "gradle"

    def project(self):
        # No word of a cache: the init script of `fabrik setup gradle` does it all.
        self.box.write({
            "settings.gradle": "rootProject.name = 'demo'\n",
            "build.gradle": """apply plugin: 'java'

                class Noise extends DefaultTask {
                    @OutputFile File out = project.file('build/noise.bin')
                    @TaskAction void make() {
                        def bytes = new byte[300000]
                        new Random(42).nextBytes(bytes)
                        out.bytes = bytes
                    }
                }
                task noise(type: Noise) { outputs.cacheIf { true } }
                """,
            "src/main/java/demo/Answer.java":
                "package demo; public class Answer { public int get() { return 42; } }\n",
        })
        self.box.env["GRADLE_USER_HOME"] = str(self.box.root / "gradle")
        self.assertEqual(self.box.fabrik("setup", "gradle").code, 0)

    def gradle(self, *arguments, **variables):
        command = " ".join(("gradle --console=plain", *arguments, "classes noise"))
        return self.box.shell(command, **variables)

    def build(self, **variables):
        return self.gradle("--no-daemon", **variables)

    def wipe(self):
        self.box.remove("build", ".gradle")
        shutil.rmtree(self.box.root / "gradle/caches/build-cache-1", ignore_errors=True)

    def is_hit(self, run):
        return (":compileJava FROM-CACHE" in run.output and ":noise FROM-CACHE" in run.output
                and re.search(r"\d+ actionable tasks?: .*2 from cache", run.output) is not None)

    def test_no_build_cache_is_respected(self):
        expected = self.cold()
        self.wipe()
        run = self.gradle("--no-daemon", "--no-build-cache")
        self.assert_built(run, expected)
        self.assertNotIn("FROM-CACHE", run.output)
        self.wipe()
        run = self.build(FABRIK_GRADLE="off")
        self.assertNotIn("FROM-CACHE", run.output)

    def test_a_remote_cache_of_the_project_is_respected(self):
        with open(self.box.project / "settings.gradle", "a", encoding="utf-8") as file:
            file.write("buildCache { remote(DirectoryBuildCache) { directory = file('own-cache'); push = true } }\n")
        run = self.build()
        self.assertEqual(run.code, 0, run)
        self.assertTrue(list((self.box.project / "own-cache").glob("*")), run)

    def test_nothing_listens(self):
        """Stale variables in an old shell: a warning, not a failure."""
        run = self.box.shell("fabrik stop && env GRADLE_BUILD_CACHE_URL=http://127.0.0.1:9/cache/ "
                             "GRADLE_OPTS= gradle --no-daemon --console=plain classes")
        self.assertEqual(run.code, 0, run)

    def test_a_running_gradle_daemon_follows_the_project(self):
        """The daemon keeps the environment of its first build; the cache address must not stick."""
        self.addCleanup(lambda: self.box.run(["gradle", "--stop"], timeout=120))
        without = self.box.run(["gradle", "--console=plain", "classes"])
        self.assertEqual(without.code, 0, without)
        self.wipe()
        expected = self.assert_built(self.gradle())
        self.wipe()
        self.assert_hit(self.gradle(), expected)

    def test_undo_leaves_gradle_as_it_was(self):
        self.assertEqual(self.box.fabrik("setup", "gradle", "--undo").code, 0)
        self.assert_built(self.build())
        run = self.rebuild()
        self.assertNotIn("FROM-CACHE", run.output)

"""The set-up of a test that drives one shell."""
import os

from box import Box

URL = "FABRIK_HTTP_URL"
EXPORTED = (URL, "FABRIK_CONFIG_HASH", "FABRIK_DAEMON_PID", "GRADLE_BUILD_CACHE_URL", "GRADLE_OPTS",
            "NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN",
            "TURBO_API", "TURBO_TOKEN", "TURBO_TEAM", "CCACHE_REMOTE_STORAGE",
            "RUSH_BUILD_CACHE_OVERRIDE_JSON", "BAZELRC", "MOON_REMOTE_HOST", "MOON_REMOTE_API",
            "VP_REMOTE_CACHE_URL", "VP_REMOTE_CACHE", "MAVEN_OPTS")


class ShellCase:
    """Set-up; `dialect` comes from the test case."""

    dialect = None

    def setUp(self):
        if not self.dialect.available():
            self.skipTest(f"{self.dialect.program} is not installed")
        self.box = Box()
        self.sessions = []
        self.addCleanup(self.box.clean)
        self.addCleanup(lambda: [session.close() for session in self.sessions])

    def shell(self, *arguments, **options):
        session = self.dialect.start(self.box, *arguments, **options)
        self.sessions.append(session)
        return session

    def edit(self, project, config):
        """Writes fabrik.toml. Old shells compare whole seconds."""
        file = project / "fabrik.toml"
        before = file.stat().st_mtime
        file.write_text(config)
        if self.dialect.whole_seconds:
            os.utime(file, (before + 2, before + 2))

    def ours(self, env):
        return {name: env[name] for name in (*EXPORTED, "__FABRIK_STATE") if name in env}

    def assert_outside(self, shell):
        self.assertEqual(self.ours(shell.env()), {})

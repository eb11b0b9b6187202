import shutil

from support.sandbox import clients_dir
from support.scenarios import BadDisks, Client, Scenarios

NOISE = "\n".join(f"int table_{i}[] = {{{', '.join(str((i * 7919 + j * 104729) % 2147483647) for j in range(500))}}};"
                  for i in range(100))


class CcacheBuilds:
    """Two files, a small and a large one, compiled through it."""
    name = "ccache"
    outputs = ("*.o",)

    @classmethod
    def missing(cls):
        return next((tool for tool in ("ccache", "clang-19") if not shutil.which(tool)), None)

    def project(self):
        self.box.write({"small.c": "int answer(void) { return 42; }\n", "large.c": NOISE})
        self.box.env["CCACHE_DIR"] = str(self.box.root / "ccache")

    def build(self, **variables):
        return self.box.shell("ccache clang-19 -c small.c && ccache clang-19 -c large.c && "
                              "ccache --print-stats", **variables)

    def wipe(self):
        self.box.remove("*.o")
        shutil.rmtree(self.box.root / "ccache", ignore_errors=True)

    def is_hit(self, run):
        counters = dict(line.split("\t") for line in run.output.splitlines() if line.count("\t") == 1)
        return int(counters["cache_miss"]) == 0 and int(counters["remote_storage_hit"]) >= 2


class Ccache(BadDisks, CcacheBuilds, Scenarios, Client):
    def test_environment_of_the_user_wins(self):
        run = self.box.shell('echo "$CCACHE_REMOTE_STORAGE"', CCACHE_REMOTE_STORAGE="file:/nowhere")
        self.assertEqual(run.output.strip(), "file:/nowhere")


class CcacheBazelLayout(CcacheBuilds, Scenarios, Client):
    """ccache's other names for its results, beside Bazel's own."""

    carries_token = False

    def build(self, **variables):
        return self.box.shell('export CCACHE_REMOTE_STORAGE="$FABRIK_HTTP_URL|layout=bazel"; '
                              "ccache clang-19 -c small.c && ccache clang-19 -c large.c && "
                              "ccache --print-stats", **variables)


class CcacheCurrent(CcacheBuilds, Scenarios, Client):
    """A newer one than Debian's, with its own HTTP client."""

    @classmethod
    def missing(cls):
        return None if (clients_dir() / "ccache/bin/ccache").exists() else "ccache 4.14"

    def project(self):
        super().project()
        self.box.env["PATH"] = f"{clients_dir()}/ccache/bin:{self.box.env['PATH']}"


class CcacheHelper(CcacheCurrent):
    """The same through ccache-storage-fabrik, as docs/ccache.md has it."""
    use_helper = 'export CCACHE_REMOTE_STORAGE="fabrik${CCACHE_REMOTE_STORAGE#http}"; '

    def project(self):
        super().project()
        self.addCleanup(lambda: self.box.shell(f"{self.use_helper} ccache --stop-storage-helpers"))

    def build(self, **variables):
        return self.box.shell(f"{self.use_helper} ccache clang-19 -c small.c && ccache clang-19 -c large.c && "
                              "ccache --print-stats", **variables)

    def test_one_helper_serves_all_compilations_and_stops_when_asked(self):
        self.cold()
        sockets = list((self.box.root / "run/ccache-tmp").glob("storage-fabrik-*"))
        self.assertEqual(len([path for path in sockets if path.is_socket()]), 1, sockets)
        self.box.shell(f"{self.use_helper} ccache --stop-storage-helpers")
        self.assertFalse([path for path in sockets if path.exists()])

    def test_both_ways_find_each_others_entries(self):
        expected = self.cold()
        self.wipe()
        run = CcacheCurrent.build(self)
        self.assert_hit(run, expected)

    def test_without_the_helper_it_compiles_through_its_own_http_client(self):
        self.cold()
        run = self.box.shell('export CCACHE_REMOTE_STORAGE="$CCACHE_REMOTE_STORAGE|helper=ccache-storage-nowhere"; '
                             "ccache clang-19 -c small.c")
        self.assert_built(run)

import shutil

from support.scenarios import BadDisks, Client, Scenarios

NOISE = "\n".join(f"int table_{i}[] = {{{', '.join(str((i * 7919 + j * 104729) % 2147483647) for j in range(500))}}};"
                  for i in range(100))


class Ccache(BadDisks, Scenarios, Client):
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

    def test_environment_of_the_user_wins(self):
        run = self.box.shell('echo "$CCACHE_REMOTE_STORAGE"', CCACHE_REMOTE_STORAGE="file:/nowhere")
        self.assertEqual(run.output.strip(), "file:/nowhere")


class CcacheBazelLayout(Ccache):
    """ccache's other names for its results, beside Bazel's own."""

    carries_token = False

    def build(self, **variables):
        return self.box.shell('export CCACHE_REMOTE_STORAGE="$FABRIK_HTTP_URL|layout=bazel"; '
                              "ccache clang-19 -c small.c && ccache clang-19 -c large.c && "
                              "ccache --print-stats", **variables)

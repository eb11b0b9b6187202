"""BuildKit's cache in the project's registry: exported, imported, and never in a build's way."""
import hashlib
import unittest

from support.dockerd import Dockerd
from support.registry import Registry, tool
from support.scenarios import Scenarios

# No compressor makes it small: its layer is a file of the store.
LARGE = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(20_000))
DOCKERFILE = """\
FROM scratch AS first
COPY large /large
FROM scratch
COPY --from=first /large /copied
COPY small /small
"""


class Buildkit(Scenarios, Registry):
    name = "bkit"
    carries_token = False
    outputs = ("out/*",)

    @classmethod
    def missing(cls):
        return Dockerd.missing()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dockerd = Dockerd()
        cls.addClassCleanup(cls.dockerd.stop)
        reason = cls.dockerd.start()
        if reason:
            # Not a client that is missing but a machine that lets nobody mount:
            # nothing that can be installed would help.
            print(f"\n!!! SKIPPED {cls.__name__}: {reason}", flush=True)
            raise unittest.SkipTest(reason)

    def project(self):
        super().project()
        self.box.write({"Dockerfile": DOCKERFILE, "large": LARGE, "small": "small\n"})
        self.box.env.update(self.dockerd.env())
        self.wipe()  # what the tests before left in the daemon that they share

    def build(self, arguments="$(fabrik buildkit-args)", **variables):
        return self.box.shell(f"{tool('docker')} buildx build --progress=plain {arguments} "
                              "--output type=local,dest=out .", timeout=180, **variables)

    def wipe(self):
        self.box.remove("out")
        self.ok(self.box.run([tool("docker"), "builder", "prune", "-af"]))

    def is_hit(self, run):
        lines = [line.split(maxsplit=1) for line in run.output.splitlines() if line.startswith("#")]
        lines = [line for line in lines if len(line) == 2]
        steps = {number for number, text in lines if " COPY " in text}
        # A step that is needed in full says that it fetches its layers, not CACHED.
        hits = {number for number, text in lines if text == "CACHED" or text.startswith("extracting sha256:")}
        return bool(steps) and steps <= hits

    def test_a_build_goes_on_when_the_worker_is_killed_in_the_middle(self):
        expected = self.cold()
        self.wipe()
        pid = self.box.worker_pid()
        script = f"(while kill -0 {pid} && ! grep -q 'importing cache' log; do :; done; kill -9 {pid}) & "
        run = self.box.shell(f"{script}{tool('docker')} buildx build --progress=plain "
                             "$(fabrik buildkit-args) --output type=local,dest=out . 2>&1 | tee log; "
                             "status=${PIPESTATUS[0]}; wait; exit $status", timeout=180)
        self.assert_built(run, expected)
        self.assertNotEqual(self.box.worker_pid(), pid)
        self.assert_hit(self.rebuild(), expected)

    def test_a_cache_without_room_is_no_failed_build(self):
        self.box.write({"fabrik.toml": '[cache]\nmax_size = "1MB"\n'})
        self.box.write({"large": LARGE * 4})
        # Also for those who did not ask that errors be ignored.
        arguments = ("--cache-to type=registry,ref=$FABRIK_OCI_REGISTRY/x:y,mode=max "
                     "--cache-from type=registry,ref=$FABRIK_OCI_REGISTRY/x:y")
        expected = self.assert_built(self.build(arguments))
        self.wipe()
        run = self.build(arguments)
        self.assert_built(run, expected)
        self.assertFalse(self.is_hit(run), run)

    def test_both_shapes_of_a_cache_manifest(self):
        for shape in ("image-manifest=true,oci-mediatypes=true", "oci-mediatypes=false"):
            arguments = (f"--cache-to type=registry,ref=$FABRIK_OCI_REGISTRY/x:y,mode=max,{shape} "
                         "--cache-from type=registry,ref=$FABRIK_OCI_REGISTRY/x:y")
            self.wipe()
            expected = self.assert_built(self.build(arguments))
            self.wipe()
            self.assert_hit(self.build(arguments), expected)

    def test_an_image_is_pushed_and_pulled(self):
        name = f"{self.registry()}/image:v1"
        docker = tool("docker")
        self.ok(self.box.shell(f"{docker} buildx build -t {name} --push ."))
        self.ok(self.box.run([docker, "pull", name]))
        self.assertIn("image", self.ok(self.box.run([docker, "images"])).output)
        self.ok(self.box.run([docker, "rmi", name]))

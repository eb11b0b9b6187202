"""skopeo, buildah, oras and crane against the project's registry."""
import hashlib
import http.client
import json
import shutil
import unittest

from support.registry import Registry, tool

# Content that no compressor makes small: a layer that is a file of the store.
LAYER = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(40_000))


class RegistryClients(Registry):
    name = "oci"

    @classmethod
    def missing(cls):
        return next((name for name in ("skopeo", "buildah", "oras") if not tool(name)), None)

    def setUp(self):
        super().setUp()
        self.box.write({"Dockerfile": "FROM scratch\nCOPY layer /layer\nCOPY note /note\n",
                        "layer": LAYER, "note": "a note\n"})

    # --- an image, made without a daemon ---
    def image(self):
        """An OCI layout with one image of two layers: directory:tag."""
        layout = self.box.root / "layout"
        if not layout.exists():
            self.ok(self.buildah("bud", "--layers", "-t", "made", "."))
            self.ok(self.buildah("push", "made", f"oci:{layout}:v1"))
        return f"oci:{layout}:v1"

    def buildah(self, *arguments):
        # No namespaces and no mounts are needed for an image without RUN.
        store = self.box.root / "containers"
        return self.run_tool("buildah", "--root", store, "--runroot", store / "run",
                             "--storage-driver", "vfs", *arguments,
                             BUILDAH_ISOLATION="chroot")

    def skopeo(self, *arguments):
        return self.run_tool("skopeo", *arguments)

    def push_with_skopeo(self, name="app:v1"):
        return self.ok(self.skopeo("copy", "--dest-tls-verify=false", self.image(),
                                   f"docker://{self.registry()}/{name}"))

    def pull_with_skopeo(self, name="app:v1"):
        target = self.box.root / "pulled"
        shutil.rmtree(target, ignore_errors=True)
        return self.skopeo("copy", "--src-tls-verify=false", f"docker://{self.registry()}/{name}",
                           f"oci:{target}:x")

    def assert_pulled(self):
        """All blobs of the pulled layout have the digests they are called by, and it is whole."""
        blobs = self.box.root / "pulled/blobs/sha256"
        found = {path.name for path in blobs.iterdir()}
        self.assertEqual(len(found), 4, "manifest, config and two layers")
        for name in found:
            self.assertEqual(hashlib.sha256((blobs / name).read_bytes()).hexdigest(), name)

    def test_skopeo_round_trip(self):
        self.push_with_skopeo()
        self.ok(self.pull_with_skopeo())
        self.assert_pulled()
        tags = json.loads(self.ok(self.skopeo(
            "list-tags", "--tls-verify=false", f"docker://{self.registry()}/app")).output)
        self.assertEqual(tags["Tags"], ["v1"])

    def test_skopeo_mounts_what_another_repository_has_and_deletes(self):
        self.push_with_skopeo()
        self.ok(self.skopeo("copy", "--src-tls-verify=false", "--dest-tls-verify=false",
                            f"docker://{self.registry()}/app:v1",
                            f"docker://{self.registry()}/other/app:v1"))
        self.ok(self.pull_with_skopeo("other/app:v1"))
        self.assert_pulled()
        self.ok(self.skopeo("delete", "--tls-verify=false",
                            f"docker://{self.registry()}/other/app:v1"))
        self.assertNotEqual(self.pull_with_skopeo("other/app:v1").code, 0)
        self.ok(self.pull_with_skopeo())

    def test_buildah_round_trip(self):
        self.ok(self.buildah("bud", "--layers", "-t", "made", "."))
        self.ok(self.buildah("push", "--tls-verify=false", "made",
                             f"docker://{self.registry()}/buildah/app:v1"))
        self.ok(self.buildah("rmi", "-a", "-f"))
        self.ok(self.buildah("pull", "--tls-verify=false", f"{self.registry()}/buildah/app:v1"))
        self.ok(self.pull_with_skopeo("buildah/app:v1"))
        self.assert_pulled()

    def test_oras_artifacts_and_referrers(self):
        target = f"{self.registry()}/artifacts:v1"
        self.ok(self.run_tool("oras", "push", "--plain-http", target, "layer:text/plain"))
        self.ok(self.run_tool("oras", "attach", "--plain-http", "--artifact-type", "test/note",
                              target, "note:text/plain"))
        found = self.ok(self.run_tool("oras", "discover", "--plain-http", "-o", "json", target))
        self.assertIn("test/note", found.output)
        out = self.box.root / "out"
        self.ok(self.run_tool("oras", "pull", "--plain-http", "-o", out, target))
        self.assertEqual((out / "layer").read_bytes(), LAYER)
        self.ok(self.run_tool("oras", "copy", "--from-plain-http", "--to-plain-http", target,
                              f"{self.registry()}/copied:v1"))
        tags = self.ok(self.run_tool("oras", "repo", "tags", "--plain-http",
                                     f"{self.registry()}/copied"))
        self.assertIn("v1", tags.output)

    # crane begins with TLS, which is answered so that it goes on with HTTP.
    @unittest.skipUnless(tool("crane"), "crane needs a Go to be built with; oras covers the rest")
    def test_crane_copies_and_lists(self):
        self.push_with_skopeo()
        base = self.registry()
        self.ok(self.run_tool("crane", "copy", f"{base}/app:v1", f"{base}/crane/app:v2"))
        self.assertIn("v2", self.ok(self.run_tool("crane", "ls", f"{base}/crane/app")).output)
        self.assertIn("crane/app", self.ok(self.run_tool("crane", "catalog", base)).output)
        self.ok(self.run_tool("crane", "validate", "--remote", f"{base}/crane/app:v2"))

    def test_images_survive_a_stop_and_a_killed_worker(self):
        self.push_with_skopeo()
        self.assertEqual(self.box.fabrik("stop").code, 0)
        self.ok(self.pull_with_skopeo())
        self.assert_pulled()
        self.box.kill_worker()
        self.ok(self.pull_with_skopeo())
        self.assert_pulled()

    def test_a_damaged_layer_is_never_pulled_and_a_push_heals_it(self):
        self.push_with_skopeo()
        self.assertGreater(self.box.damage_store(self.box.cache_dir()), 0)
        self.assertNotEqual(self.pull_with_skopeo().code, 0)
        self.push_with_skopeo()
        self.ok(self.pull_with_skopeo())
        self.assert_pulled()

    def test_a_large_layer_passes_through_little_memory(self):
        pieces = [bytes([n]) * (1 << 20) for n in range(128)]
        digest = "sha256:" + hashlib.sha256(b"".join(pieces)).hexdigest()
        host = self.registry()
        before = self.box.worker_peak_memory()
        connection = http.client.HTTPConnection(host, timeout=120)

        def answer(method, path, status, **more):
            connection.request(method, path, **more)
            response = connection.getresponse()
            self.assertEqual(response.status, status, f"{method} {path}")
            return response

        started = answer("POST", "/v2/large/blobs/uploads/", 202)
        started.read()
        location = started.headers["Location"]
        answer("PATCH", location, 202, body=iter(pieces), encode_chunked=True,
               headers={"Transfer-Encoding": "chunked"}).read()
        answer("PUT", f"{location}?digest={digest}", 201).read()
        got = hashlib.sha256()
        response = answer("GET", f"/v2/large/blobs/{digest}", 200)
        while piece := response.read(1 << 20):
            got.update(piece)
        self.assertEqual("sha256:" + got.hexdigest(), digest)
        self.assertLess(self.box.worker_peak_memory() - before, 48 << 20)

    def test_a_disabled_registry_is_gone(self):
        self.box.write({"fabrik.toml": '[build_tools]\nenabled = ["ccache"]\n'})
        run = self.box.shell('echo "[$FABRIK_OCI_REGISTRY]"; fabrik buildkit-args')
        self.assertIn("[]", run.output)
        self.assertIn("build_tools.enabled", run.output)
        self.assertNotEqual(run.code, 0)

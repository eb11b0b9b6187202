import json
import os
import shutil
import socket
import subprocess
import threading

from support.sandbox import clients_dir
from support.scenarios import Client, Scenarios

SOURCES = {
    "small.c": "int answer(void) { return 42; }\n",
    "large.cpp": "#include <cstddef>\n" + "\n".join(
        f"int table_{i}[] = {{{', '.join(str((i * 7919 + j * 104729) % 2147483647) for j in range(500))}}};"
        for i in range(60)),
    "lib.rs": "pub fn answer() -> u32 { 42 }\n",
}
COMPILE = ("sccache clang-19 -c small.c -o small.o && sccache clang++-19 -c large.cpp -o large.o && "
           "sccache rustc --crate-name demo --crate-type rlib --emit=dep-info,metadata,link --out-dir . lib.rs")


def rust_bin():
    """The directory of a real rustc: rustup's own one needs its user's HOME."""
    rustc = shutil.which("rustc")
    if not rustc:
        return None
    sysroot = subprocess.run([rustc, "--print", "sysroot"], capture_output=True, text=True, check=True)
    return os.path.join(sysroot.stdout.strip(), "bin")


class Sccache(Scenarios, Client):
    name = "sccache"
    outputs = ("*.o", "*.rlib")

    @classmethod
    def missing(cls):
        if not (clients_dir() / "python/bin/sccache").exists():
            return "sccache"
        return next((tool for tool in ("clang-19", "rustc") if not shutil.which(tool)), None)

    def project(self):
        self.box.write(SOURCES)
        self.box.env["PATH"] = f"{clients_dir()}/python/bin:{rust_bin()}:{self.box.env['PATH']}"
        self.box.env["SCCACHE_DIR"] = str(self.box.root / "sccache")  # where it must not keep anything
        self.addCleanup(self.stop_server)

    def stop_server(self):
        self.box.shell("sccache --stop-server >/dev/null 2>&1; true")

    def build(self, **variables):
        # A new server each time: its first question to the cache is what fails builds.
        return self.box.shell(f"sccache --stop-server >/dev/null 2>&1; {COMPILE} && "
                              "sccache --show-stats --stats-format=json", **variables)

    def wipe(self):
        self.box.remove("*.o", "*.rlib", "*.rmeta", "*.d")

    def test_token_mode(self):
        # Nothing is exported, and sccache keeps to its own cache.
        self.box.write({"fabrik.toml": '[daemon]\naccess = "token"\n'})
        expected = self.cold()
        self.assert_built(self.rebuild(), expected)
        self.assertEqual(self.box.shell('echo "$SCCACHE_BUCKET$SCCACHE_ENDPOINT"').output.strip(), "")

    def stats(self, run):
        return json.loads(run.output[run.output.index("{"):])["stats"]

    def is_hit(self, run):
        stats = self.stats(run)
        hits = sum(stats["cache_hits"]["counts"].values())
        return hits == 3 and not stats["cache_misses"]["counts"] and stats["cache_errors"]["counts"] == {}

    def test_exports_name_a_server_of_the_project_and_nothing_of_aws(self):
        run = self.box.shell("env")
        values = dict(line.split("=", 1) for line in run.output.splitlines() if "=" in line)
        self.assertEqual(values["SCCACHE_ENDPOINT"], values["FABRIK_HTTP_URL"] + "/s3")
        self.assertTrue(values["SCCACHE_SERVER_UDS"].startswith(str(self.box.root / "run")), run)
        self.assertEqual(values["SCCACHE_S3_NO_CREDENTIALS"], "true")
        self.assertFalse([name for name in values if name.startswith("AWS_")], run)
        self.assertNotIn("RUSTC_WRAPPER", values)

    def test_nothing_is_kept_outside_of_the_project_cache(self):
        self.cold()
        self.assertFalse((self.box.root / "sccache").exists())

    def test_launchers_on_request(self):
        self.box.write({"fabrik.toml": '[build_tools.sccache]\nlaunchers = ["rust", "c++"]\n'})
        run = self.box.shell('echo "$RUSTC_WRAPPER $CARGO_INCREMENTAL $CMAKE_CXX_COMPILER_LAUNCHER-$CMAKE_C_COMPILER_LAUNCHER"')
        self.assertEqual(run.output.strip(), "sccache 0 sccache-")

    def test_environment_of_the_user_wins(self):
        run = self.box.shell('echo "$SCCACHE_BUCKET-$SCCACHE_ENDPOINT"', SCCACHE_BUCKET="mine")
        self.assertEqual(run.output.strip(), "mine-")

    def test_no_compilation_fails_while_the_worker_is_killed_again_and_again(self):
        self.cold()
        stop = threading.Event()
        kills = []

        def kill():
            while not stop.wait(0.3):
                try:
                    kills.append(self.box.kill_worker())
                except AssertionError:
                    pass  # it is being started

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            run = self.box.shell("set -e; for i in $(seq 25); do "
                                 "echo \"int f$i(void) { return $i; }\" >f$i.c; "
                                 "sccache clang-19 -c f$i.c -o f$i.o; done")
        finally:
            stop.set()
            killer.join()
        self.assertEqual(run.code, 0, run)
        self.assertEqual(len(list(self.box.project.glob("f*.o"))), 25, run)
        self.assertTrue(kills, "no worker was ever killed")
        # And the server still uses the cache.
        self.wipe()
        self.assert_built(self.box.shell(COMPILE))

    def test_an_overloaded_cache_breaks_no_compilation(self):
        self.box.write({"fabrik.toml": "[runtime]\nmax_concurrent_requests = 1\n"})
        self.box.shell("true")  # starts the daemon
        port = self.daemon_port()
        with socket.create_connection(("127.0.0.1", port), timeout=60) as busy:
            busy.sendall(f"PUT /ccache/ab/cd HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                         "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n".encode())
            self.assertIn(b" 100 ", busy.recv(1000))  # it has the only turn now
            run = self.box.shell("sccache clang-19 -c small.c -o small.o && "
                                 "sccache --show-stats --stats-format=json")
            self.assert_built(run)
            self.assertEqual(self.stats(run)["cache_write_errors"], 1, run)
        # The server began with a cache that had no time, and uses it now.
        self.box.remove("*.o")
        self.box.shell("sccache clang-19 -c small.c -o small.o")
        self.box.remove("*.o")
        run = self.box.shell("sccache clang-19 -c small.c -o small.o && "
                             "sccache --show-stats --stats-format=json")
        self.assertEqual(sum(self.stats(run)["cache_hits"]["counts"].values()), 1, run)

    def test_a_build_without_s3_is_recognised(self):
        fake = self.box.root / "fake"
        fake.mkdir()
        # As large as a program, and without a trace of S3.
        (fake / "sccache").write_bytes(b"#!/bin/sh\necho 'sccache 0.4.0-pre.6'\nexit\n" + b"#" * (2 << 20))
        (fake / "sccache").chmod(0o755)
        self.box.env["PATH"] = f"{fake}:{self.box.env['PATH']}"
        self.assertEqual(self.box.shell('echo "$SCCACHE_BUCKET$SCCACHE_ENDPOINT"').output.strip(), "")
        doctor = self.box.shell("command fabrik doctor")
        self.assertIn("cannot use S3", doctor.output)
        self.box.env["PATH"] = self.box.env["PATH"].removeprefix(f"{fake}:")

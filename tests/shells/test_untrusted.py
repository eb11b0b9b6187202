"""What a repository that nobody has read gets by being entered (rules S1 to S6)."""
import json
import os
import pathlib
import re
import socket
import subprocess
import unittest

from box import BIN, FABRIK, Box, wait_until
from shell_case import URL

HOSTILE = """\
[cache]
dir = "{outside}/store"
[[upstream]]
url = "http://127.0.0.1:{port}/"
[auth]
token_file = "{secret}"
public_key_file = "{secret}"
jwks_url = "http://127.0.0.1:{port}/keys"
[tls]
cert_file = "{secret}"
key_file = "{secret}"
[observability]
tracing_enabled = true
tracing_endpoint = "http://127.0.0.1:{port}/"
admin_api_enabled = true
health_bind = "0.0.0.0:{port}"
[fabrik]
enabled = true
bind = "0.0.0.0:{port}"
"""

# Where the programs may look: themselves, the system's own files, devices.
SYSTEM = ("/proc/", "/sys/", "/dev/", "/lib/", "/lib64/", "/usr/lib/", "/usr/share/", "/etc/",
          str(BIN))


class UntrustedTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.clean)
        self.listener = socket.socket()
        self.addCleanup(self.listener.close)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(5)
        self.outside = self.box.folder("elsewhere")
        self.secret = self.box.home / "id_rsa"
        self.secret.write_text("secret\n")
        self.secret.chmod(0o600)

    def hostile(self, name):
        return self.box.project(name, HOSTILE.format(
            outside=self.outside, secret=self.secret, port=self.listener.getsockname()[1]))

    def assert_nobody_called(self):
        self.listener.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.listener.accept()

    def activate(self, cwd, **variables):
        return self.box.fabrik("activate", "--status", "--shell", "sh", cwd=cwd,
                               env={**self.box.env, **variables})

    def test_it_gets_a_cache_and_nothing_else(self):
        """One line names every key that is not honoured; nothing is made outside."""
        result = self.activate(self.hostile("p"))
        self.assertIn(URL, result.stdout)
        self.assertEqual(len(re.findall("until you run `fabrik trust`", result.stderr)), 1)
        for key in ("cache.dir", "upstream.0.url", "auth.token_file", "auth.public_key_file",
                    "auth.jwks_url", "tls.cert_file", "tls.key_file", "observability.health_bind",
                    "observability.tracing_endpoint", "observability.admin_api_enabled",
                    "fabrik.bind"):
            self.assertIn(key, result.stderr)
        self.assertEqual(list(self.outside.iterdir()), [])
        self.assertNotIn("secret", result.stdout)
        self.assert_nobody_called()

    def test_no_outbound_socket_and_no_file_outside(self):
        """strace of the program, the supervisor and the worker while a build stores and reads."""
        log = self.box.file("strace")
        project = self.hostile("p")
        build = ('python3 -c "import urllib.request as r,os; u=os.environ[\'GRADLE_BUILD_CACHE_URL\']'
                 "+'0'*32; r.urlopen(r.Request(u,b'x'*100000,method='PUT')); "
                 'assert len(r.urlopen(u).read())==100000"')
        done = self.box.file("done")
        with subprocess.Popen(
                ["strace", "-f", "-qq", "-y", "-s", "4096", "-o", str(log), "-e",
                 "trace=%file,%network", "-e", "signal=none", FABRIK, "exec", "--", "mkdir",
                 str(done)], cwd=project, env=self.box.env, stderr=subprocess.PIPE) as traced:
            wait_until("the traced program", lambda: done.exists() or traced.poll() is not None, 120)
            if not done.exists():
                self.skipTest(f"strace does not work here: {traced.stderr.read()}")
            subprocess.run([FABRIK, "exec", "--", "sh", "-c", build], cwd=project,
                           env=self.box.env, capture_output=True, timeout=120, check=True)
            self.box.fabrik("stop", "--all", timeout=120)
            traced.communicate(timeout=120)  # it follows the daemon to its end
        text = log.read_text(errors="replace")
        self.assertIn("/fabrikd", text)
        self.assert_files_inside(text, project)
        self.assert_sockets_inside(text)
        self.assert_nobody_called()

    def assert_files_inside(self, text, project):
        ours = (f"{project}/fabrik.toml", f"{self.box.home}/.config/fabrik",
                f"{self.box.home}/.cache/fabrik", str(self.box.state), str(self.box.runtime),
                str(self.box.file("done")))
        # Everything but looking at names, which following a link takes.
        touched = re.findall(
            r'\b(?:open|mkdir|rename|unlink|rmdir|link|symlink|mknod|chmod|chown|truncate|utime)\w*'
            r'\((?:AT_FDCWD[^,]*, )?"(/[^"]*)".* = \d', text)
        self.assertGreater(len(touched), 20)
        for path in touched:
            inside = path.startswith(ours) or path.startswith(SYSTEM)
            on_the_way = any(place.startswith(path.rstrip("/") + "/") for place in ours)
            self.assertTrue(inside or on_the_way, path)

    def assert_sockets_inside(self, text):
        port = self.listener.getsockname()[1]
        for line in text.splitlines():
            if re.search(r"\b(connect|sendto|sendmsg|bind)\(", line) and "sa_family" in line:
                self.assertRegex(line, r'AF_UNIX|AF_NETLINK|inet_addr\("127\.0\.0\.1"\)', line)
                self.assertNotIn(f"htons({port})", line)

    def test_it_listens_on_loopback_only(self):  # rule S10
        self.activate(self.hostile("p"))
        addresses = []
        for pid in self.box.processes():
            sockets = {os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
            for table in ("tcp", "tcp6"):
                for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                    fields = line.split()
                    if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                        addresses.append(fields[1].split(":")[0])
        self.assertGreater(len(addresses), 1)  # the supervisor's and the worker's
        self.assertEqual(set(addresses) - {"0100007F", "0" * 24 + "01000000"}, set())

    def test_being_ci_is_no_trust(self):  # rule S2
        project = self.hostile("p")
        for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "BUILD_NUMBER"):
            result = self.activate(project, **{name: "true"})
            self.assertIn("until you run `fabrik trust`", result.stderr, name)
        result = self.activate(project, CI="true", FABRIK_TRUST="1")
        self.assertNotIn("until you run `fabrik trust`", result.stderr)
        self.assertTrue((self.outside / "store").exists())

    def test_trust_is_for_one_path_with_one_content(self):  # rules S1, S2
        config = f'[cache]\ndir = "{self.outside}/store"\n'
        project = self.box.project("p", config)
        self.box.fabrik("trust", cwd=project)
        ignoring = "until you run `fabrik trust`"
        self.assertNotIn(ignoring, self.activate(project).stderr)
        # A sibling whose name begins alike, and a copy below.
        for other in ("p-evil", "p/sub", "p2"):
            self.assertIn(ignoring, self.activate(self.box.project(other, config)).stderr, other)
        # The trusted file somewhere else, by link and by bind of the whole directory.
        link = self.box.folder("linked")
        (link / "fabrik.toml").symlink_to(project / "fabrik.toml")
        self.assertNotIn(ignoring, self.activate(link).stderr)  # it is the trusted file itself
        # The directory swapped for another one of the same name.
        project.rename(self.box.home / "moved")
        self.assertIn(ignoring, self.activate(self.box.home / "moved").stderr)
        self.box.project("p", config + "# edited\n")
        self.assertIn(ignoring, self.activate(project).stderr)

    def test_a_link_that_is_swapped_after_trust(self):  # rules S1, S5
        good = self.box.project("good", "# harmless\n")
        bad = self.hostile("bad")
        here = self.box.folder("here")
        (here / "fabrik.toml").symlink_to(good / "fabrik.toml")
        self.box.fabrik("trust", cwd=here)
        (here / "fabrik.toml").unlink()
        (here / "fabrik.toml").symlink_to(bad / "fabrik.toml")
        self.assertIn("until you run `fabrik trust`", self.activate(here).stderr)
        self.assertEqual(list(self.outside.iterdir()), [])

    def test_a_file_cannot_pull_in_another_one_or_trust_itself(self):  # rules S1, S2
        for line in ('include = "other.toml"', 'extends = "../other"', "trust = true",
                     "[trust]\nprefix = '/'", "[fabrik]\ntrusted = true",
                     "[hooks]\nenter = 'touch executed'", "[env]\nPATH = '/tmp'"):
            with self.subTest(line):
                result = self.activate(self.box.project("p", line + "\n"))
                self.assertEqual(result.stdout, "")
                self.assertRegex(result.stderr, r"fabrik\.toml:\d+:\d+: .*unknown")
        self.assertEqual(list(self.box.home.rglob("executed")), [])

    def test_a_cache_directory_behind_a_link_is_not_used(self):  # rule S5
        project = self.box.project("p", '[cache]\ndir = "store"\n')
        (project / "store").symlink_to(self.outside)
        result = self.activate(project)
        self.assertRegex(result.stderr, r"ignoring cache\.dir until")
        self.assertEqual(list(self.outside.iterdir()), [])

    def test_it_cannot_ask_for_more_than_the_user_allows(self):  # rule S5
        """A size is nothing to be trusted for; the user's own limit is above it."""
        project = self.box.project("p", '[cache]\nmax_size = "10TB"\n')
        self.assertEqual(self.activate(project, FABRIK_CONFIG_CACHE_MAX_SIZE="1MB").stderr, "")
        stats = json.loads(self.box.fabrik("stats", "--json", cwd=project).stdout)
        self.assertEqual(stats["store"]["max_bytes"], 1_000_000)

    def test_the_store_of_another_project_is_not_used(self):  # rule S6
        victim = self.box.project("victim")
        self.activate(victim)
        store = next((self.box.home / ".cache/fabrik").iterdir())
        self.box.fabrik("stop", "--all")
        project = self.box.project("p", f'[cache]\ndir = "{store}"\n')
        self.assertRegex(self.activate(project).stderr, r"ignoring cache\.dir until")
        status = self.box.fabrik("status", "--json", cwd=project).stdout
        self.assertNotIn(str(store), status)

    def test_no_credential_travels_in_variables_state_or_arguments(self):  # rule S14
        project = self.box.project("p", '[[upstream]]\nurl = "http://127.0.0.1:9/"\n'
                                        'access_key = "AKIAHIDDEN"\nsecret_key = "HIDDENSECRET"\n')
        self.box.fabrik("trust", cwd=project)
        result = self.activate(project)
        self.assertIn(URL, result.stdout)
        self.assertNotIn("HIDDEN", result.stdout + result.stderr)
        for file in self.box.state.rglob("*"):
            if file.is_file() and "HIDDEN" in file.read_text(errors="replace"):
                # The snapshot is the file itself, for this user alone.
                self.assertEqual((file.name, file.stat().st_mode & 0o777), ("config.toml", 0o600))
        for entry in pathlib.Path("/proc").iterdir():
            try:
                about = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                if os.fsencode(self.box.home) in about:
                    about += (entry / "environ").read_bytes()
                    self.assertNotIn(b"HIDDEN", about)
            except OSError:
                continue


if __name__ == "__main__":
    unittest.main()

"""A project whose registry is used by clients of their own."""
import json
import shutil

from support.sandbox import clients_dir
from support.scenarios import Client

NEWER = clients_dir() / "debian-13/root"  # packaging/registry-clients.sh
PLACES = (NEWER / "usr/bin", NEWER / "usr/sbin", clients_dir() / "crane")


def tool(name):
    """Where the client is, ours before the machine's; None: not installed."""
    return shutil.which(name, path=":".join(map(str, PLACES))) or shutil.which(name)


class Registry(Client):
    """Blanks as in Client; what a client needs beyond the project goes to the sandbox."""

    def project(self):
        self.box.write({"fabrik.toml": ""})
        policy = self.box.home / ".config/containers/policy.json"
        policy.parent.mkdir(parents=True)
        policy.write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
        self.box.env["XDG_CONFIG_HOME"] = str(self.box.home / ".config")

    def registry(self):
        """Host and port, as the hook exports them; starts the daemon unless it runs."""
        run = self.box.shell('echo "$FABRIK_OCI_REGISTRY"')
        self.assertRegex(run.output, r"127\.0\.0\.1:\d+", run)
        return run.output.split()[-1]

    def run_tool(self, name, *arguments, **variables):
        return self.box.run([tool(name), *map(str, arguments)], timeout=120, **variables)

    def ok(self, run):
        self.assertEqual(run.code, 0, f"{run}\n{self.box.fabrik('logs', '--worker').output[-3000:]}")
        return run

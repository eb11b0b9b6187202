"""A private dockerd with its BuildKit: no bridge, no firewall rules, nothing outside its directory."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from support.registry import NEWER, tool


class Dockerd:
    """start() before use, stop() in any case."""

    @staticmethod
    def missing():
        """None, or what is not installed."""
        return next((name for name in ("dockerd", "docker", "containerd", "runc") if not tool(name)), None)

    def __init__(self):
        # Short: the path of a Unix socket holds 107 bytes.
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="fd-"))
        self.process = None

    def start(self):
        """None, or why a dockerd cannot run on this machine."""
        if os.geteuid() != 0:
            return "dockerd needs root"
        plugins = self.root / "client/cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-buildx").symlink_to(NEWER / "usr/libexec/docker/cli-plugins/docker-buildx")
        config = self.root / "daemon.json"
        config.write_text(json.dumps({
            "features": {"containerd-snapshotter": True},
            "storage-driver": "native",  # no overlay file system is needed
            "bridge": "none", "iptables": False, "ip6tables": False, "userland-proxy": False,
            "data-root": str(self.root / "data"), "exec-root": str(self.root / "exec"),
            "pidfile": str(self.root / "pid"), "hosts": [f"unix://{self.root}/socket"]}))
        with open(self.root / "log", "wb") as log:
            self.process = subprocess.Popen(
                [tool("dockerd"), "--config-file", config], stdout=log, stderr=log,
                start_new_session=True, env={**os.environ, "PATH": self.path()})
        deadline = time.monotonic() + 90
        while subprocess.run([tool("docker"), "version"], env={**os.environ, **self.env()},
                             capture_output=True, check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                return "dockerd does not start:\n" + (self.root / "log").read_text()[-2000:]
            time.sleep(0.1)
        return None

    @staticmethod
    def path():
        return f"{NEWER}/usr/sbin:{NEWER}/usr/bin:{os.environ['PATH']}"

    def env(self):
        """What the docker command line needs."""
        return {"DOCKER_HOST": f"unix://{self.root}/socket",
                "DOCKER_CONFIG": str(self.root / "client")}

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        # Whatever is still mounted below would keep the directory alive.
        mounts = pathlib.Path("/proc/self/mounts").read_text().splitlines()
        for mount in sorted((line.split()[1] for line in mounts), key=len, reverse=True):
            if mount.startswith(f"{self.root}/"):
                subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self.root, ignore_errors=True)

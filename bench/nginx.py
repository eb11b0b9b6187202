"""nginx as the ideal remote: it keeps and sends files, and checks nothing."""
import os
import pathlib
import shutil
import socket
import subprocess
import time

CONFIGURATION = """
daemon off;
worker_processes 1;
user {user};
pid {dir}/nginx.pid;
error_log {dir}/nginx.log warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 100000000;
  client_max_body_size 0;
  client_body_temp_path {dir}/nginx-body;
  open_file_cache max=10000 inactive=60s;
  server {{
    listen 127.0.0.1:{port};
    root {dir}/nginx-root;
    location / {{ dav_methods PUT; create_full_put_path on; }}
    {locations}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """Takes any PUT below `directory`/nginx-root and answers GET from there.
    `locations`: what the configuration has to say besides."""

    def __init__(self, directory, locations=""):
        directory = pathlib.Path(directory)
        self.root = directory / "nginx-root"
        self.port = free_port()
        for folder in (self.root, directory / "nginx-body"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        configuration = directory / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            dir=directory, port=self.port, locations=locations,
            user="root" if os.geteuid() == 0 else "nobody"))
        self.process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", configuration,
                                         "-p", directory, "-e", directory / "nginx.log"])
        self._wait()
        self.url = f"http://127.0.0.1:{self.port}"

    def _wait(self):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("nginx does not listen")

    def worker_pid(self):
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return int(pathlib.Path(children).read_text().split()[0])

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

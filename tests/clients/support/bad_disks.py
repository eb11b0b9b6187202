"""Disks of their own for the cache of one test, which fill up, turn read-only or are slow. Need root."""
import os
import pathlib
import subprocess


def _run(*command):
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {run.stderr.strip()}")
    return run.stdout


class SmallDisk:
    """A tmpfs at `path` that can be full to the last byte."""

    ROOM = 600 << 20  # fabrik leaves the last 256 MiB of a disk alone

    def __init__(self, path):
        self.path = path
        _run("mount", "-t", "tmpfs", "-o", f"size={self.ROOM}", "tmpfs", path)

    def used(self):
        now = os.statvfs(self.path)
        return (now.f_blocks - now.f_bfree) * now.f_bsize

    def fill(self):
        for _ in range(100):  # a file may have grown since we asked
            try:
                # No size is no limit: one page at least.
                _run("mount", "-o", f"remount,size={max(self.used(), 4096)}", self.path)
                return
            except AssertionError as error:
                last = error
        raise last

    def free(self):
        _run("mount", "-o", f"remount,size={self.ROOM}", self.path)

    def remove(self):
        subprocess.run(["umount", "-l", self.path], check=False)


class FragileDisk:
    """An ext4 at `path` on a loop device, that turns read-only under those who write, as on an error."""

    def __init__(self, path):
        self.path = path
        self.image = pathlib.Path(f"{path}.img")
        with open(self.image, "wb") as file:
            file.truncate(SmallDisk.ROOM)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        self.mount()

    def mount(self):
        _run("mount", "-o", "loop,errors=remount-ro", self.image, self.path)
        pathlib.Path(self.path).chmod(0o700)

    def fail(self):
        device = _run("findmnt", "-n", "-o", "SOURCE", self.path).strip()
        pathlib.Path("/sys/fs/ext4", pathlib.Path(device).name, "trigger_fs_error").write_text("1")

    def repair(self):
        """Nobody may use it meanwhile."""
        _run("umount", self.path)
        subprocess.run(["e2fsck", "-fy", self.image], capture_output=True, check=False)  # 1: repaired
        self.mount()

    def remove(self):
        subprocess.run(["umount", "-l", self.path], check=False)


# Everything a worker asks of files; sockets have calls of their own.
_FILE_CALLS = "openat,pread64,pwrite64,write,fsync,fdatasync,rename,unlink,ftruncate,mkdir"


def slow_programs(bin_dir, directory, milliseconds):
    """Puts a fabrik into `directory` whose worker waits at every call to the disk."""
    directory.mkdir()
    _run("cp", bin_dir / "fabrik", directory / "fabrik")
    worker = directory / "fabrikd"
    worker.write_text("#!/bin/sh\n"
                      f"exec strace -D -f -qq --seccomp-bpf -o /dev/null -e trace={_FILE_CALLS} "
                      f"-e inject={_FILE_CALLS}:delay_enter={milliseconds * 1000} {bin_dir}/fabrikd \"$@\"\n")
    worker.chmod(0o755)

# SPDX-License-Identifier: Apache-2.0
"""Images unpacked by umoci and run by runc."""
import contextlib
import json
import os
import subprocess

from harness.checks import check, directory
from harness.program import run

QEMU = "/usr/bin/qemu-aarch64-static"


class Bundle:
    """An image unpacked by umoci, and containers of it under runc: a read-only root, the image's own user,
    no capability, no new privilege, and only /tmp to write to."""

    number = 0

    def __init__(self, layout, tag, arch):
        self.dir = os.path.join(directory("bundle-"), "b")
        self.arch = arch
        run("umoci", "unpack", "--image", "%s:%s" % (layout, tag), self.dir)
        with open(self.dir + "/config.json", encoding="utf-8") as f:
            self.user = json.load(f)["process"]["user"]
        self.rootfs = self.dir + "/rootfs"
        self.emulated = arch != "amd64"
        check(self.user["uid"] != 0, "the image's user is not root", self.user)

    def configure(self, args, binds=(), env=(), network=False):
        flags = ["nosuid", "nodev"]
        mounts = [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=1m"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": flags + ["mode=1777", "size=64m"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": flags + ["mode=1777"]},
        ]
        binds = list(binds)
        if self.emulated:
            binds.append((QEMU, "/qemu"))
        for a, b in binds:
            mounts.append({"destination": b, "type": "bind", "source": a, "options": ["bind", "ro"]})
        spaces = ["pid", "ipc", "uts", "mount"] + ([] if network else ["network"])
        none = {k: [] for k in ("bounding", "effective", "inheritable", "permitted", "ambient")}
        config = {
            "ociVersion": "1.0.2",
            "process": {"terminal": False, "user": {"uid": self.user["uid"], "gid": self.user["gid"]},
                        "args": self.command(args), "cwd": "/", "capabilities": none, "noNewPrivileges": True,
                        "env": ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C.UTF-8"] + list(env)},
            "root": {"path": "rootfs", "readonly": True}, "hostname": "judge", "mounts": mounts,
            "linux": {"namespaces": [{"type": s} for s in spaces]},
        }
        with open(self.dir + "/config.json", "w", encoding="utf-8") as f:
            json.dump(config, f)

    def command(self, args):
        return (["/qemu"] if self.emulated else []) + list(args)

    def new_id(self):
        Bundle.number += 1
        return "plimsoll-%d-%d" % (os.getpid(), Bundle.number)

    def runc(self, *args):
        return ["runc", "--root", os.path.join(os.path.dirname(self.dir), "state")] + list(args)

    def run(self, args, status=0, timeout=240, **how):
        self.configure(args, **how)
        return run(*self.runc("run", "--bundle", self.dir, self.new_id()), status=status, timeout=timeout)

    @contextlib.contextmanager
    def background(self, args, **how):
        """A running container; yields a function that runs a command in it."""
        self.configure(args, **how)
        name = self.new_id()
        with open(self.dir + ".log", "wb") as log:
            p = subprocess.Popen(self.runc("run", "--bundle", self.dir, name), stdin=subprocess.DEVNULL, stdout=log,
                                 stderr=subprocess.STDOUT)
        try:
            yield lambda *a: run(*self.runc("exec", name, *self.command(a)), status=None, timeout=120)
        finally:
            run(*self.runc("kill", name, "KILL"), status=None)
            p.wait(30)
            run(*self.runc("delete", "--force", name), status=None)


def runc_works():
    """Whether this machine lets us run containers at all: said by a container of a static program."""
    if os.geteuid() != 0:
        return "runc needs root here"
    where = directory("probe-")
    os.makedirs(where + "/b/rootfs")
    probe = Bundle.__new__(Bundle)
    probe.dir, probe.rootfs, probe.emulated, probe.user = where + "/b", where + "/b/rootfs", False, {"uid": 1, "gid": 1}
    a = probe.run(["/nothing-here"], status=None)
    return None if "/nothing-here" in a.err else "runc starts no container: " + a.err.strip()[-300:]


def exec_works():
    """Whether runc exec sees a container's files: it enters the container's mounts, and from a chroot it then stands
    outside of the chroot instead."""
    here = os.stat("/")
    a = run("nsenter", "--mount=/proc/self/ns/mnt", "stat", "-c", "%d:%i", "/", status=None)
    return a.out.strip() == "%d:%d" % (here.st_dev, here.st_ino)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=60
"""What ./dev does to the machine when something is missing: whom it asks, what it installs, what it only unpacks.
dpkg-query, apt-get, sudo and the others are scripts here that write down how they were called."""
import os
import pty
import shutil
import subprocess

from harness.checks import check, directory, main, same

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FAKES = {
    "id": 'echo "$FAKE_UID"',
    "dpkg-query": "exit 1",
    "apt-cache": "echo Package: $3",
    "dpkg-deb": "mkdir -p usr/bin",
    "sudo": 'echo "sudo $*" >>"$CALLS"; "$@"',
    "apt-get": 'echo "apt-get $*" >>"$CALLS"; case " $* " in *" download "*) [ -z "$STALE" ] && : >a.deb || case $* in *Dir::State::lists=*) : >a.deb ;; *) exit 100 ;; esac ;; esac',
    "meson": "exit 1",  # so far and no further
}


class Machine:
    def __init__(self, sudo=True):
        self.dir = directory("dev-")
        self.bin, self.calls = self.dir + "/bin", self.dir + "/calls"
        os.makedirs(self.bin)
        os.makedirs(self.dir + "/tree/tools")
        shutil.copy(SOURCE + "/dev", self.dir + "/tree/dev")
        shutil.copy(SOURCE + "/tools/packages", self.dir + "/tree/tools/packages")
        for name, text in FAKES.items():
            if name != "sudo" or sudo:
                with open(self.bin + "/" + name, "w", encoding="utf-8") as f:
                    f.write("#!/bin/sh\n" + text + "\n")
                os.chmod(self.bin + "/" + name, 0o755)
        for name in ("bash", "sed", "tr", "sort", "mkdir", "rm", "mv", "tail", "dirname", "env", "sh"):
            os.symlink(shutil.which(name), self.bin + "/" + name)

    def dev(self, uid, answer=None, **env):
        """./dev demo; with an answer, from a terminal on which it is typed. What it said, and the calls."""
        open(self.calls, "w", encoding="utf-8").close()
        env = dict(env, PATH=self.bin, CALLS=self.calls, FAKE_UID=str(uid))
        command = [self.bin + "/bash", self.dir + "/tree/dev", "demo"]
        if answer is None:
            p = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=30)
            said = p.stdout
        else:
            ours, theirs = pty.openpty()
            p = subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
            os.close(theirs)
            os.write(ours, answer.encode() + b"\n")
            said = b""
            try:
                while piece := os.read(ours, 4096):
                    said += piece
            except OSError:  # the other end is closed
                pass
            os.close(ours)
            p.wait(30)
        with open(self.calls, encoding="utf-8") as f:
            return said.decode(), f.read()


def installs(calls):
    return [line for line in calls.splitlines() if line.startswith("apt-get") and " install " in line]


def asked_before_sudo():
    m = Machine()
    said, calls = m.dev(1000, "n")
    check("may sudo apt-get install" in said and "gcc" in said, "it asks, and says what is missing", said)
    same(calls, "", "after a no nothing was called")
    said, calls = m.dev(1000, "y")
    check("may sudo" in said and "sudo env" in calls and installs(calls), "after a yes sudo installs", said, calls)
    said, calls = m.dev(1000, "n", CI="true")
    check("may sudo" not in said and installs(calls), "CI is not asked", said, calls)
    said, calls = m.dev(1000)
    check("may sudo" not in said and installs(calls), "nobody is asked where nobody can answer", said, calls)


def without_sudo():
    said, calls = Machine(sudo=False).dev(1000)
    check("As root, run: apt-get update && apt-get install --no-install-recommends" in said and "gcc" in said,
          "it says what to run", said)
    same(calls, "", "and calls nothing")
    said, calls = Machine(sudo=False).dev(0)
    check("sudo" not in said + calls and installs(calls), "root needs none and is not asked", said, calls)


def no_service():
    """A registry that is installed runs on a port from then on; one that is unpacked does not."""
    m = Machine()
    said, calls = m.dev(0)
    check(not any("docker-registry" in line for line in installs(calls)), "docker-registry is not installed", calls)
    check("download docker-registry" in calls and "no service is started" in said, "it is unpacked, which is said", said, calls)
    check(os.path.isdir(m.dir + "/tree/build/programs/docker-registry/usr/bin"), "below build/programs")
    check("docker-registry" not in m.dev(0)[1], "once")
    said, calls = Machine(sudo=False).dev(0, STALE="1")
    check(calls.count(" update") == 2 and "no service is started" in said, "lists of its own where the machine's are old", said,
          calls)


def everything():
    asked_before_sudo()
    without_sudo()
    no_service()


main(everything)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=1200 needs=mmdebstrap,chroot args="$BUILD/tests/differential/shell-tool $TMPDIR bookworm"
# plimsoll-test: all name=trixie timeout=1200 needs=mmdebstrap,chroot args="$BUILD/tests/differential/shell-tool $TMPDIR trixie"
"""Compares the models of the commands that make and ask accounts with the commands.

usage: accounts.py SHELL_TOOL DIRECTORY SUITE [TEXT]

A root of that suite with adduser, passwd and systemd is made in DIRECTORY, once. Each case of accounts.txt (those that
hold TEXT) is run by dash in a chroot of it, and by our shell on a tree of its files: output, status, the six files of
accounts, and path, owner and mode of all else that appeared or changed are compared. After a case the root is as before.
"""
import difflib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "../functional"))
from harness.apt import mirrors, no_namespaces  # noqa: E402
from harness.checks import Tally, skip  # noqa: E402

FILES = ["etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid", "etc/subgid"]
APART = {"dev", "proc", "sys", "run", "tmp"}
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}
# What the real tools leave and an image has no use for: backups, locks and logs.
LEFT = re.compile(r"etc/.*-|etc/\.pwd\.lock|var/log/(lastlog|faillog|tallylog)|var/lib/systemd/.*")


def make_root(directory, suite):
    root = os.path.join(directory, suite)
    if os.path.isdir(root):
        return root
    found = mirrors()
    if os.geteuid() != 0 or no_namespaces() or not found:
        skip("a root can only be made and entered by root, from an archive of apt's sources")
    subprocess.run(["mmdebstrap", "--quiet", "--variant=essential", "--include=adduser,passwd,systemd,netbase", suite,
                    root + ".part", "deb %s %s main" % (found[0][0], suite)], check=True, stdin=subprocess.DEVNULL)
    os.rename(root + ".part", root)
    return root


def listing(root):
    """path -> type, mode, owner of all but the kernel's directories."""
    ret = {}
    for at, dirs, files in os.walk(root):
        if at == root:
            dirs[:] = [d for d in dirs if d not in APART]
        for name in dirs + files:
            path = os.path.join(at, name)
            st = os.lstat(path)
            kind = "d" if stat.S_ISDIR(st.st_mode) else "l" if stat.S_ISLNK(st.st_mode) else "f"
            ret[os.path.relpath(path, root)] = (kind, "-" if kind == "l" else "%o" % stat.S_IMODE(st.st_mode),
                                                "%d:%d" % (st.st_uid, st.st_gid))
    return ret


def contents(root):
    ret = {}
    for name in FILES:
        path = os.path.join(root, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                ret[name] = f.read()
    return ret


def changes(before, now):
    return {p: now.get(p) for p in sorted(set(before) | set(now)) if before.get(p) != now.get(p) and not LEFT.fullmatch(p)}


def difference(what, wanted, got):
    return "\n".join(difflib.unified_diff(str(wanted).split("\n"), str(got).split("\n"), what + " wanted", "got", n=0,
                                          lineterm=""))


def run_real(root, script):
    with open(os.path.join(root, "tmp/case"), "w", encoding="utf-8") as f:
        f.write(script)
    # systemd-tmpfiles wants /proc; in a namespace of its own it leaves no mount behind.
    p = subprocess.run(["unshare", "--mount", "/bin/sh", "-c", 'mount -t proc proc "$1/proc" && exec chroot "$1" /bin/dash '
                        '/tmp/case', "sh", root], env=ENV, stdin=subprocess.DEVNULL, capture_output=True,
                       check=False)
    return p.stdout.decode(), p.stderr.decode(), p.returncode


def run_ours(tool, root, script):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as f:
        f.write(script)
        f.flush()
        p = subprocess.run([tool, "--root", root, "--owners", f.name], env=dict(os.environ, **ENV), stdin=subprocess.DEVNULL,
                           capture_output=True, check=False)
    text = p.stdout.decode()
    if p.returncode:
        return "", p.stderr.decode(), "refused", {}, {}
    out, _, rest = text.rpartition("\n@@@ ")
    lines = rest.split("\n")
    tree, files = {}, {}
    k = 1
    while k < len(lines):
        if lines[k].startswith(">>> "):
            body = []
            k += 1
            while lines[k] != "<<<":
                body.append(lines[k] + "\n")
                k += 1
            files[path] = "".join(body)
        elif lines[k]:
            owner, kind, mode, path = lines[k].split(" ", 3)
            path = path.split(" -> ")[0] if kind == "l" else path
            tree[path] = (kind, "-" if kind == "l" else mode, owner)
        k += 1
    tree = {p: v for p, v in tree.items() if p.split("/")[0] not in APART}
    return out, p.stderr.decode(), int(lines[0]), tree, files


def reset(root, saved, before, now):
    """What a case made goes; what it changed is as it was."""
    for path in sorted(set(now) - set(before), reverse=True):
        at = os.path.join(root, path)
        if os.path.isdir(at) and not os.path.islink(at):
            os.rmdir(at)
        else:
            os.unlink(at)
    for path in sorted(set(before) - set(now)):
        at, kept = os.path.join(root, path), os.path.join(saved, path)
        if before[path][0] == "d":
            os.mkdir(at)
        else:
            shutil.copy2(kept, at, follow_symlinks=False)
    for name in FILES:
        if name in before:
            shutil.copy2(os.path.join(saved, name), os.path.join(root, name))
    for path, (kind, mode, owner) in before.items():
        if now.get(path) == (kind, mode, owner):
            continue
        uid, gid = owner.split(":")
        os.lchown(os.path.join(root, path), int(uid), int(gid))
        if kind != "l":
            os.chmod(os.path.join(root, path), int(mode, 8))


def main():
    tool, directory, suite = sys.argv[1:4]
    root = make_root(directory, suite)
    saved = root + ".saved"
    if not os.path.isdir(saved):
        for d in ("etc", "home", "var"):
            subprocess.run(["cp", "-a", "--parents", d, saved if os.path.isdir(saved) else os.makedirs(saved) or saved],
                           cwd=root, check=True)
    with open(os.path.join(HERE, "accounts.txt"), encoding="utf-8") as f:
        cases = re.split(r"^####.*\n", f.read(), flags=re.M)
    tally = Tally()
    before = listing(root)
    for n, script in enumerate(cases):
        if (sys.argv[4:] and sys.argv[4] not in script) or (re.search(r"^# only (?!" + suite + ")", script, re.M)):
            continue
        ours_out, ours_err, ours_status, tree, files = run_ours(tool, root, script)
        out, err, status = run_real(root, script)
        now, texts = listing(root), contents(root)
        real = changes(before, now)
        mine = changes(before, tree)
        reset(root, saved, before, now)
        wrong = []
        if ours_status == "refused":
            tally.check("case %d of %s" % (n, suite), False, script + "\n" + ours_err)
            continue
        for what, a, b in (("output", out, ours_out), ("errors", err, ours_err), ("status", status, ours_status)):
            if a != b:
                wrong.append(difference(what, a, b))
        for name in FILES:
            with open(os.path.join(root, name), encoding="utf-8") as f:
                mine_text = files.get(name, f.read())
            if texts.get(name) != mine_text:
                wrong.append(difference(name, texts.get(name, ""), mine_text))
        if real != mine:
            wrong += ["%s: wanted %s, got %s" % (p, real.get(p), mine.get(p)) for p in sorted(set(real) | set(mine))
                      if real.get(p) != mine.get(p)]
        tally.check("case %d of %s" % (n, suite), not wrong, script + "\n" + "\n".join(wrong))
    tally.end()


main()

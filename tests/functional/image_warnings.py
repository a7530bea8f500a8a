#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=600 needs=umoci,runc
"""What images of Debian's packages lack, by lock, build, and a build that changes nothing: each kind once, and nothing
of an image that has all it presupposes. Then accounts, directories and links, by umoci and runc."""
import os
import struct

from harness.checks import check, main, need, same, say, skip, write
from harness.containers import Bundle, runc_works
from harness.fleets import make_fleet
from harness.program import RELEASE, Program

ALL = ("base-files, base-passwd, bash, bsdutils, coreutils, cron, curl, dash, debianutils, diffutils, findutils, grep, gzip, "
       "hostname, login, mawk, nginx, openjdk-17-jre-headless, passwd, perl, postgresql-15, python3, sed, tar, util-linux")

IMAGES = {
    "whole": "distro: bookworm\npackages: [%s]\nuser: www-data:postgres\nentrypoint: [python3]\n"
             "healthcheck: {command: [/usr/bin/curl, --version]}" % ALL,
    "cron": "distro: bookworm\npackages: [cron]\nentrypoint: [cron]",
    "postgres": "distro: bookworm\npackages: [base-files, postgresql-15]\nuser: 65532:65532\n"
                "entrypoint: [/usr/lib/postgresql/15/bin/postgres]",
    "quiet": "base: postgres\nacknowledge: [{warning: no-shell, reason: test}]\npackages: [curl]\nentrypoint: [/usr/bin/curl]",
    "typos": "distro: bookworm\npackages: [base-files, nginx, curl]\nuser: nobody:nodata\n"
             "exclude: [/usr/lib/*/libcurl.so.4*]\nentrypoint: [/usr/bin/nginx]\n"
             "files:\n  - {from: tool, to: /usr/local/bin/tool}\n  - {to: /usr/local/bin/run, link: nothing}\n"
             "healthcheck: {command: [/usr/local/bin/run]}\n"
             "acknowledge:\n  - {warning: no-interpreter, reason: test}\n  - {warning: no-shell, reason: test}",
    "id": "distro: bookworm\npackages: [base-files, coreutils, python3]\nuser: app\nentrypoint: [/usr/local/bin/me]\n"
          "accounts:\n  - {group: data, gid: 20000}\n"
          "  - {user: app, uid: 10001, groups: [data], home: /home/app, comment: An app}\n"
          "files:\n  - {to: /usr/local/bin/me, link: ../../bin/whoami}\n"
          "  - {to: /var/lib/app, directory: true, mode: \"2750\", owner: \"app:data\"}\n"
          "  - {from: tree, to: /srv/tree, owner: app}\n"
          "acknowledge:\n  - {warning: no-interpreter, reason: test}\n  - {warning: no-shell, reason: test}",
}


def foreign_tool(path):
    """A program of this machine that says it is of another one."""
    with open("/bin/true", "rb") as f:
        body = bytearray(f.read())
    struct.pack_into("<H", body, 18, 183)
    with open(path, "wb") as f:
        f.write(body)
    os.chmod(path, 0o755)


def of(warnings, image):
    return {(w["kind"], w["about"]): w["message"] for w in warnings if w["image"] == image}


def judge(warnings):
    check(all(w["platform"] == "linux/amd64" for w in warnings), "the platform of each", warnings)
    same(of(warnings, "whole"), {}, "an image that has all it presupposes")
    cron = of(warnings, "cron")
    same(sorted(cron), [("no-interpreter", "/bin/sh"), ("no-interpreter", "/usr/bin/perl"),
                        ("no-os-release", "/etc/os-release"), ("no-shell", "/bin/sh")], "what cron's image lacks")
    check("/usr/sbin/cron" in cron["no-shell", "/bin/sh"], "cron runs jobs by a shell", cron)
    for kind, about, package in (("no-shell", "/bin/sh", "dash"), ("no-interpreter", "/usr/bin/perl", "perl-base"),
                                 ("no-os-release", "/etc/os-release", "base-files")):
        check("add %s to 'packages'" % package in cron[kind, about], "what to write against " + kind, cron)
    postgres = of(warnings, "postgres")
    check("accounts: [{user: NAME, uid: 65532}]" in postgres["no-passwd-line", "65532"], "a passwd line", postgres)
    check(("no-shell", "/bin/sh") in postgres, "initdb and pg_ctl call system()", postgres)
    same(of(warnings, "quiet"), {}, "neither what is acknowledged nor what is the base's")
    typos = of(warnings, "typos")
    same(sorted(typos), [("cannot-run", "entrypoint"), ("cannot-run", "healthcheck"), ("no-group", "nodata"),
                         ("no-library", "libcurl.so.4"), ("wrong-machine", "/usr/local/bin/tool")], "the typos")
    check("is it /usr/sbin/nginx?" in typos["cannot-run", "entrypoint"], "where nginx is", typos)
    same(of(warnings, "id"), {}, "an image with an account")


def judge_text(p):
    """People read the same, also when quiet; it is no failure, and lock says it again."""
    for command in ("lock", "build"):
        a = p.run(command, "--quiet")
        lines = [x for x in a.err.splitlines() if x.startswith("warning: ")]
        same(a.err.splitlines(), lines, "%s: nothing else on standard error" % command)
        check(any(x.startswith("warning: cron: ") and x.endswith(" [no-shell: /bin/sh]") for x in lines), "text", a.err)
        check("'acknowledge'" in lines[-1], "how to silence them", a.err)


def judge_accounts(p):
    p.run("push", "id", "--registry", "oci:out")
    b = Bundle(p.fleet + "/out/id", "bookworm", "amd64")
    same((b.user["uid"], b.user["gid"], b.user.get("additionalGids")), (10001, 10001, [20000]), "umoci finds the user")
    lines = open(b.rootfs + "/etc/passwd", encoding="ascii").read().splitlines()
    check("app:x:10001:10001:An app:/home/app:/usr/sbin/nologin" in lines, "its passwd line", lines)
    for path, mode, owner in (("home/app", 0o40700, (10001, 10001)), ("var/lib/app", 0o42750, (10001, 20000)),
                              ("srv/tree", 0o40755, (10001, 0)), ("srv/tree/sub", 0o40755, (10001, 0)),
                              ("srv/tree/sub/file", 0o100644, (10001, 0)), ("srv", 0o40755, (0, 0)),
                              ("etc/shadow", 0o100640, (0, 42))):
        s = os.lstat(os.path.join(b.rootfs, path))
        same((oct(s.st_mode), (s.st_uid, s.st_gid)), (oct(mode), owner), path)
    same(os.readlink(b.rootfs + "/usr/local/bin/me"), "../../bin/whoami", "the link")
    why = runc_works()
    if why:
        skip(why)
    same(b.run(["/usr/local/bin/me"]).out, "app\n", "whoami through the link")
    same(b.run(["/usr/bin/id", "-un", "10001"]).out, "app\n", "id")
    ask = "import getpass, os, grp; print(getpass.getuser(), os.path.expanduser('~'), grp.getgrnam('data').gr_mem)"
    same(b.run(["/usr/bin/python3", "-c", ask]).out, "app /home/app ['app']\n", "Python's view")


def test():
    need("umoci", "runc")
    path = make_fleet(IMAGES, platforms=("linux/amd64",))
    foreign_tool(path + "/tool")
    write(path + "/tree/sub/file", "x")
    p = Program(path, binary=RELEASE)
    locked = p.lock()
    judge(locked["warnings"])
    say("lock: %d warnings" % len(locked["warnings"]))
    first = p.json("build")
    same(first["warnings"], locked["warnings"], "build says what lock said")
    check(all(i["made"] for i in first["images"]), "lock made no image")
    again = p.json("build")
    same((again["warnings"], any(i["made"] for i in again["images"])), (first["warnings"], False), "said again")
    same(p.json("build", "cron")["warnings"], [w for w in first["warnings"] if w["image"] == "cron"], "of one image alone")
    judge_text(p)
    if os.geteuid() != 0:
        skip("owners need root")
    judge_accounts(p)


main(test)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv
"""The same lock and the same bytes as ever: an archive made here, byte for byte the same on every machine, is
locked and built, and lock and images are compared with tests/golden/images.json.

Compared: the lock (without its suites' signatures and dates), the configs with their diff_ids (which show alone
whether anything but the compression or the place changed), and the digests of configs, layers, manifests and indexes. No library's version has a part in any of them.

A change of bytes is said in its commit, beside the changed file:

    PLIMSOLL_RELEASE=build/src/plimsoll tests/functional/golden_images.py --write
"""
import hashlib
import json
import os
import sys

from harness.archive import ARCHES, Archive, Package
from harness.checks import check, directory, main, need, same, say, write
from harness.debs import WHEN, Dir, File, Hardlink, Symlink, shared_library
from harness.program import RELEASE, Program

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden/images.json")
TRIPLET = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
MACHINE = {"amd64": 62, "arm64": 183}
CONFIGURE = ('if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ] || [ "$1" = "abort-deconfigure" ]'
             ' || [ "$1" = "abort-remove" ] ; then\n')
CAP_NET_BIND = b"\1\0\0\2\0\4" + bytes(14)

# As debhelper writes them.
ALTERNATIVE = ("#!/bin/sh\nset -e\n# Automatically added by dh_installalternatives/13.11.4\n" + CONFIGURE +
               "\tupdate-alternatives --install /usr/bin/pager pager /usr/bin/%s %d"
               " --slave /usr/share/pager.txt pager.txt /usr/share/%s.txt\nfi\n# End automatically added section\n")
TMPFILES = ("#!/bin/sh\nset -e\n# Automatically added by dh_installtmpfiles/13.11.4\n" + CONFIGURE +
            '\tif [ -x "$(command -v systemd-tmpfiles)" ]; then\n'
            '\t\tsystemd-tmpfiles ${DPKG_ROOT:+--root="$DPKG_ROOT"} --create %s >/dev/null || true\n\tfi\nfi\n'
            "# End automatically added section\n")
LDCONFIG = {"triggers": "# Triggers added by dh_makeshlibs/13.11.4\nactivate-noawait ldconfig\n"}

# redis-tools 5:7.0.15-1~deb12u7, word for word. A user of its own, and directories that another package ships
# become that user's.
REDIS = """#!/bin/sh

set -eu

USER="redis"

Setup_dir () {
	DIR="${1}"
	MODE="${2}"
	GROUP="${3}"

	mkdir -p ${DIR}

	if ! dpkg-statoverride --list ${DIR} >/dev/null 2>&1
	then
		chown ${USER}:${GROUP} ${DIR}
		chmod ${MODE} ${DIR}
	fi
}

if [ "$1" = "configure" ]
then
	adduser \\
		--system \\
		--home /var/lib/redis \\
		--quiet \\
		--group \\
		${USER} || true

	Setup_dir /var/log/redis 2750 adm
	Setup_dir /var/lib/redis 750 ${USER}
	Setup_dir /etc/redis 2770 ${USER}
fi



exit 0
"""


def noise(n):
    """Bytes that no compressor makes smaller, the same everywhere: longer than one gzip member."""
    return b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(n // 32))


def pager(name, priority):
    return Package(name, "1.%d" % priority, files={"usr/bin/" + name: File("#!/bin/sh\n", 0o755),
                                             "usr/share/%s.txt" % name: name + "\n"},
                   architecture="all", scripts={"postinst": ALTERNATIVE % (name, priority, name)})


def packages():
    libc = lambda arch: {"lib/%s/libc.so.6" % TRIPLET[arch]: shared_library("libc.so.6", MACHINE[arch]),
                         "usr/share/doc/libc6/copyright": "free\n"}
    library = lambda arch: {
        "usr/lib/%s/libjudge.so.1.2.3" % TRIPLET[arch]: shared_library("libjudge.so.1", MACHINE[arch]),
        "usr/lib/%s/libjudge.so.1" % TRIPLET[arch]: Symlink("libjudge.so.1.2.3")}
    return [
        Package("libc6", "2.36-9+judge", files=libc, source="glibc", scripts=LDCONFIG),
        Package("libjudge1", "1.2.3-1+b1", "libc6 (>= 2.36)", "judge (1.2.3-1)", files=library,
                scripts=LDCONFIG),
        Package("shapes", "1:2.0~rc1-1", "libjudge1", files={
            "bin/shape": File("#!/bin/sh\nexit 0\n", 0o755),
            "usr/bin/su-shape": File("suid\n", 0o4755), "usr/bin/net-shape": File("capable\n", 0o755, capability=CAP_NET_BIND),
            "usr/share/shapes/empty": "", "usr/share/shapes/one": File("one\n", mtime=WHEN + 5),
            "usr/share/shapes/two": Hardlink("usr/share/shapes/one"), "usr/share/shapes/absolute": Symlink("/usr/bin/shape"),
            "usr/share/shapes/nowhere": Symlink("not-there"), "usr/share/shapes/\u00e4\u20ac": "utf-8\n",
            "usr/share/shapes/sticky": Dir(0o1777), "usr/share/shapes/mail": Dir(0o2775, gid=8),
            "usr/share/shapes/" + "long/" * 30 + "x" * 120: "a path that ustar cannot hold\n",
            "usr/share/shapes/noise": noise(1300000), "usr/share/shapes/zeros": bytes(2100000),
            "usr/share/doc/shapes/README": "left out\n", "usr/share/doc/shapes/copyright": "stays\n",
            "usr/share/man/man1/shape.1": "left out\n", "usr/share/shapes/cache/a": "excluded by a path\n",
        }),
        Package("settings", "0.9", files={"etc/settings/main.conf": File("a = 1\n", 0o640), "etc/redis/redis.conf": "port 6379\n"},
                architecture="all", conffiles=("etc/settings/main.conf", "etc/redis/redis.conf")),
        Package("old-tool", "1.0-1", files={"usr/bin/tool": File("old\n", 0o755), "usr/share/old-tool/data": "stays\n"},
                architecture="all"),
        Package("new-tool", "2.0-1", "old-tool", files={"usr/bin/tool": File("new\n", 0o755)},
                fields="Replaces: old-tool (<< 2)\n", architecture="all"),
        Package("adduser", "3.134", files={"usr/sbin/adduser": File("#!/bin/sh\n", 0o755)}, architecture="all"),
        Package("redis-tools", "5:7.0.15-1", "adduser, settings", "redis", files={"usr/bin/redis-cli": File("cli\n", 0o755)},
                scripts={"postinst": REDIS}),
        Package("systemd-standalone-tmpfiles", "252.39-1", files={"usr/bin/systemd-tmpfiles": File("#!/bin/sh\n", 0o755)},
                architecture="all"),
        Package("spooler", "3", "redis-tools, systemd-standalone-tmpfiles", architecture="all",
                files={"usr/lib/tmpfiles.d/spooler.conf": "d /var/spool/spooler 1770 root redis -\n"
                                                          "L /var/spool/link - - - - spooler\n"},
                scripts={"postinst": TMPFILES % "spooler.conf"}),
        pager("less-pager", 10), pager("more-pager", 50),
    ]


IMAGES = {
    "base": "distro: judge\npackages: [old-tool, settings, shapes]\nplatforms: [linux/amd64, linux/arm64]\nuser: 65532:65532\n"
            "exclude: [docs, man, /usr/share/shapes/cache/*]\nlabels: {org.example.role: base}",
    "web": "base: base\nversion: 1.4.2\npackages: [less-pager, new-tool, redis-tools, spooler]\n"
           "files:\n  - {from: files/www, to: /srv/www}\n  - {from: 'files/tool-${arch}', to: /usr/bin/arch-tool, mode: 0755}\n"
           "  - {to: /etc/motd, content: \"${image} ${version} on ${distro}\\n\"}\n"
           "  - {to: /etc/redis/secret, content: x, mode: 0400, owner: 'redis:redis'}\n"
           "env: {TZ: UTC}\nentrypoint: [/usr/bin/tool]\ncmd: [serve]\nports: [8080, 53/udp]\nvolumes: [/tmp]\nworkdir: /srv\n"
           "stop_signal: SIGQUIT\nhealthcheck: {command: [/usr/bin/tool, --check], every: 30s, timeout: 500ms, retries: 3}",
    "leaf": "base: web\nplatforms: [linux/arm64]\npackages: [more-pager]\nuser: redis",
    "twin": "distro: judge\nversion: 7\npackages: [settings, shapes]\nvariants:\n  none: {}\n"
            "  plus: {version: '1.1', packages: [more-pager], exclude: [/usr/share/shapes/noise]}",
}
FILES = {"files/www/index.html": "<p>judge\n", "files/www/deep/er/x.css": "p{}\n", "files/tool-amd64": "amd64\n",
         "files/tool-arm64": "arm64\n"}


def fleet(archive):
    path = directory("fleet-")
    write(path + "/fleet.yaml", archive.fleet_yaml("registry.example.org/golden", ["stable"], "linux/amd64"))
    for name, text in IMAGES.items():
        write("%s/images/%s.yaml" % (path, name), "image: %s\n%s\n" % (name, text))
    for name, text in FILES.items():
        write("%s/%s" % (path, name), text)
    return path


def stored(store, digest):
    with open("%s/blobs/sha256/%s" % (store, digest[7:]), "rb") as f:
        body = f.read()
    same("sha256:" + hashlib.sha256(body).hexdigest(), digest, "what a blob's name says")
    return json.loads(body)


def made(p):
    """{"lock", "configs", "digests"}"""
    configs, digests = {}, {}
    with open(p.fleet + "/plimsoll.lock", encoding="utf-8") as f:
        lock = json.load(f)
    for image in p.json("build", "--offline")["images"]:
        index = stored(p.store, image["digest"])
        digests[image["id"]] = {"index": image["digest"]}
        for m in index["manifests"]:
            platform = "/".join(m["platform"][k] for k in ("os", "architecture", "variant") if k in m["platform"])
            manifest = stored(p.store, m["digest"])
            config = stored(p.store, manifest["config"]["digest"])
            configs.setdefault(image["id"], {})[platform] = config
            digests[image["id"]][platform] = {
                "manifest": m["digest"], "config": manifest["config"]["digest"], "layers": ["%s %d" % (y["digest"], y["size"]) for y in manifest["layers"]]}
    for distro in lock["distros"].values():
        distro.pop("suites")
    return {"lock": lock, "configs": configs, "digests": digests}


def differences(wanted, got, path=""):
    """The paths at which two JSON values differ, each with both values."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key in sorted(set(wanted) | set(got)):
            yield from differences(wanted.get(key), got.get(key), "%s/%s" % (path, key))
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for i, (a, b) in enumerate(zip(wanted, got)):
            yield from differences(a, b, "%s[%d]" % (path, i))
    elif wanted != got:
        yield "%s: %s, was %s" % (path, json.dumps(got), json.dumps(wanted))


def compare(what, wanted, got):
    found = list(differences(wanted, got))
    check(not found, "%s: %d differences from %s" % (what, len(found), os.path.normpath(GOLDEN)), *found[:30])


def count(images, list_of):
    return sum(len(list_of(p)) for i in images.values() for p in i.values() if isinstance(p, dict))


def test(anew=False):
    check(set(ARCHES) == set(TRIPLET), "the archive's architectures")
    archive = Archive()
    archive.publish("stable", packages())
    p = Program(fleet(archive), directory("store-"), binary=RELEASE)
    same(p.json("lock")["unknown_scripts"], [], "all maintainer scripts are accounted for")
    now = made(p)
    if anew:
        write(os.path.abspath(GOLDEN), json.dumps(now, indent=1, sort_keys=True) + "\n")
        say("written: " + os.path.normpath(GOLDEN))
        return
    with open(GOLDEN, encoding="utf-8") as f:
        golden = json.load(f)
    same(sorted(golden), sorted(now), "what the golden file compares")
    for what in ("lock", "configs", "digests"):
        compare(what, golden[what], now[what])
    platforms = sum(len(i) for i in now["configs"].values())
    say("compared: the lock, %d configs and manifests, %d diff_ids, %d layers, %d indexes"
        % (platforms, count(now["configs"], lambda c: c["rootfs"]["diff_ids"]),
           count(now["digests"], lambda p: p["layers"]), len(now["digests"])))


if __name__ == "__main__":
    need("gpg", "gpgv")
    main(lambda: test(sys.argv[1:] == ["--write"]))

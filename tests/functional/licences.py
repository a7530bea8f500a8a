#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv,dpkg,dpkg-deb
"""`exclude: [docs]` leaves every package's licence to be found, as dpkg does with path-exclude=/usr/share/doc/* and
path-include=/usr/share/doc/*/copyright: also through a link to the directory of a package of the same source."""
import gzip
import io
import tarfile

from harness.debs import Symlink, deb
from harness.lab import *

lab = Lab()
Q = ("--progress", "none")
FILES = {
    "real": {"usr/share/doc/real/copyright": "free\n", "usr/share/doc/real/README": "x\n", "usr/share/doc/real/NEWS": Symlink("README"),
             "usr/share/doc/real/examples/copyright": "free too\n"},
    "common": {"usr/share/doc/common": Symlink("real"), "usr/share/common": "x\n"},
    "absolute": {"usr/share/doc/absolute": Symlink("/usr/share/doc/real"), "usr/share/absolute": "x\n"},
    "shared": {"usr/share/doc/shared/copyright": Symlink("../real/copyright"), "usr/share/doc/shared/changelog": "x\n"},
}
lab.debs = []
for name, files in FILES.items():
    p = Deb(name)
    p.bytes = deb(p.fields, files)
    lab.debs.append(p)
lab.publish()
lab.write_fleet({"app": "image: app\ndistro: test\nversion: 1\npackages: [real, common, absolute, shared]\nexclude: [docs]\n"})
lab.works("lock", lab.run("lock", *Q))
r = lab.run("build", "--output", "json", *Q)
lab.works("build", r)
image = {}
for l in json.loads(r.out)["images"][0]["platforms"][0]["layers"]:
    with open(lab.path("store/blobs/sha256", l["digest"][7:]), "rb") as f, \
            tarfile.open(fileobj=io.BytesIO(gzip.decompress(f.read()))) as t:
        image.update({e.name: e.linkname if e.issym() else "" for e in t
                      if e.name.startswith("usr/share/doc/") and not e.isdir()})

root = lab.path("root")
for name in ("info", "updates"):
    os.makedirs(root + "/var/lib/dpkg/" + name)
open(root + "/var/lib/dpkg/status", "w").close()
for p in lab.debs:
    made = subprocess.run(["dpkg", "--force-not-root", "--force-script-chrootless", "--root=" + root, "--log=/dev/null",
                           "--path-exclude=/usr/share/doc/*", "--path-include=/usr/share/doc/*/copyright",
                           "--unpack", os.path.join(lab.archive, p.path)], capture_output=True, text=True,
                          env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", LC_ALL="C"))
    lab.check("dpkg unpacks " + p.name, made.returncode == 0, made.stderr)
real = {}
for where, dirs, files in os.walk(root + "/usr/share/doc"):
    for n in dirs + files:
        path = os.path.join(where, n)
        if os.path.islink(path) or os.path.isfile(path):
            real[os.path.relpath(path, root)] = os.readlink(path) if os.path.islink(path) else ""
# dpkg keeps every link there, this one to a file that it left out.
lab.check("a link to nothing", real.pop("usr/share/doc/real/NEWS", None) == "README", real)
lab.check("what dpkg keeps", image == real, "image: %s\ndpkg: %s" % (image, real))
lab.check("the links", image.get("usr/share/doc/common") == "real" and "usr/share/doc/absolute" in image, image)
lab.done()

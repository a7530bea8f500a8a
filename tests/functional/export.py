#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=180 needs=skopeo,umoci
"""plimsoll export: one image under one name, as skopeo, umoci, syft (where it is installed) and we read it."""
import glob
import hashlib
import json
import os
import shutil
import subprocess
import tarfile

from harness.lab import Deb, Lab

INDEX = "application/vnd.oci.image.index.v1+json"


def sha(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def skopeo(*args):
    p = subprocess.run(["skopeo", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return p.returncode, p.stdout, p.stderr


class ExportLab(Lab):
    def export(self, *args, **kw):
        return self.run("export", *args, "--output", "json", "--progress", "plain", **kw)

    def files_of(self, layout, tag):
        """What umoci makes of it."""
        to = self.path("unpacked")
        shutil.rmtree(to, ignore_errors=True)
        p = subprocess.run(["umoci", "unpack", "--rootless", "--image", layout + ":" + tag, to], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
        return p.returncode, sorted(os.path.relpath(f, to + "/rootfs") for f in glob.glob(to + "/rootfs/usr/share/*/hello"))


def archives(lab, digests):
    out = lab.path("x")
    os.makedirs(out)
    r = lab.export("hello", out + "/all.tar")
    lab.works("an image of the fleet", r)
    a = json.loads(r.out)
    lab.check("what it says", a["name"] == "hello:2" and a["digest"] == digests["hello"] and a["platform"] is None, r)
    rc, raw, err = skopeo("inspect", "--raw", "oci-archive:" + out + "/all.tar")
    lab.check("skopeo reads both platforms", rc == 0 and json.loads(raw)["mediaType"] == INDEX and
              len(json.loads(raw)["manifests"]) == 2 and "sha256:" + hashlib.sha256(raw).hexdigest() == digests["hello"], err)
    rc, _, err = skopeo("copy", "-q", "--all", "oci-archive:" + out + "/all.tar", "oci:" + out + "/copy:hello")
    lab.check("and copies all of it", rc == 0, err)
    with tarfile.open(out + "/all.tar") as t:
        names = t.getnames()
        index = json.load(t.extractfile("index.json"))
        lab.check("one name", [m["annotations"]["org.opencontainers.image.ref.name"] for m in index["manifests"]] == ["hello:2"],
                  index)
        lab.check("each member once", len(names) == len(set(names)), names)
        for name in names:
            if len(os.path.basename(name)) == 64:
                lab.check("member " + name[-8:], hashlib.sha256(t.extractfile(name).read()).hexdigest() == name[-64:])
    first = sha(out + "/all.tar")
    lab.works("again, by its whole name", lab.export("oci:%s/hello:2" % lab.path("out"), "oci-archive:" + out + "/all.tar"))
    lab.check("gives the same bytes", sha(out + "/all.tar") == first)
    lab.works("from elsewhere", lab.export("oci:%s/hello:2" % lab.path("out"), out + "/all.tar", cwd=lab.dir))
    lab.check("too", sha(out + "/all.tar") == first)

    for arch in ("amd64", "arm64"):
        path = "%s/%s.tar" % (out, arch)
        r = lab.export("hello", "docker-archive:" + path, "--platform", "linux/" + arch, "--name", "registry.example.org/hello:2-x")
        lab.works("docker-archive " + arch, r)
        lab.check("its platform", json.loads(r.out)["platform"] == "linux/" + arch, r)
        rc, text, err = skopeo("inspect", "--config", "docker-archive:" + path)
        lab.check("skopeo reads it", rc == 0 and json.loads(text)["architecture"] == arch, err)
        rc, _, err = skopeo("copy", "-q", "docker-archive:%s:registry.example.org/hello:2-x" % path, "oci:%s/d:%s" % (out, arch))
        lab.check("by its name", rc == 0, err)
        rc, files = lab.files_of(out + "/d", arch)
        lab.check("umoci unpacks it", rc == 0 and files == ["usr/share/base-files/hello", "usr/share/hello/hello"], files)
        r = lab.run("scan", "docker-archive:" + path, "-o", "json")
        lab.works("we read it", r)
        lab.check("its packages", sorted(p["name"] for p in json.loads(r.out)["packages"]) == ["base-files", "hello"], r)


def directories(lab, digests):
    out = lab.path("y")
    lab.works("a directory", lab.export("hello", "oci:" + out, "--platform", "linux/arm64", "--name", "hello:2"))
    lab.works("again", lab.export("hello", "oci:" + out, "--platform", "linux/arm64", "--name", "hello:2"))
    rc, files = lab.files_of(out, "hello:2")
    lab.check("umoci unpacks it", rc == 0 and len(files) == 2, files)
    lab.fails("a second image in it", lab.export("base", "oci:" + out), 1, "hello:2", "name another directory")
    lab.fails("a directory of something else", lab.export("base", "oci:" + lab.fleet), 1, "not an OCI layout")
    lab.works("with all platforms", lab.export("hello", "oci:" + out + "2"))
    rc, _, err = skopeo("copy", "-q", "--all", "oci:" + out + "2", "oci:" + out + "3:all")
    lab.check("skopeo needs no name", rc == 0, err)


def syft(lab, digests):
    program = shutil.which("syft")
    if not program:
        print("there is no syft", flush=True)
        return
    lab.works("push", lab.run("push"))
    out = lab.path("z")
    os.makedirs(out)
    env = lab.env(SYFT_CHECK_FOR_APP_UPDATE="false")
    lab.works("directory", lab.export("hello", "oci:" + out + "/dir"))
    lab.works("archive", lab.export("hello", out + "/hello.tar"))
    lab.works("docker-archive", lab.export("hello", "docker-archive:" + out + "/docker.tar"))
    for source in ("oci-dir:" + out + "/dir", "oci-archive:" + out + "/hello.tar", "docker-archive:" + out + "/docker.tar"):
        p = subprocess.run([program, "-q", "-o", "json", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        names = sorted(a["name"] for a in json.loads(p.stdout)["artifacts"]) if p.returncode == 0 else []
        lab.check("syft reads " + source.split(":")[0], names == ["base-files", "hello"], p.stderr.decode()[-1500:])


def hostile(lab, digests):
    target = lab.path("t.tar")
    with open(target, "w") as f:
        f.write("mine")
    for name, args, status, text in (
            ("no such image", ("nothing", target), 6, "plimsoll build"),
            ("two images", ("app", target), 1, "more than one image"),
            ("no such platform", ("hello", target, "--platform", "linux/s390x"), 6, "linux/amd64"),
            ("a bad name", ("hello", target, "--name", "UP PER"), 1, "UP PER"),
            ("a name without a tag", ("hello", target, "--name", "hello"), 1, ""),
            ("no directory", ("hello", lab.path("none", "t.tar")), (1, 6), "none"),
            ("a directory as file", ("hello", lab.fleet), 1, lab.fleet)):
        lab.fails(name, lab.export(*args), status, text)
        lab.check(name + ": the file stays", open(target).read() == "mine")
    lab.check("nowhere", lab.export("hello", "oci:").status == 2)
    lab.flip(lab.path("store", "blobs", "sha256", last_layer(lab, "hello")))
    lab.fails("a damaged layer", lab.export("hello", target), 5, "store check")
    lab.check("leaves nothing", open(target).read() == "mine" and not glob.glob(target + ".*"))
    lab.run("store", "check")
    lab.check("and heals", lab.digests() == digests and lab.export("hello", target).status == 0)


def last_layer(lab, image):
    r = json.loads(lab.run("build", "-o", "json").out)
    return [p["layers"][-1]["digest"][-64:] for i in r["images"] if i["id"] == image for p in i["platforms"]][0]


def main():
    lab = ExportLab()
    lab.publish(debs=[Deb("base-files"), Deb("hello", depends="base-files")])
    fleet = open(os.path.join(lab.fleet, "fleet.yaml")).read().replace("[linux/amd64]", "[linux/amd64, linux/arm64]")
    app = "image: app\nbase: base\nversion: 1\nvariants: {a: {version: 1}, b: {version: 1, env: {B: b}}}\n"
    lab.write_fleet(fleet=fleet)
    with open(os.path.join(lab.fleet, "images/app.yaml"), "w") as f:
        f.write(app)
    lab.works("lock", lab.run("lock"))
    digests = lab.digests()
    for case in (archives, directories, syft, hostile):
        case(lab, digests)
    lab.done()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=update-ca-certificates,openssl
"""Certificates of the fleet's own in /usr/local/share/ca-certificates: the image's bundle, hash links and Java keystore hold
them, as update-ca-certificates(8) makes those from the same tree; in a child too; an image without them stays as it was."""
import io
import json
import os
import subprocess
import tarfile

from harness.cache import keep_downloads, new_store
from harness.checks import check, directory, main, need, same, write
from harness.program import Program

LOCAL, CERTS = "usr/local/share/ca-certificates/", "etc/ssl/certs/"
FLEET = "registry: oci:out\nplatforms: [linux/amd64]\ndistros: {bookworm: {suites: [bookworm]}}\n"
BASE = "image: base\ndistro: bookworm\npackages: [base-files, ca-certificates]\n"
# name in the image -> PEM of these subjects, and what is done to it
FILES = {"one.crt": "1", "again.crt": "1", "sub/two three(4).crt": "2", "both.crt": "12", "windows.crt": "3", "not.pem": "4"}


def certificate(subject):
    return subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                           "/dev/null", "-subj", "/CN=Own " + subject, "-days", "9"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True, text=True).stdout


def layers(store, digest):
    """The layers' files, base's first: path -> member and bytes, later ones over earlier ones."""
    def blob(d):
        with open("%s/blobs/sha256/%s" % (store, d[7:]), "rb") as f:
            return f.read()

    manifest = json.loads(blob(json.loads(blob(digest))["manifests"][0]["digest"]))
    files = {}
    for layer in manifest["layers"]:
        with tarfile.open(fileobj=io.BytesIO(blob(layer["digest"]))) as t:
            for m in t:
                if "/.wh." in m.name:
                    files.pop(m.name.replace("/.wh.", "/"), None)
                elif not m.isdir():
                    files[m.name] = (m, t.extractfile(m).read() if m.isreg() else None)
    return files


def judged(files):
    """What update-ca-certificates makes of these: its bundle, and the links' targets."""
    root = directory("judge-")
    os.makedirs(root + "/" + CERTS)
    for name, (_, body) in files.items():
        if name.startswith(("usr/share/ca-certificates/", LOCAL, "etc/ca-certificates.conf")) and body is not None:
            os.makedirs(os.path.dirname(root + "/" + name), exist_ok=True)
            with open(root + "/" + name, "wb") as f:
                f.write(body)
    os.makedirs(root + "/" + LOCAL, exist_ok=True)
    subprocess.run(["update-ca-certificates", "--certsconf", root + "/etc/ca-certificates.conf", "--certsdir",
                    root + "/usr/share/ca-certificates", "--localcertsdir", root + "/" + LOCAL.rstrip("/"), "--etccertsdir",
                    root + "/" + CERTS.rstrip("/"), "--hooksdir", root + "/none"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True, env=dict(os.environ, LC_ALL="C", PATH=os.environ["PATH"] + ":/usr/sbin"))
    with open(root + "/" + CERTS + "ca-certificates.crt", "rb") as f:
        bundle = f.read()
    here = root + "/" + CERTS
    return bundle, {n: os.readlink(here + n).replace(root, "") for n in os.listdir(here) if os.path.islink(here + n)}


def ours(files):
    return files[CERTS + "ca-certificates.crt"][1], {n[len(CERTS):]: m.linkname for n, (m, _) in files.items()
                                                     if n.startswith(CERTS) and m.issym()}


def test():
    top = directory("own-ca-")
    pem = {s: certificate(s) for s in "1234"}
    lines = ""
    for i, (name, subjects) in enumerate(FILES.items()):
        text = "".join(pem[s] for s in subjects)
        if name == "windows.crt":
            text = text.replace("\n", "\r\n").rstrip("\r\n")
        write("%s/ca%d" % (top, i), text)
        lines += "  - {from: ca%d, to: \"/%s%s\"}\n" % (i, LOCAL, name)
    write(top + "/fleet.yaml", FLEET)
    write(top + "/images/base.yaml", BASE)
    p = Program(top, new_store())
    p.run("lock", "--quiet")
    before = p.digests()["base"]
    write(top + "/images/corp.yaml", "image: corp\nbase: base\nversion: 1\nfiles:\n" + lines)
    write(top + "/images/whole.yaml", BASE.replace("base\n", "whole\n", 1) + "version: 1\nfiles:\n" + lines)
    write(top + "/images/mine.yaml", "image: mine\nbase: corp\nversion: 1\nfiles:\n"
          "  - {to: /%sca-certificates.crt, content: mine}\n" % CERTS)
    write(top + "/images/late.yaml", "image: late\nbase: bare\nversion: 1\npackages: [ca-certificates]\n")
    write(top + "/images/bare.yaml", "image: bare\ndistro: bookworm\npackages: [base-files]\nversion: 1\nfiles:\n" + lines)
    p.run("lock", "--quiet")
    keep_downloads(p.store)
    digests = p.digests()
    same(digests["base"], before, "an image without certificates of its own")
    trees = {i: layers(p.store, d) for i, d in digests.items()}
    for name in ("base", "corp", "whole", "late"):
        (bundle, links), (real_bundle, real_links) = ours(trees[name]), judged(trees[name])
        check(bundle == real_bundle, name + ": the bundle is that of update-ca-certificates")
        same(links, real_links, name + ": links")
        same(pem["2"].encode() in bundle, name != "base", name + ": holds the certificate")
        check(pem["4"].encode() not in bundle, name + ": does not hold what is no .crt")
    same(trees["mine"][CERTS + "ca-certificates.crt"][1], b"mine", "a bundle of the fleet's own stays")
    check(CERTS + "ca-certificates.crt" not in trees["bare"], "without ca-certificates nothing is made")

    subprocess.run(["openssl", "x509", "-outform", "der", "-in", top + "/ca0", "-out", top + "/der"], check=True)
    der = ("image: der\nbase: base\nversion: 1\nfiles:\n"
           "  - {from: %%s, to: /%sder.crt}\n" % LOCAL)
    write(top + "/images/der.yaml", der % "ca0")
    p.run("lock", "--quiet")
    write(top + "/images/der.yaml", der % "der")
    for args in (("build", "--quiet", "der"), ("lock", "--quiet")):
        a = p.run(*args, status=1)
        check("der.crt: no certificate in PEM format can be read from it; convert it" in a.err,
              args[0] + ": another encoding is refused", a.err)


need("update-ca-certificates", "openssl")
main(test)

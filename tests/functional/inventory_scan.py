#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images in OCI layouts, a docker-archive (skopeo's) and a registry (docker-registry's), scanned and
registered in a database and through a server. Usage: inventory_scan.py SCAN SERVER"""
import gzip
import json
import shutil
import subprocess
import sys

from harness.checks import directory, main
from harness.inventory_server import Server
from harness.layouts import Layout, layer
from harness.registry import Registry

SCAN, SERVER = sys.argv[1:3]


def status_d(name, version, arch):
    return {f"var/lib/dpkg/status.d/{name}": f"Package: {name}\nVersion: {version}\nArchitecture: {arch}\n"}


def scan(db, ref, name, *more, want=None, fails=None):
    p = subprocess.run([SCAN, db, ref, name, *more], capture_output=True, text=True)
    assert "Sanitizer" not in p.stderr and "runtime error" not in p.stderr, p.stderr
    if fails:
        assert p.returncode != 0 and fails in p.stderr, (ref, p.returncode, p.stdout, p.stderr)
    else:
        assert p.stdout.strip() == want, (ref, p.stdout, p.stderr)


def test():
    d = directory("scan-")
    l = Layout(d + "/layout")
    osr = layer({"etc/os-release": "ID=debian\nVERSION_ID=12\n"})
    one = {a: layer(status_d("libc6", "2", a)) for a in ("amd64", "arm64")}
    two = {a: layer(status_d("curl", "8", a)) for a in ("amd64", "arm64")}
    l.index([l.manifest([osr, one[a]], a) for a in one], "base")
    l.index([l.manifest([osr, one[a], two[a]], a) for a in one], "app")
    l.add(l.manifest([osr, two["amd64"]], "amd64", {"org.opencontainers.image.base.name": "h/other:1"}), "noted")
    db, at = d + "/i.db", f"oci:{d}/layout:"
    scan(db, at + "base", "h/base:1", "linux/amd64", want="linux/amd64 1 - - 1")
    scan(db, at + "base", "h/base:1", "linux/amd64", want="linux/amd64 1 - - 0")
    scan(db, at + "app", "h/app:1", "linux/amd64", want="linux/amd64 2 h/base:1 layers 1")
    scan(db, at + "app", "h/app:1", "linux/amd64", want="linux/amd64 2 h/base:1 layers 0")
    scan(db, at + "base", "h/base:1", "linux/arm64", want="linux/arm64 1 - - 1")
    scan(db, at + "app", "h/app:1", "linux/arm64", want="linux/arm64 2 h/base:1 layers 1")
    scan(db, at + "noted", "h/noted:1", want="linux/amd64 1 h/other:1 annotation 1")
    scan(db, at + "app", "h/x:1", "linux/s390x", fails="it has linux/amd64, linux/arm64")
    scan(db, at + "noted", "h/x:1", "linux/arm64", fails="is for linux/amd64")
    scan(db, at + "nothing", "h/x:1", fails="not found")
    server = Server(SERVER, db)

    def get(path):
        return server.ask("GET", path)[1]

    own = get("/images/h/app:1/packages")["packages"]
    assert [(x["name"], x["architecture"]) for x in own] == [("curl", "amd64"), ("curl", "arm64")], own
    assert [x["name"] for x in get("/images/h/app:1/packages?effective=1")["packages"]] == ["curl"] * 2 + ["libc6"] * 2
    # Through the server: no base by layers, but annotations, and everything its own.
    url = "http://" + server.bound
    scan(url, at + "noted", "h/remote:1", want="linux/amd64 1 h/other:1 annotation 1")
    scan(url, at + "app", "h/remote:2", "linux/amd64", fails="other packages")
    assert get("/images/h/remote:1")["base"] == "h/other:1"
    if shutil.which("skopeo"):
        run = lambda *a: subprocess.run(["skopeo", "--insecure-policy", *a], check=True, capture_output=True)
        run("--override-arch", "amd64", "copy", at + "app", f"docker-archive:{d}/app.tar:h/app:9")
        scan(db, f"docker-archive:{d}/app.tar", "h/archive:1", want="linux/amd64 2 h/base:1 layers 1")
        if shutil.which("docker-registry"):
            host = Registry(d + "/registry").host
            run("copy", "--all", "--dest-tls-verify=false", at + "app", f"docker://{host}/t/app:1")
            scan(db, f"{host}/t/app:1", "h/app:1", "linux/amd64", want="linux/amd64 2 h/base:1 layers 0")
    # A layer that is not what its config says.
    bad = Layout(d + "/bad")
    m = bad.manifest([osr, one["amd64"]], "amd64")
    doc = json.load(open(f"{bad.path}/blobs/sha256/{m['digest'][7:]}"))
    doc["layers"][1] = bad.blob(gzip.compress(two["amd64"]), doc["layers"][1]["mediaType"])
    bad.add(bad.blob(json.dumps(doc).encode(), m["mediaType"]), "t")
    before = get("/images")
    scan(db, f"oci:{d}/bad:t", "h/bad:1", fails="verification failed")
    assert get("/images") == before
    server.stop()
    print("ok")


main(test)

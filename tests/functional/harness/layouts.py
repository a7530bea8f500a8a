# SPDX-License-Identifier: Apache-2.0
"""OCI image layouts made of given layers (image-spec image-layout.md)."""
import gzip
import hashlib
import io
import json
import os
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(files):
    """A tar of name -> text or bytes."""
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w") as t:
        for name, body in files.items():
            body = body if isinstance(body, bytes) else body.encode()
            i = tarfile.TarInfo(name)
            i.size = len(body)
            t.addfile(i, io.BytesIO(body))
    return b.getvalue()


class Layout:
    def __init__(self, path):
        self.path = path
        os.makedirs(path + "/blobs/sha256", exist_ok=True)
        with open(path + "/oci-layout", "w") as f:
            f.write('{"imageLayoutVersion":"1.0.0"}')
        self.tops = []

    def blob(self, data, kind):
        digest = digest_of(data)
        with open("%s/blobs/sha256/%s" % (self.path, digest[7:]), "wb") as f:
            f.write(data)
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    def manifest(self, tars, arch, annotations=None, packed=True):
        """The descriptor of an image of these layers; packed: by gzip."""
        layers = [self.blob(gzip.compress(t, mtime=0), LAYER + "+gzip") if packed else self.blob(t, LAYER) for t in tars]
        config = {"architecture": arch, "os": "linux", "config": {},
                  "rootfs": {"type": "layers", "diff_ids": [digest_of(t) for t in tars]},
                  "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "x"} for _ in tars]}
        doc = {"schemaVersion": 2, "mediaType": MANIFEST, "config": self.blob(json.dumps(config).encode(), CONFIG),
               "layers": layers}
        if annotations:
            doc["annotations"] = annotations
        return {**self.blob(json.dumps(doc).encode(), MANIFEST), "platform": {"os": "linux", "architecture": arch}}

    def index(self, manifests, tag):
        doc = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
        self.add(self.blob(json.dumps(doc).encode(), INDEX), tag)

    def add(self, descriptor, tag):
        self.tops.append({**descriptor, "annotations": {"org.opencontainers.image.ref.name": tag}})
        with open(self.path + "/index.json", "w") as f:
            json.dump({"schemaVersion": 2, "manifests": self.tops}, f)


def tags_of(path):
    """tag -> digest."""
    with open(path + "/index.json", encoding="utf-8") as f:
        tops = json.load(f)["manifests"]
    named = ((m.get("annotations", {}).get("org.opencontainers.image.ref.name"), m["digest"]) for m in tops)
    return {name: digest for name, digest in named if name}

# SPDX-License-Identifier: Apache-2.0
"""Fleets, and the six sets that most judges look at: locked from today's archive and built once a day, for they
belong to one very binary."""
import hashlib
import os
import shutil
import time

from harness.cache import cache, link_all, locked
from harness.checks import directory, say, write
from harness.program import RELEASE, Program

SUITES = ("bookworm", "bookworm-updates", "bookworm-security")


def make_fleet(images, registry="registry.example.org/sets", suites=SUITES, platforms=("linux/amd64", "linux/arm64"),
               path=None):
    """A fleet's directory. images: name -> the lines of its definition below `image:`."""
    path = path or directory("fleet-")
    write(path + "/fleet.yaml", fleet_yaml(registry, suites, platforms))
    for name, text in images.items():
        write("%s/images/%s.yaml" % (path, name), "image: %s\n%s\n" % (name, text.strip()))
    return path


def fleet_yaml(registry, suites=SUITES, platforms=("linux/amd64", "linux/arm64")):
    return ("registry: %s\nplatforms: [%s]\ndistros:\n  bookworm: {suites: [%s], components: [main]}\n"
            % (registry, ", ".join(platforms), ", ".join(suites)))


NGINX_CONF = """daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  include /etc/nginx/mime.types;
  access_log off;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server { listen 8080; root /srv; }
}
"""

# The sets of the judging: three on a small base, three from nothing.
SETS = {
    "base": "distro: bookworm\npackages: [base-files, netbase, tzdata]\nexclude: [docs, man, locales]\nuser: 65532:65532",
    "nginx": "base: base\npackages: [nginx]\nfiles: [{from: nginx.conf, to: /etc/plimsoll/nginx.conf}]\n"
             "labels: {org.example.set: web}\nentrypoint: [/usr/sbin/nginx]",
    "flask": "base: base\npackages: [python3, python3-flask]\nlabels: {org.example.set: python}\n"
             "env: {PYTHONDONTWRITEBYTECODE: \"1\"}\nentrypoint: [/usr/bin/python3]",
    "java": "base: base\npackages: [openjdk-17-jre-headless]\nlabels: {org.example.set: java}\nentrypoint: [/usr/bin/java]",
    "postgres": "distro: bookworm\npackages: [base-files, postgresql-15]\nuser: 65532:65532\nlabels: {org.example.set: sql}\n"
                "entrypoint: [/usr/lib/postgresql/15/bin/postgres]",
    "redis": "distro: bookworm\npackages: [redis-server]\nuser: 65532:65532\nlabels: {org.example.set: cache}\n"
             "entrypoint: [/usr/bin/redis-server]",
    "curl": "distro: bookworm\npackages: [ca-certificates, curl]\nuser: 65532:65532\nlabels: {org.example.set: client}\n"
            "entrypoint: [/usr/bin/curl]",
}


def sets_fleet(path=None, registry="registry.example.org/sets", only=None):
    path = make_fleet({k: v for k, v in SETS.items() if not only or k in only}, registry, path=path)
    write(path + "/nginx.conf", NGINX_CONF)
    return path


def binary_hash():
    h = hashlib.sha256()
    for path in (RELEASE, os.path.abspath(__file__)):
        with open(path, "rb") as f:
            h.update(f.read())
    return h.hexdigest()[:16]


def built_sets():
    """(fleet's directory, its store): locked from today's archive and built by this very binary, once a day."""
    name = "sets-%s-%s" % (time.strftime("%Y%m%d", time.gmtime()), binary_hash())
    path = os.path.join(cache(), name)
    with locked("sets"):
        if not os.path.exists(path + "/done"):
            for old in os.listdir(cache()):
                if old.startswith("sets-"):
                    shutil.rmtree(os.path.join(cache(), old), ignore_errors=True)
            sets_fleet(path + "/fleet")
            link_all(os.path.join(cache(), "inputs/sha256"), path + "/store/inputs/sha256")
            p = Program(path + "/fleet", path + "/store", path + "/none.db", RELEASE)
            start = time.time()
            p.lock()
            say("locked the six sets in %.1f s" % (time.time() - start))
            start = time.time()
            p.json("build")
            say("built the six sets in %.1f s" % (time.time() - start))
            write(path + "/done", "")
    return path + "/fleet", path + "/store"

# SPDX-License-Identifier: Apache-2.0
"""What the scripts here share: fleets, the program with a store of its own, a registry, a container.

The environment is tests/run's: PLIMSOLL (with sanitizers), PLIMSOLL_RELEASE (without), BUILD. Downloads
are kept in $BUILD/test-cache between runs. Of what the program makes nothing is, but for the six sets'
images, which belong to one very binary and are made once for all scripts that judge them.
"""
import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

RELEASE = os.environ.get("PLIMSOLL_RELEASE") or os.environ.get("PLIMSOLL")
PLIMSOLL = os.environ.get("PLIMSOLL") or RELEASE
QEMU = "/usr/bin/qemu-aarch64-static"
SUITES = ("bookworm", "bookworm-updates", "bookworm-security")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def need(*programs):
    if not RELEASE:
        skip("PLIMSOLL and PLIMSOLL_RELEASE name no program")
    for p in programs:
        if not shutil.which(p, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            skip("there is no " + p)


def check(condition, what, *more):
    """assert that -O does not take away, and that says what it looked at."""
    if not condition:
        raise AssertionError("\n".join([what] + [m if isinstance(m, str) else repr(m) for m in more]))


def same(got, wanted, what):
    check(got == wanted, what, "wanted: %r" % (wanted,), "got:    %r" % (got,))


def say(text):
    print(text, flush=True)


_folders = contextlib.ExitStack()


def folder(prefix="plimsoll-"):
    return _folders.enter_context(tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True))


def main(function):
    start = time.time()
    try:
        with _folders:
            function()
    except AssertionError as e:
        print("FAILED: %s" % e, flush=True)
        raise
    say("passed in %.1f s" % (time.time() - start))


def cache():
    root = os.environ.get("BUILD")
    path = os.path.join(root, "test-cache") if root else os.path.join(tempfile.gettempdir(), "plimsoll-test-cache")
    os.makedirs(os.path.join(path, "inputs/sha256"), exist_ok=True)
    return path


@contextlib.contextmanager
def locked(name):
    with open(os.path.join(cache(), name + ".lck"), "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def link_all(a, b):
    """What folder a has and b lacks; links where both are on one disk."""
    os.makedirs(b, exist_ok=True)
    for name in os.listdir(a):
        to = os.path.join(b, name)
        if os.path.exists(to):
            continue
        with contextlib.suppress(FileExistsError):
            try:
                os.link(os.path.join(a, name), to)
            except OSError:
                shutil.copyfile(os.path.join(a, name), to + ".part")
                os.rename(to + ".part", to)


def new_store():
    """A store in which nothing is but what was downloaded before."""
    path = folder("store-")
    link_all(os.path.join(cache(), "inputs/sha256"), os.path.join(path, "inputs/sha256"))
    return path


def keep_downloads(store):
    link_all(os.path.join(store, "inputs/sha256"), os.path.join(cache(), "inputs/sha256"))


class Answer:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout.decode()
        self.err = process.stderr.decode()

    @property
    def json(self):
        return json.loads(self.out)


class Program:
    """The program in a fleet's folder, with a store and an inventory of its own."""

    def __init__(self, fleet, store=None, db=None, binary=None, env=None, prefix=()):
        self.fleet, self.store = fleet, store or new_store()
        self.db = db or os.path.join(folder("db-"), "inventory.db")
        self.binary, self.prefix = binary or PLIMSOLL, list(prefix)
        self.env = dict(os.environ, PLIMSOLL_STORE=self.store, PLIMSOLL_DB=self.db, **(env or {}))

    def command(self, *args):
        return self.prefix + [self.binary] + list(args)

    def start(self, *args, **more):
        return subprocess.Popen(self.command(*args), cwd=self.fleet, env=self.env, stdin=subprocess.DEVNULL, **more)

    def run(self, *args, status=0, timeout=600):
        a = Answer(subprocess.run(self.command(*args), cwd=self.fleet, env=self.env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout))
        wanted = status if isinstance(status, tuple) else (status,)
        if status is not None and a.status not in wanted:
            raise AssertionError("plimsoll %s: status %d, not %s\n%s%s" % (" ".join(args), a.status, wanted, a.out, a.err))
        return a

    def json(self, *args, **more):
        return self.run(*args, "--output", "json", "--quiet", **more).json

    def digests(self, built=None):
        return {i["id"]: i["digest"] for i in (built or self.json("build"))["images"]}

    def lock(self, *args):
        a = self.json("lock", *args)
        same(a["unknown_scripts"], [], "all maintainer scripts are accounted for")
        keep_downloads(self.store)
        return a


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="") as f:
        f.write(text)


def make_fleet(images, registry="registry.example.org/sets", suites=SUITES, platforms=("linux/amd64", "linux/arm64"),
               path=None):
    """A fleet's folder. images: name -> the lines of its definition below `image:`."""
    path = path or folder("fleet-")
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
    "postgres": "distro: bookworm\npackages: [postgresql-15]\nuser: 65532:65532\nlabels: {org.example.set: sql}\n"
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
    """(fleet's folder, its store): locked from today's archive and built by this very binary, once a day."""
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


def lock_packages(fleet):
    """id -> platform -> {(name, architecture): (version, source, source version)}, bases' packages included."""
    with open(os.path.join(fleet, "plimsoll.lock"), encoding="utf-8") as f:
        lock = json.load(f)
    known = {}
    for distro in lock["distros"].values():
        for p in distro["packages"]:
            known[(p["name"], p["version"], p["architecture"])] = p
    return lock, known


class Registry:
    """Debian's docker-registry on a free loopback port, with an access log."""

    def __init__(self):
        self.dir = folder("registry-")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.host = "127.0.0.1:%d" % self.port
        write(self.dir + "/config.yml", "version: 0.1\nlog: {level: warn, accesslog: {disabled: false}}\n"
              "storage: {filesystem: {rootdirectory: %s/data}}\nhttp: {addr: '%s', secret: plimsoll}\n"
              % (self.dir, self.host))
        with open(self.dir + "/log", "wb") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", self.dir + "/config.yml"], stdout=log,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        _folders.callback(self.stop)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError("docker-registry does not start: " + self.log())

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def log(self):
        with open(self.dir + "/log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def writes(self):
        """The requests that change something: (method, path)."""
        found = []
        for line in self.log().splitlines():
            for method in ("PUT", "POST", "PATCH", "DELETE"):
                at = line.find('"%s /v2/' % method)
                if at >= 0:
                    found.append((method, line[at + len(method) + 2:].split(" ")[0]))
        return found

    def get(self, path, method="GET"):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            c.request(method, path, headers={"Accept": MANIFEST + ", " + INDEX})
            r = c.getresponse()
            return r.status, r.getheader("Docker-Content-Digest"), r.read()
        finally:
            c.close()

    def tags(self, repository):
        status, _, body = self.get("/v2/%s/tags/list" % repository)
        return sorted(json.loads(body).get("tags") or []) if status == 200 else []

    def digest(self, repository, tag):
        return self.get("/v2/%s/manifests/%s" % (repository, tag), "HEAD")[1]


def run(*args, status=0, timeout=300, **more):
    p = subprocess.run(list(args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                       **more)
    a = Answer(p)
    if status is not None and a.status != status:
        raise AssertionError("%s: status %d\n%s%s" % (" ".join(args), a.status, a.out, a.err))
    return a


class Bundle:
    """An image unpacked by umoci, and containers of it under runc: a read-only root, the image's own user,
    no capability, no new privilege, and only /tmp to write to."""

    number = 0

    def __init__(self, layout, tag, arch):
        self.dir = os.path.join(folder("bundle-"), "b")
        self.arch = arch
        run("umoci", "unpack", "--image", "%s:%s" % (layout, tag), self.dir)
        with open(self.dir + "/config.json", encoding="utf-8") as f:
            self.user = json.load(f)["process"]["user"]
        self.rootfs = self.dir + "/rootfs"
        self.emulated = arch != "amd64"
        check(self.user["uid"] != 0, "the image's user is not root", self.user)

    def configure(self, args, binds=(), env=(), network=False):
        flags = ["nosuid", "nodev"]
        mounts = [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=1m"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": flags + ["mode=1777", "size=64m"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": flags + ["mode=1777"]},
        ]
        binds = list(binds)
        if self.emulated:
            binds.append((QEMU, "/qemu"))
        for a, b in binds:
            mounts.append({"destination": b, "type": "bind", "source": a, "options": ["bind", "ro"]})
        spaces = ["pid", "ipc", "uts", "mount"] + ([] if network else ["network"])
        none = {k: [] for k in ("bounding", "effective", "inheritable", "permitted", "ambient")}
        config = {
            "ociVersion": "1.0.2",
            "process": {"terminal": False, "user": {"uid": self.user["uid"], "gid": self.user["gid"]},
                        "args": self.command(args), "cwd": "/", "capabilities": none, "noNewPrivileges": True,
                        "env": ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C.UTF-8"] + list(env)},
            "root": {"path": "rootfs", "readonly": True}, "hostname": "judge", "mounts": mounts,
            "linux": {"namespaces": [{"type": s} for s in spaces]},
        }
        with open(self.dir + "/config.json", "w", encoding="utf-8") as f:
            json.dump(config, f)

    def command(self, args):
        return (["/qemu"] if self.emulated else []) + list(args)

    def new_id(self):
        Bundle.number += 1
        return "plimsoll-%d-%d" % (os.getpid(), Bundle.number)

    def runc(self, *args):
        return ["runc", "--root", os.path.join(os.path.dirname(self.dir), "state")] + list(args)

    def run(self, args, status=0, timeout=240, **how):
        self.configure(args, **how)
        return run(*self.runc("run", "--bundle", self.dir, self.new_id()), status=status, timeout=timeout)

    @contextlib.contextmanager
    def background(self, args, **how):
        """A running container; yields a function that runs a command in it."""
        self.configure(args, **how)
        name = self.new_id()
        with open(self.dir + ".log", "wb") as log:
            p = subprocess.Popen(self.runc("run", "--bundle", self.dir, name), stdin=subprocess.DEVNULL, stdout=log,
                                 stderr=subprocess.STDOUT)
        try:
            yield lambda *a: run(*self.runc("exec", name, *self.command(a)), status=None, timeout=120)
        finally:
            run(*self.runc("kill", name, "KILL"), status=None)
            p.wait(30)
            run(*self.runc("delete", "--force", name), status=None)


def runc_works():
    """Whether this machine lets us run containers at all: said by a container of a static program."""
    if os.geteuid() != 0:
        return "runc needs root here"
    where = folder("probe-")
    os.makedirs(where + "/b/rootfs")
    probe = Bundle.__new__(Bundle)
    probe.dir, probe.rootfs, probe.emulated, probe.user = where + "/b", where + "/b/rootfs", False, {"uid": 1, "gid": 1}
    a = probe.run(["/nothing-here"], status=None)
    return None if "/nothing-here" in a.err else "runc starts no container: " + a.err.strip()[-300:]

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=300 needs=gpg,gpgv
"""Mirrors, registries and inventories that stall, drip, or ask to come back tomorrow: each command ends in time, says why,
and changes nothing; what is slow but moves is waited for."""
import concurrent.futures
import functools
import glob
import http.server
import signal
import threading

from harness.lab import *
from harness.quirk_registry import QuirkRegistry
from harness.slow import Slow, Unreachable

lab = Lab()
lab.debs = [Deb("base-files"), Deb("hello", depends="base-files", files={"./usr/share/hello/noise": os.urandom(150000)})]
lab.publish()
Q = ("--progress", "none", "--stall", "1s")


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


mirror = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=lab.archive))
mirror.daemon_threads = True
threading.Thread(target=mirror.serve_forever, daemon=True).start()
mirror_port = mirror.server_address[1]
inrelease = os.path.getsize(os.path.join(lab.archive, "dists/test/InRelease"))


def lock(slow, *more, scheme="http"):
    """In a fleet and with a store of its own."""
    top = tempfile.mkdtemp(dir=lab.dir)
    shutil.copytree(lab.fleet, top + "/fleet")
    text = open(top + "/fleet/fleet.yaml", encoding="utf-8").read()
    with open(top + "/fleet/fleet.yaml", "w", encoding="utf-8") as f:
        f.write(text.replace("file:" + lab.archive, "%s://127.0.0.1:%d" % (scheme, slow.port)))
    return lab.run("lock", *Q, *more, cwd=top + "/fleet", env=lab.env(PLIMSOLL_STORE=top + "/store"))


def gives_up(name, r, *says, seconds=12):
    """Four times --stall for all retries, and what a slow machine adds."""
    lab.fails(name, r, 8, *says)
    lab.check(name + ": in time", r.seconds < seconds, r)


# --- mirrors -----------------------------------------------------------------------------------------
# On a slow machine the operation's time may end before that of an answer.
late, slow = "no complete answer in time", "too slow: "
mirrors = (
    ("silent", dict(mode="silent"), late),
    ("headers that drip", dict(mode="drip"), late),
    ("headers that stop", dict(mode="stall", after=20), late),
    ("answers before the answer", dict(mode="early"), late),
    ("a body that drips", dict(mode="drip", after=300), slow),
    ("a body that stops", dict(mode="stall", after=400), slow),
    ("a package that drips", dict(mode="drip", after=50000), slow),
    ("redirects in a circle", dict(mode="again"), "redirects"),
    ("asks to wait a day", dict(mode="busy"), "429; it asks to come back in 86400 s"),
    ("asks to wait for eight times its budget", dict(mode="busy", wait=32), "it asks to come back in 32 s"))
with concurrent.futures.ThreadPoolExecutor(len(mirrors)) as pool:
    runs = [pool.submit(lock, Slow(mirror_port, **how)) for _, how, _ in mirrors]
for (name, _, says), run in zip(mirrors, runs):
    gives_up("mirror: " + name, run.result(), says)
    lab.check("mirror: %s: no lock is written" % name,
              not glob.glob(lab.dir + "/tmp*/fleet/plimsoll.lock"))
s = Slow(mirror_port, mode="silent")
gives_up("mirror: a TLS handshake that stalls", lock(s, scheme="https"), "127.0.0.1")
s.close()
s = Unreachable()
gives_up("mirror: nobody accepts", lock(s), "127.0.0.1")
s.close()

# The whole command's time, wherever it is; and a signal.
s = Slow(mirror_port, mode="silent")
lab.write_fleet(mirror="http://" + s.host)
for name, args, env in (("--timeout", ("--timeout", "1s"), {}), ("PLIMSOLL_TIMEOUT", (), {"PLIMSOLL_TIMEOUT": "1s"})):
    r = lab.run("lock", "--progress", "none", *args, env=lab.env(**env))
    gives_up("the command's time: " + name, r, "the command's time is up (--timeout)", seconds=5)
p = lab.start("lock", "--progress", "none")
time.sleep(1)
begun = time.monotonic()
p.send_signal(signal.SIGINT)
p.communicate(timeout=30)
lab.check("a signal ends the wait", p.returncode == 130 and time.monotonic() - begun < 4, (p.returncode, time.monotonic() - begun))
s.close()
fake = lab.path("bin")
os.makedirs(fake)
with open(fake + "/gpgv", "w", encoding="utf-8") as f:
    f.write("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n")
os.chmod(fake + "/gpgv", 0o755)
lab.write_fleet()
r = lab.run("lock", "--progress", "none", "--timeout", "2s", env=lab.env(PATH=fake + ":" + os.environ["PATH"]))
gives_up("the command's time: a gpgv that does not end", r, "--timeout", seconds=10)

# Slow, but not too slow: many times --stall.
s = Slow(mirror_port, speed=30000)
r = lock(s)
lab.works("mirror: a slow line", r)
lab.check("mirror: a slow line: it took its time", r.seconds > 4, r)
s.close()
s = Slow(mirror_port, speed=30000)
gives_up("mirror: a slow line, and more is asked for", lock(s, "--min-speed", "200000"), slow)
s.close()

# --- a registry ----------------------------------------------------------------------------------------
lab.write_fleet()
lab.works("lock", lab.run("lock", *Q))
good = lab.digests()
q = QuirkRegistry()
for name, how, says in (
        ("silent", dict(mode="silent"), "no complete answer in time"),
        ("asks to wait a day", dict(mode="busy"), "it asks to come back in 86400 s"),
        ("uploads that nobody reads", dict(mode="deaf"), "127.0.0.1"),
        ("answers to uploads that do not come", dict(mode="silent"), "no complete answer in time (3 s; --stall)")):
    s = Slow(q.port, **how)
    if name.startswith("answers"):
        q.faults["upload_host"] = "http://" + s.host
    r = lab.run("push", *Q, "--registry", (q if q.faults else s).host + "/team")
    gives_up("push: " + name, r, says, seconds=25)
    lab.check("push: %s: no tag is set" % name, not any(q.tags.values()), q.tags)
    q.faults.clear()
    s.close()
s = Slow(q.port, speed=60000)
lab.works("push: a slow line", lab.run("push", *Q, "--registry", s.host + "/team"))
lab.check("push: a slow line: the images", q.tags["team/base"]["1"] == good["base"], q.tags)
s.close()
for name, how, says in (
        ("silent", dict(mode="silent"), "no complete answer in time"),
        ("a manifest that drips", dict(mode="drip", after=100), "127.0.0.1"),
        ("a blob that drips", dict(mode="drip", after=30000), "too slow: "),
        ("a blob that stops", dict(mode="stall", after=30000), "too slow: "),
        ("asks to wait a day", dict(mode="busy"), "it asks to come back in 86400 s")):
    s = Slow(q.port, **how)
    r = lab.run("scan", *Q, s.host + "/team/hello:2", "--register", "x/y:1")
    gives_up("scan: " + name, r, says, seconds=20)
    lab.check("scan: %s: nothing is registered" % name, b"x/y:1" not in lab.run("images").out, r)
    s.close()
s = Slow(q.port, speed=60000)
lab.works("scan: a slow line", lab.run("scan", *Q, s.host + "/team/hello:2"))
s.close()

# --- an inventory ----------------------------------------------------------------------------------------
for name, how, says in (("silent", dict(mode="silent"), "no complete answer in time"),
                        ("asks to wait a day", dict(mode="busy"), "it asks to come back in 86400 s")):
    s = Slow(q.port, **how)
    r = lab.run("push", *Q, "--registry", q.host + "/team", "--db", "http://" + s.host)
    lab.fails("inventory: " + name, r, 9, says)
    lab.check("inventory: %s: in time" % name, r.seconds < 20, r)
    s.close()

for args, says in ((("--timeout", "5"), "give a time as"), (("--timeout", "0s"), "give a time as"),
                   (("--stall", "1500ms"), "whole seconds"), (("--stall", "2h"), "at most 1h"),
                   (("--min-speed", "-1"), "bytes a second")):
    r = lab.run("lock", *args)
    lab.check("usage: %s %s" % args, r.status == 2 and says in r.err.decode(), r)
q.close()
lab.done()

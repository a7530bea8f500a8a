#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv
"""$PLIMSOLL_TOKEN goes where the user says, not where a fleet does; and the inventories of the manual are ones that
the client takes."""
import http.server
import re
import threading

from harness.lab import *

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOKEN = "a-token-of-the-user"
Q = ("--progress", "none")
seen = []


class Inventory(http.server.BaseHTTPRequestHandler):
    """Takes every registration and remembers who came with what."""

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen.append(self.headers.get("Authorization"))
        self.send_response(200)
        self.end_headers()

    do_POST = do_PUT

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inventory)
threading.Thread(target=server.serve_forever, daemon=True).start()
AT = "127.0.0.1:%d" % server.server_port
lab = Lab()
BEGIN = open(os.path.join(lab.fleet, "fleet.yaml")).read()


def fleet_with(inventory):
    with open(os.path.join(lab.fleet, "fleet.yaml"), "w") as f:
        f.write("inventory: %s\n%s" % (inventory, BEGIN))


def push(*args, hosts=None, db=None, token=TOKEN):
    seen.clear()
    env = lab.env()
    del env["PLIMSOLL_DB"]
    for name, value in (("PLIMSOLL_TOKEN", token), ("PLIMSOLL_TOKEN_HOST", hosts), ("PLIMSOLL_DB", db)):
        if value is not None:
            env[name] = value
    return lab.run("push", *Q, *args, env=env)


def gets_token(name, r):
    lab.works(name, r)
    lab.check(name + ": every request has the token", seen and set(seen) == {"Bearer " + TOKEN}, seen)


lab.works("lock", lab.run("lock", *Q))
for url in ("http://" + AT, "http://%s/" % AT, "http://%s/below" % AT, "http://localhost:%d" % server.server_port,
            "http://user:password@" + AT, "http://inventory.example.org@" + AT):
    fleet_with(url)
    host = re.sub(r".*[/@]", "", url.rstrip("/").replace("/below", ""))
    for hosts in (None, "", "127.0.0.1", "inventory.example.org", AT + "0", "x" + AT, AT + "/", "*",
                  "inventory.example.org,127.0.0.1:1", "http://" + host):
        r = push(hosts=hosts)
        lab.fails("%s, hosts %s" % (url, hosts), r, 9, "PLIMSOLL_TOKEN_HOST=" + host, "pushed")
        lab.check("%s, hosts %s: nothing came" % (url, hosts), not seen, seen)
    for hosts in (host, host.upper(), "inventory.example.org, %s ,other.example.org" % host):
        gets_token("%s, hosts %s" % (url, hosts), push(hosts=hosts))
fleet_with("http://" + AT)
gets_token("--db", push("--db", "http://" + AT))
gets_token("PLIMSOLL_DB", push(db="http://" + AT))
r = push(token=None)
lab.works("without a token", r)
lab.check("without a token none is sent", seen and set(seen) == {None}, seen)
lab.fails("a question", lab.run("images", env={k: v for k, v in lab.env(PLIMSOLL_TOKEN=TOKEN).items()
                                               if k != "PLIMSOLL_DB"}), 7, "PLIMSOLL_TOKEN_HOST=" + AT)
fleet_with("https://inventory.example.org:443/a")
lab.fails("the usual port is not said", push(), 9, "PLIMSOLL_TOKEN_HOST=inventory.example.org)")

# --- the manual's inventories ------------------------------------------------------------------------
shown = set()
for top, _, files in list(os.walk(os.path.join(ROOT, "docs"))) + list(os.walk(os.path.join(ROOT, "examples"))) + \
        [(ROOT, [], ["README.md"])]:
    for name in files:
        if name.endswith((".md", ".yaml", ".sh")):
            text = open(os.path.join(top, name), encoding="utf-8").read()
            shown.update(re.findall(r"(?:inventory:|--db[ =]|PLIMSOLL_DB=)\s*\"?(https?://[^\s`\"]+)", text))
lab.check("the manual shows an inventory behind a URL", shown)
for url in sorted(shown):
    r = push("--offline", db=url)
    lab.fails("the manual's " + url, r, 9, "offline")
server.shutdown()
lab.done()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=60 needs=apt-get
"""Which mirrors the tests that ask apt find on a machine: by what its sources say, in either format, under any name."""
import os

from harness import apt
from harness.checks import directory, main, same, write

STANZA = "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n\n"
MAIN, SECURE = "http://mirror.example/debian", "http://mirror.example/debian-security"
CASES = [
    ("deb822, a name of its own", {"sources.list.d/company.sources":
                                   STANZA % (MAIN + "/", "trixie trixie-updates") + STANZA % (SECURE, "trixie-security")},
     [(MAIN, SECURE)]),
    ("one-line, a name of its own", {"sources.list.d/what_ever.list": "deb [trusted=yes] %s bookworm main\n"
                                     "deb %s bookworm-security main\n" % (MAIN, SECURE)}, [(MAIN, SECURE)]),
    ("one-line, the old place", {"sources.list": "# deb http://old.example/debian sid main\n"
                                 "deb %s sid main\ndeb-src %s sid main\n" % (MAIN, MAIN)}, [(MAIN, SECURE)]),
    ("switched off", {"sources.list.d/a.sources": "Enabled: no\n" + STANZA % (MAIN, "trixie")}, []),
    ("another vendor first", {"sources.list.d/a.list": "deb http://vendor.example/linux/debian trixie stable\n"
                              "deb http://cloud.example/apt cloud-sdk main\n",
                              "sources.list.d/b.sources": STANZA % (MAIN, "trixie trixie-updates") +
                              STANZA % (SECURE, "trixie-security")},
     [(MAIN, SECURE), (MAIN, MAIN + "-security"), ("http://vendor.example/linux/debian", SECURE)]),
    ("none at all", {}, []),
]


def sources():
    for what, files, wanted in CASES:
        etc = directory("etc-")
        os.makedirs(etc + "/sources.list.d")
        os.mkdir(etc + "/apt.conf.d")
        for name, text in files.items():
            write(etc + "/" + name, text)
        write(etc + "/apt.conf", 'Dir::Etc "%s"; Dir::Etc::sourcelist "sources.list"; Dir::Etc::sourceparts '
              '"sources.list.d"; Acquire::http::Proxy "http://proxy.example:3128";\n' % etc)
        os.environ["APT_CONFIG"] = etc + "/apt.conf"
        found = apt.mirrors()
        same([m for m in wanted if m in found], wanted, what)
        same(found[:1], wanted[:1], what + ": the likely one first")
        same('Acquire::http::Proxy "http://proxy.example:3128";' in apt.acquire_settings(), True, what + ": the proxy")


main(sources)

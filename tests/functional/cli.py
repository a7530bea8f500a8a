#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=60
"""The command line itself: help, options, statuses, where output goes."""
import json
import os
import subprocess

from harness.checks import directory, main
from harness.program import PLIMSOLL, Program

COMMANDS = ["lock", "build", "push", "upgrade", "images", "packages", "children", "scan", "serve", "version"]


def test():
    tmp = directory("cli-")

    def run(*args, env=None, **more):
        return Program(tmp, tmp + "/store", tmp + "/db", env=env).run(*args, timeout=30, **more)

    top = run("help").out
    assert run("--help").out == top == run("-h").out
    for c in COMMANDS:
        assert f"\n  {c} " in top, c
        text = run(c, "--help").out
        assert run("help", c).out == text
        example = text.split("\nExamples:\n")[1]
        assert f"  plimsoll {c}" in example, (c, example)
        assert "--output FORMAT" in text and "Usage: plimsoll " + c in text
    for line in ["  0  done", "  2  usage", "  5  verification", "130  interrupted"]:
        assert line in top, line
    # The data goes to standard output, the rest to standard error.
    assert json.loads(run("version", "--output", "json").out)["schema"] == 1
    assert json.loads(run("--output=json", "version").out)["lock_format"] >= 1
    assert json.loads(run("-ojson", "version").out)["version"] == run("--version").out.split()[1]
    # Wrong command lines: status 2, the nearest known name, nothing on standard output.
    for args, text in [
        (["buidl"], "did you mean 'build'"),
        (["build", "--ofline"], "did you mean --offline"),
        (["build", "-Z"], "no option"),
        (["lock", "extra"], "one argument too many"),
        (["packages"], "needs NAME"),
        (["lock", "--output", "xml"], "text|json"),
        (["lock", "--jobs", "0"], "1 to 64"),
        (["lock", "--offline=yes"], "takes no value"),
        (["lock", "--dir"], "needs a value"),
        (["upgrade"], "--package NAME or --all"),
        (["upgrade", "--all", "--fixed", "1"], "--fixed goes with --package"),
        (["packages", "x", "--version", "1.0"], "lt:"),
    ]:
        r = run(*args, status=2)
        assert text in r.err and r.out == "" and r.err.startswith("plimsoll: "), (args, r.err)
    # No colours off a terminal, control bytes never raw.
    r = run("scan", "oci:/nowhere\x1b[31m", status=1, env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"})
    assert "\x1b" not in r.err, r.err
    # A fleet that is not there is not usage; -C may stand before the command.
    assert "fleet.yaml" in run("-C", tmp, "lock", status=6).err
    # An output that cannot be written is an error; a reader that went away is quiet.
    with open("/dev/full", "w") as full:
        r = subprocess.run([PLIMSOLL, "help"], stdout=full, stderr=subprocess.PIPE, text=True)
        assert r.returncode == 1 and "space" in r.stderr, r
    read, write = os.pipe()
    os.close(read)
    r = subprocess.run([PLIMSOLL, "help"], stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert r.returncode != 0 and r.stderr == "", r
    print("the command line is as documented")


main(test)

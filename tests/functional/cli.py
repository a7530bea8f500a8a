#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=60
"""The command line itself: help, options, statuses, where output goes."""
import json
import os
import subprocess
import tempfile

PLIMSOLL = os.environ["PLIMSOLL"]
COMMANDS = ["lock", "build", "push", "upgrade", "images", "packages", "children", "scan", "serve", "version"]


def run(*args, status=0, **kw):
    env = dict(os.environ, PLIMSOLL_STORE=tmp + "/store", PLIMSOLL_DB=tmp + "/db", **kw.pop("env", {}))
    r = subprocess.run([PLIMSOLL, *args], capture_output=True, text=True, env=env, timeout=30, stdin=subprocess.DEVNULL, **kw)
    assert r.returncode == status, f"{args}: status {r.returncode}, not {status}\n{r.stdout}{r.stderr}"
    return r


with tempfile.TemporaryDirectory() as tmp:
    top = run("help").stdout
    assert run("--help").stdout == top == run("-h").stdout
    for c in COMMANDS:
        assert f"\n  {c} " in top, c
        text = run(c, "--help").stdout
        assert run("help", c).stdout == text
        example = text.split("\nExamples:\n")[1]
        assert f"  plimsoll {c}" in example, (c, example)
        assert "--output FORMAT" in text and "Usage: plimsoll " + c in text
    for line in ["  0  done", "  2  usage", "  5  verification", "130  interrupted"]:
        assert line in top, line
    # The data goes to standard output, the rest to standard error.
    assert json.loads(run("version", "--output", "json").stdout)["schema"] == 1
    assert json.loads(run("--output=json", "version").stdout)["lock_format"] >= 1
    assert json.loads(run("-ojson", "version").stdout)["version"] == run("--version").stdout.split()[1]
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
        assert text in r.stderr and r.stdout == "" and r.stderr.startswith("plimsoll: "), (args, r.stderr)
    # No colours off a terminal, control bytes never raw.
    r = run("scan", "oci:/nowhere\x1b[31m", status=1, env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"})
    assert "\x1b" not in r.stderr, r.stderr
    # A fleet that is not there is not usage; -C may stand before the command.
    assert "fleet.yaml" in run("-C", tmp, "lock", status=6).stderr
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

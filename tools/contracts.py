# SPDX-License-Identifier: Apache-2.0
"""Numbers and names that headers and documents cite, held to the code, for tools/lint.

Whoever changes a constant here finds every sentence that speaks of it; whoever rewrites a sentence or moves a
constant moves its row.
"""
import re

UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "": 1}

# (file, where the number is said, file, where it is). One group each: a number, with `KiB` and the like or `<< 20`.
# What is said may be a part of a longer line; it must occur.
CITED = [
    ("src/base/env.h", r"json_bytes;.*: (\d+ MiB)", "src/base/env.c", r"\.json_bytes = (.*),"),
    ("src/base/env.h", r"manifest_bytes;.*: (\d+ MiB)", "src/base/env.c", r"\.manifest_bytes = (.*),"),
    ("src/base/env.h", r"index_bytes;.*: (\d+ MiB)", "src/base/env.c", r"\.index_bytes = (.*),"),
    ("src/base/env.h", r"deb_bytes;.*: (\d+ GiB)", "src/base/env.c", r"\.deb_bytes = (.*),"),
    ("src/base/env.h", r"unpacked_bytes;.*: (\d+ GiB)", "src/base/env.c", r"\.unpacked_bytes = (.*),"),
    ("src/base/env.h", r"unpacked_ratio;.*: (\d+)", "src/base/env.c", r"\.unpacked_ratio = (.*),"),
    ("src/base/env.h", r"once over (\d+ MiB)", "src/io/decompress.c", r"#define RATIO_FROM (.*)"),
    ("src/base/env.h", r"indexes_bytes;.*: (\d+ GiB)", "src/base/env.c", r"\.indexes_bytes = (.*),"),
    ("src/base/env.h", r"package_bytes;.*: (\d+ GiB)", "src/base/env.c", r"\.package_bytes = (.*),"),
    ("src/base/env.h", r"image_bytes;.*: (\d+ GiB)", "src/base/env.c", r"\.image_bytes = (.*),"),
    ("src/base/env.h", r"image_free;.*: (\d+ GiB)", "src/base/env.c", r"\.image_free = (.*),"),
    ("src/base/env.h", r"scan_packages;.*: ([\d,]+)", "src/base/env.c", r"\.scan_packages = (.*),"),
    ("src/base/env.h", r"archive_entries;.*: ([\d,]+)", "src/base/env.c", r"\.archive_entries = (.*),"),
    ("src/base/env.h", r"path_bytes;.*: (\d+)", "src/base/env.c", r"\.path_bytes = (.*),"),
    ("src/base/env.h", r"header_bytes;.*: (\d+ MiB)", "src/base/env.c", r"\.header_bytes = (.*),"),
    ("src/base/env.h", r"memory_file;.*: (\d+ MiB)", "src/base/env.c", r"\.memory_file = (.*),"),
    ("src/base/env.h", r"min_speed:\n\s+(\d+) seconds", "src/base/env.c", r"\.stall_s = (\d+),"),
    ("src/base/env.h", r"over stall_s: (\d+)", "src/base/env.c", r"\.min_speed = (\d+),"),
    ("src/base/env.h", r"content moves: (\d+)", "src/base/env.c", r"\.request_s = (\d+),"),
    ("src/cli/options.c", r"four times that \(default: (\d+)s", "src/base/env.c", r"\.stall_s = (\d+),"),
    ("src/cli/options.c", r"--stall, fails \(default: (\d+)\)", "src/base/env.c", r"\.min_speed = (\d+),"),
    ("src/cli/options.c", r"PLIMSOLL_TIMEOUT, else (\d+)h", "src/cli/main.c", r'TIMEOUT_DEFAULT "(\d+)h"'),
    ("docs/cli.md", r"PLIMSOLL_TIMEOUT`, else (\d+)h", "src/cli/main.c", r'TIMEOUT_DEFAULT "(\d+)h"'),
    ("docs/cli.md", r"\(#time\)\. (\d+)s when", "src/base/env.c", r"\.stall_s = (\d+),"),
    ("src/base/err.h", r"the text is cut at (\d+) bytes", "src/base/err.h", r"char msg\[(\d+)\]", -1),
    ("src/base/err.h", r"at most (\d+) bytes of it", "src/base/err.h", r"\(char\[(\d+)\]\)", -1),
    ("src/base/deb822.h", r"(\d+) fields a paragraph", "src/base/deb822.h", r"#define PL_DEB822_FIELDS (\d+)"),
    ("src/base/json.h", r"depth over (\d+) are errors", "src/base/json.c", r"if \(depth == (\d+)\)"),
    ("src/base/reference.h", r"a tag (\d+)", "src/base/reference.h", r"#define PL_TAG_MAX (\d+)"),
    ("src/base/reference.h", r"at most (\d+) bytes, host", "src/base/reference.c", r"#define REF_MAX_BYTES (\d+)"),
    ("src/base/reference.h", r"host and repository (\d+)", "src/base/reference.c", r"#define NAME_MAX_BYTES (\d+)"),
    ("src/db/db.h", r"value up to (\d+ MiB)", "src/db/sqlite_open.c", r"SQLITE_LIMIT_LENGTH, (.*)\)"),
    ("src/fleet/files.h", r"Limits: (\d+ MiB) a file", "src/base/env.c", r"\.memory_file = (.*),"),
    ("src/fleet/files.h", r"([\d,]+) files an image", "src/fleet/fleet_int.h", r"#define PL_FLEET_FILES_MAX (\d+)"),
    ("docs/decisions/0018-own-deflate.md", r"`plimsoll-deflate (\d+)`", "src/io/deflate.h",
     r"#define PL_DEFLATE_VERSION (\d+)"),
    ("docs/decisions/0003-fragments-and-gzip-members.md", r"at most (\d+ MiB) of tar", "src/io/gzip_write.h",
     r"#define PL_GZIP_MEMBER (.*)"),
    ("src/io/http.h", r"sizes of header \((\d+ KiB)\)", "src/io/http.c", r"#define HEADERS_MAX (.*)"),
    ("src/io/http.h", r"\* (\d+) times \(GET and HEAD", "src/io/http_int.h", r"#define PL_HTTP_REDIRECTS (\d+)"),
    ("src/io/http.h", r"bodies \(capped at (\d+ KiB)\)", "src/io/http_int.h", r"#define PL_HTTP_ERROR_BODY (.*)"),
    ("src/io/http.h", r"504\): (\d+) tries", "src/io/http_retry.c", r"#define TRIES (\d+)"),
    ("src/io/http.h", r"doubling to (\d+) s", "src/io/http_retry.c", r"#define WAIT_MAX_MS (\d+)000\b"),
    ("src/io/process.h", r"killed after; 0: (\d+)", "src/io/process.c", r"#define TIMEOUT_DEFAULT_S (\d+)"),
    ("src/inventory/stage_int.h", r"1\.\.(\d+) bytes of UTF-8", "src/inventory/stage.c", r"#define TEXT_MAX (\d+)"),
    ("recipes/README.md", r"numbers from (\d+) to", "src/effects/effects.h", r"PL_ID_FIRST = (\d+)"),
    ("recipes/README.md", r"numbers from \d+ to (\d+)", "src/effects/effects.h", r"PL_ID_LAST = (\d+)"),
    ("docs/decisions/0012-ids-in-the-lock.md", r"then from (\d+)\n", "src/effects/effects.h", r"PL_ID_FIRST = (\d+)"),
    ("src/server/server.h", r"(\d+) connections", "src/server/serve.c", r"#define CONNECTIONS (\d+)"),
    ("src/server/server.h", r"(\d+) s for a request's head", "src/server/serve.c", r"#define IDLE_S (\d+)"),
    ("src/server/listen_int.h", r"shorter than (\d+)", "src/server/listen.c", r"token\.n < (\d+)"),
    ("src/tree/tree.h", r"at most (\d+) links deep", "src/tree/tree_int.h", r"#define PL_TREE_LINKS (\d+)"),
    ("src/tree/tree.h", r"deeper than (\d+)", "src/tree/tree_int.h", r"#define PL_TREE_LINKS (\d+)"),
]

RECORDS = "src/store/store.h"


def number(text):
    """The value of `16 MiB`, `400,000`, `(uint64_t)2 << 30`, `15L`."""
    said = re.fullmatch(r"([\d,]+)(?: ([KMG]iB))?", text)
    if said:
        return int(said[1].replace(",", "")) * UNITS[said[2] or ""]
    is_ = re.fullmatch(r"\(*(?:\(\w+\))?\s*(\d+)[UL]*(?: << (\d+))?\)*", text.strip())
    return int(is_[1]) << int(is_[2] or 0) if is_ else None


def check_cited(tree):
    for said_in, said, is_in, is_, *off in CITED:
        if not (tree.root / said_in).is_file() or not (tree.root / is_in).is_file():
            yield f"tools/contracts.py:1: {said_in} or {is_in} is not there: move the row /{said}/"
            continue
        text = tree.read(said_in)
        # A sentence may be broken anywhere, and comments begin their lines with '*'.
        found, real = re.search(said.replace(" ", r"[\s*]+"), text), re.search(is_, tree.read(is_in))
        if not found or not real:
            where, what = (said_in, said) if not found else (is_in, is_)
            yield f"{where}:1: nothing there is like /{what}/: correct the row in tools/contracts.py"
            continue
        wanted = number(real[1])
        if wanted is None or number(re.sub(r"[\s*]+", " ", found[1])) != wanted + sum(off):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{said_in}:{line}: says {found[1]}, where {is_in} has {real[1].strip()}"


def check_records(tree):
    """The kinds of records: those of the code, of store.h and of docs/assembly.md are the same."""
    made = {}
    for name in tree.c_files("src"):
        for kind in re.findall(r"\bpl_store_record_(?:put|get)\(\s*[^,()]+,\s*\"(\w+)\"", tree.read(name)):
            made.setdefault(kind, set()).add(name)
    said = re.search(r"/\* Records: kind is a literal \((.*?)\)", tree.read(RECORDS), re.S)
    kinds = set(re.findall(r"\"(\w+)\"", said[1])) if said else set()
    for kind in sorted(kinds ^ set(made)):
        yield f"{RECORDS}:1: the record \"{kind}\" " + ("is nowhere made" if kind in kinds else "is not named there")
    table = dict(re.findall(r"^\| `(\w+)` \| `(src/[\w/.]+)` \|", tree.read("docs/assembly.md"), re.M))
    for kind in sorted(set(table) ^ set(made)):
        yield f"docs/assembly.md:1: the record {kind} " + \
              ("is nowhere made" if kind in table else "is not in the table of records")
    for kind, name in table.items():
        if kind in made and name not in made[kind]:
            yield f"docs/assembly.md:1: the record {kind} is made in {sorted(made[kind])[0]}, not in {name}"


def check_contracts(tree):
    yield from check_cited(tree)
    yield from check_records(tree)

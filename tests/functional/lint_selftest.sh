#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120
# Does tools/lint find what it is there for? Each kind of violation is planted in a copy of the tree
# and must be found, by name; the copy as it is must pass.
set -euo pipefail
source_dir=${SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
pristine=$scratch/pristine
mirror=packages.corp"".test # in two parts, or the check would find it here
mkdir -p "$pristine" "$scratch/apt"
echo "deb [arch=amd64] http://$mirror:8080/debian bookworm main" >"$scratch/apt/sources.list"
for part in docs recipes src tests tools meson.build; do
	cp -a "$source_dir/$part" "$pristine/"
done
rm -rf "$pristine/tests/fuzz/corpus"
failures=0

lint() { python3 "$tree/tools/lint" --root "$tree" --apt "$scratch/apt" "$@" 2>&1; }

fresh() {
	rm -rf "$tree"
	cp -a "$pristine" "$tree"
}

# finds NAME CHECK TEXT: in the tree as it is now, CHECK must fail and say TEXT.
finds() {
	local out status=0
	out=$(lint "$2") || status=$?
	if [[ $out == "skipped $2"* || $out == *"is not version"* ]]; then
		echo "skipped: $1 ($2)"
	elif [[ $status != 1 || $out != *"FAIL $2"* || $out != *"$3"* ]]; then
		echo "NOT FOUND: $1: wanted '$3' from $2, status $status:"
		echo "$out" | tail -5
		failures=$((failures + 1))
	else
		echo "found: $1"
	fi
	fresh
}

fresh
# The analyzers are run over the whole by ./dev lint; here only the quick checks.
if ! out=$(lint floors length spdx words banned names docs cli-docs contracts); then
	echo "NOT CLEAN: the tree as it is:"
	echo "$out"
	failures=$((failures + 1))
fi

cd "$scratch"
echo '#include "cli/cli_int.h"' >>tree/src/base/str.c
finds "a higher floor" floors 'src/base/str.c:'
echo '#include "inventory/inventory.h"' >>tree/src/assemble/top.c
finds "a sibling of one's own line" floors 'assemble/ includes its sibling inventory/'
echo '#include "debian/resolve/resolve.h"' >>tree/src/debian/archive/index.c
finds "a higher room of one's own floor" floors 'debian/archive/ includes debian/resolve/, a higher floor'
echo '#include "publish/push.h"' >>tree/src/lock/relock.c
finds "a higher floor's public header" floors 'lock/ includes publish/, a higher floor'
echo '#include "oci/manifest.h"' >>tree/src/debian/deb/deb.c
finds "a sibling" floors 'debian/deb/ includes its sibling oci/'
echo '#include "store/store_int.h"' >>tree/src/assemble/top.c
finds "another directory's private header" floors '"store/store_int.h" is for store/ alone'
echo '#include "str.h"' >>tree/src/base/str.c
finds "an include without a directory" floors 'names no directory'
sed -i 's/^upgrade$//' tree/tools/floors.txt
finds "a floor that is missing" floors 'upgrade/ is not in tools/floors.txt'
sed -i 's/^db\/ .*//' tree/docs/architecture.md
finds "a picture that differs" floors 'the picture of the floors differs'

yes '/* line */' | head -1001 >>tree/src/base/str.c || true
finds "a long file" length 'src/base/str.c:'
sed -i 1d tree/src/base/str.c
finds "no SPDX line in C" spdx 'src/base/str.c:1'
sed -i 2d tree/tools/floors
finds "no SPDX line in a script" spdx 'tools/floors:1'
echo "/* TO""DO: later */" >>tree/src/base/str.c
finds "unfinished work" words 'src/base/str.c:'
echo "A fol""der of files." >>tree/docs/api.md
finds "another word for a directory" words 'docs/api.md:'
sed -i '/define strcat/d' tree/src/base/banned.h
finds "a function no longer banned" banned 'strcat is not banned'
sed -i "/banned.h/d" tree/meson.build
finds "banned.h no longer included" banned 'meson.build:1'
echo '#undef getenv' >>tree/src/base/str.c
finds "a ban lifted without a reason" banned 'the ban of getenv is lifted'

echo "/* see http://$mirror/x */" >>tree/src/base/str.c
finds "a mirror of this machine" names "names the mirror $mirror"
echo "from deb.debi""an.org" >>tree/docs/api.md
finds "a public mirror" names 'docs/api.md:'
echo "cd /wo""rk/here" >>tree/docs/api.md
finds "a directory of one machine" names 'a directory of one machine'

mkdir tree/src/kube && echo '// SPDX-License-Identifier: Apache-2.0' >tree/src/kube/kube.c
finds "a directory that is not described" docs 'does not describe src/kube/'
echo "curl http://inventory.exam""ple.org/images" >>tree/docs/api.md
finds "plain http to another machine" docs 'docs/api.md:'
rm tree/docs/decisions/0002-*.md
finds "a gap between decisions" docs 'numbers have gaps'
echo 'See [there](nowhere.md).' >>tree/docs/api.md
finds "a broken link" docs 'links to nowhere.md'

sed -i '/`--fixed VERSION`/d' tree/docs/cli.md
finds "an option that is not described" cli-docs '--fixed of src/cli/cmd_upgrade.c'
sed -i 's/| `--offline` |/| `--offlime` |/' tree/docs/cli.md
finds "an option that is not there" cli-docs '--offlime'
sed -i 's/^## `scan`/## `scam`/' tree/docs/cli.md
finds "a command that is not described" cli-docs '`scan`'
sed -i 's/`blobs_mounted`, //' tree/docs/cli.md
finds "a JSON member that is not described" cli-docs 'JSON member blobs_mounted'
sed -i 's/^| 9 | .*/| 9 | something else |/' tree/docs/cli.md
finds "another exit status" cli-docs 'exit status 9'
sed -i '/`PLIMSOLL_TOKEN`/d' tree/docs/cli.md
finds "a variable that is not described" cli-docs 'PLIMSOLL_TOKEN'

echo 'struct pl_buf { int x; };' >>tree/src/base/str.c
finds "a tag defined twice" tags 'the tag pl_buf is also defined in src/base/buf.h'
printf 'static int run(void)\n{\n\treturn 0;\n}\n' >>tree/src/base/str.c
finds "a static function that says nothing" statics 'static run()'
echo 'int pl_str_probe(int a);' >>tree/src/base/str.h
finds "a function that is defined nowhere" exports 'pl_str_probe() is declared and defined nowhere'
echo 'int pl_str_probe(int a);' >>tree/src/base/str.h
printf 'int pl_str_probe(int a)\n{\n\treturn a;\n}\n' >>tree/src/base/str.c
finds "a function that nobody else calls" exports 'pl_str_probe() is used in src/base/str.c alone'
sed -i 's/\.stall_s = 30/.stall_s = 7/' tree/src/base/env.c
finds "a constant that a header gives otherwise" contracts 'where src/base/env.c has 7'
sed -i 's/"layer", "image"/"layer"/' tree/src/store/store.h
finds "a kind of record that is not named" contracts 'the record "image" is not named there'
sed -i '/^| `layer` |/d' tree/docs/assembly.md
finds "a kind of record that is not in the table" contracts 'the record layer is not in the table'
sed -i 's/at most 40 links/at most some links/' tree/src/tree/tree.h
finds "a sentence that is gone" contracts 'src/tree/tree.h:1: nothing there is like'
# shellcheck disable=SC2016
echo 'See `src/base/nowhere.c`.' >>tree/docs/api.md
finds "a file that a document names" docs 'docs/api.md:1: names src/base/nowhere.c'

echo 'int   badly_laid_out( void );' >>tree/src/base/str.h
finds "another layout" format 'src/base/str.h:'
printf '#!/bin/sh\nif [ $1 = "a" ]; then cd $2; fi\n' >tree/tools/probe
finds "a careless script" shell 'tools/probe:'

# The analyzers, over one small file each.
fault='int pl_probe(void);\nint pl_probe(void)\n{\n\tint v[2] = {0, 0};\n\treturn v[2];\n}\n'
find tree/src -name '*.c' ! -name err.c -delete
printf '%b' "$fault" >tree/src/base/probe.c
finds "a read behind an array" cppcheck 'src/base/probe.c:'
fault='#include <stdlib.h>\nvoid pl_probe(void);\nvoid pl_probe(void)\n{\n\tchar *p = malloc(4);\n\tfree(p);\n\tfree(p);\n}\n'
find tree/src -name '*.c' ! -name err.c -delete
printf '%b' "$fault" >tree/src/base/probe.c
mkdir -p tree/build
for f in probe err; do
	printf '{"directory": "%s", "command": "cc -D_GNU_SOURCE -Isrc -include src/base/banned.h -c src/base/%s.c", "file": "src/base/%s.c"}\n' \
		"$scratch/tree" $f $f
done | paste -sd, | sed 's/^/[/; s/$/]/' >tree/build/compile_commands.json
finds "memory freed twice" clang-tidy 'src/base/probe.c:'

echo "$failures violations were not found"
[[ $failures == 0 ]]

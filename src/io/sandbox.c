// SPDX-License-Identifier: Apache-2.0
#include "io/sandbox.h"

#include "io/process.h"

#include <assert.h>
#include <unistd.h>

/* The machine's mounts are ours to change here: unshare makes them private. Its /tmp is covered as
 * well, for there are programs that know no other, unless it has what we are given. */
static const char begin[] = "exec >&2\n"
			    "needs() {\n"
			    "  command -v \"$1\" >/dev/null && return\n"
			    "  echo \"$1: not installed; the Debian package $2 has it\"\n"
			    "  exit 127\n"
			    "}\n"
			    "hostname \"$1\"\n"
			    "mount -t tmpfs -o mode=0755 tmpfs \"$2\"\n"
			    "case $2 in\n"
			    "/tmp/*) ;;\n"
			    "*) mount -t tmpfs -o mode=1777 tmpfs /tmp ;;\n"
			    "esac\n"
			    "export TMPDIR=\"$2\" PATH=\"$PATH:/usr/sbin:/sbin\"\n"
			    "cd \"$2\"\n"
			    "shift 2\n";

/* Is it a line that says what went wrong, as apt, dpkg, mmdebstrap and most others write them? */
static bool is_complaint(struct pl_str line)
{
	static const char *const words[] = {"rror", "E: ", "not ", "annot", "denied", "o such"};
	for (size_t i = 0; i < PL_COUNT(words); i++)
		if (memmem(line.p, line.n, words[i], strlen(words[i])))
			return true;
	return false;
}

#define WORDS_MAX 300

/* The last lines that say what went wrong, else the last of all. */
static void last_words(struct pl_str said, struct pl_buf *ret)
{
	PL_VEC(struct pl_str) lines = {0};
	size_t first, n = 0;
	for (struct pl_str rest = pl_str_trim(said); rest.p && rest.n;) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (is_complaint(line) || !rest.p)
			*pl_vec_push(&lines) = pl_str_sub(line, 0, WORDS_MAX / 2);
	}
	for (first = lines.n; first > 0 && n + lines.v[first - 1].n < WORDS_MAX; first--)
		n += lines.v[first - 1].n;
	for (size_t i = first; i < lines.n; i++)
		pl_buf_addf(ret, "%s" PL_STR_FMT, i > first ? " | " : "", PL_STR_ARG(lines.v[i]));
	pl_vec_free(&lines);
}

int pl_sandbox_run(const struct pl_env *env, const struct pl_sandbox *s, struct pl_err *err)
{
	static const char *const own[] = {"unshare", "--mount",      "--net",
					  "--pid",   "--uts",        "--ipc",
					  "--fork",  "--kill-child", "--mount-proc"};
	static const char *const mapped[] = {"--user", "--map-root-user", "--map-auto"};
	const char *argv[PL_COUNT(own) + PL_COUNT(mapped) + PL_SANDBOX_ARGS + 8];
	size_t n = 0;
	PL_AUTOFREE char *script = pl_xprintf("%s%s", begin, s->script);
	for (size_t i = 0; i < PL_COUNT(own); i++)
		argv[n++] = own[i];
	for (size_t i = 0; i < PL_COUNT(mapped) && geteuid() != 0; i++)
		argv[n++] = mapped[i];
	argv[n++] = "sh";
	argv[n++] = "-euc";
	argv[n++] = script;
	argv[n++] = "sh";
	argv[n++] = s->hostname;
	argv[n++] = s->directory;
	for (size_t i = 0; s->args[i]; i++) {
		assert(i < PL_SANDBOX_ARGS);
		argv[n++] = s->args[i];
	}
	argv[n] = NULL;
	PL_AUTO(process) p = {.argv = argv, .timeout_s = s->timeout_s};
	p.out.max = p.err.max = 1 << 20;
	int rc = pl_process_run(env, &p, err);
	PL_AUTO(buf) last = {0};
	last_words(pl_buf_str(&p.err), &last);
	if (rc == 0 && p.exit_status == 127)
		rc = pl_fail(err, PL_NOT_FOUND, "%s", PL_SHOWN(pl_buf_str(&last)));
	else if (rc == 0 && p.exit_status)
		rc = pl_fail(err, PL_FAILURE, "ends with status %d: %s", p.exit_status,
			     last.n ? last.p : "it says nothing");
	return rc;
}

// SPDX-License-Identifier: Apache-2.0
/* md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum. */
#include "commands/commands_int.h"

#include "base/num.h"

#include <openssl/evp.h>

struct sums {
	struct pl_shell_call *call;
	const EVP_MD *md;
	char mark; /* between the two blanks: * with -b */
	bool status, quiet, ignores_missing;
	struct pl_buf out;
};
#define HEX_MAX (2 * EVP_MAX_MD_SIZE + 1)

/* 1, or 0 when the file is not there (said). */
static int sum_file(struct sums *s, const char *path, char hex[HEX_MAX], struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int rc = pl_cmd_read(s->call, path, &text, err);
	struct pl_str t = pl_buf_str(&text);
	if (rc <= 0)
		return rc;
	if (EVP_Digest(t.p, t.n, bytes, &n, s->md, NULL) != 1)
		return pl_fail(err, PL_FAILURE, "%s cannot be computed", s->call->argv[0]);
	pl_hex(hex, bytes, n);
	for (size_t i = 0; pl_shell_is_secret(t) && hex[i]; i++)
		hex[i] = PL_SHELL_SECRET[i % strlen(PL_SHELL_SECRET)];
	return 1;
}

static int print_sum(struct sums *s, const char *path, struct pl_err *err)
{
	char hex[HEX_MAX];
	if (strpbrk(path, "\\\n\r"))
		return pl_shell_unknown(s->call, err, "a name with a backslash or a newline");
	int rc = sum_file(s, path, hex, err);
	if (rc > 0)
		pl_buf_addf(&s->out, "%s %c%s\n", hex, s->mark, path);
	return rc < 0 ? rc : 0;
}

/* -- -c -- */

struct counts {
	unsigned wrong, missing, malformed, checked, fine;
};

static bool parse_line(const struct sums *s, struct pl_str line, struct pl_str *ret_hex,
		       struct pl_str *ret_path)
{
	size_t n = 2 * (size_t)EVP_MD_get_size(s->md);
	uint8_t bytes[EVP_MAX_MD_SIZE];
	if (line.n < n + 3 || line.p[n] != ' ' || (line.p[n + 1] != ' ' && line.p[n + 1] != '*') ||
	    !pl_unhex(bytes, n / 2, pl_str_sub(line, 0, n)))
		return false;
	*ret_hex = pl_str_sub(line, 0, n);
	*ret_path = pl_str_sub(line, n + 2, line.n);
	return true;
}

static int check_line(struct sums *s, struct pl_str line, struct counts *c, struct pl_err *err)
{
	struct pl_str hex, name;
	char is[HEX_MAX];
	if (!line.n || *line.p == '#')
		return 0;
	if (!parse_line(s, line, &hex, &name)) {
		c->malformed++;
		return 0;
	}
	PL_AUTOFREE char *path = pl_str_dup(name);
	if (s->ignores_missing && !pl_cmd_node(s->call, path, true))
		return 0;
	int before = s->call->status;
	int rc = sum_file(s, path, is, err);
	s->call->status = before;
	bool fine = rc > 0 && pl_str_is(hex, is);
	c->checked++;
	c->missing += rc == 0;
	c->fine += fine;
	c->wrong += rc > 0 && !fine;
	if (rc >= 0 && !s->status && !(fine && s->quiet))
		pl_buf_addf(&s->out, "%s: %s\n", path,
			    fine      ? "OK"
			    : rc == 0 ? "FAILED open or read"
				      : "FAILED");
	return rc < 0 ? rc : 0;
}

static int check_file(struct sums *s, const char *path, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	struct counts c = {0};
	int rc = pl_cmd_read(s->call, path, &text, err);
	struct pl_str rest = pl_buf_str(&text);
	if (rc <= 0)
		return rc;
	rc = 0;
	while (rest.n && rc == 0)
		rc = check_line(s, pl_str_cut(&rest, '\n'), &c, err);
	if (rc == 0 && !c.checked && !(s->ignores_missing && !c.malformed))
		rc = pl_shell_complain(s->call, 1, err,
				       "%s: no properly formatted checksum lines found",
				       path ? path : "standard input");
	if (c.wrong || c.missing || (s->ignores_missing && !c.fine))
		s->call->status = 1;
	return rc;
}

int pl_cmd_sum(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'b', "binary", 0}, {'t', "text", 0},  {'c', "check", 0},
		{256, "status", 0}, {257, "quiet", 0}, {258, "ignore-missing", 0},
		{'w', "warn", 0},   {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct sums s = {.call = call, .mark = ' ', .out = {.max = PL_CMD_TEXT_MAX}};
	static char input[] = "-";
	char *usual[] = {input};
	const char *name = strrchr(call->argv[0], '/');
	PL_AUTOFREE char *md = pl_xstrdup(name ? name + 1 : call->argv[0]);
	bool checks = false;
	int rc;
	md[strlen(md) - 3] = '\0'; /* "sum" */
	s.md = EVP_get_digestbyname(md);
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		s.mark = a.letter == 'b' ? '*' : a.letter == 't' ? ' ' : s.mark;
		checks = checks || a.letter == 'c';
		s.status = s.status || a.letter == 256;
		s.quiet = s.quiet || a.letter == 257;
		s.ignores_missing = s.ignores_missing || a.letter == 258;
	}
	if (rc == 0 && !s.md)
		rc = pl_shell_unknown(call, err, "this digest");
	char **v = a.n ? a.operands : usual;
	for (int i = 0; i < (a.n ? a.n : 1) && rc == 0; i++)
		rc = checks ? check_file(&s, v[i], err) : print_sum(&s, v[i], err);
	if (rc == 0)
		rc = pl_cmd_write(call, &s.out, err);
	pl_buf_done(&s.out);
	pl_cmd_args_done(&a);
	return rc;
}

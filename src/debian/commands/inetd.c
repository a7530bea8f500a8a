// SPDX-License-Identifier: Apache-2.0
/*
 * update-inetd(8), which is Perl (DebianNet(3pm)): lines of /etc/inetd.conf. Its regular
 * expressions are Perl's; those are known that mean the same here. Where it would ask, it does what
 * the answer of its template says.
 */
#include "debian/commands/commands_int.h"

#include <ctype.h>
#include <regex.h>

#define FILE_NAME "/etc/inetd.conf"
#define OFF "#<off># "

struct inetd {
	struct pl_shell_call *call;
	const char *file, *group, *pattern, *off;
	bool multi;
	struct pl_buf text, out;
};

static int unknown(const struct inetd *c, const char *what, struct pl_err *err)
{
	return pl_shell_unknown(c->call, err, what);
}

/* PREFIX EXPRESSION TAIL at a line's beginning. Of escapes those that glibc has as Perl does. */
static int compile(const struct inetd *c, const char *prefix, const char *expression,
		   const char *tail, regex_t *ret, struct pl_err *err)
{
	PL_AUTOFREE char *text = pl_xprintf("^%s%s%s", prefix, expression, tail);
	for (const char *s = expression; *s; s++) {
		bool escaped = *s == '\\' && s[1] && strchr(".swSW", s[1]);
		if ((*s == '\\' && !escaped) || strchr("(){}|", *s))
			return unknown(c, expression, err);
		s += escaped;
	}
	return regcomp(ret, text, REG_EXTENDED | REG_NOSUB) ? unknown(c, expression, err) : 0;
}

static bool is_match(const regex_t *re, struct pl_str line)
{
	PL_AUTOFREE char *text = pl_str_dup(line);
	return regexec(re, text, 0, NULL, 0) == 0;
}

/* How many lines begin so, and hold the pattern. */
static int count_lines(const struct inetd *c, const char *prefix, const char *service,
		       const char *tail, unsigned *ret, struct pl_err *err)
{
	regex_t re;
	struct pl_str rest = pl_buf_str(&c->text);
	int rc = compile(c, prefix, service, tail, &re, err);
	if (rc < 0)
		return rc;
	for (*ret = 0; rest.p && rest.n;) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		*ret += is_match(&re, line) &&
			memmem(line.p, line.n, c->pattern, strlen(c->pattern));
	}
	regfree(&re);
	return 0;
}

/* -- the four commands, from text to out -- */

enum inetd_change { ENABLE, DISABLE, REMOVE };

/* What becomes of each line that is the service's. */
static int change_lines(struct inetd *c, enum inetd_change what, const char *service,
			struct pl_err *err)
{
	static const char blank[] = "[[:space:]]+",
			  named[] = "[[:space:]]+[[:alnum:]_]+[[:space:]]+";
	struct pl_str rest = pl_buf_str(&c->text);
	regex_t on, off;
	int rc = compile(c, "", service, what == REMOVE ? blank : named, &on, err);
	if (rc < 0)
		return rc;
	rc = compile(c, c->off, service, what == REMOVE ? blank : named, &off, err);
	while (rc == 0 && rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		bool meant = memmem(line.p, line.n, c->pattern, strlen(c->pattern));
		bool is_on = meant && is_match(&on, line), is_off = meant && is_match(&off, line);
		if (what == REMOVE && (is_on || is_off))
			continue;
		if (what == DISABLE && is_on)
			pl_buf_adds(&c->out, c->off);
		if (what == ENABLE && is_off)
			line = pl_str_sub(line, strlen(c->off), line.n);
		pl_buf_addf(&c->out, PL_STR_FMT "\n", PL_STR_ARG(line));
	}
	regfree(&on);
	if (rc == 0)
		regfree(&off);
	return rc;
}

/* Without --multi, and with nobody to answer, several lines stay as they are. */
static int disable_or_remove(struct inetd *c, enum inetd_change what, const char *service,
			     struct pl_err *err)
{
	unsigned on = 0, off = 0;
	int rc = count_lines(c, "", service, "[[:space:]]+", &on, err);
	if (rc == 0 && what == REMOVE)
		rc = count_lines(c, c->off, service, "[[:space:]]+", &off, err);
	if (rc == 0 && !c->multi && (on > 1 || off > 1))
		pl_buf_addstr(&c->out, pl_buf_str(&c->text));
	else if (rc == 0)
		rc = change_lines(c, what, service, err);
	return rc;
}

/* Behind the group's lines, or at the end. */
static void insert_entry(struct inetd *c, const char *entry)
{
	struct pl_str rest = pl_buf_str(&c->text);
	PL_AUTOFREE char *heading = pl_xprintf("#:%s:", c->group);
	bool in_group = false, done = false;
	for (char *s = heading; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		bool blank = true;
		for (size_t i = 0; i < line.n; i++)
			blank = blank && !isalpha((unsigned char)line.p[i]) && line.p[i] != '#';
		in_group = in_group || pl_str_starts(line, heading);
		if (in_group && blank) {
			pl_buf_addf(&c->out, "%s\n", entry);
			in_group = false;
			done = true;
		}
		pl_buf_addf(&c->out, PL_STR_FMT "\n", PL_STR_ARG(line));
	}
	if (!done)
		pl_buf_addf(&c->out, "%s\n", entry);
}

/* A service that is there in any form, commented out by a person too, is not added again. */
static int add_service(struct inetd *c, const char *given, struct pl_err *err)
{
	PL_AUTO(buf) entry = {.max = 1 << 16};
	for (const char *s = given; *s; s++) {
		bool tab = s[0] == '\\' && s[1] == 't';
		pl_buf_addc(&entry, tab ? '\t' : *s);
		s += tab;
	}
	const char *text = entry.p ? entry.p : "";
	size_t n = 0;
	while (text[n] && !(isspace((unsigned char)text[n + 1]) &&
			    (isalnum((unsigned char)text[n]) || text[n] == '_')))
		n++;
	if (!text[n])
		return unknown(c, given, err);
	PL_AUTOFREE char *whole = pl_xstrndup(text, n + 1);
	const char *service = whole + (whole[0] == '#' && isalpha((unsigned char)whole[1]));
	unsigned off = 0, on = 0, user = 0;
	int rc = count_lines(c, c->off, service, "[[:space:]]+", &off, err);
	if (rc == 0)
		rc = count_lines(c, "", service, "[[:space:]]+", &on, err);
	if (rc == 0)
		rc = count_lines(c, "#[[:space:]]*", service, "[[:space:]]+", &user, err);
	if (rc == 0 && off)
		return change_lines(c, ENABLE, service, err);
	if (rc == 0 && (on || user))
		pl_buf_addstr(&c->out, pl_buf_str(&c->text));
	else if (rc == 0)
		insert_entry(c, text);
	return rc;
}

static int each_service(struct inetd *c, const char *mode, const char *list, struct pl_err *err)
{
	struct pl_str rest = pl_str_of(list);
	int rc = 0;
	while (rest.p && rc == 0) {
		PL_AUTOFREE char *service = pl_str_dup(pl_str_cut(&rest, ','));
		pl_buf_clear(&c->out);
		rc = strcmp(mode, "--enable") == 0 ? change_lines(c, ENABLE, service, err)
						   : disable_or_remove(c, DISABLE, service, err);
		pl_buf_clear(&c->text);
		pl_buf_addstr(&c->text, pl_buf_str(&c->out));
	}
	return rc;
}

/* -- the command -- */

static int change_file(struct inetd *c, const char *mode, const char *arg, struct pl_err *err)
{
	const struct pl_node *n = pl_shell_node(c->call->shell, c->file, true);
	if (!n && (strcmp(mode, "--disable") == 0 || strcmp(mode, "--remove") == 0))
		return 0;
	if (!n) {
		c->call->status = 0;
		return pl_shell_complain(c->call, 0, err, "cannot change %s, it does not exist",
					 c->file);
	}
	int rc = pl_shell_file_read(c->call->shell, n, &c->text, err);
	const struct pl_digest before = pl_sha256_of(pl_buf_str(&c->text));
	if (rc == 0 && strcmp(mode, "--add") == 0)
		rc = add_service(c, arg, err);
	else if (rc == 0 && strcmp(mode, "--remove") == 0)
		rc = disable_or_remove(c, REMOVE, arg, err);
	else if (rc == 0)
		rc = each_service(c, mode, arg, err);
	if (rc == 0)
		rc = pl_buf_check(&c->out, c->file, err);
	const struct pl_digest after = pl_sha256_of(pl_buf_str(&c->out));
	if (rc < 0 || pl_digest_eq(&before, &after))
		return rc;
	rc = pl_shell_file_write(c->call->shell, c->file, pl_buf_str(&c->out), false, err);
	return rc < 0 ? rc : 0;
}

int pl_deb_update_inetd(struct pl_shell_call *call, struct pl_err *err)
{
	struct inetd c = {
		.call = call, .file = FILE_NAME, .group = "OTHER", .pattern = "", .off = OFF};
	const struct {
		const char *name;
		const char **value;
	} with_value[] = {{"--file", &c.file},
			  {"--group", &c.group},
			  {"--pattern", &c.pattern},
			  {"--comment-chars", &c.off}};
	static const char *const modes[] = {"--add", "--remove", "--enable", "--disable"};
	const char *mode = NULL;
	int at = 1;
	c.text.max = c.out.max = 1 << 20;
	for (; at < call->argc && call->argv[at][0] == '-'; at++) {
		const char *o = call->argv[at];
		bool known = strcmp(o, "--verbose") == 0 || strcmp(o, "--multi") == 0;
		c.multi = c.multi || strcmp(o, "--multi") == 0;
		for (size_t i = 0; i < PL_COUNT(modes); i++)
			if (strcmp(o, modes[i]) == 0) {
				mode = modes[i];
				known = true;
			}
		for (size_t i = 0; i < PL_COUNT(with_value); i++)
			if (strcmp(o, with_value[i].name) == 0 && at + 1 < call->argc) {
				*with_value[i].value = call->argv[++at];
				known = true;
				break;
			}
		if (!known)
			return unknown(&c, o, err);
	}
	if (!mode || at + 1 != call->argc || strpbrk(c.pattern, "\\.[]*^$+?(){}|") ||
	    strpbrk(c.off, "\\.[]*^$+?(){}|"))
		return unknown(&c, "this use", err);
	int rc = change_file(&c, mode, call->argv[at], err);
	pl_buf_done(&c.text);
	pl_buf_done(&c.out);
	return rc;
}

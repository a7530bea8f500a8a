// SPDX-License-Identifier: Apache-2.0
#include "commands/regex_int.h"

#include "shell/shell.h"

int pl_cmd_regex_init(struct pl_cmd_regex *r, const char *text, int flags, struct pl_err *err)
{
	char why[128];
	if (!pl_shell_regex_fits(text))
		return pl_fail(err, PL_LIMIT,
			       "a regular expression that is too long or repeats too often");
	int rc = regcomp(&r->re, text, flags);
	if (rc) {
		regerror(rc, &r->re, why, sizeof(why));
		return pl_fail(err, PL_INPUT, "'%s' is no regular expression: %s", text, why);
	}
	r->is_set = true;
	return 0;
}

void pl_cmd_regex_done(struct pl_cmd_regex *r)
{
	if (r->is_set)
		regfree(&r->re);
	r->is_set = false;
}

bool pl_cmd_regex_find(const struct pl_cmd_regex *r, struct pl_str text, size_t from,
		       struct pl_cmd_match *ret)
{
	regmatch_t m[PL_CMD_GROUPS];
	m[0].rm_so = (regoff_t)from;
	m[0].rm_eo = (regoff_t)text.n;
	/* With REG_STARTEND glibc counts from the text's own beginning, which ^ then means. */
	if (regexec(&r->re, text.p, PL_CMD_GROUPS, m, REG_STARTEND | (from ? REG_NOTBOL : 0)) != 0)
		return false;
	ret->from = (size_t)m[0].rm_so;
	ret->to = (size_t)m[0].rm_eo;
	memcpy(ret->groups, m, sizeof(m));
	return true;
}

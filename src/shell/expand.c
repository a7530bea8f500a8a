// SPDX-License-Identifier: Apache-2.0
/* Word expansion (2.6): tilde, parameters, commands, arithmetic; then fields and quotes. */
#include "shell/shell_int.h"

void pl_sh_marked_done(struct pl_sh_marked *m)
{
	pl_buf_done(&m->text);
	pl_buf_done(&m->marks);
}

void pl_sh_marked_add(struct pl_sh_marked *out, struct pl_str text, unsigned mark)
{
	pl_buf_addstr(&out->text, text);
	for (size_t i = 0; i < text.n; i++)
		pl_buf_addc(&out->marks, (char)mark);
}

void pl_sh_marked_mark(struct pl_sh_marked *out, unsigned mark)
{
	pl_buf_addc(&out->text, '\0');
	pl_buf_addc(&out->marks, (char)mark);
}

/* $(...): what it writes, without the newlines at its end (2.6.3). */
static int expand_command(struct pl_shell *sh, const struct pl_sh_part *part, bool split,
			  struct pl_sh_marked *out, struct pl_err *err)
{
	struct pl_sh_file *f = pl_sh_file_bytes(sh, PL_STR(""));
	unsigned line = sh->line;
	int rc = 0, status = 0;
	unsigned options = sh->options;
	if (sh->bash) /* it does not inherit -e */
		sh->options &= ~(unsigned)PL_SH_ERREXIT;
	if (part->command)
		rc = pl_sh_subshell(sh, part->command, false, NULL, f, &status, err);
	sh->options = options;
	sh->line = line;
	sh->command_status = status; /* $? is the command's before until the command is done */
	struct pl_str text = pl_buf_str(&f->body->data);
	while (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	/* A NUL cannot be in a value. */
	while (rc == 0 && text.n) {
		struct pl_str piece = pl_str_cut(&text, '\0');
		pl_sh_marked_add(out, piece, split ? PL_SH_SPLITS : PL_SH_QUOTED);
	}
	pl_sh_file_unref(sh, f);
	return rc;
}

static int expand_arith(struct pl_shell *sh, const struct pl_sh_part *part, bool split,
			struct pl_sh_marked *out, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 16};
	char number[32];
	int64_t value;
	int rc = pl_sh_expand_text(sh, part->word, &text, err);
	if (rc == 0)
		rc = pl_sh_arith(sh, pl_buf_str(&text), &value, err);
	if (rc)
		return rc;
	snprintf(number, sizeof(number), "%lld", (long long)value);
	pl_sh_marked_add(out, pl_str_of(number), split ? PL_SH_SPLITS : PL_SH_QUOTED);
	return 0;
}

/* The home of an account, appended. */
static int add_home(struct pl_shell *sh, struct pl_str user, struct pl_buf *ret, struct pl_err *err)
{
	PL_AUTO(buf) passwd = {.max = sh->common->limits.output};
	const struct pl_node *n = pl_shell_node(sh, "/etc/passwd", true);
	int rc = n ? pl_shell_file_read(sh, n, &passwd, err) : 0;
	struct pl_str rest = pl_buf_str(&passwd);
	while (rc == 0 && rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (!pl_str_eq(pl_str_cut(&line, ':'), user))
			continue;
		for (int i = 0; i < 4; i++)
			pl_str_cut(&line, ':');
		pl_buf_addstr(ret, pl_str_cut(&line, ':'));
		break;
	}
	return rc;
}

/* ~ at a word's beginning is $HOME (2.6.1); another user's is asked of /etc/passwd. text: the part
 * as it is, then what is left of it. */
static int expand_tilde(struct pl_shell *sh, const struct pl_sh_part *part, struct pl_str *text,
			struct pl_sh_marked *out, struct pl_err *err)
{
	PL_AUTO(buf) home = {0};
	size_t slash = pl_str_find(*text, '/'), end = slash == SIZE_MAX ? text->n : slash;
	struct pl_str user = pl_str_sub(*text, 1, end - 1);
	const char *own = pl_shell_value(sh, "HOME");
	int rc = 0;
	if (slash == SIZE_MAX && part->next) /* ~"x", ~$x */
		return 0;
	if (user.n)
		rc = add_home(sh, user, &home, err);
	else
		pl_buf_adds(&home, own ? own : "");
	if (rc < 0 || !home.n)
		return rc;
	pl_sh_marked_add(out, pl_buf_str(&home), PL_SH_QUOTED);
	*text = pl_str_sub(*text, end, text->n);
	return 0;
}

int pl_sh_expand_parts(struct pl_shell *sh, const struct pl_sh_word *word, bool split,
		       struct pl_sh_marked *out, struct pl_err *err)
{
	int rc = 0;
	if (!word)
		return 0;
	out->text.max = out->marks.max = sh->common->limits.output;
	for (const struct pl_sh_part *part = word->parts; part && rc == 0; part = part->next) {
		bool splits = split && !part->quoted;
		struct pl_str text = part->text;
		switch (part->kind) {
		case PL_SH_TEXT:
			if (!part->quoted && part == word->parts && text.n && *text.p == '~')
				rc = expand_tilde(sh, part, &text, out, err);
			pl_sh_marked_add(out, text, part->quoted ? PL_SH_QUOTED : 0);
			break;
		case PL_SH_AT_EMPTY:
			pl_sh_marked_mark(out, PL_SH_HOLLOW);
			break;
		case PL_SH_PARAM:
			rc = pl_sh_expand_param(sh, part, out, err);
			break;
		case PL_SH_COMMAND:
			rc = expand_command(sh, part, !part->quoted, out, err);
			break;
		case PL_SH_ARITH:
			rc = expand_arith(sh, part, splits, out, err);
			break;
		case PL_SH_ARRAY:
			rc = pl_sh_die(sh, err, "an array stands where a text should");
			break;
		}
		if (rc == 0)
			rc = pl_buf_check(&out->text, "an expansion", err);
	}
	return rc;
}

/* A long text is as much work as so many commands. */
#define STEP_BYTES 256

static int expand_marked(struct pl_shell *sh, const struct pl_sh_word *word,
			 struct pl_sh_marked *ret, struct pl_err *err)
{
	int rc = pl_sh_step(sh, err);
	if (rc == 0)
		rc = pl_sh_expand_parts(sh, word, true, ret, err);
	sh->common->steps += ret->text.n / STEP_BYTES;
	return rc;
}

int pl_sh_expand_pattern(struct pl_shell *sh, const struct pl_sh_word *word,
			 struct pl_sh_marked *ret, struct pl_err *err)
{
	PL_AUTO(sh_marked) m = {0};
	int rc = expand_marked(sh, word, &m, err);
	for (size_t i = 0; i < m.text.n && rc == 0; i++) {
		unsigned mark = (unsigned char)m.marks.p[i];
		if (mark & PL_SH_FIELD_END)
			pl_sh_marked_add(ret, PL_STR(" "), PL_SH_QUOTED);
		else if (!(mark & (PL_SH_HOLLOW | PL_SH_NOBODY)))
			pl_sh_marked_add(ret, pl_str_sub(pl_buf_str(&m.text), i, 1), mark);
	}
	return rc;
}

/* Fields of $@ are joined by blanks where no fields can be. */
int pl_sh_expand_text(struct pl_shell *sh, const struct pl_sh_word *word, struct pl_buf *ret,
		      struct pl_err *err)
{
	PL_AUTO(sh_marked) m = {0};
	int rc = expand_marked(sh, word, &m, err);
	for (size_t i = 0; i < m.text.n && rc == 0; i++) {
		unsigned mark = (unsigned char)m.marks.p[i];
		if (mark & PL_SH_FIELD_END)
			pl_buf_addc(ret, ' ');
		else if (!(mark & (PL_SH_HOLLOW | PL_SH_NOBODY)))
			pl_buf_addc(ret, m.text.p[i]);
	}
	if (rc == 0)
		rc = pl_buf_check(ret, "an expansion", err);
	return rc;
}

/* bash's {a,b} and {1..9}. */
static bool has_braces(const struct pl_sh_word *word)
{
	bool open = false, divided = false;
	for (const struct pl_sh_part *part = word->parts; part; part = part->next) {
		bool plain = part->kind == PL_SH_TEXT && !part->quoted;
		for (size_t i = 0; plain && i < part->text.n; i++) {
			char c = part->text.p[i];
			bool dots = c == '.' && i && part->text.p[i - 1] == '.';
			divided = c == '{' ? false : divided || (open && (c == ',' || dots));
			open = open || c == '{';
			if (c == '}' && open && divided)
				return true;
		}
	}
	return false;
}

int pl_sh_expand_fields(struct pl_shell *sh, const struct pl_sh_word *words,
			struct pl_sh_fields *ret, struct pl_err *err)
{
	int rc = 0;
	for (; words && rc == 0; words = words->next) {
		PL_AUTO(sh_marked) m = {0};
		if (sh->bash && has_braces(words))
			return pl_sh_unknown(sh, err, "bash's {...,...}");
		rc = expand_marked(sh, words, &m, err);
		if (rc == 0)
			rc = pl_sh_split(sh, &m, ret, err);
	}
	return rc;
}

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
	pl_buf_zero(&out->marks, text.n);
	if (mark && !out->marks.overflow && text.n)
		memset(out->marks.p + out->marks.n - text.n, (int)mark, text.n);
}

unsigned pl_sh_marks(const struct pl_sh_marked *m)
{
	unsigned all = 0;
	for (size_t i = 0; i < m->marks.n; i++)
		all |= (unsigned char)m->marks.p[i];
	return all;
}

void pl_sh_marked_mark(struct pl_sh_marked *out, unsigned mark)
{
	pl_buf_addc(&out->text, '\0');
	pl_buf_addc(&out->marks, (char)mark);
}

/* bash's $(<FILE) is the file's bytes. */
static bool is_file(const struct pl_shell *sh, const struct pl_sh_node *n)
{
	return sh->bash && n && n->kind == PL_SH_SIMPLE && !n->words && !n->assigns &&
	       n->redirects && !n->redirects->next && n->redirects->kind == PL_SH_READ &&
	       n->redirects->fd == 0;
}

static int read_file(struct pl_shell *sh, const struct pl_sh_node *n, struct pl_buf *ret,
		     int *ret_status, struct pl_err *err)
{
	struct pl_sh_file *saved[PL_SH_FDS] = {0};
	bool is_saved[PL_SH_FDS] = {false};
	int rc = pl_sh_redirect(sh, n->redirects, saved, is_saved, err);
	*ret_status = rc > 0;
	if (rc == 0)
		rc = pl_shell_input(sh, ret, err);
	pl_sh_redirect_restore(sh, saved, is_saved);
	return rc > 0 && sh->flow == PL_SH_GO ? 0 : rc;
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
	if (is_file(sh, part->command))
		rc = read_file(sh, part->command, &f->body->data, &status, err);
	else if (part->command)
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

/* The home of a user of /etc/passwd; *ret is NULL when there is none of that name. */
static int home_of(struct pl_shell *sh, struct pl_str user, char **ret, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = sh->common->limits.output};
	const struct pl_node *n = pl_shell_node(sh, "/etc/passwd", true);
	*ret = NULL;
	if (!n || pl_node_file(n)->type != PL_TAR_FILE)
		return 0;
	int rc = pl_shell_file_read(sh, n, &text, err);
	struct pl_str rest = pl_buf_str(&text);
	while (rc == 0 && rest.p && !*ret) {
		struct pl_str line = pl_str_cut(&rest, '\n'), field = pl_str_cut(&line, ':');
		if (!pl_str_eq(field, user))
			continue;
		for (int i = 0; i < 5; i++)
			field = pl_str_cut(&line, ':');
		*ret = pl_str_dup(field);
	}
	return rc;
}

/* ~ and ~USER at the beginning of a text (2.6.1), up to `end`; what is behind it is left in *text.
 */
static int expand_tilde(struct pl_shell *sh, struct pl_str *text, size_t end,
			struct pl_sh_marked *out, struct pl_err *err)
{
	struct pl_str user = pl_str_sub(*text, 1, end - 1);
	PL_AUTOFREE char *other = NULL;
	const char *home = user.n ? NULL : pl_shell_value(sh, "HOME");
	int rc = user.n ? home_of(sh, user, &other, err) : 0;
	if (other)
		home = other;
	if (!home || rc < 0)
		return rc;
	pl_sh_marked_add(out, pl_str_of(home), PL_SH_QUOTED);
	*text = pl_str_sub(*text, end, text->n);
	return 0;
}

/* Plain text. A ~ counts at the word's beginning, in what is assigned also behind each colon, up to
 * a slash (or colon): it must be plain up to there. */
static int add_text(struct pl_shell *sh, const struct pl_sh_word *word,
		    const struct pl_sh_part *part, struct pl_sh_marked *out, struct pl_err *err)
{
	struct pl_str text = part->text;
	bool first = part == word->parts;
	int rc = 0;
	while (rc == 0 && text.n) {
		size_t end = 0;
		while (end < text.n && text.p[end] != '/' &&
		       !(word->assigned && text.p[end] == ':'))
			end++;
		if (*text.p == '~' && first && (end < text.n || !part->next))
			rc = expand_tilde(sh, &text, end, out, err);
		first = false;
		for (end = word->assigned ? 0 : text.n; end < text.n && !first; end++)
			first = text.p[end] == ':';
		pl_sh_marked_add(out, pl_str_sub(text, 0, end), 0);
		text = pl_str_sub(text, end, text.n);
	}
	return rc;
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
		switch (part->kind) {
		case PL_SH_TEXT:
			if (part->quoted)
				pl_sh_marked_add(out, part->text, PL_SH_QUOTED);
			else
				rc = add_text(sh, word, part, out, err);
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

static int count_literal(struct pl_shell *sh, const struct pl_str *text, struct pl_err *err)
{
	int rc = pl_sh_step(sh, err);
	sh->common->steps += text->n / STEP_BYTES;
	return rc;
}

static int expand_marked(struct pl_shell *sh, const struct pl_sh_word *word,
			 struct pl_sh_marked *ret, struct pl_err *err)
{
	int rc = pl_sh_step(sh, err);
	if (rc == 0)
		rc = pl_sh_expand_parts(sh, word, true, ret, err);
	sh->common->steps += ret->text.n / STEP_BYTES;
	return rc;
}

/* Where no fields can be, the values of $@ and $* are joined; in bash those of $@ by blanks. */
static struct pl_str joint_of(const struct pl_shell *sh, unsigned mark)
{
	return sh->bash && !(mark & PL_SH_SPLITS) ? PL_STR(" ") : pl_sh_joint(sh);
}

int pl_sh_expand_pattern(struct pl_shell *sh, const struct pl_sh_word *word,
			 struct pl_sh_marked *ret, struct pl_err *err)
{
	PL_AUTO(sh_marked) m = {0};
	int rc = expand_marked(sh, word, &m, err);
	for (size_t i = 0; i < m.text.n && rc == 0; i++) {
		unsigned mark = (unsigned char)m.marks.p[i];
		if (mark & PL_SH_FIELD_END)
			pl_sh_marked_add(ret, joint_of(sh, mark), PL_SH_QUOTED);
		else if (!(mark & (PL_SH_HOLLOW | PL_SH_NOBODY)))
			pl_sh_marked_add(ret, pl_str_sub(pl_buf_str(&m.text), i, 1), mark);
	}
	return rc;
}

/* A word that stands for itself, as most do: nothing in it expands. NULL: it is none. */
static const struct pl_str *literal_of(const struct pl_sh_word *word)
{
	const struct pl_sh_part *part = word ? word->parts : NULL;
	if (!part || part->next || part->kind != PL_SH_TEXT || !part->text.n)
		return NULL;
	return part->quoted || !memchr(part->text.p, '~', part->text.n) ? &part->text : NULL;
}

int pl_sh_expand_text(struct pl_shell *sh, const struct pl_sh_word *word, struct pl_buf *ret,
		      struct pl_err *err)
{
	PL_AUTO(sh_marked) m = {0};
	const struct pl_str *literal = literal_of(word);
	if (literal) {
		pl_buf_addstr(ret, *literal);
		int counted = count_literal(sh, literal, err);
		return counted < 0 ? counted : pl_buf_check(ret, "an expansion", err);
	}
	int rc = expand_marked(sh, word, &m, err);
	bool whole = !(pl_sh_marks(&m) & (PL_SH_HOLLOW | PL_SH_FIELD_END | PL_SH_NOBODY));
	if (whole && rc == 0)
		pl_buf_addstr(ret, pl_buf_str(&m.text));
	for (size_t i = 0; i < m.text.n && rc == 0 && !whole; i++) {
		unsigned mark = (unsigned char)m.marks.p[i];
		if (mark & PL_SH_FIELD_END)
			pl_buf_addstr(ret, joint_of(sh, mark));
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
		const struct pl_str *literal = literal_of(words);
		if (literal && (words->parts->quoted ||
				!pl_sh_is_pattern((struct pl_sh_pattern){.text = *literal}))) {
			pl_sh_fields_add(ret, pl_str_dup(*literal));
			rc = count_literal(sh, literal, err);
			if (rc == 0)
				rc = pl_sh_keep(sh, literal->n, err);
			continue;
		}
		rc = expand_marked(sh, words, &m, err);
		if (rc == 0)
			rc = pl_sh_split(sh, &m, ret, err);
	}
	return rc;
}

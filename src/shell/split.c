// SPDX-License-Identifier: Apache-2.0
/* Field splitting (2.6.5) and quote removal (2.6.7). */
#include "shell/shell_int.h"

void pl_sh_fields_add(struct pl_sh_fields *f, char *text)
{
	f->v = pl_vec_grow_impl(f->v, f->n + 1, &f->cap, sizeof(*f->v));
	f->v[f->n++] = text;
	f->v[f->n] = NULL;
}

void pl_sh_fields_done(struct pl_sh_fields *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i]);
	free(f->v);
	*f = (struct pl_sh_fields){0};
}

/* A field while it is collected. */
struct split_field {
	struct pl_sh_marked text;
	bool hollow; /* quotes with nothing in them: a field all the same */
	bool nobody; /* "$@" without arguments: then not */
};

/* A field, or the paths that it matches. */
static int add_field(struct pl_shell *sh, const struct pl_sh_marked *m, struct pl_sh_fields *ret,
		     struct pl_err *err)
{
	int rc = 0;
	struct pl_sh_pattern p = {pl_buf_str(&m->text), m->marks.p, sh->bash};
	size_t before = ret->n;
	if (!(sh->options & PL_SH_NOGLOB) && pl_sh_is_pattern(p))
		rc = pl_sh_glob(sh, p, ret, err);
	if (rc == 0 && ret->n == before)
		pl_sh_fields_add(ret, pl_str_dup(p.text));
	return rc ? rc : pl_sh_keep(sh, p.text.n, err);
}

static int end_field(struct pl_shell *sh, struct split_field *f, struct pl_sh_fields *ret,
		     struct pl_err *err)
{
	int rc = 0;
	if (f->text.text.n || (f->hollow && !f->nobody))
		rc = add_field(sh, &f->text, ret, err);
	pl_buf_clear(&f->text.text);
	pl_buf_clear(&f->text.marks);
	f->hollow = f->nobody = false;
	return rc;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

int pl_sh_split(struct pl_shell *sh, const struct pl_sh_marked *m, struct pl_sh_fields *ret,
		struct pl_err *err)
{
	const char *ifs = pl_shell_value(sh, "IFS");
	struct split_field f = {0};
	int rc = 0;
	if (m->text.n && !(pl_sh_marks(m) & ~(unsigned)PL_SH_QUOTED))
		return add_field(sh, m, ret, err); /* nothing in it ends a field */
	bool after_blank = false; /* blanks of IFS ended a field: a separator may still follow */
	if (!ifs)
		ifs = " \t\n";
	for (size_t i = 0; i < m->text.n && rc == 0; i++) {
		unsigned mark = (unsigned char)m->marks.p[i];
		char c = m->text.p[i];
		if (mark & PL_SH_HOLLOW) {
			f.hollow = true;
		} else if (mark & PL_SH_NOBODY) {
			f.nobody = true;
		} else if (mark & PL_SH_FIELD_END) {
			rc = end_field(sh, &f, ret, err);
			after_blank = false;
		} else if (!(mark & PL_SH_SPLITS) || !strchr(ifs, c)) {
			pl_buf_addc(&f.text.text, c);
			pl_buf_addc(&f.text.marks, (char)mark);
			after_blank = false;
			continue;
		} else if (is_blank(c)) {
			if (f.text.text.n || f.hollow) {
				rc = end_field(sh, &f, ret, err);
				after_blank = true;
			}
			continue;
		} else if (after_blank) {
			after_blank = false; /* the blanks before belong to this separator */
		} else {
			f.hollow = true; /* nothing between two separators is a field */
			rc = end_field(sh, &f, ret, err);
		}
	}
	if (rc == 0)
		rc = end_field(sh, &f, ret, err);
	pl_sh_marked_done(&f.text);
	return rc;
}

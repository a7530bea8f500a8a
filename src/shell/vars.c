// SPDX-License-Identifier: Apache-2.0
/* Variables and parameters (2.5), and what local puts aside. */
#include "shell/shell_int.h"

#include "base/num.h"

static void clear_items(struct pl_sh_var *v)
{
	for (size_t i = 0; i < v->n_items; i++) {
		free(v->items[i].key);
		free(v->items[i].value);
	}
	free(v->items);
	v->items = NULL;
	v->n_items = 0;
}

/* What it holds goes; its name stays. */
static void clear_var(struct pl_sh_var *v)
{
	free(v->value);
	v->value = NULL;
	clear_items(v);
	v->flags = 0;
}

static void copy_var(struct pl_sh_var *to, const struct pl_sh_var *from)
{
	to->value = from->value ? pl_xstrdup(from->value) : NULL;
	to->flags = from->flags;
	to->n_items = from->n_items;
	to->items = from->n_items ? pl_xcalloc(from->n_items, sizeof(*to->items)) : NULL;
	for (size_t i = 0; i < from->n_items; i++)
		to->items[i] =
			(struct pl_sh_item){from->items[i].number, pl_xstrdup(from->items[i].key),
					    pl_xstrdup(from->items[i].value)};
}

const struct pl_sh_var *pl_sh_var_get(const struct pl_shell *sh, struct pl_str name)
{
	return pl_map_get(&sh->vars, name);
}

struct pl_sh_var *pl_sh_var_own(struct pl_shell *sh, struct pl_str name)
{
	struct pl_sh_var *v = pl_map_get(&sh->vars, name);
	if (v && v->refs == 1)
		return v;
	struct pl_sh_var *own = pl_xcalloc(1, sizeof(*own));
	own->refs = 1;
	own->name = pl_str_dup(name);
	if (v) { /* the shell that this one was forked from has it, and outlives this one */
		copy_var(own, v);
		v->refs--;
	}
	pl_map_put(&sh->vars, pl_str_of(own->name), own);
	return own;
}

/* Whoever sets OPTIND begins anew there (getopts). */
static void optind_is_set(struct pl_shell *sh, const char *value)
{
	uint64_t next;
	sh->getopts_next = pl_parse_u64(pl_str_of(value), UINT32_MAX, &next) ? (size_t)next : 1;
	sh->getopts_at = 0;
}

int pl_sh_var_set(struct pl_shell *sh, struct pl_str name, const char *value, unsigned flags,
		  struct pl_err *err)
{
	struct pl_sh_var *v = pl_sh_var_own(sh, name);
	int rc = pl_sh_keep(sh, strlen(value) + 1, err);
	if (rc < 0)
		return rc;
	if (v->flags & PL_SH_READONLY)
		return pl_sh_die(sh, err, PL_STR_FMT ": is read only", PL_STR_ARG(name));
	char *copy = pl_xstrdup(value);
	if (v->flags & PL_SH_IS_ARRAY) { /* NAME=x of an array is NAME[0]=x; we keep it plain */
		clear_items(v);
		v->flags &= ~(unsigned)PL_SH_IS_ARRAY;
	}
	free(v->value);
	v->value = copy;
	v->flags |= flags | (sh->options & PL_SH_ALLEXPORT ? PL_SH_EXPORTED : 0);
	if (pl_str_is(name, "OPTIND"))
		optind_is_set(sh, value);
	return 0;
}

int pl_sh_var_unset(struct pl_shell *sh, struct pl_str name, struct pl_err *err)
{
	const struct pl_sh_var *v = pl_sh_var_get(sh, name);
	if (!v)
		return 0;
	if (v->flags & PL_SH_READONLY)
		return pl_sh_die(sh, err, PL_STR_FMT ": is read only", PL_STR_ARG(name));
	clear_var(pl_sh_var_own(sh, name));
	return 0;
}

void pl_sh_var_save(struct pl_shell *sh, struct pl_str name)
{
	struct pl_sh_saved *s = pl_vec_push(&sh->saved);
	const struct pl_sh_var *v = pl_sh_var_get(sh, name);
	if (v)
		copy_var(&s->var, v);
	s->var.name = pl_str_dup(name);
}

void pl_sh_vars_restore(struct pl_shell *sh, size_t n_saved)
{
	while (sh->saved.n > n_saved) {
		struct pl_sh_saved *s = &sh->saved.v[--sh->saved.n];
		if (s->options) {
			sh->options = s->option_bits;
			continue;
		}
		struct pl_sh_var *v = pl_sh_var_own(sh, pl_str_of(s->var.name));
		clear_var(v);
		free(s->var.name);
		s->var.name = v->name;
		s->var.refs = v->refs;
		*v = s->var;
		if (sh->bash && strcmp(v->name, "OPTIND") == 0)
			optind_is_set(sh, v->value ? v->value : "");
	}
}

void pl_sh_vars_copy(struct pl_shell *to, const struct pl_shell *from)
{
	pl_map_copy(&to->vars, &from->vars);
	for (size_t i = 0; i < to->vars.n; i++)
		((struct pl_sh_var *)to->vars.items[i].value)->refs++;
}

void pl_sh_vars_done(struct pl_shell *sh)
{
	pl_sh_vars_restore(sh, 0);
	pl_vec_free(&sh->saved);
	for (size_t i = 0; i < sh->vars.n; i++) {
		struct pl_sh_var *v = sh->vars.items[i].value;
		if (--v->refs)
			continue;
		clear_var(v);
		free(v->name);
		free(v);
	}
	pl_map_done(&sh->vars);
}

const char *pl_shell_value(const struct pl_shell *sh, const char *name)
{
	const struct pl_sh_var *v = pl_sh_var_get(sh, pl_str_of(name));
	return v ? v->value : NULL;
}

const char *pl_shell_exported(const struct pl_shell *sh, const char *name)
{
	const struct pl_sh_var *v = pl_sh_var_get(sh, pl_str_of(name));
	return v && v->flags & PL_SH_EXPORTED ? v->value : NULL;
}

/* In dash's order. */
static char *options_text(const struct pl_shell *sh)
{
	static const struct {
		enum pl_sh_option bit;
		char letter;
	} letters[] = {
		{PL_SH_NOUNSET, 'u'}, {PL_SH_ALLEXPORT, 'a'}, {PL_SH_NOCLOBBER, 'C'},
		{PL_SH_VERBOSE, 'v'}, {PL_SH_XTRACE, 'x'},    {PL_SH_NOEXEC, 'n'},
		{PL_SH_NOGLOB, 'f'},  {PL_SH_ERREXIT, 'e'},
	};
	char *s = pl_xcalloc(PL_COUNT(letters) + 1, 1);
	size_t n = 0;
	for (size_t i = 0; i < PL_COUNT(letters); i++)
		if (sh->options & letters[i].bit)
			s[n++] = letters[i].letter;
	return s;
}

const char *pl_sh_param(struct pl_shell *sh, struct pl_str name, struct pl_buf *buf)
{
	uint64_t n;
	char c = name.n == 1 ? *name.p : 0;
	if (pl_parse_u64(name, 1 << 20, &n)) {
		if (n == 0)
			return sh->name;
		return n <= sh->n_args ? sh->args[n - 1] : NULL;
	}
	if (c == '#') {
		pl_buf_addf(buf, "%zu", sh->n_args);
	} else if (c == '?') {
		pl_buf_addf(buf, "%d", sh->status);
	} else if (c == '$') {
		pl_buf_addf(buf, "%d", PL_SH_PROCESS);
	} else if (c == '!') {
		if (!sh->job)
			return NULL;
		pl_buf_addf(buf, "%zu", PL_SH_PROCESS + sh->job);
	} else if (c == '-') {
		PL_AUTOFREE char *s = options_text(sh);
		pl_buf_adds(buf, s);
	} else {
		const struct pl_sh_var *v = pl_sh_var_get(sh, name);
		if (v && v->flags & PL_SH_IS_ARRAY)
			return v->n_items && v->items[0].number == 0 ? v->items[0].value : NULL;
		return v ? v->value : NULL;
	}
	return buf->p ? buf->p : "";
}

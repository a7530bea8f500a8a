// SPDX-License-Identifier: Apache-2.0
/* bash's indexed arrays, as far as maintainer scripts use them. */
#include "shell/shell_int.h"

/* The variable as an array: what was plain becomes item 0. */
static int make_array(struct pl_shell *sh, struct pl_str name, bool keep, struct pl_sh_var **ret,
		      struct pl_err *err)
{
	struct pl_sh_var *v = pl_sh_var_own(sh, name);
	if (v->flags & PL_SH_IS_ARRAY && keep) {
		*ret = v;
		return 0;
	}
	PL_AUTOFREE char *first = keep && v->value ? pl_xstrdup(v->value) : NULL;
	int rc = pl_sh_var_set(sh, name, "", 0, err);
	if (rc)
		return rc;
	v = pl_sh_var_own(sh, name);
	free(pl_steal(&v->value));
	v->flags |= PL_SH_IS_ARRAY;
	if (first) {
		v->items = pl_xcalloc(1, sizeof(*v->items));
		v->items[v->n_items++] = (struct pl_sh_item){0, pl_xstrdup("0"), pl_steal(&first)};
	}
	*ret = v;
	return 0;
}

/* Items stay in the order of their numbers. */
static void put_item(struct pl_sh_var *v, int64_t at, const char *value)
{
	size_t k = v->n_items;
	while (k && v->items[k - 1].number >= at)
		k--;
	if (k < v->n_items && v->items[k].number == at) {
		free(v->items[k].value);
		v->items[k].value = pl_xstrdup(value);
		return;
	}
	v->items = pl_xrealloc(v->items, v->n_items + 1, sizeof(*v->items));
	memmove(v->items + k + 1, v->items + k, (v->n_items - k) * sizeof(*v->items));
	v->items[k] = (struct pl_sh_item){at, pl_xprintf("%lld", (long long)at), pl_xstrdup(value)};
	v->n_items++;
}

static int assign_list(struct pl_shell *sh, const struct pl_sh_assign *a, struct pl_err *err)
{
	PL_AUTO(sh_fields) items = {0};
	struct pl_sh_var *v;
	int rc = pl_sh_expand_fields(sh, a->value->parts->word, &items, err);
	if (rc == 0)
		rc = make_array(sh, a->name, a->append, &v, err);
	if (rc)
		return rc;
	int64_t at = v->n_items ? v->items[v->n_items - 1].number + 1 : 0;
	for (size_t i = 0; i < items.n; i++)
		put_item(v, at++, items.v[i]);
	return 0;
}

int pl_sh_array_assign(struct pl_shell *sh, const struct pl_sh_assign *a, struct pl_err *err)
{
	PL_AUTO(buf) index = {.max = 1 << 16};
	PL_AUTO(buf) added = {.max = sh->common->limits.output};
	PL_AUTO(buf) value = {.max = sh->common->limits.output};
	struct pl_sh_var *v = NULL;
	int64_t at = 0;
	if (!a->index)
		return assign_list(sh, a, err);
	int rc = pl_sh_expand_text(sh, a->index, &index, err);
	if (rc == 0)
		rc = pl_sh_arith(sh, pl_buf_str(&index), &at, err);
	if (rc == 0 && (at < 0 || at > INT32_MAX))
		return pl_sh_unknown(sh, err, "an index of %lld", (long long)at);
	if (rc == 0)
		rc = pl_sh_expand_text(sh, a->value, &added, err);
	if (rc == 0)
		rc = make_array(sh, a->name, true, &v, err);
	for (size_t i = 0; rc == 0 && a->append && i < v->n_items; i++)
		if (v->items[i].number == at)
			pl_buf_adds(&value, v->items[i].value);
	pl_buf_addstr(&value, pl_buf_str(&added));
	if (rc == 0)
		rc = pl_sh_keep(sh, value.n + sizeof(struct pl_sh_item), err);
	if (rc == 0)
		put_item(v, at, value.p ? value.p : "");
	return rc;
}

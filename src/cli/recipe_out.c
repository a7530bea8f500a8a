// SPDX-License-Identifier: Apache-2.0
/* What recipe check and recipe learn have to say. */
#include "base/map.h"
#include "cli/recipe_int.h"

#include "base/num.h"
#include "package/verdict.h"

#include <stdlib.h>

void pl_cli_checks_done(struct pl_cli_checks *c)
{
	for (size_t i = 0; i < c->v.n; i++)
		pl_trial_free(c->v.v[i].trial);
	pl_vec_free(&c->v);
}

static size_t count_refused(const struct pl_cli_check *k)
{
	const struct pl_composed *composed = pl_trial_composed(k->trial);
	size_t n = 0;
	for (size_t i = 0; i < composed->n_notes; i++)
		n += composed->notes[i].verdict == PL_SCRIPT_UNKNOWN;
	return n;
}

bool pl_cli_check_bad(const struct pl_cli_check *k)
{
	return k->comparison.n_unexplained || count_refused(k);
}

/* -- text -- */

static int by_count(const void *a, const void *b)
{
	const struct pl_map_item *x = a, *y = b;
	uintptr_t n = (uintptr_t)x->value, m = (uintptr_t)y->value;
	return n != m ? (n < m) - (n > m) : pl_str_cmp(x->key, y->key);
}

static void text_reasons(struct pl_cli *c, const struct pl_comparison *k)
{
	PL_AUTO(map) counts = {0};
	for (size_t i = 0; i < k->n; i++)
		if (k->v[i].reason) {
			void **n = pl_map_slot(&counts, pl_str_of(k->v[i].reason));
			*n = (void *)((uintptr_t)*n + 1);
		}
	struct pl_map_item *v = pl_arena_dup(&c->arena, counts.items, counts.n, sizeof(*v));
	if (counts.n)
		qsort(v, counts.n, sizeof(*v), by_count);
	for (size_t i = 0; i < counts.n; i++)
		pl_buf_addf(&c->out, "  %6zu %s\n", (size_t)(uintptr_t)v[i].value, v[i].key.p);
}

static void text_check(struct pl_cli *c, const struct pl_cli_check *k)
{
	const struct pl_composed *composed = pl_trial_composed(k->trial);
	pl_buf_addf(&c->out, "%s: %s, %zu paths: %zu differences, %zu of them unexplained\n",
		    k->name, PL_COUNTED(composed->n_packages, "package"), k->comparison.n_paths,
		    k->comparison.n, k->comparison.n_unexplained);
	text_reasons(c, &k->comparison);
	for (size_t i = 0; i < composed->n_notes; i++) {
		const struct pl_script_note *n = &composed->notes[i];
		if (n->verdict == PL_SCRIPT_UNKNOWN)
			pl_buf_addf(&c->out, "%s.%s is refused: %s\n", n->package->name, n->script,
				    n->why);
	}
	for (size_t i = 0; i < k->comparison.n; i++) {
		const struct pl_difference *d = &k->comparison.v[i];
		if (d->reason && !c->args.full)
			continue;
		struct pl_str rest = pl_str_of(d->text);
		pl_buf_addf(&c->out, "/%s: %s%s\n", d->path, d->reason ? "explained: " : "",
			    d->reason ? d->reason : pl_difference_names[d->kind]);
		while (rest.p) {
			PL_AUTOFREE char *line = pl_str_dup(pl_str_cut(&rest, '\n'));
			pl_buf_adds(&c->out, "    ");
			pl_out_text(&c->out, line);
			pl_buf_addc(&c->out, '\n');
		}
	}
}

/* -- JSON -- */

static void json_difference(struct pl_jw *w, const struct pl_difference *d)
{
	PL_AUTOFREE char *path = pl_xprintf("/%s", d->path);
	pl_jw_object(w);
	pl_jw_kcstr(w, "path", path);
	pl_jw_kcstr(w, "kind", pl_difference_names[d->kind]);
	pl_jw_kcstr(w, "text", d->text);
	pl_jw_kcstr(w, "reason", d->reason);
	pl_jw_end_object(w);
}

static void json_check(struct pl_jw *w, const struct pl_cli_check *k)
{
	const struct pl_composed *composed = pl_trial_composed(k->trial);
	pl_jw_object(w);
	pl_jw_kcstr(w, "name", k->name);
	pl_jw_ku64(w, "packages", composed->n_packages);
	pl_jw_ku64(w, "paths", k->comparison.n_paths);
	pl_jw_ku64(w, "unexplained", k->comparison.n_unexplained);
	pl_jw_key(w, "refused");
	pl_jw_array(w);
	for (size_t i = 0; i < composed->n_notes; i++) {
		const struct pl_script_note *n = &composed->notes[i];
		if (n->verdict != PL_SCRIPT_UNKNOWN)
			continue;
		pl_jw_object(w);
		pl_jw_kcstr(w, "package", n->package->name);
		pl_jw_kcstr(w, "script", n->script);
		pl_jw_kcstr(w, "reason", n->why);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
	pl_jw_key(w, "differences");
	pl_jw_array(w);
	for (size_t i = 0; i < k->comparison.n; i++)
		json_difference(w, &k->comparison.v[i]);
	pl_jw_end_array(w);
	pl_jw_end_object(w);
}

void pl_out_checks(struct pl_cli *c, const struct pl_cli_checks *checks)
{
	struct pl_jw w;
	for (size_t i = 0; !c->json && i < checks->v.n; i++)
		text_check(c, &checks->v.v[i]);
	if (!c->json)
		return;
	pl_json_begin(c, &w);
	pl_jw_key(&w, "checks");
	pl_jw_array(&w);
	for (size_t i = 0; i < checks->v.n; i++)
		json_check(&w, &checks->v.v[i]);
	pl_jw_end_array(&w);
	pl_json_end(c, &w);
}

void pl_out_learnt(struct pl_cli *c, const char *package, const struct pl_learnt *l,
		   const char *path)
{
	struct pl_jw w;
	if (!c->json) {
		if (path)
			pl_buf_addf(&c->out, "%s is written; it counts from the next lock on\n",
				    path);
		else if (l->text)
			pl_buf_adds(&c->out, l->text);
		else
			pl_buf_addf(&c->out, "%s needs no recipe: %s\n", package, l->why_none);
		return;
	}
	pl_json_begin(c, &w);
	pl_jw_kcstr(&w, "package", package);
	pl_jw_kcstr(&w, "recipe", l->text);
	pl_jw_kcstr(&w, "why_none", l->why_none);
	pl_jw_kcstr(&w, "file", path);
	pl_jw_key(&w, "left");
	pl_jw_array(&w);
	for (size_t i = 0; l->left && l->left[i]; i++) {
		PL_AUTOFREE char *name = pl_xprintf("/%s", l->left[i]);
		pl_jw_cstr(&w, name);
	}
	pl_jw_end_array(&w);
	pl_json_end(c, &w);
}

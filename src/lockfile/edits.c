// SPDX-License-Identifier: Apache-2.0
#include "lockfile/edits.h"

#include <stdlib.h>

#define SAID_MAX 350 /* bytes of a message that name edits */

void pl_lock_edits_done(struct pl_lock_edits *e)
{
	pl_vec_free(&e->v);
	pl_map_done(&e->said);
	pl_arena_done(&e->arena);
}

void pl_lock_edits_add(struct pl_lock_edits *e, const char *image, const char *from,
		       enum pl_lock_edit_kind kind)
{
	struct pl_arena *a = &e->arena;
	const char *key = pl_arena_printf(a, "%s\n%s", image, from ? from : "");
	if (pl_map_put(&e->said, pl_str_of(key), e))
		return; /* on another platform too */
	*pl_vec_push(&e->v) =
		(struct pl_lock_edit){pl_arena_cstr(a, pl_str_of(image)),
				      from ? pl_arena_cstr(a, pl_str_of(from)) : NULL, kind};
}

/* Both are sorted by place in the image. What is written in the definition has no file. */
void pl_lock_edits_image(struct pl_lock_edits *e, const struct pl_lock_image *was,
			 const struct pl_lock_image *is)
{
	bool listed =
		false; /* is a file new or gone? Its definition is another then by that alone */
	for (size_t i = 0, k = 0; i < was->n_files || k < is->n_files;) {
		const struct pl_lock_file *f = i < was->n_files ? &was->files[i] : NULL;
		const struct pl_lock_file *g = k < is->n_files ? &is->files[k] : NULL;
		int c = !f ? 1 : !g ? -1 : strcmp(f->to, g->to);
		i += c <= 0;
		k += c >= 0;
		if (c == 0 && f->from && g->from && strcmp(f->from, g->from) == 0) {
			if (f->mode != g->mode || !pl_digest_eq(&f->sha256, &g->sha256))
				pl_lock_edits_add(e, is->id, g->from, PL_EDIT_CHANGED);
			continue;
		}
		if (c <= 0 && f->from)
			pl_lock_edits_add(e, is->id, f->from, PL_EDIT_GONE);
		if (c >= 0 && g->from)
			pl_lock_edits_add(e, is->id, g->from, PL_EDIT_NEW);
		listed = listed || (c <= 0 && f->from) || (c >= 0 && g->from);
	}
	if (!listed && !pl_digest_eq(&was->definition, &is->definition))
		pl_lock_edits_add(e, is->id, NULL, PL_EDIT_CHANGED);
}

/* One image's platforms, which stand together. */
struct platform_run {
	const struct pl_lock_image *v;
	size_t n;
};

static struct platform_run run_at(const struct pl_lock *l, size_t i)
{
	struct platform_run r = {l->images + i, 0};
	while (i + r.n < l->n_images && strcmp(r.v[r.n].id, r.v->id) == 0)
		r.n++;
	return r;
}

static void compare_platforms(struct pl_lock_edits *e, struct platform_run was,
			      struct platform_run is)
{
	for (size_t i = 0, k = 0; i < was.n || k < is.n;) {
		int c = i == was.n  ? 1
			: k == is.n ? -1
				    : strcmp(was.v[i].platform->name, is.v[k].platform->name);
		if (c == 0)
			pl_lock_edits_image(e, &was.v[i], &is.v[k]);
		else
			pl_lock_edits_add(e, is.v->id, NULL, PL_EDIT_CHANGED);
		i += c <= 0;
		k += c >= 0;
	}
}

void pl_lock_edits_find(struct pl_lock_edits *e, const struct pl_lock *from,
			const struct pl_lock *to)
{
	for (size_t i = 0, k = 0; i < from->n_images || k < to->n_images;) {
		struct platform_run was = run_at(from, i), is = run_at(to, k);
		int c = !was.n ? 1 : !is.n ? -1 : strcmp(was.v->id, is.v->id);
		if (c == 0)
			compare_platforms(e, was, is);
		else if (c < 0)
			pl_lock_edits_add(e, was.v->id, NULL, PL_EDIT_GONE);
		else
			pl_lock_edits_add(e, is.v->id, NULL, PL_EDIT_NEW);
		i += c <= 0 ? was.n : 0;
		k += c >= 0 ? is.n : 0;
	}
}

const char *pl_lock_edit_kind_name(enum pl_lock_edit_kind kind)
{
	static const char *const names[] = {"changed", "new", "gone"};
	return names[kind];
}

const char *pl_lock_edit_text(struct pl_arena *a, const struct pl_lock_edit *e)
{
	const char *kind = pl_lock_edit_kind_name(e->kind);
	if (e->from)
		return pl_arena_printf(a, "%s: %s (%s)", e->image, e->from, kind);
	return pl_arena_printf(a, "%s: its definition (%s)", e->image, kind);
}

int pl_lock_edits_refuse(const struct pl_lock_edits *e, const struct pl_env *env,
			 struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) list = {0};
	size_t n = 0;
	if (!e->v.n)
		return 0;
	for (size_t i = 0; i < e->v.n; i++) {
		const char *text = pl_lock_edit_text(&a, &e->v.v[i]);
		if (i && (n < i || list.n + strlen(text) > SAID_MAX)) {
			pl_note(env, "not what was locked: %s", text);
			continue;
		}
		pl_buf_addf(&list, "%s%.*s", i ? ", " : "", SAID_MAX, text);
		n++;
	}
	if (n < e->v.n)
		pl_buf_addf(&list, ", and %zu more", e->v.n - n);
	return pl_fail(err, PL_VERIFY, "not what was locked: %s; run plimsoll lock",
		       pl_buf_str(&list).p);
}

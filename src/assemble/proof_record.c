// SPDX-License-Identifier: Apache-2.0
/* What composing a target showed, kept under the target's key: an image whose inputs are the same
 * need not be composed again to know it. */
#include "assemble/builder_int.h"
#include "store/fields.h"

/* Bytes that one of each takes at least. */
#define WARNING_LEAST 24
#define NOTE_LEAST 80
#define ID_LEAST 32

static void put_warnings(struct pl_buf *b, const struct pl_built_platform *p)
{
	pl_put_u64(b, p->n_warnings);
	for (size_t i = 0; i < p->n_warnings; i++) {
		pl_put_cstr(b, p->warnings[i].kind);
		pl_put_cstr(b, p->warnings[i].about);
		pl_put_cstr(b, p->warnings[i].message);
	}
}

static void put_notes(struct pl_buf *b, const struct pl_target *t)
{
	pl_put_u64(b, t->notes.n);
	for (size_t i = 0; i < t->notes.n; i++) {
		const struct pl_script_note *n = &t->notes.v[i];
		pl_put_cstr(b, n->package->name);
		pl_put_digest(b, &n->package->sha256);
		pl_put_cstr(b, n->script);
		pl_put_digest(b, &n->sha256);
		pl_put_u64(b, n->verdict);
		pl_put_cstr(b, n->why);
	}
}

static void put_ids(struct pl_buf *b, const struct pl_target *t)
{
	pl_put_u64(b, t->ids.n);
	for (size_t i = 0; i < t->ids.n; i++) {
		const struct pl_id_want *w = &t->ids.v[i];
		pl_put_cstr(b, w->name);
		pl_put_u64(b, w->is_group);
		pl_put_u64(b, (uint64_t)w->fixed);
		pl_put_u64(b, (uint64_t)w->first << 32 | w->last);
	}
}

int pl_target_proof_remember(struct pl_builder *b, const struct pl_target *t, struct pl_err *err)
{
	PL_AUTO(buf) data = {0};
	put_warnings(&data, &t->built);
	put_notes(&data, t);
	put_ids(&data, t);
	return pl_store_record_put(b->store, "proof", &t->key, pl_buf_str(&data), err);
}

static void get_warnings(struct pl_fields *f, struct pl_target *t)
{
	size_t n = pl_get_count(f, WARNING_LEAST);
	struct pl_warning *v = pl_arena_array(&t->arena, struct pl_warning, n + 1);
	for (size_t i = 0; i < n; i++) {
		v[i].kind = pl_get_cstr(f);
		v[i].about = pl_get_cstr(f);
		v[i].message = pl_get_cstr(f);
		f->bad = f->bad || !v[i].kind || !v[i].about || !v[i].message;
	}
	t->built.warnings = v;
	t->built.n_warnings = n;
}

/* A package of the target or of its bases. */
static const struct pl_lock_package *find_package(const struct pl_target *t, const char *name,
						  const struct pl_digest *sha256)
{
	for (; t; t = t->base)
		for (size_t i = 0; i < t->lock->n_packages; i++)
			if (strcmp(t->lock->packages[i]->name, name) == 0 &&
			    pl_digest_eq(&t->lock->packages[i]->sha256, sha256))
				return t->lock->packages[i];
	return NULL;
}

static void get_notes(struct pl_fields *f, struct pl_target *t)
{
	size_t n = pl_get_count(f, NOTE_LEAST);
	for (size_t i = 0; i < n && !f->bad; i++) {
		struct pl_script_note *note = pl_vec_push(&t->notes);
		struct pl_digest sha256;
		const char *name = pl_get_cstr(f);
		pl_get_digest(f, &sha256);
		note->package = name ? find_package(t, name, &sha256) : NULL;
		note->script = pl_get_cstr(f);
		pl_get_digest(f, &note->sha256);
		uint64_t verdict = pl_get_u64(f);
		note->verdict = (enum pl_verdict)verdict;
		note->why = pl_get_cstr(f);
		t->n_refused += verdict == PL_SCRIPT_UNKNOWN;
		f->bad = f->bad || !note->package || !note->script || !note->why ||
			 verdict > PL_SCRIPT_UNKNOWN;
	}
}

static void get_ids(struct pl_fields *f, struct pl_target *t)
{
	size_t n = pl_get_count(f, ID_LEAST);
	for (size_t i = 0; i < n && !f->bad; i++) {
		struct pl_id_want *w = pl_vec_push(&t->ids);
		w->name = pl_get_cstr(f);
		w->is_group = pl_get_u64(f) != 0;
		w->fixed = (int64_t)pl_get_u64(f);
		uint64_t range = pl_get_u64(f);
		w->first = (uint32_t)(range >> 32);
		w->last = (uint32_t)range;
		f->bad = f->bad || !w->name || w->fixed > UINT32_MAX;
	}
}

int pl_target_proof_recall(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	PL_AUTO(buf) data = {0};
	int rc = pl_store_record_get(b->store, "proof", &t->key, &data, err);
	if (rc <= 0)
		return rc;
	struct pl_fields f = {pl_buf_str(&data), &t->arena, false};
	get_warnings(&f, t);
	get_notes(&f, t);
	get_ids(&f, t);
	if (pl_fields_end(&f))
		return 1;
	t->built.n_warnings = t->notes.n = t->ids.n = t->n_refused = 0;
	return 0;
}

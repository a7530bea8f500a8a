// SPDX-License-Identifier: Apache-2.0
#include "assemble/build.h"

#include "assemble/builder_int.h"
#include "base/num.h"
#include "base/threads.h"
#include "fleet/locked.h"
#include "oci/repository.h"

/* The builder with its targets and what they loaded; NULL is fine. */
static void builder_free(struct pl_builder *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->targets.n; i++) {
		struct pl_target *t = b->targets.v[i];
		if (t->has_tree)
			pl_tree_done(&t->tree);
		pl_vec_free(&t->notes);
		pl_vec_free(&t->ids);
		pl_arena_done(&t->arena);
	}
	pl_vec_free(&b->targets);
	for (size_t i = 0; i < b->loaded.n; i++)
		pl_loaded_free(b->loaded.v[i]);
	pl_vec_free(&b->loaded);
	pl_vec_free(&b->groups);
	pl_map_done(&b->loaded_by_key);
	pl_map_done(&b->groups_by_key);
	pl_map_done(&b->elf);
	pl_map_done(&b->programs);
	pl_map_done(&b->memory);
	pl_arena_done(&b->memory_arena);
	pl_lock_edits_done(&b->edits);
	pl_files_free(b->files);
	pthread_mutex_destroy(&b->memory_lock);
	pl_arena_done(&b->arena);
	free(b);
}

void pl_build_result_free(struct pl_build_result *r)
{
	if (!r)
		return;
	builder_free(r->builder);
	pl_arena_done(&r->arena);
	free(r);
}

static struct pl_target *target_find(const struct pl_builder *b, const struct pl_image *i,
				     const struct pl_platform *platform)
{
	for (size_t k = 0; k < b->targets.n; k++)
		if (b->targets.v[k]->image == i && b->targets.v[k]->platform == platform)
			return b->targets.v[k];
	return NULL;
}

/* Compares what is built with what was locked: the definition as it reads without --set, and its
 * files. With --set, all files must be among those. */
static int find_edits(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	PL_AUTO(map) known = {0};
	struct pl_lock_image is;
	int rc = pl_locked_edits(b->files, t->lock, t->image, t->platform, &t->arena, &b->edits,
				 &is, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < is.n_files; i++)
		if (is.files[i].from)
			pl_map_put(&known, pl_str_of(is.files[i].from), b);
	for (size_t i = 0; i < t->n_files; i++)
		if (t->files[i].from && !pl_map_has(&known, pl_str_of(t->files[i].from)))
			pl_lock_edits_add(&b->edits, is.id, t->files[i].from, PL_EDIT_NEW);
	return 0;
}

/* The fleet's own files as they are now. */
static int take_files(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	int rc = pl_files_collect(b->files, t->image, t->platform, &t->arena, &t->files,
				  &t->n_files, err);
	return rc == 0 && b->options.locked ? find_edits(b, t, err) : rc;
}

/* With --locked, of all images: those that only the lock has, too. */
static int check_edits(struct pl_builder *b, struct pl_err *err)
{
	for (size_t i = 0; !b->options.only && i < b->lock->n_images; i++)
		if (!pl_fleet_find(b->fleet, pl_str_of(b->lock->images[i].id)))
			pl_lock_edits_add(&b->edits, b->lock->images[i].id, NULL, PL_EDIT_GONE);
	return pl_lock_edits_refuse(&b->edits, b->env, err);
}

static struct pl_target *add_target(struct pl_builder *b, const struct pl_image *i,
				    const struct pl_platform *platform)
{
	struct pl_target *t = target_find(b, i, platform);
	if (t)
		return t;
	struct pl_target *base = i->base ? add_target(b, i->base, platform) : NULL;
	t = pl_arena_new(&b->arena, struct pl_target);
	*t = (struct pl_target){.image = i,
				.platform = platform,
				.base = base,
				.lock = pl_lock_image_find(b->lock, i->id, platform),
				.level = base ? base->level + 1 : 0};
	if (base)
		base->has_children = true;
	*pl_vec_push(&b->targets) = t;
	return t;
}

/* Every platform of an image and of its bases: an index is whole or it is another image, whatever
 * part of the fleet was asked for. */
static void add_image(struct pl_builder *b, const struct pl_image *i)
{
	if (i->base)
		add_image(b, i->base);
	for (const struct pl_platform **p = i->platforms; *p; p++)
		add_target(b, i, *p);
}

static bool is_asked_for(const struct pl_image *i, const char *const *only)
{
	if (!only)
		return true;
	for (; *only; only++)
		if (strcmp(*only, i->id) == 0)
			return true;
	return false;
}

static int add_targets(struct pl_builder *b, struct pl_err *err)
{
	const char *const *only = b->options.only;
	for (const char *const *o = only; o && *o; o++) {
		bool found = false;
		const char *one[] = {*o, NULL};
		for (size_t i = 0; i < b->fleet->n_images; i++)
			found = found || is_asked_for(b->fleet->images[i], one);
		if (!found)
			return pl_fail(err, PL_NOT_FOUND, "no image '%s' in this fleet", *o);
	}
	for (size_t i = 0; i < b->fleet->n_images; i++)
		if (is_asked_for(b->fleet->images[i], only))
			add_image(b, b->fleet->images[i]);
	int rc = pl_builder_check(b, err);
	for (size_t i = 0; i < b->targets.n && rc == 0; i++) {
		rc = take_files(b, b->targets.v[i], err);
		if (rc == 0)
			pl_target_key(b, b->targets.v[i]);
	}
	if (rc == 0 && b->options.locked)
		rc = check_edits(b, err);
	if (rc == 0)
		rc = pl_files_remember(b->files, err);
	for (size_t i = 0; i < b->targets.n && rc >= 0; i++) {
		struct pl_target *t = b->targets.v[i];
		if (!b->proves)
			rc = pl_target_recall(b, t, err);
		else if ((rc = pl_target_proof_recall(b, t, err)) > 0)
			t->reused = true;
	}
	return rc < 0 ? rc : 0;
}

/* By name; packages of two formats may share one. */
static int by_name(const void *a, const void *b)
{
	return pl_lock_package_cmp((*(struct pl_loaded *const *)a)->lock,
				   (*(struct pl_loaded *const *)b)->lock);
}

/* The packages of targets that must be made, and of their bases, whose trees are needed. */
static void want_packages(struct pl_builder *b, struct pl_target *t)
{
	if (t->packages)
		return;
	if (t->base)
		want_packages(b, t->base);
	size_t n_base = t->base ? t->base->n_effective : 0;
	t->packages = pl_arena_array(&b->arena, struct pl_loaded *, t->lock->n_packages + 1);
	t->effective =
		pl_arena_array(&b->arena, struct pl_loaded *, n_base + t->lock->n_packages + 1);
	for (size_t i = 0; i < t->lock->n_packages; i++)
		t->packages[t->n_packages++] =
			pl_builder_want(b, t->lock->packages[i], t->image->exclude);
	for (size_t i = 0; i < n_base; i++)
		t->effective[t->n_effective++] = t->base->effective[i];
	for (size_t i = 0; i < t->n_packages; i++)
		t->effective[t->n_effective++] = t->packages[i];
	qsort(t->effective, t->n_effective, sizeof(*t->effective), by_name);
}

struct level {
	struct pl_builder *b;
	PL_VEC(struct pl_target *) v;
};

/* What the composed target lacks, and what its scripts came to. */
static int prove(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	int rc = pl_target_warn(b, t, err);
	return rc < 0 ? rc : pl_target_proof_remember(b, t, err);
}

static int make_target(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct level *l = ctx;
	struct pl_target *t = l->v.v[i];
	int rc = pl_target_compose(l->b, t, err);
	bool refused = rc == 0 && (t->n_refused || (t->base && t->base->n_refused));
	if (rc == 0 && !refused)
		rc = pl_target_image(l->b, t, err);
	if (rc == 0 && !refused)
		rc = prove(l->b, t, err);
	if (rc == 0 && !refused)
		rc = pl_target_remember(l->b, t, err);
	if (t->has_tree && !t->has_children) {
		pl_tree_done(&t->tree);
		t->has_tree = false;
	}
	pl_progress_step(l->b->env, "images", 1, t->image->id);
	return rc;
}

/* A reused base is composed once, before the children that stand on it are made in parallel. */
static int compose_base(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct level *l = ctx;
	return pl_target_compose(l->b, l->v.v[i], err);
}

static int make_targets(struct pl_builder *b, struct pl_err *err)
{
	unsigned deepest = 0;
	size_t n_to_make = 0;
	for (size_t i = 0; i < b->targets.n; i++) {
		n_to_make += !b->targets.v[i]->reused;
		if (b->targets.v[i]->level > deepest)
			deepest = b->targets.v[i]->level;
	}
	if (n_to_make == 0)
		return 0;
	pl_progress_begin(b->env, "images", n_to_make, "");
	int rc = 0;
	for (unsigned level = 0; level <= deepest && rc == 0; level++) {
		struct level bases = {.b = b}, make = {.b = b};
		for (size_t i = 0; i < b->targets.n; i++) {
			struct pl_target *t = b->targets.v[i];
			if (t->level != level)
				continue;
			if (!t->reused)
				*pl_vec_push(&make.v) = t;
			else if (t->has_children && t->packages)
				*pl_vec_push(&bases.v) = t;
		}
		rc = pl_parallel(b->env, bases.v.n, compose_base, &bases, err);
		if (rc == 0)
			rc = pl_parallel(b->env, make.v.n, make_target, &make, err);
		pl_vec_free(&bases.v);
		pl_vec_free(&make.v);
	}
	if (rc == 0)
		pl_progress_end(b->env, "images", "%s made, %zu reused",
				PL_COUNTED(n_to_make, "manifest"), b->targets.n - n_to_make);
	return rc;
}

static int prove_target(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct level *l = ctx;
	struct pl_target *t = l->v.v[i];
	int rc = pl_target_compose(l->b, t, err);
	if (rc == 0)
		rc = prove(l->b, t, err);
	pl_tree_done(&t->tree);
	t->has_tree = false;
	pl_progress_step(l->b->env, "scripts", 1, t->image->id);
	return rc;
}

/* What was found out, of all targets. */
static void collect_proof(struct pl_build_result *r)
{
	const struct pl_builder *b = r->builder;
	size_t n_notes = 0, n_ids = 0;
	for (size_t i = 0; i < b->targets.n; i++) {
		n_notes += b->targets.v[i]->notes.n;
		n_ids += b->targets.v[i]->ids.n;
	}
	r->proof.notes = pl_arena_array(&r->arena, struct pl_script_note, n_notes + 1);
	r->proof.ids = pl_arena_array(&r->arena, struct pl_proof_id, n_ids + 1);
	for (size_t i = 0; i < b->targets.n; i++) {
		const struct pl_target *t = b->targets.v[i];
		for (size_t k = 0; k < t->notes.n; k++)
			r->proof.notes[r->proof.n_notes++] = t->notes.v[k];
		for (size_t k = 0; k < t->ids.n; k++)
			r->proof.ids[r->proof.n_ids++] =
				(struct pl_proof_id){t->lock->distro, t->ids.v[k]};
	}
}

static int prove_targets(struct pl_builder *b, struct pl_err *err)
{
	struct pl_build_result *r = b->result;
	struct level unknown = {.b = b};
	for (size_t i = 0; i < b->targets.n; i++)
		if (!b->targets.v[i]->reused)
			*pl_vec_push(&unknown.v) = b->targets.v[i];
	pl_progress_begin(b->env, "scripts", unknown.v.n, "");
	int rc = pl_parallel(b->env, unknown.v.n, prove_target, &unknown, err);
	pl_progress_end(b->env, "scripts", "%s", "");
	pl_vec_free(&unknown.v);
	r->images = pl_arena_array(&r->arena, struct pl_built_image, b->fleet->n_images);
	for (size_t i = 0; rc == 0 && i < b->fleet->n_images; i++)
		if (target_find(b, b->fleet->images[i], b->fleet->images[i]->platforms[0]))
			pl_builder_list(b, b->fleet->images[i], &r->images[r->n_images++]);
	if (rc == 0)
		collect_proof(r);
	return rc;
}

/* The store's layout names every image, so that any tool can copy it from there. */
static int name_images(struct pl_builder *b, struct pl_err *err)
{
	const struct pl_build_result *r = b->result;
	PL_AUTO_FREE(repo) layout = NULL;
	PL_AUTO(arena) a = {0};
	struct pl_tagged *v = pl_arena_array(&a, struct pl_tagged, r->n_images + 1);
	int rc = pl_store_sync(b->store, err); /* content first, then what points to it */
	if (rc == 0)
		rc = pl_layout_open(b->env, pl_store_dir(b->store), true, &layout, err);
	for (size_t i = 0; i < r->n_images && rc == 0; i++) {
		PL_AUTO(buf) text = {.max = b->env->limits->manifest_bytes};
		const char **names = pl_arena_array(&a, const char *, 2);
		names[0] = pl_arena_printf(&a, "%s:%s", r->images[i].repository, r->images[i].tag);
		rc = pl_store_read_all(b->store, PL_STORE_BLOBS, &r->images[i].digest, &text, err);
		v[i] = (struct pl_tagged){PL_MT_INDEX, pl_arena_str(&a, pl_buf_str(&text)), names,
					  NULL};
	}
	return rc < 0 ? rc : pl_repo_put_tags(layout, v, r->n_images, err);
}

/* Bases before what stands on them, since a manifest names its base's. */
static int make_manifests(struct pl_builder *b, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < b->targets.n && rc == 0; i++)
		rc = pl_target_manifest(b, b->targets.v[i], err);
	return rc;
}

/* One index an image; then the layout's index.json names them all. */
static int make_indexes(struct pl_builder *b, struct pl_err *err)
{
	struct pl_build_result *r = b->result;
	r->images = pl_arena_array(&r->arena, struct pl_built_image, b->fleet->n_images);
	for (size_t i = 0; i < b->fleet->n_images; i++) {
		const struct pl_image *image = b->fleet->images[i];
		if (!target_find(b, image, image->platforms[0]))
			continue;
		int rc = pl_builder_index(b, image, &r->images[r->n_images], err);
		if (rc < 0)
			return rc;
		r->n_images++;
	}
	return name_images(b, err);
}

static int build_targets(struct pl_builder *b, struct pl_err *err)
{
	int rc = add_targets(b, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < b->targets.n; i++)
		if (!b->targets.v[i]->reused)
			want_packages(b, b->targets.v[i]);
	rc = pl_builder_load(b, err);
	if (b->proves)
		return rc < 0 ? rc : prove_targets(b, err);
	for (size_t i = 0; i < b->targets.n && rc == 0; i++)
		if (!b->targets.v[i]->reused) /* a record is made of what was checked */
			rc = pl_target_agrees(b, b->targets.v[i], err);
	if (rc == 0)
		rc = pl_builder_groups(b, err);
	if (rc == 0)
		rc = make_targets(b, err);
	if (rc == 0)
		rc = pl_builder_check_scripts(b, err);
	if (rc == 0)
		rc = make_manifests(b, err);
	return rc < 0 ? rc : make_indexes(b, err);
}

static int find_compressor(struct pl_builder *b, struct pl_err *err)
{
	b->compressor = pl_compressor_find(b->lock->compressor);
	if (b->compressor)
		return 0;
	return pl_fail(
		err, PL_INPUT,
		"the lock names the compressor %.60s, whose bytes this program cannot make; "
		"run plimsoll lock to pack layers by %s, which gives the same bytes on every "
		"machine (their digests change once), or use the program that locked",
		b->lock->compressor, pl_compressor_default()->name);
}

static int open_builder(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
			struct pl_store *store, const struct pl_build_options *o, bool proves,
			struct pl_build_result **ret, struct pl_err *err)
{
	PL_AUTO_FREE(build_result) r = pl_xcalloc(1, sizeof(*r));
	r->registry = o->registry ? pl_arena_cstr(&r->arena, pl_str_of(o->registry)) : NULL;
	r->builder = pl_xcalloc(1, sizeof(*r->builder));
	*r->builder = (struct pl_builder){.env = env,
					  .fleet = f,
					  .lock = l,
					  .store = store,
					  .registry = r->registry ? r->registry : f->registry,
					  .proves = proves,
					  .options = *o,
					  .files = pl_files_new(env, f, store),
					  .result = r};
	pthread_mutex_init(&r->builder->memory_lock, NULL);
	int rc = find_compressor(r->builder, err);
	if (rc == 0)
		*ret = pl_steal(&r);
	return rc;
}

static int run_builder(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
		       struct pl_store *store, const struct pl_build_options *o, bool proves,
		       struct pl_build_result **ret, struct pl_err *err)
{
	PL_AUTO_FREE(build_result) r = NULL;
	int rc = open_builder(env, f, l, store, o, proves, &r, err);
	if (rc == 0)
		rc = build_targets(r->builder, err);
	if (rc == 0)
		*ret = pl_steal(&r);
	return rc;
}

int pl_builder_compose(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
		       struct pl_store *store, const struct pl_compose_request *rq,
		       struct pl_build_result **ret, struct pl_target **ret_target,
		       struct pl_err *err)
{
	PL_AUTO_FREE(build_result) r = NULL;
	const char *const only[] = {rq->image, NULL};
	const struct pl_build_options o = {.only = only};
	struct pl_target *t = NULL;
	int rc = open_builder(env, f, l, store, &o, true, &r, err);
	if (rc == 0)
		rc = add_targets(r->builder, err);
	if (rc < 0)
		return rc;
	r->builder->tell = rq->tell;
	r->builder->tell_ctx = rq->ctx;
	t = target_find(r->builder, pl_fleet_find(f, pl_str_of(rq->image)), rq->platform);
	if (!t)
		return pl_fail(err, PL_NOT_FOUND, "the image %s is not for %s", rq->image,
			       rq->platform->name);
	want_packages(r->builder, t);
	rc = pl_builder_load(r->builder, err);
	if (rc == 0)
		rc = pl_target_compose(r->builder, t, err);
	if (rc < 0)
		return rc;
	*ret_target = t;
	*ret = pl_steal(&r);
	return 0;
}

int pl_build(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
	     struct pl_store *store, const struct pl_build_options *o, struct pl_build_result **ret,
	     struct pl_err *err)
{
	return run_builder(env, f, l, store, o, false, ret, err);
}

int pl_build_prove(void *ctx, const struct pl_lock *l, const char *const *only,
		   struct pl_proof *ret, struct pl_err *err)
{
	struct pl_prover *p = ctx;
	const struct pl_build_options o = {.only = only};
	pl_build_result_free(p->result);
	p->result = NULL;
	int rc = run_builder(p->env, p->fleet, l, p->store, &o, true, &p->result, err);
	if (rc == 0)
		*ret = p->result->proof;
	return rc;
}

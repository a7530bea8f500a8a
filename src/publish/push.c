// SPDX-License-Identifier: Apache-2.0
/*
 * Content first, pointers last: blobs, then each platform's manifest by digest, then the index
 * under the immutable tag, then under the moving one; only then the inventory. Killed anywhere, the
 * next push goes on: what is there is not sent again.
 */
#include "publish/push.h"

#include "base/file.h"
#include "base/map.h"
#include "base/num.h"
#include "base/threads.h"
#include "publish/tags_int.h"

#define CLAIMS_MAX 50

struct push {
	const struct pl_env *env;
	struct pl_registries *registries;
	const struct pl_fleet *fleet;
	const struct pl_build_result *built;
	struct pl_store *store;
	struct pl_registrar *to; /* NULL: images are not registered */
	const char *const *only;
	struct pl_push_result *ret;
	size_t unregistered;
	struct pl_err first; /* why registering failed first */
	/* Where this run has seen a blob to be (raw digest -> repository): siblings share the
	 * layers of their packages without one standing on the other. Read-only while blobs are
	 * put. */
	struct pl_map where;
	struct pl_map targets; /* image id -> struct push_target, in ret's arena */
};

/* Where an image goes; what was made of it in this run. */
struct push_target {
	struct pl_ref ref;                  /* its repository */
	const struct pl_built_image *built; /* NULL: nothing */
};

struct push_blob {
	struct pl_digest digest;
	uint64_t size;
};
struct push_blobs {
	struct push *p;
	struct pl_repo *repo;
	const char **from; /* repositories of the bases on the same registry */
	size_t n_from;
	PL_VEC(struct push_blob) v;
	struct pl_map seen;
};

struct blob_source {
	struct pl_store *store;
	const struct pl_digest *digest;
};

/* What is waited for now. */
static void say(const struct push *p, const char *doing, const char *name)
{
	PL_AUTOFREE char *what = pl_xprintf("%s %s", doing, name);
	pl_progress_step(p->env, "push", 0, what);
}

static int open_blob(void *ctx, struct pl_source **ret, struct pl_err *err)
{
	const struct blob_source *b = ctx;
	return pl_store_read(b->store, PL_STORE_BLOBS, b->digest, true, ret, err);
}

static int put_blob(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct push_blobs *b = ctx;
	const struct pl_digest *d = &b->v.v[i].digest;
	struct blob_source src = {b->p->store, d};
	const char *sibling = pl_map_get(&b->p->where, pl_digest_key(d));
	PL_AUTOFREE const char **from = pl_xcalloc(b->n_from + 2, sizeof(*from));
	size_t n = 0;
	if (sibling)
		from[n++] = sibling;
	for (size_t k = 0; k < b->n_from; k++)
		from[n++] = b->from[k];
	PL_AUTOFREE char *what = pl_xprintf("blob %zu of %zu (%s) to %s", i + 1, b->v.n,
					    PL_SIZED(b->v.v[i].size), pl_repo_name(b->repo));
	pl_progress_step(b->p->env, "push", 0, what);
	int rc = pl_repo_put_blob(b->repo, d, b->v.v[i].size, from, open_blob, &src, err);
	if (rc == 0)
		pl_progress_step(b->p->env, "push", b->v.v[i].size, NULL);
	return rc;
}

static void add_blob(struct push_blobs *b, const struct pl_digest *d, uint64_t size)
{
	struct pl_str key = pl_digest_key(d);
	if (pl_map_has(&b->seen, key))
		return;
	pl_map_put(&b->seen, key, b);
	*pl_vec_push(&b->v) = (struct push_blob){*d, size};
}

static int find_target(struct push *p, const struct pl_image *i, const struct push_target **ret,
		       struct pl_err *err)
{
	struct push_target *t = pl_map_get(&p->targets, pl_str_of(i->id));
	if (!t) {
		t = pl_arena_new(&p->ret->arena, struct push_target);
		int rc = pl_push_reference(p->fleet, i, p->built->registry, &p->ret->arena, &t->ref,
					   err);
		if (rc < 0)
			return rc;
		for (size_t k = 0; k < p->built->n_images; k++)
			if (p->built->images[k].image == i)
				t->built = &p->built->images[k];
		pl_map_put(&p->targets, pl_str_of(i->id), t);
	}
	*ret = t;
	return 0;
}

static void collect_blobs(const struct pl_built_image *im, struct push_blobs *b)
{
	for (size_t i = 0; i < im->n_platforms; i++) {
		for (size_t k = 0; k < im->platforms[i].n_layers; k++)
			add_blob(b, &im->platforms[i].layers[k].digest,
				 im->platforms[i].layers[k].size);
		add_blob(b, &im->platforms[i].config, im->platforms[i].config_size);
	}
}

/* Siblings may mount them from here. */
static void note_where(struct push *p, const struct push_target *t, const struct push_blobs *b)
{
	for (size_t i = 0; i < b->v.n; i++) {
		struct pl_str key = pl_digest_key(&b->v.v[i].digest);
		if (!pl_map_has(&p->where, key))
			pl_map_put(&p->where, pl_arena_str(&p->ret->arena, key),
				   (void *)(uintptr_t)t->ref.path);
	}
}

/* 1: the registry has the index under its digest and both tags, so nothing else is asked: a push
 * puts them after all that they name. Directories are asked for each blob, which costs nothing and
 * mends a damaged one. */
static int find_standing(struct push *p, const struct push_target *t, struct pl_repo *repo,
			 const char **ret_tag, struct pl_err *err)
{
	const struct pl_built_image *im = t->built;
	struct push_blobs b = {.p = p, .repo = repo};
	if (t->ref.kind != PL_REF_REGISTRY)
		return 0;
	int rc = pl_tag_standing(p->env, repo, p->store, im->tag, &im->digest, &p->ret->arena,
				 ret_tag, err);
	if (rc != 1)
		return rc;
	collect_blobs(im, &b);
	note_where(p, t, &b);
	for (size_t i = 0; i < b.v.n; i++)
		pl_progress_step(p->env, "push", b.v.v[i].size, pl_repo_name(repo));
	p->ret->blobs_present += b.v.n;
	pl_vec_free(&b.v);
	pl_map_done(&b.seen);
	return 1;
}

static int put_blobs(struct push *p, const struct push_target *t, struct pl_repo *repo,
		     struct pl_err *err)
{
	const struct pl_built_image *im = t->built;
	struct push_blobs b = {.p = p, .repo = repo};
	size_t depth = 0;
	for (const struct pl_image *i = im->image->base; i; i = i->base)
		depth++;
	b.from = pl_arena_array(&p->ret->arena, const char *, depth + 1);
	depth = 0;
	for (const struct pl_image *i = im->image->base; i; i = i->base) {
		const struct push_target *base;
		int rc = find_target(p, i, &base, err);
		if (rc < 0)
			return rc;
		b.from[depth++] = base->ref.path;
	}
	b.n_from = depth;
	collect_blobs(im, &b);
	int rc = pl_parallel(p->env, b.v.n, put_blob, &b, err);
	if (rc == 0)
		note_where(p, t, &b);
	pl_vec_free(&b.v);
	pl_map_done(&b.seen);
	return rc;
}

/* tags: NULL-terminated; NULL: by digest only. 1: the claim is lost. */
static int put_manifest(struct push *p, struct pl_repo *repo, const char *type,
			const struct pl_digest *d, const char *const *tags, const char *claim,
			struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = p->env->limits->manifest_bytes};
	int rc = pl_store_read_all(p->store, PL_STORE_BLOBS, d, &text, err);
	if (rc < 0)
		return rc;
	const struct pl_tagged m = {type, pl_buf_str(&text), tags, claim};
	return pl_repo_put_tags(repo, &m, 1, err);
}

/* Own-stage packages of all platforms, each once. */
static void fill_packages(struct pl_arena *a, const struct pl_built_image *im,
			  struct pl_registration *reg)
{
	PL_AUTO(map) seen = {0};
	size_t max = 0;
	for (size_t i = 0; i < im->n_platforms; i++)
		max += im->platforms[i].lock->n_packages;
	reg->packages = pl_arena_array(a, struct pl_inv_package, max + 1);
	for (size_t i = 0; i < im->n_platforms; i++)
		for (size_t k = 0; k < im->platforms[i].lock->n_packages; k++) {
			const struct pl_lock_package *p = im->platforms[i].lock->packages[k];
			struct pl_str key = pl_str_of(pl_arena_printf(a, "%s %s %s", p->name,
								      p->version, p->architecture));
			if (pl_map_put(&seen, key, reg))
				continue;
			reg->packages[reg->n_packages++] = (struct pl_inv_package){
				p->name,   p->version,        p->architecture,
				p->source, p->source_version, "debian"};
		}
}

/* The diff_ids of every platform, the first one's apart. */
static void fill_layers(struct pl_arena *a, const struct pl_built_image *im,
			struct pl_registration *reg)
{
	const struct pl_digest **ids = pl_arena_array(a, const struct pl_digest *, im->n_platforms);
	size_t *n_ids = pl_arena_array(a, size_t, im->n_platforms);
	for (size_t k = 0; k < im->n_platforms; k++) {
		const struct pl_built_platform *b = &im->platforms[k];
		struct pl_digest *v = pl_arena_array(a, struct pl_digest, b->n_layers + 1);
		for (size_t i = 0; i < b->n_layers; i++)
			v[i] = b->layers[i].diff_id;
		ids[k] = v;
		n_ids[k] = b->n_layers;
		if (k == 0) {
			reg->diff_ids = v;
			reg->n_diff_ids = b->n_layers;
		}
	}
	reg->more_diff_ids = ids + 1;
	reg->more_n_diff_ids = n_ids + 1;
	reg->n_more = im->n_platforms - 1;
}

static int register_one(struct push *p, const struct push_target *t, const struct pl_ref *name,
			const struct pl_ref *immutable, struct pl_pushed *to, struct pl_err *err)
{
	struct pl_arena *a = &p->ret->arena;
	const struct pl_built_image *im = t->built;
	struct pl_registration reg = {.name = *name,
				      .has_digest = true,
				      .digest = im->digest,
				      .base_evidence = "build",
				      .definition = im->image->id,
				      .aliases = immutable,
				      .n_aliases = 1};
	const struct push_target *base = NULL;
	int rc = im->image->base ? find_target(p, im->image->base, &base, err) : 0;
	if (rc < 0)
		return rc;
	if (base && base->built) {
		reg.base = pl_ref_with_tag(a, &base->ref, base->built->tag);
		reg.has_base_digest = true;
		reg.base_digest = base->built->digest;
	}
	fill_packages(a, im, &reg);
	fill_layers(a, im, &reg);
	rc = pl_registrar_put(p->to, &reg, PL_PUT_UPSERT, err);
	if (rc >= 0)
		to->registered = rc == 1;
	return rc < 0 ? rc : 0;
}

/* Under the immutable tag, then under the moving one. Whoever pushes other content at the same time
 * may take the immutable tag first: then it is the next one's turn. */
static int put_index(struct push *p, const struct pl_built_image *im, struct pl_repo *repo,
		     const char **ret_tag, struct pl_err *err)
{
	const char *const tags[] = {im->tag, NULL};
	const char *tag = NULL, *lost = NULL;
	for (int i = 0; i < CLAIMS_MAX; i++) {
		int rc = pl_next_tag(p->env, repo, im->tag, &im->digest, lost, &p->ret->arena, &tag,
				     err);
		if (rc < 0)
			return rc;
		/* 1: the immutable tag stands already. */
		rc = put_manifest(p, repo, PL_MT_INDEX, &im->digest, tags, rc == 1 ? NULL : tag,
				  err);
		if (rc == 0)
			*ret_tag = tag;
		if (rc != 1)
			return rc;
		lost = tag;
	}
	return pl_fail(err, PL_CONFLICT,
		       "others took %d immutable tags in a row, the last was %s; push again",
		       CLAIMS_MAX, tag);
}

static int publish_image(struct push *p, const struct push_target *t, struct pl_repo *repo,
			 const char **ret_tag, struct pl_err *err)
{
	const struct pl_built_image *im = t->built;
	int rc = find_standing(p, t, repo, ret_tag, err);
	if (rc == 0) {
		rc = put_blobs(p, t, repo, err);
		for (size_t i = 0; i < im->n_platforms && rc == 0; i++)
			rc = put_manifest(p, repo, PL_MT_MANIFEST,
					  &im->platforms[i].manifest.digest, NULL, NULL, err);
		say(p, "tags of", t->ref.text);
		if (rc == 0)
			rc = put_index(p, im, repo, ret_tag, err);
	}
	if (rc >= 0 && t->ref.kind == PL_REF_REGISTRY)
		pl_tag_remember(repo, p->store, im->tag, &im->digest, *ret_tag);
	return rc < 0 ? rc : 0;
}

static int push_one(struct push *p, const struct pl_built_image *im, struct pl_err *err)
{
	struct pl_push_result *r = p->ret;
	struct pl_pushed *to = &r->v[r->n];
	PL_AUTO_FREE(repo) repo = NULL;
	const struct push_target *t;
	const char *tag = NULL;
	int rc = find_target(p, im->image, &t, err);
	if (rc == 0)
		say(p, "asking", t->ref.text);
	if (rc == 0)
		rc = pl_repo_open(p->registries, &t->ref, true, &repo, err);
	if (rc < 0)
		return rc;
	const struct pl_ref name = pl_ref_with_tag(&r->arena, &t->ref, im->tag);
	rc = publish_image(p, t, repo, &tag, err);
	if (rc < 0)
		return pl_ctx(err, "pushing %s", name.text);
	const struct pl_ref immutable = pl_ref_with_tag(&r->arena, &t->ref, tag);
	*to = (struct pl_pushed){
		.name = name.text, .immutable = immutable.text, .digest = im->digest};
	const struct pl_repo_stats *s = pl_repo_stats(repo);
	to->uploaded = s->manifests_put || s->blobs_uploaded || s->blobs_mounted;
	to->bytes = s->bytes_uploaded;
	r->bytes_uploaded += s->bytes_uploaded;
	r->blobs_uploaded += s->blobs_uploaded;
	r->blobs_present += s->blobs_present;
	r->blobs_mounted += s->blobs_mounted;
	r->n++;
	struct pl_err e = {0};
	if (p->to && register_one(p, t, &name, &immutable, to, &e) < 0) {
		if (p->unregistered++ == 0)
			p->first = e;
		pl_note(p->env, "%s is pushed but not registered: %s", to->name, e.msg);
	}
	return pl_env_check(p->env, err);
}

static uint64_t bytes_of(const struct pl_build_result *b)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < b->n_images; i++)
		for (size_t k = 0; k < b->images[i].n_platforms; k++)
			for (size_t n = 0; n < b->images[i].platforms[k].n_layers; n++)
				sum += b->images[i].platforms[k].layers[n].size;
	return sum;
}

static bool is_asked_for(const struct push *p, const struct pl_built_image *im)
{
	if (!p->only)
		return true;
	for (const char *const *o = p->only; *o; o++)
		if (strcmp(*o, im->image->id) == 0)
			return true;
	return false;
}

int pl_push(const struct pl_env *env, struct pl_registries *registries, const struct pl_fleet *f,
	    const struct pl_build_result *b, struct pl_store *store, struct pl_registrar *to,
	    const char *const *only, struct pl_push_result **ret, struct pl_err *err)
{
	PL_AUTO_FREE(push_result) r = pl_xcalloc(1, sizeof(*r));
	struct push p = {.env = env,
			 .registries = registries,
			 .fleet = f,
			 .built = b,
			 .store = store,
			 .to = to,
			 .only = only,
			 .ret = r};
	r->v = pl_arena_array(&r->arena, struct pl_pushed, b->n_images + 1);
	pl_progress_begin(env, "push", bytes_of(b), "B");
	int rc = 0;
	for (size_t i = 0; i < b->n_images && rc == 0; i++)
		rc = is_asked_for(&p, &b->images[i]) ? push_one(&p, &b->images[i], err) : 0;
	pl_map_done(&p.where);
	pl_map_done(&p.targets);
	if (rc < 0)
		return rc;
	pl_progress_end(env, "push", "%s, %s sent", PL_COUNTED(r->n, "image"),
			PL_SIZED(r->bytes_uploaded));
	size_t r_n = r->n;
	*ret = pl_steal(&r);
	if (p.unregistered)
		return pl_fail(err, PL_PARTIAL,
			       "%zu of %zu images are pushed but not registered (%s); push again "
			       "to register them",
			       p.unregistered, r_n, p.first.msg);
	return 0;
}

void pl_push_result_free(struct pl_push_result *r)
{
	if (!r)
		return;
	pl_arena_done(&r->arena);
	free(r);
}

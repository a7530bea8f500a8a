// SPDX-License-Identifier: Apache-2.0
/*
 * A small world to build in: a fleet of text files, a store, and packages of the toy format
 * (../package/toy_format.h), locked and built by the real code. Its listings use that header's
 * notation. One at a time: setup and teardown of each test make and remove it.
 */
#pragma once

#include "../fleet/fleet_dir.h"
#include "../package/toy_format.h"

#include "assemble/builder_int.h"
#include "lock/relock.h"

static struct world {
	char *root, *dir, *store_dir;
	struct pl_env env;
	struct pl_store *store;
	struct pl_fleet *fleet;
	struct pl_lock *lock;
	struct pl_build_options options; /* of the builds to come */
	struct pl_build_result *built;
	bool unproven;     /* locks are not tried: building is to fail */
	struct pl_err err; /* of the last call */
} world;

static const struct pl_package_format *const world_formats[] = {&toy_format, &toy_other_format,
								NULL};
static const struct pl_package_format *const world_formats_reversed[] = {&toy_other_format,
									 &toy_format, NULL};

#define FLEET                                                                                      \
	"registry: registry.example.org/team\nplatforms: [linux/amd64]\n"                          \
	"distros: {one: {suites: [s]}, two: {suites: [s]}}\n"

static inline void world_file(const char *name, const char *text)
{
	fleet_dir_put(world.dir, name, pl_str_of(text));
}

/* An empty store in place of the one there is. */
static inline void world_fresh_store(void)
{
	struct pl_err err = {0};
	static unsigned count;
	pl_build_result_free(world.built);
	world.built = NULL;
	pl_store_free(world.store);
	free(world.store_dir);
	world.store_dir = pl_xprintf("%s/store%u", world.root, ++count);
	assert_int_equal(pl_store_open(&world.env, world.store_dir, &world.store, &err), 0);
}

static inline int world_setup(void **state)
{
	(void)state;
	world = (struct world){.root = fleet_dir_new()};
	world.dir = pl_path_join(world.root, "fleet");
	pl_env_init(&world.env);
	world.env.formats = world_formats;
	world.env.jobs = 2;
	world_fresh_store();
	world_file("fleet.yaml", FLEET);
	return 0;
}

static inline int world_teardown(void **state)
{
	(void)state;
	pl_build_result_free(world.built);
	pl_lock_free(world.lock);
	pl_fleet_free(world.fleet);
	pl_store_free(world.store);
	free(world.store_dir);
	free(world.dir);
	fleet_dir_free(world.root);
	toy_reset();
	toy_fetches = 0;
	toy_rules_digest = (struct pl_digest){0};
	return 0;
}

/* The definitions as they are now; every distro is of the toy format. */
static inline void world_load(void)
{
	pl_build_result_free(world.built); /* points into the fleet */
	world.built = NULL;
	pl_fleet_free(world.fleet);
	world.fleet = NULL;
	world.err = (struct pl_err){0};
	if (pl_fleet_load(&world.env, world.dir, &world.fleet, &world.err) < 0)
		fail_msg("%s", world.err.msg);
	for (size_t i = 0; i < world.fleet->n_distros; i++)
		world.fleet->distros[i].ecosystem = "toy";
}

static inline void world_prover(struct pl_prover *p, struct pl_relock_options *o)
{
	*p = (struct pl_prover){.env = &world.env, .fleet = world.fleet, .store = world.store};
	o->prove = world.unproven ? NULL : pl_build_prove;
	o->prove_ctx = p;
}

/* Locks what the definitions say now; the lock that there is becomes the former one. */
static inline int world_relock(enum pl_relock_mode mode, const char *const *move)
{
	struct pl_prover prover;
	struct pl_relock_options o = {.mode = mode, .move = move};
	struct pl_lock *lock = NULL;
	world_load();
	world_prover(&prover, &o);
	int rc = pl_relock(&world.env, world.fleet, world.store, world.lock, &o, &lock, NULL,
			   &world.err);
	pl_build_result_free(prover.result);
	if (rc == 0) {
		pl_lock_free(world.lock);
		world.lock = lock;
	}
	return rc;
}

static inline void world_lock(void)
{
	if (world_relock(PL_RELOCK_KEEP, NULL) < 0)
		fail_msg("%s", world.err.msg);
}

/* For that registry instead of the fleet's; NULL: the fleet's. */
static inline int world_try_build_for(const char *registry, const char *const *only)
{
	pl_build_result_free(world.built);
	world.built = NULL;
	world.err = (struct pl_err){0};
	world.options.only = only;
	world.options.registry = registry;
	return pl_build(&world.env, world.fleet, world.lock, world.store, &world.options,
			&world.built, &world.err);
}

static inline int world_try_build(const char *const *only)
{
	return world_try_build_for(NULL, only);
}

static inline void world_build(void)
{
	if (world_try_build(NULL) < 0)
		fail_msg("%s", world.err.msg);
}

static inline void world_fails(enum pl_code code, const char *text)
{
	int rc = world_try_build(NULL);
	if (rc != -(int)code)
		print_message("got %d: %s\n", rc, world.err.msg);
	assert_int_equal(rc, -(int)code);
	if (!strstr(world.err.msg, text))
		fail_msg("\"%s\" does not say \"%s\"", world.err.msg, text);
}

static inline struct pl_built_image *world_image(const char *id)
{
	for (size_t i = 0; i < world.built->n_images; i++)
		if (strcmp(world.built->images[i].image->id, id) == 0)
			return &world.built->images[i];
	fail_msg("no image %s", id);
	return NULL;
}

/* On its first platform. */
static inline struct pl_built_platform *world_built(const char *id)
{
	return &world_image(id)->platforms[0];
}

/* The only package of that name in the lock. */
static inline struct pl_lock_package *world_package(const char *name)
{
	for (size_t d = 0; d < world.lock->n_distros; d++)
		for (size_t i = 0; i < world.lock->distros[d].n_packages; i++)
			if (strcmp(world.lock->distros[d].packages[i].name, name) == 0)
				return &world.lock->distros[d].packages[i];
	fail_msg("no package %s", name);
	return NULL;
}

/* One line of the notation. */
static inline void world_list_entry(struct pl_buf *out, const struct pl_tar_entry *e,
				    struct pl_str body)
{
	char type = e->type == PL_TAR_FILE       ? 'f'
		    : e->type == PL_TAR_DIR      ? 'd'
		    : e->type == PL_TAR_SYMLINK  ? 'l'
		    : e->type == PL_TAR_HARDLINK ? 'h'
						 : 'c';
	pl_buf_addf(out, "%c " PL_STR_FMT, type, PL_STR_ARG(e->path));
	if (e->mode != toy_usual_mode(type))
		pl_buf_addf(out, " %o", e->mode);
	if (e->uid || e->gid)
		pl_buf_addf(out, " %u:%u", e->uid, e->gid);
	if (e->mtime != TOY_MTIME)
		pl_buf_addf(out, " @%lld", (long long)e->mtime);
	if (e->link.n)
		pl_buf_addf(out, " >" PL_STR_FMT, PL_STR_ARG(e->link));
	if (body.n)
		pl_buf_adds(out, " =");
	for (size_t i = 0; i < body.n; i++)
		pl_buf_addc(out, body.p[i] == '\n' ? '|' : body.p[i]);
	pl_buf_addc(out, '\n');
}

static inline void world_list_tar(struct pl_tar *t, struct pl_buf *out)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	int rc;
	while ((rc = pl_tar_next(t, &e, &err)) > 0) {
		PL_AUTO(buf) body = {0};
		char chunk[512];
		int64_t n;
		while ((n = pl_tar_read(t, chunk, sizeof(chunk), &err)) > 0)
			pl_buf_add(&body, chunk, (size_t)n);
		assert_int_equal(n, 0);
		world_list_entry(out, &e, pl_buf_str(&body));
	}
	if (rc < 0)
		fail_msg("%s", err.msg);
}

/* A layer as our own reader unpacks it; its unpacked bytes are its diff_id. */
static inline void world_list_layer(const struct pl_built_layer *l, struct pl_buf *out)
{
	struct pl_source *in;
	struct pl_err err = {0};
	assert_int_equal(pl_store_read(world.store, PL_STORE_BLOBS, &l->digest, true, &in, &err),
			 0);
	PL_AUTO_FREE(source)
	unpacked = pl_source_gunzip(in, &pl_limits_default, l->name);
	PL_AUTO(buf) tar = {0};
	assert_int_equal(pl_source_read_all(unpacked, &tar, l->name, &err), 0);
	struct pl_digest d = pl_sha256_of(pl_buf_str(&tar));
	assert_true(pl_digest_eq(&d, &l->diff_id));
	assert_int_equal(tar.n, l->unpacked);
	PL_AUTO_FREE(tar)
	t = pl_tar_new(pl_source_mem(pl_buf_str(&tar)), &pl_limits_default, l->name);
	world_list_tar(t, out);
}

/* What the layer at that place of an image holds. */
static inline void world_layer_is(const char *id, size_t layer, const char *name, const char *text)
{
	const struct pl_built_platform *p = world_built(id);
	PL_AUTO(buf) got = {0};
	assert_true(layer < p->n_layers);
	assert_string_equal(p->layers[layer].name, name);
	world_list_layer(&p->layers[layer], &got);
	assert_string_equal(pl_buf_str(&got).p, text);
}

static inline void world_list_tree(const struct pl_target *t, struct pl_buf *out)
{
	struct pl_builder *b = world.built->builder;
	struct pl_err err = {0};
	PL_AUTO(buf) path = {0};
	const struct pl_node *root = t->tree.root;
	for (const struct pl_node *n = pl_tree_next(root, NULL); n; n = pl_tree_next(root, n)) {
		PL_AUTO(buf) body = {.max = 1 << 20};
		pl_tree_path(n, &path);
		struct pl_tar_entry e = {.type = n->hardlink ? PL_TAR_HARDLINK : n->type,
					 .path = pl_buf_str(&path),
					 .link = n->link,
					 .mode = n->mode,
					 .uid = n->uid,
					 .gid = n->gid,
					 .mtime = n->mtime};
		assert_int_equal(pl_target_read(b, t, n, &body, &err), 0);
		assert_int_equal(body.n, pl_node_file(n)->size);
		world_list_entry(out, &e, pl_buf_str(&body));
	}
}

/* What an image that was made just now is composed of, on its first platform. */
static inline void world_tree_is(const char *id, const char *text)
{
	struct pl_builder *b = world.built->builder;
	PL_AUTO(buf) got = {0};
	for (size_t i = 0; i < b->targets.n; i++) {
		struct pl_target *t = b->targets.v[i];
		if (strcmp(t->image->id, id) != 0)
			continue;
		assert_false(t->reused);
		assert_int_equal(pl_target_compose(b, t, &world.err), 0);
		world_list_tree(t, &got);
		assert_string_equal(pl_buf_str(&got).p, text);
		return;
	}
	fail_msg("no image %s", id);
}

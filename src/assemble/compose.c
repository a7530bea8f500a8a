// SPDX-License-Identifier: Apache-2.0
/*
 * The tree that an image wants: its packages' files by their formats' rules, then effects, then the
 * definition's accounts and files; and the tree that its base and package layers give when stacked.
 * Their difference is the top layer (top.c).
 */
#include "assemble/builder_int.h"
#include "effects/ca_certificates.h"

bool pl_loaded_replaces(const struct pl_loaded *a, const struct pl_loaded *b)
{
	const struct pl_package_ref x = {a->lock, a->facts.own}, y = {b->lock, b->facts.own};
	return a->format == b->format && a->format->replaces(&x, &y);
}

static void fill_node(struct pl_node *n, const struct pl_package_entry *e, int owner)
{
	n->owner = owner;
	if (e->tar.type == PL_TAR_FILE) {
		n->body = e->tar.size ? PL_BODY_PACKAGE : PL_BODY_NONE;
		n->size = e->tar.size;
		n->sha256 = e->sha256;
	}
}

/* May entry e of package `owner` stand where `old` of another package stands? 1: it takes over, 0:
 * the old one stays (directories are shared). lost: by a package's number, the paths that others
 * have in its place. */
static int overlap(const struct pl_target *t, const struct pl_node *old,
		   const struct pl_package_entry *e, int owner, struct pl_map *lost,
		   struct pl_err *err)
{
	const struct pl_loaded *mine = t->effective[owner];
	int loser;
	if (e->tar.type == PL_TAR_DIR && old->type == PL_TAR_DIR)
		return 0;
	if (e->tar.type == PL_TAR_DIR && old->type == PL_TAR_SYMLINK)
		return 0; /* a link to a directory stays where a package ships the directory */
	if (old->owner < 0 || old->owner == owner)
		return 1;
	const struct pl_loaded *other = t->effective[old->owner];
	if (pl_loaded_replaces(mine, other))
		loser = old->owner;
	else if (pl_loaded_replaces(other, mine))
		loser = owner;
	else
		return pl_fail(
			err, PL_CONFLICT,
			"%s: packages %s and %s both ship /%s, and neither replaces the other",
			t->image->id, other->lock->name, mine->lock->name, e->tar.path.p);
	pl_map_put(&lost[loser], e->tar.path, lost);
	return loser != owner;
}

static int add_package(struct pl_tree *tree, const struct pl_target *t, int owner,
		       struct pl_map *lost, struct pl_err *err)
{
	const struct pl_loaded *l = t->effective[owner];
	for (size_t i = 0; i < l->facts.n_entries; i++) {
		const struct pl_package_entry *e = &l->facts.entries[i];
		struct pl_tar_entry te = e->tar;
		struct pl_node *n = pl_tree_get(tree, te.path);
		if (n) {
			int rc = overlap(t, n, e, owner, lost, err);
			if (rc < 0)
				return rc;
			if (rc == 0)
				continue;
		}
		if (te.type == PL_TAR_DIR)
			te.mtime = PL_EPOCH;
		int rc = pl_tree_put(tree, &te, &n, err);
		if (rc < 0)
			return pl_ctx(err, "%s: package %s", t->image->id, l->lock->name);
		fill_node(n, e, owner);
	}
	return 0;
}

struct description {
	struct pl_tree *tree;
	int64_t mtime;
};

static int add_described(void *ctx, const char *path, struct pl_str bytes, struct pl_err *err)
{
	const struct description *d = ctx;
	return pl_tree_file(d->tree, pl_str_of(path), bytes, 0644, 0, 0, d->mtime, NULL, err);
}

/* The format's files of a package that lost paths, as they are in the layer of one that lost them
 * there (group.c): they speak of what it has in this image. */
static int describe_again(struct pl_tree *tree, const struct pl_loaded *l,
			  const struct pl_map *lost, struct pl_err *err)
{
	const struct pl_package_facts *f = &l->facts;
	const struct pl_package_ref ref = {l->lock, f->own};
	struct description d = {tree, f->newest};
	PL_AUTO(map) shipped = {0};
	for (size_t i = 0; i < f->n_shipped; i++)
		if (f->entries[i].tar.type != PL_TAR_DIR &&
		    !pl_map_has(lost, f->entries[i].tar.path))
			pl_map_put(&shipped, f->entries[i].tar.path, tree);
	for (size_t i = f->n_shipped; i < f->n_entries; i++) {
		struct pl_node *n = pl_tree_get(tree, f->entries[i].tar.path);
		if (n)
			pl_tree_remove(tree, n);
	}
	return l->format->describe(&ref, &shipped, add_described, &d, err);
}

static int add_packages(struct pl_tree *tree, struct pl_target *t, struct pl_err *err)
{
	PL_AUTOFREE struct pl_map *lost = pl_xcalloc(t->n_effective + 1, sizeof(*lost));
	int rc = 0;
	for (size_t i = 0; i < t->n_effective && rc == 0; i++) {
		if (t->effective[i]->facts.newest > t->newest)
			t->newest = t->effective[i]->facts.newest;
		rc = add_package(tree, t, (int)i, lost, err);
	}
	for (size_t i = 0; i < t->n_effective; i++) {
		if (rc == 0 && lost[i].n)
			rc = describe_again(tree, t->effective[i], &lost[i], err);
		pl_map_done(&lost[i]);
	}
	return rc;
}

struct read_ctx {
	struct pl_builder *b;
	struct pl_target *t;
};

static int read_node(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err)
{
	const struct read_ctx *r = ctx;
	return pl_target_read(r->b, r->t, n, ret, err);
}

/* Facts of a library, taken when its package was read. */
static int elf_facts(void *ctx, const struct pl_node *n, struct pl_elf_facts *ret,
		     struct pl_err *err)
{
	const struct read_ctx *r = ctx;
	while (n->hardlink)
		n = n->hardlink;
	const struct pl_elf_facts *known = pl_map_get(&r->b->elf, pl_digest_key(&n->sha256));
	if (known) {
		*ret = *known;
		return 1;
	}
	return 0; /* the generator reads it itself */
}

static bool recall(void *ctx, struct pl_str key, struct pl_buf *ret)
{
	struct pl_builder *b = ((const struct read_ctx *)ctx)->b;
	pthread_mutex_lock(&b->memory_lock);
	const struct pl_str *v = pl_map_get(&b->memory, key);
	if (v)
		pl_buf_addstr(ret, *v);
	pthread_mutex_unlock(&b->memory_lock);
	return v != NULL;
}

static void remember(void *ctx, struct pl_str key, struct pl_str value)
{
	struct pl_builder *b = ((const struct read_ctx *)ctx)->b;
	pthread_mutex_lock(&b->memory_lock);
	struct pl_str *v = pl_arena_new(&b->memory_arena, struct pl_str);
	*v = pl_arena_str(&b->memory_arena, value);
	pl_map_put(&b->memory, pl_arena_str(&b->memory_arena, key), v);
	pthread_mutex_unlock(&b->memory_lock);
}

/* A fleet's file may stand in for what is generated, and so comes after; but what is generated from
 * files of the administrator's has to find those. */
static int add_sources(void *ctx, struct pl_err *err)
{
	const struct read_ctx *r = ctx;
	return pl_target_files(r->b, r->t, r->t, pl_ca_certificates_is_own, err);
}

/* What installing the packages of one format would have done. */
static int install_format(struct pl_builder *b, struct pl_target *t,
			  const struct pl_package_format *format, struct pl_effect_input *in,
			  struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_effect_package *v =
		pl_arena_array(&a, struct pl_effect_package, t->n_effective + 1);
	size_t n = 0;
	for (size_t i = 0; i < t->n_effective; i++) {
		const struct pl_loaded *l = t->effective[i];
		if (l->format == format)
			v[n++] = (struct pl_effect_package){
				pl_str_of(l->lock->name), pl_str_of(l->lock->version),
				pl_str_of(l->lock->architecture), l->facts.own};
	}
	in->packages = v;
	in->n_packages = n;
	int rc = format->install(&t->tree, in, err);
	return rc < 0 ? pl_ctx(err, "%s (%s)", t->image->id, t->platform->name) : 0;
}

/* In the order of the formats, each of which finds what those before it have made. */
static int install_packages(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	const struct pl_lock_distro *d = pl_lock_distro_find(b->lock, t->lock->distro);
	PL_AUTO(arena) a = {0};
	struct read_ctx ctx = {b, t};
	struct pl_id *ids = pl_arena_array(&a, struct pl_id, d->n_ids + 1);
	for (size_t i = 0; i < d->n_ids; i++)
		ids[i] = (struct pl_id){d->ids[i].name, d->ids[i].is_group, d->ids[i].id};
	struct pl_effect_input in = {
		.platform = t->platform,
		.ids = ids,
		.n_ids = d->n_ids,
		.epoch = PL_EPOCH,
		.read = read_node,
		.read_ctx = &ctx,
		.elf = elf_facts,
		.recall = recall,
		.remember = remember,
		.add_sources = add_sources,
	};
	int rc = 0;
	for (size_t i = 0; b->env->formats[i] && rc == 0; i++)
		rc = install_format(b, t, b->env->formats[i], &in, err);
	return rc < 0 ? rc : pl_target_accounts(b, t, t, &in, err);
}

int pl_target_compose(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	if (t->has_tree)
		return 0;
	pl_tree_init(&t->tree);
	t->has_tree = true;
	t->tree.root->mtime = PL_EPOCH;
	t->newest = PL_EPOCH;
	int rc = add_packages(&t->tree, t, err);
	if (rc == 0)
		rc = install_packages(b, t, err);
	return rc < 0 ? rc : pl_target_files(b, t, t, NULL, err);
}

/* One group layer on the stack: its directories, each as the first package has it (that is how the
 * layer has them), and its files. */
static int stack_group(struct pl_tree *tree, const struct pl_group *g, struct pl_err *err)
{
	PL_AUTO(map) directories = {0};
	for (size_t p = 0; p < g->n_packages; p++) {
		const struct pl_loaded *l = g->packages[p];
		for (size_t i = 0; i < l->facts.n_entries; i++) {
			const struct pl_package_entry *e = &l->facts.entries[i];
			struct pl_tar_entry te = e->tar;
			struct pl_node *n;
			if (te.type == PL_TAR_DIR) {
				if (pl_map_put(&directories, te.path, tree))
					continue;
				te.mtime = PL_EPOCH;
				/* The tree keeps a link where a package has a directory; unpacking
				 * a layer replaces it. */
				n = pl_tree_get(tree, te.path);
				if (n && n->type == PL_TAR_SYMLINK)
					pl_tree_remove(tree, n);
			}
			int rc = pl_tree_put(tree, &te, &n, err);
			if (rc < 0)
				return pl_ctx(err, "layer %s: package %s", g->name, l->lock->name);
			fill_node(n, e, -1);
		}
	}
	return 0;
}

int pl_target_stack(struct pl_builder *b, const struct pl_target *t, struct pl_tree *ret,
		    struct pl_err *err)
{
	int rc = 0;
	if (t->base)
		pl_tree_copy(ret, &t->base->tree);
	else
		ret->root->mtime = PL_EPOCH;
	for (size_t i = 0; i < t->n_groups && rc == 0; i++)
		rc = stack_group(ret, t->groups[i], err);
	return rc;
}

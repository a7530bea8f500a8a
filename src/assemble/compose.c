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
		return pl_fail(err, PL_CONFLICT,
			       "packages %s and %s both ship /%s, and neither replaces the other",
			       other->lock->name, mine->lock->name, e->tar.path.p);
	pl_map_put(&lost[loser], e->tar.path, lost);
	return loser != owner;
}

/* A package's files on their way into a tree. */
struct unpacking {
	struct pl_target *t;
	struct pl_map *lost; /* by a package's number: paths that others have in its place */
	pl_place_fn *place;
	void *place_ctx;
};

static int add_entry(const struct unpacking *u, const struct pl_package_entry *e, int owner,
		     struct pl_err *err)
{
	struct pl_tar_entry te = e->tar;
	const char *path = u->place ? u->place(u->place_ctx, te.path.p) : te.path.p;
	if (!path)
		return 0;
	te.path = pl_str_of(path);
	struct pl_node *n = pl_tree_get(&u->t->tree, te.path);
	const struct pl_node *to = pl_tree_resolve(&u->t->tree, te.path, true);
	if (te.type == PL_TAR_SYMLINK && to && to->type == PL_TAR_DIR && to != u->t->tree.root)
		return 0; /* dpkg keeps a directory, or a link to one, where a link is shipped */
	int rc = n ? overlap(u->t, n, e, owner, u->lost, err) : 1;
	if (rc <= 0)
		return rc;
	if (te.type == PL_TAR_DIR)
		te.mtime = PL_EPOCH;
	rc = pl_tree_put(&u->t->tree, &te, &n, err);
	if (rc < 0)
		return pl_ctx(err, "package %s", u->t->effective[owner]->lock->name);
	fill_node(n, e, owner);
	return 0;
}

static int add_package(const struct unpacking *u, int owner, struct pl_err *err)
{
	const struct pl_loaded *l = u->t->effective[owner];
	for (size_t i = 0; i < l->facts.n_entries; i++) {
		int rc = add_entry(u, &l->facts.entries[i], owner, err);
		if (rc < 0)
			return rc;
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

static int describe_all_again(struct pl_target *t, const struct pl_map *lost, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < t->n_effective && rc == 0; i++)
		if (lost[i].n)
			rc = describe_again(&t->tree, t->effective[i], &lost[i], err);
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

/* Packages of one format being installed. */
struct installing {
	struct read_ctx read; /* first: what effects get */
	struct unpacking unpack;
	size_t *numbers; /* of the packages of the format, in t->effective */
	bool *asked;     /* by the definition's answers: some package has the question */
};

static int unpack_package(void *ctx, size_t i, pl_place_fn *place, void *place_ctx,
			  struct pl_err *err)
{
	struct installing *in = ctx;
	in->unpack.place = place;
	in->unpack.place_ctx = place_ctx;
	return add_package(&in->unpack, (int)in->numbers[i], err);
}

static void add_note(struct installing *in, size_t i, const char *script,
		     const struct pl_digest *sha256, enum pl_verdict verdict, struct pl_str why)
{
	struct pl_target *t = in->unpack.t;
	*pl_vec_push(&t->notes) =
		(struct pl_script_note){.package = t->effective[in->numbers[i]]->lock,
					.script = pl_arena_cstr(&t->arena, pl_str_of(script)),
					.sha256 = sha256 ? *sha256 : (struct pl_digest){{0}},
					.verdict = verdict,
					.why = pl_arena_cstr(&t->arena, why)};
	t->n_refused += verdict == PL_SCRIPT_UNKNOWN;
}

static bool acknowledged(void *ctx, size_t i, const char *script, const struct pl_digest *sha256)
{
	struct installing *in = ctx;
	const struct pl_target *t = in->unpack.t;
	if (!pl_image_acknowledges(t->image, t->effective[in->numbers[i]]->lock->name, script,
				   sha256))
		return false;
	add_note(in, i, script, sha256, PL_SCRIPT_IGNORABLE,
		 PL_STR("not run: the definition answers for it"));
	return true;
}

static bool scripted(void *ctx, size_t i)
{
	const struct installing *in = ctx;
	const struct pl_target *t = in->unpack.t;
	const char *const *v = t->image->scripted;
	for (; v && *v; v++)
		if (strcmp(*v, t->effective[in->numbers[i]]->lock->name) == 0)
			return true;
	return false;
}

static void accounted(void *ctx, size_t i, const char *script, enum pl_verdict verdict,
		      const char *why)
{
	add_note(ctx, i, script, NULL, verdict, pl_str_of(why));
}

/* Notes that the question is one. */
static const char *answer(void *ctx, const char *question)
{
	const struct installing *in = ctx;
	const struct pl_image *image = in->unpack.t->image;
	for (size_t k = 0; k < image->n_debconf; k++)
		if (strcmp(image->debconf[k].key, question) == 0) {
			in->asked[k] = true;
			return image->debconf[k].value;
		}
	return NULL;
}

/* A question that nobody asks is a mistake of the definition. */
static int check_answers(const struct pl_target *t, const bool *asked, struct pl_err *err)
{
	const struct pl_image *i = t->image;
	for (size_t k = 0; k < i->n_debconf; k++)
		if (!asked[k])
			return pl_fail(err, PL_INPUT,
				       "%s:%u: %s: debconf: no package of the image has the "
				       "question %s",
				       i->file, i->line, i->id, i->debconf[k].key);
	return 0;
}

/* A package that is not there is a mistake, too. */
static int check_scripted(const struct pl_target *t, struct pl_err *err)
{
	const struct pl_image *i = t->image;
	for (const char *const *v = i->scripted; v && *v; v++) {
		bool there = false;
		for (size_t k = 0; k < t->n_effective && !there; k++)
			there = strcmp(t->effective[k]->lock->name, *v) == 0;
		if (!there)
			return pl_fail(
				err, PL_INPUT,
				"%s:%u: %s: scripted: the image does not hold the package %s",
				i->file, i->line, i->id, *v);
	}
	return 0;
}

static bool refused(void *ctx, size_t i, const char *script, const struct pl_digest *sha256,
		    const struct pl_err *why)
{
	add_note(ctx, i, script, sha256, PL_SCRIPT_UNKNOWN, pl_str_of(why->msg));
	return true;
}

/* What is left to the first start is told with the script that asked for it. */
static void hear(void *ctx, const struct pl_install_event *e)
{
	struct installing *in = ctx;
	struct pl_target *t = in->unpack.t;
	if (in->read.b->tell)
		in->read.b->tell(in->read.b->tell_ctx, t,
				 t->effective[in->numbers[e->package]]->lock, e);
	if (e->kind == PL_INSTALL_DEFERRED)
		add_note(in, e->package, e->script, NULL, PL_SCRIPT_DEFERRED, e->text);
}

static bool has_id(const struct pl_lock_distro *d, const struct pl_id_want *w)
{
	for (size_t i = 0; i < d->n_ids; i++)
		if (d->ids[i].is_group == w->is_group && strcmp(d->ids[i].name, w->name) == 0)
			return true;
	return false;
}

static bool number_is_given(const struct pl_lock_distro *d, uint32_t id)
{
	for (size_t i = 0; i < d->n_ids; i++)
		if (d->ids[i].id == id)
			return true;
	return false;
}

/* Accounts are heard of. One that has no number yet gets one that no account of the lock has, for
 * as long as a lock is tried. */
static int new_id(void *ctx, const struct pl_id_want *want, uint32_t *ret, struct pl_err *err)
{
	const struct read_ctx *r = ctx;
	struct pl_target *t = r->t;
	const struct pl_lock_distro *d = pl_lock_distro_find(r->b->lock, t->lock->distro);
	uint32_t first = want->last ? want->first : PL_ID_FIRST;
	uint32_t last = want->last ? want->last : PL_ID_LAST;
	struct pl_id_want *w = pl_vec_push(&t->ids);
	*w = *want;
	w->name = pl_arena_cstr(&t->arena, pl_str_of(want->name));
	if (want->fixed >= 0 || has_id(d, want))
		return 0;
	if (!r->b->proves)
		return pl_fail(err, PL_INPUT,
			       "the lock has no number for the %s %s; run plimsoll lock",
			       want->is_group ? "group" : "user", want->name);
	if (t->next_id < first)
		t->next_id = first;
	while (t->next_id <= last && number_is_given(d, t->next_id))
		t->next_id++;
	if (t->next_id > last)
		return pl_fail(err, PL_LIMIT, "no free number between %u and %u for %s", first,
			       last, want->name);
	*ret = t->next_id++;
	return 0;
}

/* The packages of one format. */
static int install_format(struct pl_builder *b, struct pl_target *t,
			  const struct pl_package_format *format, struct pl_effect_input *in,
			  struct pl_map *lost, bool *asked, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_effect_package *v =
		pl_arena_array(&a, struct pl_effect_package, t->n_effective + 1);
	struct installing ctx = {.read = {.b = b, .t = t},
				 .unpack = {.t = t, .lost = lost},
				 .numbers = pl_arena_array(&a, size_t, t->n_effective + 1),
				 .asked = asked};
	const struct pl_installation installation = {.tree = &t->tree,
						     .in = in,
						     .unpack = unpack_package,
						     .recipes = b->fleet->recipes,
						     .n_recipes = b->fleet->n_recipes,
						     .acknowledged = acknowledged,
						     .answer = answer,
						     .scripted = scripted,
						     .env = b->env,
						     .accounted = accounted,
						     .refused = refused,
						     .tell = hear,
						     .trace = b->tell != NULL,
						     .ctx = &ctx};
	size_t n = 0;
	for (size_t i = 0; i < t->n_effective; i++) {
		const struct pl_loaded *l = t->effective[i];
		if (l->format != format)
			continue;
		ctx.numbers[n] = i;
		v[n++] = (struct pl_effect_package){pl_str_of(l->lock->name),
						    pl_str_of(l->lock->version),
						    pl_str_of(l->lock->architecture), l->facts.own};
	}
	in->packages = v;
	in->n_packages = n;
	in->read_ctx = &ctx.read;
	int rc = n ? format->install(&installation, err) : 0;
	in->packages = NULL; /* these live as long as the call */
	in->n_packages = 0;
	in->read_ctx = NULL;
	return rc < 0 ? pl_ctx(err, "%s (%s)", t->image->id, t->platform->name) : 0;
}

/* In the order of the formats, each of which finds what those before it have made. */
static int install_packages(struct pl_builder *b, struct pl_target *t, struct pl_map *lost,
			    struct pl_err *err)
{
	const struct pl_lock_distro *d = pl_lock_distro_find(b->lock, t->lock->distro);
	PL_AUTO(arena) a = {0};
	struct read_ctx ctx = {b, t};
	struct pl_id *ids = pl_arena_array(&a, struct pl_id, d->n_ids + 1);
	bool *asked = pl_arena_array(&a, bool, t->image->n_debconf + 1);
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
		.new_id = new_id,
		.add_sources = add_sources,
	};
	int rc = 0;
	for (size_t i = 0; b->env->formats[i] && rc == 0; i++)
		rc = install_format(b, t, b->env->formats[i], &in, lost, asked, err);
	if (rc == 0)
		rc = check_answers(t, asked, err);
	if (rc == 0)
		rc = check_scripted(t, err);
	in.new_id = NULL; /* a definition's accounts have numbers of their own */
	in.read_ctx = &ctx;
	if (rc == 0)
		rc = describe_all_again(t, lost, err);
	return rc < 0 ? rc : pl_target_accounts(b, t, t, &in, err);
}

int pl_target_compose(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	struct pl_err why = {0};
	if (t->has_tree)
		return 0;
	PL_AUTOFREE struct pl_map *lost = pl_xcalloc(t->n_effective + 1, sizeof(*lost));
	pl_tree_init(&t->tree);
	t->has_tree = true;
	t->tree.root->mtime = PL_EPOCH;
	t->newest = PL_EPOCH;
	t->notes.n = t->ids.n = t->n_refused = 0; /* a record may have said them */
	t->next_id = 0;
	for (size_t i = 0; i < t->n_effective; i++)
		if (t->effective[i]->facts.newest > t->newest)
			t->newest = t->effective[i]->facts.newest;
	int rc = install_packages(b, t, lost, &why);
	for (size_t i = 0; i < t->n_effective; i++)
		pl_map_done(&lost[i]);
	if (rc == 0)
		rc = pl_target_files(b, t, t, NULL, &why);
	/* What is not there may be what a refused script makes: that one is said then. */
	if (rc < 0 && t->n_refused && !pl_must_end(why.code))
		return 0;
	if (rc < 0)
		*err = why;
	return rc;
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

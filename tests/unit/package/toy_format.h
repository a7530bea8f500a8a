// SPDX-License-Identifier: Apache-2.0
/*
 * The seam's second implementation, for tests: ecosystem "toy" (and "other", the same again), with
 * the packages of toy_package.h. Resolution takes the newest of a name, or the one that is kept;
 * describe adds ECOSYSTEM/NAME with the version and how many files are shipped. Nothing of Debian
 * is behind it.
 */
#pragma once

#include "base/map.h"
#include "package/format.h"
#include "store/fields.h"
#include "toy_package.h"

static size_t toy_fetches; /* packages that were fetched; a test sets it to 0 */

struct toy_facts {
	const char *text; /* of control */
};

/* -- locking -- */

struct toy_archive {
	struct pl_package_archive archive; /* first */
	struct pl_lock_suite suite;
	bool kept[TOY_OFFERS];
	const struct pl_lock_image *former; /* of the image that is being resolved */
};

extern const struct pl_package_format toy_format, toy_other_format;

static inline int toy_archive_open(const struct pl_env *env, struct pl_store *store,
				   const struct pl_archive_request *rq,
				   struct pl_package_archive **ret, struct pl_err *err)
{
	struct toy_archive *ar = pl_xcalloc(1, sizeof(*ar));
	(void)env;
	(void)store;
	(void)err;
	for (size_t i = 1; i < rq->n_platforms; i++) /* sorted, each once */
		assert_true(strcmp(rq->platforms[i - 1]->name, rq->platforms[i]->name) < 0);
	ar->suite = (struct pl_lock_suite){rq->origin->sources[0].suites[0], 1000, {{1}}, "F00D"};
	ar->archive = (struct pl_package_archive){&toy_format, &ar->suite, 1};
	for (size_t i = 0; rq->former && i < rq->former->n_packages; i++) {
		const struct pl_lock_package *p = &rq->former->packages[i];
		const struct toy_offer *o = toy_of(&p->sha256);
		if (o && !rq->moves(rq->ctx, p))
			ar->kept[o - toy_offers] = true;
	}
	*ret = &ar->archive;
	return 0;
}

static inline void toy_archive_free(struct pl_package_archive *ar) { free(ar); }

/* The version that is asked for ("=" is the only relation here), else the one that is kept, the
 * image's own first, else the newest of that name for the platform. */
static inline struct toy_offer *toy_find(const struct toy_archive *ar, const struct pl_platform *on,
					 struct pl_str name, struct pl_str version)
{
	struct toy_offer *found = NULL;
	bool kept = false;
	for (size_t i = 0; i < toy_n; i++) {
		struct toy_offer *o = &toy_offers[i];
		if (version.n && !pl_str_is(version, o->version))
			continue;
		if (!pl_str_is(name, o->name) || (strcmp(o->architecture, "all") != 0 &&
						  strcmp(o->architecture, on->architecture) != 0))
			continue;
		for (size_t k = 0; ar->kept[i] && ar->former && k < ar->former->n_packages; k++)
			if (pl_digest_eq(&ar->former->packages[k]->sha256, &o->sha256))
				return o;
		if (!kept)
			found = o;
		kept = kept || ar->kept[i];
	}
	return found;
}

static inline int toy_choose(struct toy_archive *ar, const struct pl_platform *on,
			     struct pl_str name, struct pl_str version, int parent,
			     struct pl_package_choices *c, struct pl_err *err)
{
	for (size_t i = 0; i < c->n; i++)
		if (pl_str_eq(c->v[i].name, name))
			return 0;
	struct toy_offer *o = toy_find(ar, on, name, version);
	if (!o)
		return pl_fail(err, PL_UNSOLVABLE, "no package " PL_STR_FMT, PL_STR_ARG(name));
	int me = (int)c->n++;
	c->v[me] = (struct pl_package_choice){.name = pl_str_of(o->name),
					      .version = pl_str_of(o->version),
					      .architecture = pl_str_of(o->architecture),
					      .sha256 = o->sha256,
					      .parent = parent,
					      .reason = pl_str_of(o->name),
					      .own = o};
	struct pl_str rest = pl_str_of(o->needs ? o->needs : "");
	int rc = 0;
	while (rc == 0 && rest.p && rest.n)
		rc = toy_choose(ar, on, pl_str_cut(&rest, ' '), PL_STR(""), me, c, err);
	return rc;
}

static inline int toy_missing(struct pl_package_archive *ar, const struct pl_platform *on,
			      const struct pl_package_root *root, struct pl_arena *a,
			      const char **ret_why, const char **ret_more, struct pl_err *err)
{
	*ret_why = NULL; /* resolving says it */
	*ret_more = "";
	return 0;
}

static inline int toy_resolve(struct pl_package_archive *ar, const struct pl_platform *on,
			      const struct pl_package_root *roots, size_t n_roots,
			      const struct pl_package_choices *base,
			      const struct pl_lock_image *former, struct pl_arena *a,
			      struct pl_package_choices *ret, struct pl_err *err)
{
	struct pl_package_choices c = {0};
	struct toy_archive one = *(struct toy_archive *)ar; /* one thread a platform */
	int rc = 0;
	one.former = former;
	c.v = pl_arena_array(a, struct pl_package_choice, TOY_OFFERS);
	for (size_t i = 0; base && i < base->n; i++)
		c.v[c.n++] = base->v[i];
	for (size_t i = 0; i < n_roots && rc == 0; i++)
		rc = toy_choose(&one, on, roots[i].name, roots[i].version, -1, &c, err);
	if (rc == 0)
		*ret = c;
	return rc;
}

static inline void toy_entry(struct pl_package_archive *ar, const struct pl_package_choice *c,
			     struct pl_arena *a, struct pl_lock_package *ret, bool *ret_often)
{
	const struct toy_offer *o = c->own;
	*ret = (struct pl_lock_package){
		.ecosystem = ar->format->ecosystem,
		.name = o->name,
		.version = o->version,
		.architecture = o->architecture,
		.source = o->source,
		.source_version = o->version,
		.sha256 = o->sha256,
		.size = o->archive.n,
		.installed_kib = o->kib,
		.filename = pl_arena_printf(a, "%s_%s", o->name, o->version),
		.suite = pl_arena_cstr(a, pl_str_of(ar->suites[0].suite)),
	};
	*ret_often = o->often;
}

static inline int toy_fetch(const struct pl_env *env, struct pl_store *store,
			    const struct pl_package_want *v, size_t n, uint64_t *ret_bytes,
			    struct pl_err *err)
{
	(void)env;
	for (size_t i = 0; i < n; i++) {
		const struct toy_offer *o = toy_of(&v[i].package->sha256);
		struct pl_digest d;
		if (!o)
			return pl_fail(err, PL_NOT_FOUND, "%s is not offered", v[i].package->name);
		int rc = pl_store_put(store, PL_STORE_INPUTS, pl_buf_str(&o->archive), &d, err);
		if (rc < 0)
			return rc;
		toy_fetches++;
		*ret_bytes += o->archive.n;
	}
	return 0;
}

/* What is offered is signed. */
static inline int toy_vouch(const struct pl_env *env, struct pl_store *store,
			    const struct pl_archive_request *rq, struct pl_arena *a,
			    pl_vouch_fn *tell, void *ctx, struct pl_err *err)
{
	(void)env;
	(void)store;
	(void)a;
	(void)err;
	for (size_t i = 0; i < rq->former->n_packages; i++) {
		const struct pl_lock_package *p = &rq->former->packages[i];
		bool offered = toy_of(&p->sha256) != NULL;
		tell(ctx, p, offered ? PL_VOUCHED : PL_VOUCHED_NOT, offered ? NULL : "not offered");
	}
	return 0;
}

/* -- assembling -- */

static inline int toy_open(const struct pl_env *env, struct pl_store *store,
			   const struct pl_lock_package *p, struct pl_arena *a,
			   const void **ret_facts, struct pl_package_reader **ret,
			   struct pl_err *err)
{
	struct pl_source *in;
	struct pl_tar_entry e;
	int rc = pl_store_read(store, PL_STORE_INPUTS, &p->sha256, true, &in, err);
	if (rc < 0)
		return rc;
	struct pl_tar *t = pl_tar_new(in, env->limits, p->name);
	rc = pl_tar_next(t, &e, err);
	if (rc > 0) {
		struct toy_facts *f = pl_arena_new(a, struct toy_facts);
		char *text = pl_arena_alloc(a, e.size + 1);
		for (uint64_t at = 0; at < e.size;)
			at += (uint64_t)pl_tar_read(t, text + at, e.size - at, err);
		text[e.size] = 0;
		f->text = text;
		*ret_facts = f;
		*ret = (struct pl_package_reader *)(void *)t;
		return 0;
	}
	pl_tar_free(t);
	return rc < 0 ? rc : pl_fail(err, PL_INPUT, "%s: an empty archive", p->name);
}

static inline int toy_next(struct pl_package_reader *r, struct pl_tar_entry *ret,
			   struct pl_err *err)
{
	return pl_tar_next((struct pl_tar *)(void *)r, ret, err);
}

static inline int64_t toy_read(struct pl_package_reader *r, void *p, size_t n, struct pl_err *err)
{
	return pl_tar_read((struct pl_tar *)(void *)r, p, n, err);
}

static inline void toy_close(struct pl_package_reader *r)
{
	pl_tar_free((struct pl_tar *)(void *)r);
}

static inline void toy_judge(const struct pl_package_ref *p, struct pl_arena *a,
			     struct pl_lock_script **ret, size_t *ret_n)
{
	const char *text = ((const struct toy_facts *)p->facts)->text;
	struct pl_str line;
	*ret = pl_arena_array(a, struct pl_lock_script, 8);
	for (*ret_n = 0; toy_line(text, "script", *ret_n, &line); ++*ret_n) {
		const char *name = pl_arena_cstr(a, pl_str_cut(&line, ' '));
		(*ret)[*ret_n] = (struct pl_lock_script){name, pl_sha256_of(pl_str_of(name)),
							 pl_arena_cstr(a, line), "said so"};
	}
}

/* "name NAME VERSION ARCHITECTURE SOURCE" is what toy_offer wrote into it; one that says "anything"
 * lets itself be called so. */
static inline int toy_identify(const struct pl_package_ref *p, struct pl_err *err)
{
	const char *text = ((const struct toy_facts *)p->facts)->text;
	struct pl_str is = {0};
	PL_AUTOFREE char *want = pl_xprintf("%s %s %s %s", p->lock->name, p->lock->version,
					    p->lock->architecture, p->lock->source);
	if (toy_line(text, "anything", 0, &is) ||
	    (toy_line(text, "name", 0, &is) && pl_str_is(is, want)))
		return 0;
	return pl_fail(err, PL_INPUT, "%s: it is " PL_STR_FMT, want, PL_STR_ARG(is));
}

static inline int toy_complete(const struct pl_platform *on, const struct pl_package_root *roots,
			       size_t n_roots, const struct pl_package_ref *v, size_t n,
			       struct pl_err *err)
{
	(void)on;
	(void)roots;
	(void)n_roots;
	(void)v;
	(void)n;
	(void)err;
	return 0;
}

static inline int toy_describe(const struct pl_package_ref *p, const struct pl_map *shipped,
			       pl_package_add_fn *add, void *ctx, struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_xprintf("%s/%s", p->lock->ecosystem, p->lock->name);
	PL_AUTOFREE char *body = pl_xprintf("%s %zu files", p->lock->version, shipped->n);
	return add(ctx, path, pl_str_of(body), err);
}

static inline void toy_facts_format(const void *facts, struct pl_buf *ret)
{
	pl_put_cstr(ret, ((const struct toy_facts *)facts)->text);
}

static inline bool toy_facts_parse(struct pl_arena *a, struct pl_str bytes, const void **ret)
{
	struct pl_fields f = {bytes, a, false};
	struct toy_facts *facts = pl_arena_new(a, struct toy_facts);
	facts->text = pl_get_cstr(&f);
	*ret = facts;
	return pl_fields_end(&f) && facts->text;
}

static inline bool toy_replaces(const struct pl_package_ref *a, const struct pl_package_ref *b)
{
	struct pl_str name;
	const char *text = ((const struct toy_facts *)a->facts)->text;
	for (size_t i = 0; toy_line(text, "replaces", i, &name); i++)
		if (pl_str_is(name, b->lock->name))
			return true;
	return false;
}

/* Appends a line to a file of the tree, which is made. */
static inline int toy_append(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
			     const char *line, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	const struct pl_node *old = pl_tree_get(t, pl_str_of(path));
	int rc = 0;
	if (old && old->body == PL_BODY_BYTES)
		pl_buf_addstr(&text, old->bytes);
	else if (old)
		rc = in->read(in->read_ctx, old, &text, err);
	pl_buf_addf(&text, "%s\n", line);
	return rc < 0 ? rc
		      : pl_tree_file(t, pl_str_of(path), pl_buf_str(&text), 0644, 0, 0, in->epoch,
				     NULL, err);
}

static inline int toy_install_package(struct pl_tree *t, const struct pl_effect_input *in,
				      const struct pl_effect_package *p, struct pl_err *err)
{
	const char *text = ((const struct toy_facts *)p->own)->text;
	struct pl_str v;
	int rc = 0;
	if (toy_line(text, "fails", 0, &v))
		return pl_fail(err, PL_INPUT, "package %s: its effect fails", p->name.p);
	for (size_t i = 0; rc == 0 && toy_line(text, "installs", i, &v); i++) {
		PL_AUTOFREE char *path = pl_str_dup(v);
		rc = toy_append(t, in, path, p->name.p, err);
	}
	for (size_t i = 0; toy_line(text, "removes", i, &v); i++)
		pl_tree_remove(t, pl_tree_get(t, v));
	for (size_t i = 0; rc == 0 && toy_line(text, "account", i, &v); i++) {
		PL_AUTOFREE char *name = pl_str_dup(v);
		const struct pl_id_want want = {.name = name, .fixed = -1};
		uint32_t id = 0;
		rc = pl_effect_id(in, &want, &id, err);
		PL_AUTOFREE char *line = pl_xprintf("%s:x:%u:%u", name, id, id + 1);
		if (rc >= 0)
			rc = toy_append(t, in, "etc/passwd", line, err);
	}
	return rc;
}

/* "script NAME unknown": nobody accounts for it. */
static inline int toy_run_scripts(const struct pl_installation *to, size_t i, struct pl_err *err)
{
	const char *text = ((const struct toy_facts *)to->in->packages[i].own)->text;
	struct pl_str line;
	for (size_t k = 0; toy_line(text, "script", k, &line); k++) {
		PL_AUTOFREE char *name = pl_str_dup(pl_str_cut(&line, ' '));
		struct pl_digest sha256 = pl_sha256_of(pl_str_of(name));
		struct pl_err why = {0};
		if (!pl_str_is(line, "unknown") || strcmp(name, "prerm") == 0 ||
		    to->acknowledged(to->ctx, i, name, &sha256))
			continue;
		int rc = pl_fail(&why, PL_SCRIPTS, "it says so");
		if (!to->refused(to->ctx, i, name, &sha256, &why)) {
			*err = why;
			return rc;
		}
	}
	return 0;
}

static inline int toy_install(const struct pl_installation *to, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < to->in->n_packages && rc == 0; i++)
		rc = to->unpack(to->ctx, i, NULL, NULL, err);
	for (size_t i = 0; i < to->in->n_packages && rc == 0; i++) {
		rc = toy_install_package(to->tree, to->in, &to->in->packages[i], err);
		if (rc == 0)
			rc = toy_run_scripts(to, i, err);
	}
	return rc;
}

static struct pl_digest toy_rules_digest; /* a test changes it */
static inline const struct pl_digest *toy_rules(void) { return &toy_rules_digest; }

static inline const char *toy_ships(const char *what)
{
	return strcmp(what, "/bin/sh") == 0 ? "shell" : NULL;
}

static const char *const toy_directories[] = {"toy", NULL}, *const toy_other_directories[] = {
								    "other", NULL};

/* clang-format off */
#define TOY_FORMAT(name, dirs)                                                                           \
	{.ecosystem = name, .directories = dirs, .archive_open = toy_archive_open,      \
	 .archive_free = toy_archive_free, .missing = toy_missing, .resolve = toy_resolve, .entry = toy_entry,             \
	 .vouch = toy_vouch, .judge = toy_judge, .identify = toy_identify,                   \
	 .fetch = toy_fetch, .open = toy_open,                                                     \
	 .next = toy_next, .read = toy_read, .close = toy_close, .complete = toy_complete, .describe = toy_describe,         \
	 .facts_format = toy_facts_format, .facts_parse = toy_facts_parse,                         \
	 .replaces = toy_replaces, .install = toy_install, .ships = toy_ships,              \
	 .rules = toy_rules}
/* clang-format on */
const struct pl_package_format toy_format = TOY_FORMAT("toy", toy_directories),
			       toy_other_format = TOY_FORMAT("other", toy_other_directories);

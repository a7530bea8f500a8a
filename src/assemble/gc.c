// SPDX-License-Identifier: Apache-2.0
#include "assemble/gc.h"

#include "assemble/record_int.h"
#include "assemble/roots_int.h"

#define DAY 86400

const char *const pl_gc_kind_names[PL_GC_KINDS] = {"images", "unnamed", "locked",   "fragments",
						   "inputs", "records", "leftovers"};

/* Records that are of no use without what they lead to. */
static const struct {
	const char *kind;
	pl_record_content_fn *content;
} leading[] = {
	{"image", pl_image_record_content},
	{"layer", pl_layer_record_content},
	{"package", pl_package_record_content},
};

enum fate { NEEDED, RECENT, GOES };

struct gc_verdict {
	enum pl_gc_kind kind;
	enum fate fate;
};

struct collecting {
	const struct pl_env *env;
	struct pl_store *store;
	const struct pl_gc_options *o;
	struct pl_arena *a;
	struct pl_store_items items;
	struct gc_verdict *verdicts; /* one an item */
	struct pl_roots roots;
	struct pl_map fragments; /* by digest */
	struct pl_map stays;     /* blobs and inputs, by digest: what records may lead to */
	struct pl_map images;    /* keys of the images' records that stay */
};

static void collecting_done(struct collecting *c)
{
	pl_roots_done(&c->roots);
	pl_map_done(&c->fragments);
	pl_map_done(&c->stays);
	pl_map_done(&c->images);
}

/* Times of use are to the day, so that a day is added. */
static enum fate by_age(const struct collecting *c, const struct pl_store_item *i)
{
	bool recent = c->o->keep_s && pl_env_now(c->env) - i->used < c->o->keep_s + DAY;
	return recent ? RECENT : GOES;
}

static struct gc_verdict judge_blob(const struct collecting *c, const struct pl_store_item *i)
{
	bool named = pl_map_has(&c->roots.blobs, pl_digest_key(&i->digest));
	return named ? (struct gc_verdict){PL_GC_IMAGES, NEEDED}
		     : (struct gc_verdict){PL_GC_UNNAMED, by_age(c, i)};
}

static struct gc_verdict judge_input(const struct collecting *c, const struct pl_store_item *i)
{
	struct pl_str key = pl_digest_key(&i->digest);
	if (pl_map_has(&c->roots.inputs, key))
		return (struct gc_verdict){PL_GC_LOCKED, c->o->inputs_too ? by_age(c, i) : NEEDED};
	if (pl_map_has(&c->fragments, key))
		return (struct gc_verdict){PL_GC_FRAGMENTS, by_age(c, i)};
	/* It may be what a lock names that cannot be read now. */
	bool unknown = c->roots.inputs_unknown && !c->o->inputs_too;
	return (struct gc_verdict){PL_GC_INPUTS, unknown ? NEEDED : by_age(c, i)};
}

static pl_record_content_fn *content_of(const char *kind)
{
	for (size_t i = 0; i < PL_COUNT(leading); i++)
		if (strcmp(leading[i].kind, kind) == 0)
			return leading[i].content;
	return NULL;
}

/* Does all that the record leads to stay? A record that cannot be read leads nowhere. */
static int leads_somewhere(const struct collecting *c, const struct pl_store_item *i,
			   pl_record_content_fn *content, bool *ret, struct pl_err *err)
{
	PL_AUTO(buf) data = {0};
	PL_AUTO(arena) a = {0};
	struct pl_digest *d;
	size_t n = 0;
	int rc = pl_store_record_peek(c->store, i, &data, err);
	if (rc < 0)
		return rc;
	bool leads = rc == 1 && content(pl_buf_str(&data), &a, &d, &n);
	for (size_t k = 0; k < n; k++)
		leads = leads && pl_map_has(&c->stays, pl_digest_key(&d[k]));
	*ret = leads;
	return 0;
}

static bool is_gone_fleet(const struct collecting *c, const struct pl_store_item *i)
{
	for (size_t k = 0; k < c->roots.n_fleets; k++)
		if (pl_digest_eq(&c->roots.fleets[k].key, &i->digest))
			return strcmp(c->roots.fleets[k].state, "gone") == 0;
	return false;
}

/* What leads to content stays and goes with it; what composing an image showed with its record,
 * which comes before it in the list; a fleet's with its lock; any other is a hint. */
static int judge_record(struct collecting *c, const struct pl_store_item *i, struct gc_verdict *ret,
			struct pl_err *err)
{
	pl_record_content_fn *content = content_of(i->kind);
	*ret = (struct gc_verdict){PL_GC_RECORDS, by_age(c, i)};
	if (strcmp(i->kind, "fleet") == 0) {
		ret->fate = is_gone_fleet(c, i) ? by_age(c, i) : NEEDED;
	} else if (strcmp(i->kind, "proof") == 0) {
		if (pl_map_has(&c->images, pl_digest_key(&i->digest)))
			ret->fate = NEEDED;
	} else if (content) {
		bool leads;
		int rc = leads_somewhere(c, i, content, &leads, err);
		if (rc < 0)
			return rc;
		ret->fate = leads ? NEEDED : GOES;
		if (leads && strcmp(i->kind, "image") == 0)
			pl_map_put(&c->images, pl_digest_key(&i->digest), c);
	}
	return 0;
}

static int find_fragments(struct collecting *c, struct pl_err *err)
{
	for (size_t i = 0; i < c->items.n; i++) {
		PL_AUTO(buf) data = {0};
		struct pl_digest *fragment;
		size_t n;
		if (strcmp(c->items.v[i].kind, "package") != 0)
			continue;
		int rc = pl_store_record_peek(c->store, &c->items.v[i], &data, err);
		if (rc < 0)
			return rc;
		if (rc == 1 && pl_package_record_content(pl_buf_str(&data), c->a, &fragment, &n))
			pl_map_put(&c->fragments, pl_digest_key(fragment), c);
	}
	return 0;
}

/* Content comes before records in the list, so that what records lead to is judged already. */
static int judge(struct collecting *c, struct pl_err *err)
{
	c->verdicts = pl_arena_array(c->a, struct gc_verdict, c->items.n + 1);
	for (size_t i = 0; i < c->items.n; i++) {
		const struct pl_store_item *item = &c->items.v[i];
		struct gc_verdict *v = &c->verdicts[i];
		int rc = 0;
		switch (item->part) {
		case PL_STORE_PART_BLOB:
			*v = judge_blob(c, item);
			break;
		case PL_STORE_PART_INPUT:
			*v = judge_input(c, item);
			break;
		case PL_STORE_PART_RECORD:
			rc = judge_record(c, item, v, err);
			break;
		case PL_STORE_PART_TMP:
			*v = (struct gc_verdict){PL_GC_LEFTOVERS, GOES};
			break;
		}
		if (rc < 0)
			return rc;
		if (item->part <= PL_STORE_PART_INPUT && v->fate != GOES)
			pl_map_put(&c->stays, pl_digest_key(&item->digest), c);
	}
	return 0;
}

static void count(struct pl_gc_count *to, const struct pl_store_item *i)
{
	to->files++;
	to->bytes += i->size;
}

/* From the end of the list: records before the content that they lead to. */
static int drop(const struct collecting *c, struct pl_gc_result *r, struct pl_err *err)
{
	for (size_t i = c->items.n; i-- > 0;) {
		const struct gc_verdict *v = &c->verdicts[i];
		int rc = 0;
		count(&r->there[v->kind], &c->items.v[i]);
		if (v->fate == RECENT)
			count(&r->recent[v->kind], &c->items.v[i]);
		if (v->fate != GOES)
			continue;
		if (!c->o->dry_run)
			rc = pl_env_check(c->env, err);
		if (rc == 0 && !c->o->dry_run)
			rc = pl_store_drop(c->store, &c->items.v[i], err);
		if (rc < 0)
			return rc;
		count(&r->goes[v->kind], &c->items.v[i]);
	}
	return 0;
}

static void note_unknown(const struct collecting *c)
{
	for (size_t i = 0; i < c->roots.n_fleets; i++) {
		const struct pl_gc_fleet *f = &c->roots.fleets[i];
		char hex[PL_DIGEST_TEXT];
		if (f->reason)
			pl_note(c->env,
				"what a fleet's lock needs is unknown, so every input stays that "
				"it may need: %s (if that fleet is no more, delete "
				"%s/records/fleet/%s)",
				f->reason, pl_store_dir(c->store), pl_digest_hex(&f->key, hex));
	}
}

int pl_gc(const struct pl_env *env, struct pl_store *store, const struct pl_gc_options *o,
	  struct pl_arena *a, struct pl_gc_result *ret, struct pl_err *err)
{
	__attribute__((cleanup(collecting_done))) struct collecting c = {
		.env = env, .store = store, .o = o, .a = a};
	struct pl_gc_result r = {0};
	/* From here on: what is needed is known only while nobody makes or names anything. */
	int rc = o->dry_run ? 0 : pl_store_alone(store, err);
	if (rc == 0)
		rc = pl_store_list(store, a, &c.items, err);
	if (rc == 0)
		rc = pl_roots_read(env, store, &c.items, a, &c.roots, err);
	if (rc == 0)
		rc = find_fragments(&c, err);
	if (rc == 0)
		rc = judge(&c, err);
	if (rc < 0)
		return rc;
	note_unknown(&c);
	rc = drop(&c, &r, err);
	if (rc < 0)
		return rc;
	r.fleets = c.roots.fleets;
	r.n_fleets = c.roots.n_fleets;
	r.n_names = c.roots.n_names;
	*ret = r;
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * One layer, entry by entry: files that scanners want are kept, everything else streams by. What
 * takes another's place, and whiteouts, hide what lower layers hold (image-spec layer.md).
 */
#include "io/tar.h"
#include "scan/scan_int.h"

struct layer_reader {
	struct pl_scan *s;
	struct pl_tar *tar;
	const char *what;
};

/* What the scanners want of a path. */
struct wish {
	uint32_t watchers;
	bool body;
};

static struct wish wish_for(const struct pl_scan *s, struct pl_str path)
{
	struct wish w = {0};
	for (size_t i = 0; i < s->n_watches; i++) {
		enum pl_scan_want want = s->watch[i].scanner->wants(path);
		if (want != PL_SCAN_IGNORE)
			w.watchers |= (uint32_t)1 << i;
		if (want == PL_SCAN_KEEP)
			w.body = true;
	}
	return w;
}

/* Is path a file or directory on the way to other, or other itself? */
static bool leads_to(struct pl_str path, struct pl_str other)
{
	return path.n <= other.n && memcmp(path.p, other.p, path.n) == 0 &&
	       (path.n == other.n || other.p[path.n] == '/');
}

/* Scanners that follow a link at this path. */
static uint32_t followers(const struct pl_scan *s, struct pl_str path)
{
	uint32_t v = 0;
	for (size_t i = 0; i < s->n_watches; i++)
		for (const char *const *at = s->watch[i].scanner->lookups; at && *at; at++)
			if (leads_to(path, pl_str_of(*at)))
				v |= (uint32_t)1 << i;
	return v;
}

static void read_whiteout(struct pl_scan *s, struct pl_str dir, struct pl_str base)
{
	PL_AUTO(buf) path = {0};
	if (pl_str_is(base, ".wh..wh..opq")) {
		pl_places_hide(&s->places, dir, true);
		return;
	}
	struct pl_str name = pl_str_sub(base, 4, SIZE_MAX);
	if (name.n == 0 || pl_str_starts(base, ".wh..wh."))
		return; /* aufs' own bookkeeping */
	pl_buf_addstr(&path, dir);
	if (dir.n)
		pl_buf_addc(&path, '/');
	pl_buf_addstr(&path, name);
	pl_places_hide(&s->places, pl_buf_str(&path), false);
}

static int fill_body(struct layer_reader *r, const struct pl_tar_entry *e, struct pl_kept_body *b,
		     struct pl_err *err)
{
	char chunk[32768];
	for (uint64_t left = e->size; left;) {
		int64_t got = pl_tar_read(r->tar, chunk,
					  left < sizeof(chunk) ? (size_t)left : sizeof(chunk), err);
		if (got < 0)
			return (int)got;
		if (got == 0)
			return pl_fail(err, PL_INPUT, "%s: %.200s: ends too early", r->what,
				       e->path.p);
		int rc = pl_keep_fill(&r->s->places.keep, b, chunk, (size_t)got, err);
		if (rc < 0)
			return rc;
		left -= (uint64_t)got;
	}
	return 0;
}

static int read_file(struct layer_reader *r, const struct pl_tar_entry *e, struct wish w,
		     struct pl_err *err)
{
	struct pl_places *places = &r->s->places;
	struct pl_kept_body *body = NULL;
	struct pl_place *p;
	int rc = 0;
	pl_places_hide(places, e->path, false); /* a file ends a directory */
	if (w.body) {
		rc = pl_keep_new(&places->keep, e->size, &body, err);
		if (rc < 0)
			rc = pl_ctx(err, "%s: %.200s", r->what, e->path.p);
		if (rc == 0)
			rc = fill_body(r, e, body, err);
	}
	if (rc == 0)
		rc = pl_places_put(places, e->path, w.watchers, &p, err);
	if (rc < 0)
		pl_keep_unref(&places->keep, body);
	else
		p->body = body;
	return rc;
}

/* A hard link shares its target's content: of a file that is kept, or of one that was let by. */
static int read_hard_link(struct layer_reader *r, const struct pl_tar_entry *e, struct wish w,
			  struct pl_err *err)
{
	struct pl_places *places = &r->s->places;
	struct pl_place *target = pl_places_get(places, e->link), *p;
	struct pl_kept_body *body = w.body && target ? target->body : NULL;
	if (body)
		pl_keep_ref(body); /* before its place lets go of it: a link may name itself */
	pl_places_hide(places, e->path, false);
	if (w.body && !body) {
		*pl_vec_push(&r->s->warnings) = pl_arena_printf(
			r->s->a, "%s: %.200s is a hard link to %.200s, which was not read", r->what,
			e->path.p, e->link.p);
		return 0;
	}
	int rc = pl_places_put(places, e->path, w.watchers, &p, err);
	if (rc < 0)
		pl_keep_unref(&places->keep, body);
	else
		p->body = body;
	return rc;
}

static int read_symlink(struct layer_reader *r, const struct pl_tar_entry *e, uint32_t watchers,
			struct pl_err *err)
{
	struct pl_place *p;
	pl_places_hide(&r->s->places, e->path, false);
	int rc = pl_places_put(&r->s->places, e->path, watchers, &p, err);
	if (rc == 0)
		p->link = pl_str_dup(e->link);
	return rc;
}

static int read_entry(struct layer_reader *r, const struct pl_tar_entry *e, struct pl_err *err)
{
	size_t slash = pl_str_rfind(e->path, '/');
	bool top = slash == SIZE_MAX;
	struct pl_str base = top ? e->path : pl_str_sub(e->path, slash + 1, SIZE_MAX);
	if (pl_str_starts(base, ".wh.")) {
		read_whiteout(r->s, pl_str_sub(e->path, 0, top ? 0 : slash), base);
		return 0;
	}
	if (e->type == PL_TAR_DIR) {
		/* A directory takes the place of a link or file, and joins a directory. */
		struct pl_place *p = pl_places_get(&r->s->places, e->path);
		if (p)
			pl_places_drop(&r->s->places, p);
		return 0;
	}
	struct wish w = wish_for(r->s, e->path);
	if (w.watchers && e->type == PL_TAR_FILE)
		return read_file(r, e, w, err);
	if (w.watchers && e->type == PL_TAR_HARDLINK)
		return read_hard_link(r, e, w, err);
	if (e->type == PL_TAR_SYMLINK) {
		uint32_t watchers = followers(r->s, e->path) | (w.body ? w.watchers : 0);
		if (watchers)
			return read_symlink(r, e, watchers, err);
	}
	pl_places_hide(&r->s->places, e->path, false); /* something else takes its place */
	return 0;
}

int pl_scan_read_layer(struct pl_scan *s, struct pl_source *layer, const char *what,
		       struct pl_err *err)
{
	PL_AUTO_FREE(tar) tar = pl_tar_new(layer, s->env->limits, what);
	struct layer_reader r = {s, tar, what};
	struct pl_tar_entry e;
	int rc;
	pl_places_begin_layer(&s->places, s->layers, s->env->limits);
	while ((rc = pl_tar_next(tar, &e, err)) == 1) {
		rc = pl_env_check(s->env, err);
		if (rc == 0)
			rc = read_entry(&r, &e, err);
		if (rc < 0)
			break;
	}
	return rc;
}

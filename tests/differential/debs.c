// SPDX-License-Identifier: Apache-2.0
#include "debs.h"

#include "base/deb822.h"
#include "debian/deb/deb.h"

#include <inttypes.h>
#include <stdio.h>

static int load_entry(struct pl_arena *a, struct pl_deb *d, const struct pl_tar_entry *e,
		      struct deb *p, struct pl_err *err)
{
	struct deb_entry *k = pl_vec_push(&p->entries);
	*k = (struct deb_entry){.tar = *e};
	k->tar.path = pl_arena_str(a, e->path);
	k->tar.link = pl_arena_str(a, e->link);
	if (e->type != PL_TAR_FILE || !e->size)
		return 0;
	char *bytes = pl_arena_alloc(a, (size_t)e->size);
	for (size_t have = 0; have < e->size;) {
		int64_t got = pl_deb_read(d, bytes + have, (size_t)e->size - have, err);
		if (got <= 0)
			return (int)got;
		have += (size_t)got;
	}
	k->bytes = (struct pl_str){bytes, (size_t)e->size};
	k->sha256 = pl_sha256_of(k->bytes);
	return 0;
}

static int load_deb(struct pl_arena *a, const char *path, struct deb *ret, struct pl_err *err)
{
	struct pl_source *in = NULL;
	PL_AUTO_FREE(deb) d = NULL;
	struct pl_tar_entry e;
	int r = pl_source_file(path, &in, err);
	if (r >= 0)
		r = pl_deb_open(in, &pl_limits_default, path, a, &ret->control, &d, err);
	if (r < 0)
		return r;
	while ((r = pl_deb_next(d, &e, err)) > 0) {
		r = load_entry(a, d, &e, ret, err);
		if (r < 0)
			return r;
	}
	struct pl_deb822_reader rd = {.rest = ret->control.control, .what = path};
	struct pl_deb822 p;
	if (r >= 0)
		r = pl_deb822_next(&rd, false, &p, err);
	if (r < 0)
		return r;
	ret->p = (struct pl_effect_package){.name = pl_deb822_get(&p, "Package"),
					    .version = pl_deb822_get(&p, "Version"),
					    .architecture = pl_deb822_get(&p, "Architecture")};
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return pl_str_cmp(((const struct deb *)a)->p.name, ((const struct deb *)b)->p.name);
}

int debs_load(struct pl_arena *a, char *const *paths, size_t n, struct deb **ret,
	      struct pl_err *err)
{
	struct deb *v = *ret = pl_arena_array(a, struct deb, n);
	for (size_t i = 0; i < n; i++) {
		int r = load_deb(a, paths[i], &v[i], err);
		if (r < 0)
			return r;
	}
	qsort(v, n, sizeof(*v), by_name);
	for (size_t i = 0; i < n; i++)
		v[i].p.own = &v[i].control;
	return 0;
}

void debs_done(struct deb *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pl_vec_free(&v[i].entries);
}

int debs_put(struct pl_tree *t, const struct deb_entry *e, const char *path, struct deb_bodies *b,
	     struct pl_err *err)
{
	struct pl_tar_entry tar = e->tar;
	struct pl_node *n;
	tar.path = pl_str_of(path);
	int r = pl_tree_put(t, &tar, &n, err);
	if (r < 0 || !e->bytes.n)
		return r;
	n->body = PL_BODY_PACKAGE;
	n->size = e->bytes.n;
	n->sha256 = e->sha256;
	n->owner = (int)b->v.n;
	*pl_vec_push(&b->v) = e->bytes;
	return 0;
}

int debs_read(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err)
{
	const struct deb_bodies *b = ctx;
	pl_buf_clear(ret);
	pl_buf_addstr(ret, b->v.v[n->owner]);
	return pl_buf_check(ret, n->name.p, err);
}

static int print_accounts(const struct pl_tree *t, const struct pl_effect_input *in,
			  struct pl_arena *a, struct pl_err *err)
{
	static const char *const files[] = {"passwd", "group", "shadow", "gshadow"};
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		struct pl_str text;
		int r = pl_effect_text(t, in, a, pl_arena_printf(a, "etc/%s", files[i]), &text,
				       err);
		if (r < 0)
			return r;
		while (text.p && text.n) {
			struct pl_str line = pl_str_cut(&text, '\n');
			printf("@%s " PL_STR_FMT "\n", files[i], PL_STR_ARG(line));
		}
	}
	return 0;
}

void debs_print_texts(const struct pl_tree *t)
{
	PL_AUTO(buf) path = {0};
	for (const struct pl_node *n = pl_tree_next(t->root, NULL); n;
	     n = pl_tree_next(t->root, n)) {
		if (n->type != PL_TAR_FILE || n->hardlink || n->body != PL_BODY_BYTES)
			continue;
		pl_tree_path(n, &path);
		printf("=%s\t", path.p);
		for (size_t i = 0; i < n->bytes.n; i++)
			printf("%02x", (unsigned char)n->bytes.p[i]);
		putchar('\n');
	}
}

int debs_print(const struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
	       struct pl_err *err)
{
	PL_AUTO(buf) path = {0};
	char hex[PL_DIGEST_TEXT];
	int r = print_accounts(t, in, a, err);
	if (r < 0)
		return r;
	for (const struct pl_node *n = pl_tree_next(t->root, NULL); n;
	     n = pl_tree_next(t->root, n)) {
		const struct pl_node *f = n->hardlink ? n->hardlink : n;
		bool file = f->type == PL_TAR_FILE;
		char type = file ? 'f' : f->type == PL_TAR_DIR ? 'd' : 'l';
		struct pl_digest none = pl_sha256_of(PL_STR(""));
		pl_tree_path(n, &path);
		printf("%c %o %" PRIu32 ":%" PRIu32 " %" PRIu64 " %s %s\t" PL_STR_FMT "\n", type,
		       type == 'l' ? 0777 : f->mode, f->uid, f->gid, file ? f->size : 0,
		       file ? pl_digest_hex(f->size ? &f->sha256 : &none, hex) : "-", path.p,
		       PL_STR_ARG(f->link));
	}
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Installs .debs by interpreting their maintainer scripts, and prints every path as deb_tree does:
 *
 *     script_tool [--keep-going] [--trace] ARCHITECTURE DEB...
 *
 * Findings go to standard error, and so does, with --keep-going, each script that is refused: it
 * then counts as one that does nothing. Status 3: there were such.
 */
#include "base/deb822.h"
#include "debian/scripts/interpret.h"
#include "effects/effects_int.h"

#include <inttypes.h>
#include <stdio.h>

struct entry {
	struct pl_tar_entry tar;
	struct pl_str bytes;
	struct pl_digest sha256;
};

struct package {
	struct pl_effect_package p;
	struct pl_control control;
	PL_VEC(struct entry) entries;
};

struct tool {
	struct pl_arena arena;
	struct pl_debian_world world;
	struct package *v;
	PL_VEC(struct pl_str) bodies;
	bool keep_going, trace;
	unsigned refused;
};

static int read_body(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err)
{
	const struct tool *t = ctx;
	pl_buf_clear(ret);
	pl_buf_addstr(ret, t->bodies.v[n->owner]);
	return pl_buf_check(ret, n->name.p, err);
}

static int load_entry(struct tool *t, struct pl_deb *d, const struct pl_tar_entry *e,
		      struct package *p, struct pl_err *err)
{
	struct entry *k = pl_vec_push(&p->entries);
	k->tar = *e;
	k->tar.path = pl_arena_str(&t->arena, e->path);
	k->tar.link = pl_arena_str(&t->arena, e->link);
	if (e->type != PL_TAR_FILE || !e->size)
		return 0;
	char *bytes = pl_arena_alloc(&t->arena, (size_t)e->size);
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

static int load_deb(struct tool *t, const char *path, struct package *ret, struct pl_err *err)
{
	struct pl_source *in = NULL;
	PL_AUTO_FREE(deb) d = NULL;
	struct pl_tar_entry e;
	int r = pl_source_file(path, &in, err);
	if (r >= 0)
		r = pl_deb_open(in, &pl_limits_default, path, &t->arena, &ret->control, &d, err);
	if (r < 0)
		return r;
	while ((r = pl_deb_next(d, &e, err)) > 0) {
		r = load_entry(t, d, &e, ret, err);
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

static int unpack(void *ctx, size_t i, struct pl_err *err)
{
	struct tool *t = ctx;
	struct pl_debian_world *w = &t->world;
	for (size_t k = 0; k < t->v[i].entries.n; k++) {
		const struct entry *e = &t->v[i].entries.v[k];
		struct pl_tar_entry tar = e->tar;
		struct pl_node *n;
		tar.path = pl_str_of(pl_debian_place(w, &w->packages[i], tar.path.p));
		const struct pl_node *old = pl_tree_get(w->tree, tar.path);
		if (old && tar.type == PL_TAR_DIR && old->type == PL_TAR_DIR)
			continue; /* dpkg keeps the attributes of a directory that is there */
		int r = pl_tree_put(w->tree, &tar, &n, err);
		if (r < 0)
			return pl_ctx(err, PL_STR_FMT, PL_STR_ARG(w->packages[i].name));
		if (tar.type != PL_TAR_FILE || !e->bytes.n)
			continue;
		n->body = PL_BODY_PACKAGE;
		n->size = e->bytes.n;
		n->sha256 = e->sha256;
		n->owner = (int)t->bodies.n;
		*pl_vec_push(&t->bodies) = e->bytes;
	}
	return 0;
}

static bool refused(void *ctx, const struct pl_debian_package *p, const char *script,
		    const struct pl_err *why)
{
	struct tool *t = ctx;
	(void)p, (void)script;
	fprintf(stderr, "refused: %s\n", why->msg);
	t->refused++;
	return t->keep_going;
}

static void trace(void *ctx, const char *script, unsigned line, struct pl_str text)
{
	const struct tool *t = ctx;
	if (t->trace)
		fprintf(stderr, "+ %s:%u: " PL_STR_FMT "\n", script, line, PL_STR_ARG(text));
}

static int by_name(const void *a, const void *b)
{
	return pl_str_cmp(((const struct package *)a)->p.name, ((const struct package *)b)->p.name);
}

static void print_tree(const struct pl_tree *t)
{
	PL_AUTO(buf) path = {0};
	char hex[PL_DIGEST_TEXT];
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
}

/* "@passwd LINE" and "@group LINE": whose the numbers are. */
static int print_accounts(const struct pl_tree *t, const struct pl_effect_input *in,
			  struct pl_arena *a, struct pl_err *err)
{
	static const char *const files[] = {"passwd", "group"};
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

static void print_findings(const struct pl_debian_world *w)
{
	static const char *const kinds[] = {"running", "run time", "machine", "deferred"};
	for (size_t i = 0; i < w->findings.n; i++) {
		const struct pl_debian_finding *f = &w->findings.v[i];
		fprintf(stderr, "%s: " PL_STR_FMT ": %s: line %u: %s\n", kinds[f->kind],
			PL_STR_ARG(f->package), f->script, f->line, f->text);
	}
}

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	struct tool t = {0};
	PL_AUTO(tree) tree;
	int at = 1, r = 0;
	pl_tree_init(&tree);
	for (; at < argc && argv[at][0] == '-'; at++) {
		t.keep_going = t.keep_going || strcmp(argv[at], "--keep-going") == 0;
		t.trace = t.trace || strcmp(argv[at], "--trace") == 0;
	}
	if (argc - at < 2)
		return 2;
	const char *arch = argv[at++];
	size_t n = (size_t)(argc - at);
	t.v = pl_arena_array(&t.arena, struct package, n);
	struct pl_effect_package *packages = pl_arena_array(&t.arena, struct pl_effect_package, n);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = load_deb(&t, argv[at + (int)i], &t.v[i], &err);
	qsort(t.v, n, sizeof(*t.v), by_name);
	struct pl_effect_input in = {.packages = packages,
				     .n_packages = n,
				     .platform = pl_platform_of_debian(pl_str_of(arch)),
				     .epoch = 1700000000,
				     .read = read_body,
				     .read_ctx = &t};
	pl_debian_world_init(&t.world, &tree, &in, n);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		t.v[i].p.own = &t.v[i].control;
		packages[i] = t.v[i].p;
		struct pl_debian_package *p = &t.world.packages[i];
		p->name = t.v[i].p.name;
		p->version = t.v[i].p.version;
		p->architecture = t.v[i].p.architecture;
		p->control = &t.v[i].control;
	}
	struct pl_interpretation run = {
		.world = &t.world, .unpack = unpack, .refused = refused, .trace = trace, .ctx = &t};
	if (r >= 0)
		r = pl_debian_interpret(&run, &err);
	print_findings(&t.world);
	if (r >= 0)
		r = print_accounts(&tree, &in, &t.arena, &err);
	if (r >= 0)
		print_tree(&tree);
	else
		fprintf(stderr, "%s\n", err.msg);
	pl_debian_world_done(&t.world);
	for (size_t i = 0; i < n; i++)
		pl_vec_free(&t.v[i].entries);
	pl_vec_free(&t.bodies);
	pl_arena_done(&t.arena);
	return r < 0 ? 1 : t.refused ? 3 : 0;
}

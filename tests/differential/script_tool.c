// SPDX-License-Identifier: Apache-2.0
/*
 * Installs .debs by interpreting their maintainer scripts, and prints every path as deb_tree does:
 *
 *     script_tool [--keep-going] [--texts] [--trace] ARCHITECTURE DEB...
 *
 * --texts adds what the files hold that scripts made. Findings go to standard error, and so does,
 * with --keep-going, each script that is refused: it then counts as one that does nothing. Status
 * 3: there were such.
 */
#include "debian/scripts/interpret.h"
#include "debs.h"

#include <stdio.h>

struct tool {
	struct pl_arena arena;
	struct pl_debian_world world;
	struct deb *v;
	struct deb_bodies bodies;
	bool keep_going, texts, trace;
	unsigned refused;
};

static int unpack(void *ctx, size_t i, struct pl_err *err)
{
	struct tool *t = ctx;
	struct pl_debian_world *w = &t->world;
	for (size_t k = 0; k < t->v[i].entries.n; k++) {
		const struct deb_entry *e = &t->v[i].entries.v[k];
		const char *path = pl_debian_place(w, &w->packages[i], e->tar.path.p);
		const struct pl_node *old = pl_tree_get(w->tree, pl_str_of(path));
		const struct pl_node *to = pl_tree_resolve(w->tree, pl_str_of(path), true);
		if (old && e->tar.type == PL_TAR_DIR && old->type == PL_TAR_DIR)
			continue; /* dpkg keeps the attributes of a directory that is there */
		if (to && e->tar.type == PL_TAR_SYMLINK && to->type == PL_TAR_DIR)
			continue; /* and a directory, or a link to one, where a link is shipped */
		int r = debs_put(w->tree, e, path, &t->bodies, err);
		if (r < 0)
			return pl_ctx(err, PL_STR_FMT, PL_STR_ARG(w->packages[i].name));
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
	int at = 1;
	pl_tree_init(&tree);
	for (; at < argc && argv[at][0] == '-'; at++) {
		t.keep_going = t.keep_going || strcmp(argv[at], "--keep-going") == 0;
		t.texts = t.texts || strcmp(argv[at], "--texts") == 0;
		t.trace = t.trace || strcmp(argv[at], "--trace") == 0;
	}
	if (argc - at < 2)
		return 2;
	const char *arch = argv[at++];
	size_t n = (size_t)(argc - at);
	struct pl_effect_package *packages = pl_arena_array(&t.arena, struct pl_effect_package, n);
	int r = debs_load(&t.arena, argv + at, n, &t.v, &err);
	struct pl_effect_input in = {.packages = packages,
				     .n_packages = n,
				     .platform = pl_platform_of_debian(pl_str_of(arch)),
				     .epoch = 1700000000,
				     .read = debs_read,
				     .read_ctx = &t.bodies};
	pl_debian_world_init(&t.world, &tree, &in, n);
	for (size_t i = 0; r >= 0 && i < n; i++) {
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
	if (r >= 0 && t.texts)
		debs_print_texts(&tree);
	if (r >= 0)
		r = debs_print(&tree, &in, &t.arena, &err);
	if (r < 0)
		fprintf(stderr, "%s\n", err.msg);
	pl_debian_world_done(&t.world);
	debs_done(t.v, n);
	pl_vec_free(&t.bodies.v);
	pl_arena_done(&t.arena);
	return r < 0 ? 1 : t.refused ? 3 : 0;
}

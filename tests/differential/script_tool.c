// SPDX-License-Identifier: Apache-2.0
/*
 * Installs .debs by interpreting their maintainer scripts, and prints every path (debs.h):
 *
 *     script_tool [--keep-going] [--texts] [--time] [--trace] ARCHITECTURE DEB...
 *
 * --texts adds what the files hold that scripts made, --time prints the milliseconds that scripts
 * took instead of paths. What happens goes to standard error, and so
 * does, with --keep-going, each script that is refused: it then counts as one that does nothing.
 * Status 3: there were such.
 */
#include "base/clock.h"
#include "debian/scripts/interpret.h"
#include "debs.h"

#include <stdio.h>

struct tool {
	struct pl_arena arena;
	struct pl_tree *tree;
	struct deb *v;
	struct deb_bodies bodies;
	bool keep_going, texts, timed, trace;
	unsigned refused;
	uint32_t next_id;
	uint64_t began, took; /* ns, of scripts */
};

static int unpack(void *ctx, size_t i, pl_place_fn *place, void *place_ctx, struct pl_err *err)
{
	struct tool *t = ctx;
	for (size_t k = 0; k < t->v[i].entries.n; k++) {
		const struct deb_entry *e = &t->v[i].entries.v[k];
		const char *path = place(place_ctx, e->tar.path.p);
		const struct pl_node *old = pl_tree_get(t->tree, pl_str_of(path));
		const struct pl_node *to = pl_tree_resolve(t->tree, pl_str_of(path), true);
		if (old && e->tar.type == PL_TAR_DIR && old->type == PL_TAR_DIR)
			continue; /* dpkg keeps the attributes of a directory that is there */
		if (to && e->tar.type == PL_TAR_SYMLINK && to->type == PL_TAR_DIR)
			continue; /* and a directory, or a link to one, where a link is shipped */
		int r = debs_put(t->tree, e, path, &t->bodies, err);
		if (r < 0)
			return pl_ctx(err, PL_STR_FMT, PL_STR_ARG(t->v[i].p.name));
	}
	return 0;
}

static bool refused(void *ctx, size_t i, const char *script, const struct pl_digest *sha256,
		    const struct pl_err *why)
{
	struct tool *t = ctx;
	(void)i, (void)script, (void)sha256;
	fprintf(stderr, "refused: %s\n", why->msg);
	t->refused++;
	return t->keep_going;
}

static void tell(void *ctx, const struct pl_install_event *e)
{
	static const char *const kinds[] = {"+", "running", "run time", "machine", "deferred"};
	struct tool *t = ctx;
	if (e->kind == PL_INSTALL_BEGIN)
		t->began = pl_mono_ns();
	else if (e->kind == PL_INSTALL_END)
		t->took += pl_mono_ns() - t->began;
	else
		fprintf(stderr, "%s: " PL_STR_FMT ": %s: %s:%u: " PL_STR_FMT "\n",
			kinds[e->kind - PL_INSTALL_COMMAND], PL_STR_ARG(t->v[e->package].p.name),
			e->script, e->file, e->line, PL_STR_ARG(e->text));
}

static int read_body(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err)
{
	struct tool *t = ctx;
	return debs_read(&t->bodies, n, ret, err);
}

/* As assembling has them from when a package was read. */
static int elf_facts(void *ctx, const struct pl_node *n, struct pl_elf_facts *ret,
		     struct pl_err *err)
{
	const struct tool *t = ctx;
	(void)err;
	n = pl_node_file(n);
	if (n->body != PL_BODY_PACKAGE)
		return 0;
	pl_elf_parse(t->bodies.v.v[n->owner], ret);
	return 1;
}

/* Numbers downward, as the real commands take them; names are compared. */
static int new_id(void *ctx, const struct pl_id_want *want, uint32_t *ret, struct pl_err *err)
{
	struct tool *t = ctx;
	(void)want, (void)err;
	*ret = t->next_id--;
	return 0;
}

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	struct tool t = {.next_id = PL_ID_LAST};
	PL_AUTO(tree) tree;
	int at = 1;
	pl_tree_init(&tree);
	t.tree = &tree;
	for (; at < argc && argv[at][0] == '-'; at++) {
		t.keep_going = t.keep_going || strcmp(argv[at], "--keep-going") == 0;
		t.timed = t.timed || strcmp(argv[at], "--time") == 0;
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
				     .read = read_body,
				     .read_ctx = &t,
				     .elf = elf_facts,
				     .new_id = new_id};
	for (size_t i = 0; r >= 0 && i < n; i++)
		packages[i] = t.v[i].p;
	const struct pl_installation installation = {.tree = &tree,
						     .in = &in,
						     .unpack = unpack,
						     .refused = refused,
						     .tell = tell,
						     .trace = t.trace,
						     .ctx = &t};
	if (r >= 0)
		r = pl_debian_install(&installation, &err);
	if (r >= 0 && t.timed)
		printf("%.3f\n", (double)t.took / 1e6);
	if (r >= 0 && t.texts)
		debs_print_texts(&tree);
	if (r >= 0)
		r = t.timed ? 0 : debs_print(&tree, &in, &t.arena, &err);
	if (r < 0)
		fprintf(stderr, "%s\n", err.msg);
	debs_done(t.v, n);
	pl_vec_free(&t.bodies.v);
	pl_arena_done(&t.arena);
	return r < 0 ? 1 : t.refused ? 3 : 0;
}

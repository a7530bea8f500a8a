// SPDX-License-Identifier: Apache-2.0
#include "effects/ld_so_cache.h"
#include "base/map.h"
#include "effects/effects_int.h"
#include "effects/elf.h"
#include "effects/ld_cache_int.h"

#include <fnmatch.h>

enum {
	INCLUDE_DEPTH = 8,   /* of files that ld.so.conf includes */
	DIRECTORY_MAX = 4096 /* directories searched */
};

/* Which files an architecture's ldconfig takes, and the type it gives them (sysdeps' readelflib.c
 * and ldconfig.h). flags 0: the C library that the file names. */
struct abi {
	const char *architecture;
	uint16_t machine;
	bool is_64, is_big_endian;
	uint32_t mask, value; /* of e_flags */
	uint32_t flags;
};
static const struct abi abis[] = {
	{"amd64", PL_EM_X86_64, true, false, 0, 0, 0x0303},
	{"amd64", PL_EM_X86_64, false, false, 0, 0, 0x0803},
	{"amd64", PL_EM_386, false, false, 0, 0, 0},
	{"i386", PL_EM_X86_64, true, false, 0, 0, 0x0303},
	{"i386", PL_EM_X86_64, false, false, 0, 0, 0x0803},
	{"i386", PL_EM_386, false, false, 0, 0, 0},
	{"arm64", PL_EM_AARCH64, true, false, 0, 0, 0x0a03},
	{"arm64", PL_EM_ARM, false, false, 0xff000600, 0x05000400, 0x0903},
	{"arm64", PL_EM_ARM, false, false, 0xff000600, 0x05000200, 0x0b03},
	{"arm64", PL_EM_ARM, false, false, 0xff000000, 0x05000000, 0x0003},
	{"armhf", PL_EM_AARCH64, true, false, 0, 0, 0x0a03},
	{"armhf", PL_EM_ARM, false, false, 0xff000600, 0x05000400, 0x0903},
	{"armhf", PL_EM_ARM, false, false, 0xff000600, 0x05000200, 0x0b03},
	{"armhf", PL_EM_ARM, false, false, 0xff000000, 0x05000000, 0x0003},
	{"ppc64el", PL_EM_PPC64, true, false, 0, 0, 0x0503},
	{"s390x", PL_EM_S390, true, true, 0, 0, 0x0403},
	{"riscv64", PL_EM_RISCV, true, false, 0x6, 0x4, 0x1003},
};

#define LD_SO_CONF "/etc/ld.so.conf"

struct directory {
	const char *path; /* as ldconfig prints it: links not resolved */
	struct pl_node *node;
	const char *hwcaps; /* name of a glibc-hwcaps directory, else NULL */
};
/* One library that a directory offers. */
struct library {
	const char *name, *soname;
	uint32_t flags;
	bool is_link;
};
struct known {
	const struct pl_node *node;
	struct pl_elf_facts facts;
};
struct ldconfig {
	struct pl_tree *tree;
	const struct pl_effect_input *in;
	struct pl_arena arena;
	PL_VEC(struct directory) directories;
	PL_VEC(struct pl_ld_entry) entries;
	PL_VEC(const char *) hwcaps;
	struct pl_map
		known; /* node's address to struct known: a file with many names is read once */
};

static bool add_directory(struct ldconfig *l, struct directory d)
{
	for (size_t i = 0; i < l->directories.n; i++)
		if (l->directories.v[i].node == d.node)
			return false;
	if (l->directories.n >= DIRECTORY_MAX)
		return false;
	*pl_vec_push(&l->directories) = d;
	return true;
}

/* The glibc-hwcaps directories in a library directory (ld.so(8)). */
static void add_hwcaps(struct ldconfig *l, const struct directory *d)
{
	const char *base = pl_arena_printf(&l->arena, "%s/glibc-hwcaps", d->path);
	struct pl_node *hwcaps = pl_tree_resolve(l->tree, pl_str_of(base), true);
	for (uint32_t i = 0; hwcaps && i < hwcaps->n_children; i++) {
		struct pl_str name = hwcaps->children[i]->name;
		if (pl_str_starts(name, ".") || pl_str_find(name, ':') != SIZE_MAX)
			continue;
		const char *path = pl_arena_printf(&l->arena, "%s/%s", base, name.p);
		struct pl_node *n = pl_tree_resolve(l->tree, pl_str_of(path), true);
		if (!n || n->type != PL_TAR_DIR)
			continue;
		*pl_vec_push(&l->hwcaps) = name.p;
		(void)add_directory(l, (struct directory){path, n, name.p});
	}
}

static void add_line(struct ldconfig *l, struct pl_str line)
{
	line = pl_str_trim(pl_str_cut(&line, '='));
	while (line.n && line.p[line.n - 1] == '/')
		line.n--;
	struct pl_node *n = line.n ? pl_tree_resolve(l->tree, line, true) : NULL;
	if (!n || n->type != PL_TAR_DIR)
		return;
	struct directory d = {pl_arena_cstr(&l->arena, line), n, NULL};
	if (add_directory(l, d))
		add_hwcaps(l, &d);
}

static int read_conf(struct ldconfig *l, struct pl_str path, unsigned depth, struct pl_err *err);

/* "include PATTERN": the pattern's last component may hold wildcards (glob(7)), as all of Debian's
 * do; relative to the including file. */
static int include(struct ldconfig *l, struct pl_str from, struct pl_str pattern, unsigned depth,
		   struct pl_err *err)
{
	size_t slash = pl_str_rfind(from, '/');
	const char *full = pl_arena_cstr(&l->arena, pattern);
	if (full[0] != '/')
		full = pl_arena_printf(&l->arena, "%.*s/%s", (int)(slash == SIZE_MAX ? 0 : slash),
				       from.p, full);
	struct pl_str dir = pl_str_of(full);
	slash = pl_str_rfind(dir, '/');
	const char *last = full + slash + 1;
	dir.n = slash;
	struct pl_node *n = pl_tree_resolve(l->tree, dir, true);
	for (uint32_t i = 0; n && i < n->n_children; i++) {
		const char *name = n->children[i]->name.p;
		if (fnmatch(last, name, FNM_PERIOD) != 0)
			continue;
		const char *path = pl_arena_printf(&l->arena, "%.*s/%s", (int)dir.n, dir.p, name);
		int rc = read_conf(l, pl_str_of(path), depth + 1, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int include_all(struct ldconfig *l, struct pl_str from, struct pl_str patterns,
		       unsigned depth, struct pl_err *err)
{
	while (patterns.p) {
		struct pl_str p = pl_str_trim(pl_str_cut(&patterns, ' '));
		int rc = p.n ? include(l, from, p, depth, err) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ld.so.conf(5): a directory a line, '#' to the end of line is comment. */
static int read_conf(struct ldconfig *l, struct pl_str path, unsigned depth, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(l->tree, path, true);
	PL_AUTO(buf) text = {0};
	if (!n || n->type != PL_TAR_FILE)
		return 0;
	if (depth > INCLUDE_DEPTH)
		return pl_fail(err, PL_LIMIT,
			       PL_STR_FMT ": configuration files include each other more than %d "
					  "deep; take the include line out",
			       PL_STR_ARG(path), INCLUDE_DEPTH);
	int rc = pl_effect_read(l->in, n, &text, err);
	if (rc < 0)
		return rc;
	struct pl_str rest = pl_arena_str(&l->arena, pl_buf_str(&text));
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		line = pl_str_trim(pl_str_cut(&line, '#'));
		if (pl_str_starts(line, "hwcap ") || pl_str_starts(line, "hwcap\t"))
			continue;
		if (!pl_str_starts(line, "include ") && !pl_str_starts(line, "include\t")) {
			add_line(l, line);
			continue;
		}
		rc = include_all(l, path, pl_str_sub(line, 8, line.n), depth, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The facts of a file, from the caller or from its bytes. */
static int facts_of(struct ldconfig *l, const struct pl_node *n, const struct pl_elf_facts **ret,
		    struct pl_err *err)
{
	const struct pl_node *file = n->hardlink ? n->hardlink : n;
	struct known *k = pl_map_get(&l->known, (struct pl_str){(const char *)&file, sizeof(file)});
	if (!k) {
		k = pl_arena_new(&l->arena, struct known);
		k->node = file;
		int rc = l->in->elf ? l->in->elf(l->in->read_ctx, file, &k->facts, err) : 0;
		if (rc < 0)
			return rc;
		PL_AUTO(buf) bytes = {0};
		if (rc == 0) {
			rc = pl_effect_read(l->in, file, &bytes, err);
			if (rc < 0)
				return rc;
			pl_elf_parse(pl_buf_str(&bytes), &k->facts);
		}
		if (k->facts.soname.p)
			k->facts.soname = pl_arena_str(&l->arena, k->facts.soname);
		pl_map_put(&l->known, (struct pl_str){(const char *)&k->node, sizeof(k->node)}, k);
	}
	*ret = &k->facts;
	return 0;
}

static uint32_t flags_of(const char *architecture, const struct pl_elf_facts *f)
{
	for (size_t i = 0; f->is_shared && i < PL_COUNT(abis); i++) {
		const struct abi *a = &abis[i];
		if (strcmp(a->architecture, architecture) == 0 && a->machine == f->machine &&
		    a->is_64 == f->is_64 && a->is_big_endian == f->is_big_endian &&
		    (f->flags & a->mask) == a->value)
			return a->flags ? a->flags : (uint32_t)f->libc;
	}
	return 0;
}

/* A link stays one when its name is the soname, or the name that ld(1) looks for. */
static bool link_counts(struct pl_str name, struct pl_str soname)
{
	return pl_str_eq(name, soname) || (pl_str_ends(name, ".so") && name.n <= soname.n &&
					   memcmp(name.p, soname.p, name.n) == 0);
}

/* Of those with one soname in a directory: a file before a link, then the highest name. */
static void offer(struct ldconfig *l, struct pl_map *by_soname, struct library lib)
{
	void **slot = pl_map_slot(by_soname, pl_str_of(lib.soname));
	struct library *old = *slot;
	if (!old) {
		*slot = pl_arena_dup(&l->arena, &lib, 1, sizeof(lib));
		return;
	}
	if ((!lib.is_link && old->is_link) ||
	    (lib.is_link == old->is_link && pl_ld_name_cmp(old->name, lib.name) < 0)) {
		old->name = lib.name;
		old->is_link = lib.is_link;
	}
}

static int read_library(struct ldconfig *l, const struct directory *d, struct pl_node *n,
			struct pl_map *by_soname, struct pl_err *err)
{
	const char *path = pl_arena_printf(&l->arena, "%s/%s", d->path, n->name.p);
	const struct pl_node *file = pl_tree_resolve(l->tree, pl_str_of(path), true);
	const struct pl_elf_facts *f;
	if (!file || (file->type != PL_TAR_FILE && file->type != PL_TAR_HARDLINK))
		return 0;
	int rc = facts_of(l, file, &f, err);
	if (rc < 0)
		return pl_ctx(err, "%s", path);
	struct library lib = {.name = n->name.p, .flags = flags_of(l->in->platform->debian, f)};
	if (!lib.flags)
		return 0;
	struct pl_str soname = f->soname.p ? f->soname : n->name;
	/* A soname is one name in a directory; what says otherwise cannot be linked to. */
	if (soname.n == 0 || pl_str_find(soname, '/') != SIZE_MAX || soname.n > 255)
		return 0;
	lib.is_link = n->type == PL_TAR_SYMLINK && link_counts(n->name, soname);
	lib.soname = lib.is_link ? n->name.p : pl_arena_cstr(&l->arena, soname);
	offer(l, by_soname, lib);
	return 0;
}

static bool is_dynamic_linker(const char *soname)
{
	struct pl_str s = pl_str_of(soname);
	return pl_str_starts(s, "ld-linux") || pl_str_starts(s, "ld64.so.") ||
	       pl_str_starts(s, "ld.so.");
}

/* SONAME -> file, unless it leads there already or something else has that name. */
static int soname_link(struct ldconfig *l, const struct directory *d, const struct library *lib,
		       struct pl_err *err)
{
	struct pl_str link = pl_str_of(pl_arena_printf(&l->arena, "%s/%s", d->path, lib->soname));
	struct pl_str file = pl_str_of(pl_arena_printf(&l->arena, "%s/%s", d->path, lib->name));
	struct pl_node *at = pl_tree_resolve(l->tree, link, false);
	const struct pl_node *leads = pl_tree_resolve(l->tree, link, true);
	if ((leads && leads == pl_tree_resolve(l->tree, file, true)) ||
	    (at && at->type != PL_TAR_SYMLINK) || is_dynamic_linker(lib->soname))
		return 0;
	if (at)
		pl_tree_remove(l->tree, at);
	return pl_tree_symlink(l->tree, link, pl_str_of(lib->name), l->in->epoch, NULL, err);
}

/* ldconfig removes what dangles and is named like a library's soname. */
static void remove_stale(struct ldconfig *l, const struct directory *d)
{
	for (uint32_t i = d->node->n_children; i-- > 0;) {
		struct pl_node *n = d->node->children[i];
		if (n->type != PL_TAR_SYMLINK || !pl_elf_is_library_name(n->name) ||
		    !memmem(n->name.p, n->name.n, ".so.", 4))
			continue;
		const char *path = pl_arena_printf(&l->arena, "%s/%s", d->path, n->name.p);
		if (!pl_tree_resolve(l->tree, pl_str_of(path), true))
			pl_tree_remove(l->tree, n);
	}
}

static int search(struct ldconfig *l, const struct directory *d, struct pl_err *err)
{
	PL_AUTO(map) by_soname = {0};
	remove_stale(l, d);
	for (uint32_t i = 0; i < d->node->n_children; i++) {
		if (!pl_elf_is_library_name(d->node->children[i]->name))
			continue;
		int rc = read_library(l, d, d->node->children[i], &by_soname, err);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < by_soname.n; i++) {
		const struct library *lib = by_soname.items[i].value;
		if (!d->hwcaps && !lib->is_link) {
			int rc = soname_link(l, d, lib, err);
			if (rc < 0)
				return rc;
		}
		struct pl_ld_entry *e = pl_vec_push(&l->entries);
		e->soname = lib->soname;
		e->path = pl_arena_printf(&l->arena, "%s/%s", d->path,
					  d->hwcaps ? lib->name : lib->soname);
		e->hwcaps = d->hwcaps;
		e->flags = lib->flags;
		e->order = l->entries.n;
	}
	return 0;
}

static int make_cache(struct ldconfig *l, const char *generator, struct pl_err *err)
{
	const char *triplet = l->in->platform->triplet;
	/* Debian's ld.so.conf includes that directory and nothing else; without the file the
	 * directory still counts, for the packages of libraries put files there. */
	int rc = pl_tree_resolve(l->tree, PL_STR(LD_SO_CONF), true)
			 ? read_conf(l, PL_STR(LD_SO_CONF), 0, err)
			 : include(l, PL_STR(LD_SO_CONF), PL_STR("/etc/ld.so.conf.d/*.conf"), 0,
				   err);
	if (rc < 0)
		return rc;
	add_line(l, pl_str_of(pl_arena_printf(&l->arena, "/lib/%s", triplet)));
	add_line(l, pl_str_of(pl_arena_printf(&l->arena, "/usr/lib/%s", triplet)));
	add_line(l, PL_STR("/lib"));
	add_line(l, PL_STR("/usr/lib"));
	for (size_t i = 0; i < l->directories.n; i++) {
		rc = search(l, &l->directories.v[i], err);
		if (rc < 0)
			return rc;
	}
	PL_AUTO(buf) cache = {0};
	pl_ld_cache_format(l->entries.v, l->entries.n, l->hwcaps.v, l->hwcaps.n,
			   l->in->platform->is_big_endian, generator, &cache);
	rc = pl_buf_check(&cache, "/etc/ld.so.cache", err);
	if (rc < 0)
		return rc;
	return pl_effect_write(l->tree, l->in, "etc/ld.so.cache", pl_buf_str(&cache), 0644, err);
}

int pl_ld_so_cache_make(struct pl_tree *t, const struct pl_effect_input *in, const char *generator,
			struct pl_err *err)
{
	struct ldconfig l = {.tree = t, .in = in};
	int rc = make_cache(&l, generator, err);
	pl_vec_free(&l.directories);
	pl_vec_free(&l.entries);
	pl_vec_free(&l.hwcaps);
	pl_map_done(&l.known);
	pl_arena_done(&l.arena);
	return rc;
}

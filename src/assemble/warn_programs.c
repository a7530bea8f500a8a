// SPDX-License-Identifier: Apache-2.0
/*
 * What programs need to run and do not find: the interpreter of a script, the dynamic loader and
 * the libraries of an ELF program, a shell for those that run commands by one. Programs are the
 * executables in $PATH and in directories called bin or sbin: what lies elsewhere is run by
 * programs that know where it is.
 */
#include "assemble/warn_int.h"

const struct pl_node *pl_warner_executable(const struct pl_warner *w, const char *path)
{
	const struct pl_node *n = pl_tree_resolve(&w->t->tree, pl_str_of(path), true);
	n = n ? pl_node_file(n) : NULL;
	return n && n->type == PL_TAR_FILE && n->mode & 0111 ? n : NULL;
}

const struct pl_node *pl_warner_in_path(const struct pl_warner *w, const char *name)
{
	for (struct pl_str rest = pl_str_of(w->path); rest.p;) {
		struct pl_str dir = pl_str_cut(&rest, ':');
		PL_AUTOFREE char *path = pl_xprintf("%.*s/%s", PL_STR_ARG(dir), name);
		const struct pl_node *n = pl_warner_executable(w, path);
		if (n)
			return n;
	}
	return NULL;
}

static bool is_beside(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
	return x && y && x - a == y - b && strncmp(a, b, (size_t)(x - a)) == 0;
}

static void lack(struct pl_warner *w, const char *kind, const char *about, const char *path)
{
	const char **entrypoint = w->t->image->entrypoint;
	if (!pl_warner_accepts(w, kind, about, path))
		*pl_vec_push(&w->lacks) = (struct pl_lack){
			kind, about, path, entrypoint && is_beside(entrypoint[0], path)};
}

/* "#!/usr/bin/env -S NAME ARG" and "#!/bin/sh -e". env(1) takes options and assignments first. */
static void judge_script(struct pl_warner *w, const struct pl_program *p, const char *path)
{
	struct pl_str rest = p->interpreter, word = pl_str_cut(&rest, ' ');
	const char *program = pl_arena_cstr(w->a, pl_str_trim(word));
	if (program[0] != '/')
		return;
	if (!pl_warner_executable(w, program)) {
		lack(w, "no-interpreter", program, path);
		return;
	}
	if (!pl_str_ends(pl_str_of(program), "/env"))
		return;
	while (rest.p) {
		word = pl_str_trim(pl_str_cut(&rest, ' '));
		if (word.n == 0 || word.p[0] == '-' || pl_str_find(word, '=') != SIZE_MAX)
			continue;
		program = pl_arena_cstr(w->a, word);
		if (program[0] == '/' ? !pl_warner_executable(w, program)
				      : !pl_warner_in_path(w, program))
			lack(w, "no-interpreter", program, path);
		return;
	}
}

/* The names of all libraries, wherever they are: which directories a program's loader looks into is
 * its own business (DT_RUNPATH, ld.so.conf), but what is nowhere is found by none. */
static const struct pl_map *libraries(struct pl_warner *w)
{
	const struct pl_node *root = w->t->tree.root;
	if (w->has_libraries)
		return &w->libraries;
	w->has_libraries = true;
	for (const struct pl_node *n = pl_tree_next(root, NULL); n; n = pl_tree_next(root, n))
		if (n->type != PL_TAR_DIR && memmem(n->name.p, n->name.n, ".so", 3))
			pl_map_put(&w->libraries, n->name, w);
	return &w->libraries;
}

/* Does a machine of the platform run it? Those of 64 bits run their forerunners' programs. */
static bool runs(const struct pl_platform *on, uint16_t machine)
{
	return machine == on->elf_machine ||
	       (on->elf_machine == PL_EM_X86_64 && machine == PL_EM_386) ||
	       (on->elf_machine == PL_EM_AARCH64 && machine == PL_EM_ARM);
}

static void judge_elf(struct pl_warner *w, const struct pl_program *p, const char *path)
{
	if (!runs(w->t->platform, p->machine)) {
		lack(w, "wrong-machine", path, path);
		return;
	}
	if (p->interpreter.p) {
		const char *loader = pl_arena_cstr(w->a, p->interpreter);
		if (!pl_warner_executable(w, loader))
			lack(w, "no-interpreter", loader, path);
	}
	for (struct pl_str rest = p->needed; rest.n;) {
		struct pl_str name = pl_str_cut(&rest, '\0');
		if (name.n && !pl_map_has(libraries(w), name))
			lack(w, "no-library", pl_arena_cstr(w->a, name), path);
	}
	if (p->calls_shell && !pl_warner_executable(w, "/bin/sh"))
		lack(w, "no-shell", "/bin/sh", path);
}

int pl_warn_program(struct pl_warner *w, const struct pl_node *n, const char *path,
		    struct pl_err *err)
{
	const struct pl_program *known;
	struct pl_program p = {0};
	n = pl_node_file(n);
	if (n->owner >= 0) {
		known = pl_map_get(&w->b->programs, pl_digest_key(&n->sha256));
		p = known ? *known : p;
	} else if (n->size <=
		   w->b->env->limits->memory_file) { /* of larger ones, nothing is known */
		PL_AUTO(buf) text = {0};
		int rc = pl_target_read(w->b, w->t, n, &text, err);
		if (rc < 0)
			return rc;
		pl_program_parse(pl_buf_str(&text), w->a, &p);
		if (p.interpreter.p)
			p.interpreter = pl_arena_str(w->a, p.interpreter);
	}
	if (p.is_script)
		judge_script(w, &p, path);
	else if (p.is_elf)
		judge_elf(w, &p, path);
	return 0;
}

bool pl_warner_is_own(const struct pl_warner *w, const struct pl_node *n, const char *path)
{
	const struct pl_target *t = w->t;
	if (!t->base)
		return true;
	if (n->owner >= 0)
		return w->is_own[n->owner];
	for (size_t i = 0; i < t->n_files; i++)
		if (strcmp(t->files[i].to, path + 1) == 0)
			return true;
	return false;
}

static bool is_in_path(const struct pl_warner *w, const struct pl_node *dir)
{
	for (size_t i = 0; i < w->dirs.n; i++)
		if (w->dirs.v[i] == dir)
			return true;
	return false;
}

static bool was_judged(const struct pl_warner *w, const struct pl_node *n)
{
	for (size_t i = 0; i < w->judged.n; i++)
		if (w->judged.v[i] == n)
			return true;
	return false;
}

static int judge_directory(struct pl_warner *w, const struct pl_node *dir, struct pl_err *err)
{
	PL_AUTO(buf) path = {0};
	int rc = 0;
	for (uint32_t i = 0; i < dir->n_children && rc == 0; i++) {
		const struct pl_node *n = dir->children[i], *file = pl_node_file(n);
		if (file->type != PL_TAR_FILE || !(file->mode & 0111) || was_judged(w, file))
			continue;
		pl_tree_path(n, &path);
		const char *shown = pl_arena_printf(w->a, "/%s", path.p);
		if (pl_warner_is_own(w, file, shown))
			rc = pl_warn_program(w, file, shown, err);
	}
	return rc;
}

static int by_lack(const void *a, const void *b)
{
	const struct pl_lack *x = a, *y = b;
	int c = strcmp(x->kind, y->kind);
	c = c ? c : strcmp(x->about, y->about);
	c = c ? c : y->is_near - x->is_near; /* these are named before others */
	return c ? c : strcmp(x->path, y->path);
}

#define SHOWN 3

/* "/usr/bin/a, /usr/bin/b and 4 more" */
static const char *names_of(struct pl_warner *w, const struct pl_lack *v, size_t n)
{
	PL_AUTO(buf) text = {0};
	size_t shown = n == SHOWN + 1 ? n : n < SHOWN ? n : SHOWN;
	for (size_t i = 0; i < shown; i++)
		pl_buf_addf(&text, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", v[i].path);
	if (shown < n)
		pl_buf_addf(&text, " and %zu more", n - shown);
	return pl_arena_cstr(w->a, pl_buf_str(&text));
}

static void warn_of_lacks(struct pl_warner *w, const struct pl_lack *v, size_t n)
{
	const char *kind = v->kind, *about = v->about, *names = names_of(w, v, n);
	const char *s = n == 1 ? "s" : "";
	if (strcmp(kind, "no-interpreter") == 0)
		pl_warn(w, kind, about,
			"%s need%s %s, which is not in the image: %s, or leave %s out by 'exclude'",
			names, s, about, pl_warner_mend(w, about), n == 1 ? "it" : "them");
	else if (strcmp(kind, "no-shell") == 0)
		pl_warn(w, kind, about,
			"%s run%s commands by %s (system(), popen()), which is not in the image: "
			"%s",
			names, s, about, pl_warner_mend(w, about));
	else if (strcmp(kind, "no-library") == 0)
		pl_warn(w, kind, about,
			"%s need%s the library %s, which is not in the image: add the package that "
			"has it to 'packages'",
			names, s, about);
	else
		pl_warn(w, kind, about,
			"%s is of another machine than %s: give each platform its own, for example "
			"from: files/tool-${arch}",
			about, w->t->platform->name);
}

int pl_warn_programs(struct pl_warner *w, struct pl_err *err)
{
	const struct pl_node *root = w->t->tree.root;
	for (const struct pl_node *n = pl_tree_next(root, NULL); n; n = pl_tree_next(root, n)) {
		if (n->type != PL_TAR_DIR || n->n_children == 0 ||
		    !(pl_str_is(n->name, "bin") || pl_str_is(n->name, "sbin") || is_in_path(w, n)))
			continue;
		int rc = judge_directory(w, n, err);
		if (rc < 0)
			return rc;
	}
	if (w->lacks.n)
		qsort(w->lacks.v, w->lacks.n, sizeof(*w->lacks.v), by_lack);
	for (size_t i = 0, n; i < w->lacks.n; i += n) {
		const struct pl_lack *v = &w->lacks.v[i];
		for (n = 1; i + n < w->lacks.n && strcmp(v[n].kind, v->kind) == 0 &&
			    strcmp(v[n].about, v->about) == 0;
		     n++)
			;
		warn_of_lacks(w, v, n);
	}
	return 0;
}

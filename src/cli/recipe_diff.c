// SPDX-License-Identifier: Apache-2.0
/* What changed in a package's scripts between a former .deb and the one that is locked. */
#include "cli/recipe_int.h"

#include "base/file.h"
#include "io/process.h"
#include "package/format.h"

#include <unistd.h>

#define DEB_MAX ((uint64_t)2 << 30) /* bytes */

struct diffed_package {
	struct pl_package_scripts scripts;
	bool found;
};
struct diffing {
	struct pl_cli *c;
	struct pl_store *store;
	const struct pl_package_format *format;
	struct diffed_package former, now;
	struct pl_jw w;
};

/* A package of the store's inputs by its digest; PL_INPUT where that is none. */
static int read_package(struct diffing *d, const struct pl_digest *sha256,
			struct pl_package_scripts *ret, struct pl_err *err)
{
	const struct pl_lock_package p = {
		.name = "input", .version = "", .architecture = "", .sha256 = *sha256};
	const void *facts;
	struct pl_package_reader *reader;
	int rc = d->format->open(&d->c->env, d->store, &p, &d->c->arena, &facts, &reader, err);
	if (rc < 0)
		return rc;
	d->format->close(reader);
	return d->format->scripts(facts, &d->c->arena, ret, err);
}

static int read_file(struct diffing *d, const char *path, struct pl_err *err)
{
	PL_AUTO(buf) bytes = {.max = DEB_MAX};
	struct pl_digest sha256;
	int rc = pl_file_read(path, DEB_MAX, &bytes, err);
	if (rc == 0)
		rc = pl_store_put(d->store, PL_STORE_INPUTS, pl_buf_str(&bytes), &sha256, err);
	if (rc == 0)
		rc = read_package(d, &sha256, &d->former.scripts, err);
	d->former.found = rc == 0;
	return rc < 0 ? pl_ctx(err, "%s", path) : 0;
}

/* All that the store has of the package; what is no package is passed over. */
static int find_version(struct diffing *d, const char *name, const char *version,
			struct pl_buf *ret_others, struct pl_err *err)
{
	struct pl_store_items items;
	int rc = pl_store_list(d->store, &d->c->arena, &items, err);
	for (size_t i = 0; rc == 0 && i < items.n && !d->former.found; i++) {
		struct pl_err none = {0};
		struct pl_package_scripts s;
		rc = pl_env_check(&d->c->env, err);
		if (rc < 0 || items.v[i].part != PL_STORE_PART_INPUT ||
		    read_package(d, &items.v[i].digest, &s, &none) < 0 || !pl_str_is(s.name, name))
			continue;
		d->former.found = pl_str_is(s.version, version);
		d->former.scripts = s;
		pl_buf_addf(ret_others, "%s" PL_STR_FMT, ret_others->n ? ", " : "",
			    PL_STR_ARG(s.version));
	}
	return rc;
}

static struct pl_str text_of(const struct pl_package_scripts *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].name, name) == 0)
			return s->v[i].text;
	return PL_STR("");
}

/* diff(1) of two texts: one is its standard input, the other a file of ours without a name. */
static int diff_texts(struct diffing *d, const char *name, struct pl_str former, struct pl_str now,
		      struct pl_err *err)
{
	PL_AUTOFD int fd = -1;
	int rc = pl_file_scratch(NULL, &fd, err);
	if (rc == 0)
		rc = pl_write_all(fd, now.p, now.n, name, err);
	if (rc < 0)
		return rc;
	PL_AUTOFREE char *path = pl_xprintf("/proc/%d/fd/%d", (int)getpid(), fd);
	PL_AUTOFREE char *from =
		pl_xprintf("%s of " PL_STR_FMT, name, PL_STR_ARG(d->former.scripts.version));
	PL_AUTOFREE char *to =
		pl_xprintf("%s of " PL_STR_FMT, name, PL_STR_ARG(d->now.scripts.version));
	const char *const argv[] = {"diff", "-u", "--label", from, "--label", to, "-", path, NULL};
	PL_AUTO(process) p = {.argv = argv, .input = former};
	p.out.max = p.err.max = 16 << 20;
	rc = pl_process_run(&d->c->env, &p, err);
	if (rc == 0 && p.exit_status > 1)
		rc = pl_fail(err, PL_FAILURE, "diff: %s", PL_SHOWN(pl_buf_str(&p.err)));
	if (rc == 0 && p.exit_status == 1 && d->c->json) {
		pl_jw_object(&d->w);
		pl_jw_kcstr(&d->w, "script", name);
		pl_jw_kcstr(&d->w, "diff", pl_arena_cstr(&d->c->arena, pl_buf_str(&p.out)));
		pl_jw_end_object(&d->w);
	} else if (rc == 0) {
		pl_buf_addstr(&d->c->out, pl_buf_str(&p.out));
	}
	return rc;
}

static int compare(struct diffing *d, struct pl_err *err)
{
	static const char *const names[] = {"config",  "postinst", "postrm",
					    "preinst", "prerm",    "triggers"};
	const size_t before = d->c->out.n;
	int rc = 0;
	if (d->c->json) {
		pl_json_begin(d->c, &d->w);
		pl_jw_key(&d->w, "scripts");
		pl_jw_array(&d->w);
	}
	for (size_t i = 0; i < PL_COUNT(names) && rc == 0; i++)
		rc = diff_texts(d, names[i], text_of(&d->former.scripts, names[i]),
				text_of(&d->now.scripts, names[i]), err);
	if (d->c->json) {
		pl_jw_end_array(&d->w);
		pl_json_end(d->c, &d->w);
	} else if (rc == 0 && d->c->out.n == before) {
		pl_buf_addf(&d->c->out, "its scripts are those of " PL_STR_FMT "\n",
			    PL_STR_ARG(d->former.scripts.version));
	}
	return rc;
}

static int find_now(struct diffing *d, const struct pl_lock *l, const char *name,
		    struct pl_err *err)
{
	for (size_t i = 0; i < l->n_distros; i++)
		for (size_t k = 0; k < l->distros[i].n_packages; k++) {
			const struct pl_lock_package *p = &l->distros[i].packages[k];
			if (strcmp(p->name, name) != 0)
				continue;
			d->now.found = true;
			return read_package(d, &p->sha256, &d->now.scripts, err);
		}
	return pl_fail(err, PL_NOT_FOUND, "the lock has no package %.80s", name);
}

int pl_cli_recipe_diff(struct pl_cli *c, const char *const *operands, struct pl_err *err)
{
	PL_AUTO(workspace) ws = {0};
	PL_AUTO(buf) others = {0};
	if (!operands[0] || !operands[1] || operands[2])
		return pl_fail(err, PL_USAGE,
			       "recipe diff: give a package, and a former version or .deb file");
	int rc = pl_cli_workspace(c, &ws, err);
	if (rc < 0)
		return rc;
	struct diffing d = {.c = c,
			    .store = ws.store,
			    .format = pl_format_find(&c->env, ws.fleet->distros[0].ecosystem)};
	rc = find_now(&d, ws.lock, operands[0], err);
	if (rc == 0 && pl_str_ends(pl_str_of(operands[1]), ".deb"))
		rc = read_file(&d, operands[1], err);
	else if (rc == 0)
		rc = find_version(&d, operands[0], operands[1], &others, err);
	if (rc == 0 && !d.former.found)
		rc = pl_fail(err, PL_NOT_FOUND,
			     "the store has no %.80s %.80s (it has %s); give its .deb file",
			     operands[0], operands[1], others.n ? others.p : "none");
	return rc < 0 ? rc : compare(&d, err);
}

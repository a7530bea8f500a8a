// SPDX-License-Identifier: Apache-2.0
/* The lock's canonical bytes: members in a fixed order, one input a line, so that a diff of two
 * locks is a list of what changed. */
#include "base/file.h"
#include "base/json.h"
#include "lockfile/lock_int.h"

#include <assert.h>

struct pl_lock *pl_lock_new(void)
{
	struct pl_lock *l = pl_xcalloc(1, sizeof(*l));
	l->format = PL_LOCK_FORMAT;
	return l;
}

void pl_lock_free(struct pl_lock *l)
{
	if (!l)
		return;
	pl_arena_done(&l->arena);
	free(l);
}

static int same_build(const struct pl_lock_package *a, const struct pl_lock_package *b)
{
	int c = strcmp(a->name, b->name);
	c = c ? c : strcmp(a->version, b->version);
	return c ? c : strcmp(a->architecture, b->architecture);
}

int pl_lock_package_cmp(const struct pl_lock_package *a, const struct pl_lock_package *b)
{
	int c = same_build(a, b);
	return c ? c : pl_digest_cmp(&a->sha256, &b->sha256);
}

int pl_lock_id_cmp(const struct pl_lock_id *a, const struct pl_lock_id *b)
{
	if (a->is_group != b->is_group)
		return a->is_group ? -1 : 1;
	return strcmp(a->name, b->name);
}

int pl_lock_image_cmp(const struct pl_lock_image *a, const struct pl_lock_image *b)
{
	int c = strcmp(a->id, b->id);
	return c ? c : strcmp(a->platform->name, b->platform->name);
}

void pl_lock_reference(const struct pl_lock_distro *d, const struct pl_lock_package *p,
		       struct pl_buf *b)
{
	size_t i = (size_t)(p - d->packages);
	bool twin = (i > 0 && same_build(p - 1, p) == 0) ||
		    (i + 1 < d->n_packages && same_build(p, p + 1) == 0);
	pl_buf_clear(b);
	pl_buf_addf(b, "%s=%s/%s", p->name, p->version, p->architecture);
	if (twin)
		pl_buf_addf(b, "/%s", PL_DIGEST_STR(&p->sha256));
}

static void suites(struct pl_jw *w, const struct pl_lock_distro *d)
{
	pl_jw_key(w, "suites");
	pl_jw_array(w);
	for (size_t i = 0; i < d->n_suites; i++) {
		const struct pl_lock_suite *s = &d->suites[i];
		pl_jw_object_line(w);
		pl_jw_kcstr(w, "suite", s->suite);
		pl_jw_key(w, "date");
		pl_jw_i64(w, s->date);
		pl_jw_kdigest(w, "sha256", s->sha256.b);
		pl_jw_kcstr(w, "fingerprint", s->fingerprint);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void ids(struct pl_jw *w, const struct pl_lock_distro *d)
{
	pl_jw_key(w, "ids");
	pl_jw_array(w);
	for (size_t i = 0; i < d->n_ids; i++) {
		assert(i == 0 || pl_lock_id_cmp(&d->ids[i - 1], &d->ids[i]) < 0);
		pl_jw_object_line(w);
		pl_jw_kcstr(w, d->ids[i].is_group ? "group" : "user", d->ids[i].name);
		pl_jw_ku64(w, "id", d->ids[i].id);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void scripts(struct pl_jw *w, const struct pl_lock_package *p)
{
	if (!p->n_scripts)
		return;
	pl_jw_key(w, "scripts");
	pl_jw_array(w);
	for (size_t i = 0; i < p->n_scripts; i++) {
		const struct pl_lock_script *s = &p->scripts[i];
		pl_jw_object(w);
		pl_jw_kcstr(w, "name", s->name);
		pl_jw_kdigest(w, "sha256", s->sha256.b);
		pl_jw_kcstr(w, "verdict", s->verdict);
		pl_jw_kopt(w, "reason", s->reason);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void packages(struct pl_jw *w, const struct pl_lock_distro *d)
{
	pl_jw_key(w, "packages");
	pl_jw_array(w);
	for (size_t i = 0; i < d->n_packages; i++) {
		const struct pl_lock_package *p = &d->packages[i];
		assert(p->index == i);
		assert(i == 0 || pl_lock_package_cmp(p - 1, p) < 0);
		pl_jw_object_line(w);
		if (strcmp(p->ecosystem, PL_LOCK_ECOSYSTEM) != 0)
			pl_jw_kcstr(w, "ecosystem", p->ecosystem);
		pl_jw_kcstr(w, "name", p->name);
		pl_jw_kcstr(w, "version", p->version);
		pl_jw_kcstr(w, "architecture", p->architecture);
		pl_jw_kcstr(w, "source", p->source);
		pl_jw_kcstr(w, "source_version", p->source_version);
		pl_jw_kdigest(w, "sha256", p->sha256.b);
		pl_jw_ku64(w, "size", p->size);
		pl_jw_ku64(w, "installed_kib", p->installed_kib);
		pl_jw_kcstr(w, "filename", p->filename);
		pl_jw_kcstr(w, "suite", p->suite);
		pl_jw_kopt(w, "why", p->why);
		pl_jw_kopt(w, "layer", p->layer);
		scripts(w, p);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void image(struct pl_jw *w, const struct pl_lock *l, const struct pl_lock_image *i)
{
	PL_AUTO(buf) ref = {0};
	const struct pl_lock_distro *d = pl_lock_distro_find(l, i->distro);
	assert(d);
	pl_jw_object(w);
	pl_jw_kcstr(w, "id", i->id);
	pl_jw_kcstr(w, "platform", i->platform->name);
	pl_jw_kopt(w, "base", i->base);
	pl_jw_kcstr(w, "distro", i->distro);
	pl_jw_kdigest(w, "definition", i->definition.b);
	if (l->format >= PL_LOCK_FORMAT_INPUTS)
		pl_jw_kdigest(w, "inputs", i->inputs.b);
	pl_jw_key(w, "packages");
	pl_jw_array(w);
	for (size_t k = 0; k < i->n_packages; k++) {
		assert(k == 0 || i->packages[k - 1]->index < i->packages[k]->index);
		pl_lock_reference(d, i->packages[k], &ref);
		pl_jw_str(w, pl_buf_str(&ref));
	}
	pl_jw_end_array(w);
	pl_jw_key(w, "files");
	pl_jw_array(w);
	for (size_t k = 0; k < i->n_files; k++) {
		const struct pl_lock_file *f = &i->files[k];
		char mode[16];
		assert(k == 0 || strcmp(i->files[k - 1].to, f->to) < 0);
		snprintf(mode, sizeof(mode), "%04o", f->mode);
		pl_jw_object_line(w);
		pl_jw_kcstr(w, "to", f->to);
		pl_jw_kopt(w, "from", f->from);
		pl_jw_kdigest(w, "sha256", f->sha256.b);
		pl_jw_ku64(w, "size", f->size);
		pl_jw_kcstr(w, "mode", mode);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
	pl_jw_end_object(w);
}

void pl_lock_format(const struct pl_lock *l, struct pl_buf *ret)
{
	static const struct pl_digest none;
	struct pl_jw w;
	pl_jw_init(&w, ret, 1);
	pl_jw_object(&w);
	pl_jw_ku64(&w, "format", l->format);
	pl_jw_kcstr(&w, "compressor", l->compressor);
	if (!pl_digest_eq(&l->recipes, &none))
		pl_jw_kdigest(&w, "recipes", l->recipes.b);
	pl_jw_key(&w, "distros");
	pl_jw_object(&w);
	for (size_t i = 0; i < l->n_distros; i++) {
		const struct pl_lock_distro *d = &l->distros[i];
		assert(i == 0 || strcmp(l->distros[i - 1].name, d->name) < 0);
		pl_jw_key(&w, d->name);
		pl_jw_object(&w);
		suites(&w, d);
		ids(&w, d);
		packages(&w, d);
		pl_jw_end_object(&w);
	}
	pl_jw_end_object(&w);
	pl_jw_key(&w, "images");
	pl_jw_array(&w);
	for (size_t i = 0; i < l->n_images; i++) {
		assert(i == 0 || pl_lock_image_cmp(&l->images[i - 1], &l->images[i]) < 0);
		image(&w, l, &l->images[i]);
	}
	pl_jw_end_array(&w);
	pl_jw_end_object(&w);
	pl_buf_addc(ret, '\n');
}

int pl_lock_save(const struct pl_lock *l, const char *path, bool *ret_changed, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = PL_LOCK_MAX}, former = {.max = PL_LOCK_MAX + 131072};
	pl_lock_format(l, &text);
	int rc = pl_buf_check(&text, path, err);
	if (rc == 0)
		rc = pl_lock_check_place(path, err);
	if (rc < 0)
		return rc;
	rc = pl_file_read(path, PL_LOCK_MAX, &former, err);
	/* A former file that cannot be taken in (too large) is replaced; one that cannot be read is
	 * an error that writing would meet too. */
	if (rc < 0 && err->code != PL_NOT_FOUND && err->code != PL_LIMIT)
		return rc;
	bool same = rc == 0 && pl_str_eq(pl_buf_str(&former), pl_buf_str(&text));
	*err = (struct pl_err){0};
	rc = same ? 0 : pl_file_write(path, pl_buf_str(&text), 0644, err);
	if (rc < 0)
		return pl_ctx(err, "the new lock cannot be written; the fleet's directory must be "
				   "writable");
	*ret_changed = !same;
	return 0;
}

const struct pl_lock_distro *pl_lock_distro_find(const struct pl_lock *l, const char *name)
{
	for (size_t lo = 0, hi = l->n_distros; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(name, l->distros[mid].name);
		if (c == 0)
			return &l->distros[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct pl_lock_image *pl_lock_image_find(const struct pl_lock *l, const char *id,
					       const struct pl_platform *platform)
{
	const struct pl_lock_image key = {.id = id, .platform = platform};
	for (size_t lo = 0, hi = l->n_images; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		int c = pl_lock_image_cmp(&key, &l->images[mid]);
		if (c == 0)
			return &l->images[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

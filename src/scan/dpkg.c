// SPDX-License-Identifier: Apache-2.0
/* dpkg's database: the status file, and status.d of images that are put together without dpkg. */
#include "scan/dpkg_int.h"

#include "base/deb822.h"
#include "scan/scanner_int.h"

#define STATUS "var/lib/dpkg/status"
#define STATUS_D "var/lib/dpkg/status.d"

/* "want flag state" (dpkg(1), package states): all but two states have files on disk. */
static bool on_disk(struct pl_str status)
{
	struct pl_str last = {0};
	for (struct pl_str rest = status; rest.p;) {
		struct pl_str word = pl_str_trim(pl_str_cut(&rest, ' '));
		if (word.n)
			last = word;
	}
	return last.n && !pl_str_is(last, "not-installed") && !pl_str_is(last, "config-files");
}

/* "Source: glibc (2.36-9)": the version stands there exactly when it is not the binary's
 * (deb-control(5)). */
static void split_source(struct pl_arena *a, struct pl_str source, struct pl_found_package *p)
{
	size_t open = pl_str_find(source, '(');
	struct pl_str name = source, version = {0};
	if (open != SIZE_MAX) {
		name = pl_str_trim(pl_str_sub(source, 0, open));
		version = pl_str_sub(source, open + 1, SIZE_MAX);
		size_t close = pl_str_find(version, ')');
		version = pl_str_trim(pl_str_sub(version, 0, close));
	}
	p->source = name.n ? pl_arena_cstr(a, name) : p->name;
	p->source_version = version.n ? pl_arena_cstr(a, version) : p->version;
}

int pl_dpkg_parse(struct pl_arena *a, struct pl_str text, const char *what, bool status_required,
		  struct pl_dpkg_list *list, struct pl_err *err)
{
	struct pl_deb822_reader r = {.rest = text, .what = what};
	struct pl_deb822 *d = pl_xcalloc(1, sizeof(*d));
	int rc;
	while ((rc = pl_deb822_next(&r, false, d, err)) == 1) {
		struct pl_str name = pl_deb822_get(d, "Package");
		struct pl_str version = pl_deb822_get(d, "Version");
		struct pl_str status = pl_deb822_get(d, "Status");
		struct pl_str arch = pl_deb822_get(d, "Architecture");
		if (name.n == 0) {
			rc = pl_fail(err, PL_INPUT, "%s:%u: a paragraph without Package", what,
				     d->n ? d->f[0].line : r.line);
			break;
		}
		if (status.p ? !on_disk(status) : status_required) {
			list->not_installed++;
			continue;
		}
		if (version.n == 0) {
			rc = pl_fail(err, PL_INPUT, "%s:%u: package %.*s has no Version", what,
				     d->f[0].line, (int)(name.n > 100 ? 100 : name.n), name.p);
			break;
		}
		if (list->max && list->n == list->max) {
			rc = pl_fail(err, PL_LIMIT, "%s: more than %zu packages", what, list->max);
			break;
		}
		struct pl_found_package *p = pl_vec_push(list);
		p->name = pl_arena_cstr(a, name);
		p->version = pl_arena_cstr(a, version);
		p->architecture = arch.n ? pl_arena_cstr(a, arch) : "";
		split_source(a, pl_deb822_get(d, "Source"), p);
	}
	free(d);
	return rc;
}

static bool is_status_d(struct pl_str path)
{
	return pl_str_starts(path, STATUS_D "/") && !pl_str_ends(path, ".md5sums") &&
	       pl_str_find(pl_str_sub(path, sizeof(STATUS_D), SIZE_MAX), '/') == SIZE_MAX;
}

static enum pl_scan_want is_dpkgs(struct pl_str path)
{
	/* dpkg keeps the former status as status-old, at times as the same file under two names. */
	return pl_str_is(path, STATUS) || pl_str_is(path, STATUS "-old") || is_status_d(path)
		       ? PL_SCAN_KEEP
		       : PL_SCAN_IGNORE;
}

static void add_all(struct pl_scan_read *r, const struct pl_dpkg_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		pl_scan_add(r, &list->v[i]);
}

static int read_status(struct pl_scan_read *r, bool *ret_found, struct pl_err *err)
{
	struct pl_place *file = pl_scan_file(r, STATUS);
	struct pl_dpkg_list list = {.max = r->max_packages};
	struct pl_str text;
	if (!file)
		return 0;
	int rc = pl_scan_text(r, file, &text, err);
	if (rc == 0)
		rc = pl_dpkg_parse(r->arena, text, STATUS, true, &list, err);
	if (rc == 0) {
		add_all(r, &list);
		/* apt makes an empty one in images that hold nothing but status.d. */
		*ret_found = list.n + list.not_installed > 0;
	}
	pl_vec_free(&list);
	return rc;
}

static int read_status_d(struct pl_scan_read *r, bool *ret_found, struct pl_err *err)
{
	int rc = 0;
	for (struct pl_place *p; rc == 0 && !pl_scan_full(r) && (p = pl_scan_next(r));) {
		struct pl_place *file = is_status_d(p->path) ? pl_scan_file(r, p->path.p) : NULL;
		struct pl_dpkg_list list = {.max = r->max_packages};
		struct pl_str text;
		if (!file)
			continue;
		*ret_found = true;
		rc = pl_scan_text(r, file, &text, err);
		if (rc < 0)
			break;
		rc = pl_dpkg_parse(r->arena, text, p->path.p, false, &list, err);
		if (rc == 0)
			add_all(r, &list);
		pl_vec_free(&list);
		if (rc == -PL_INPUT) { /* people leave all kinds of files there */
			pl_scan_warn(r, "%s; the file is not counted", err->msg);
			rc = 0;
		}
	}
	return rc;
}

static int read_databases(struct pl_scan_read *r, struct pl_err *err)
{
	bool status = false, status_d = false;
	int rc = read_status(r, &status, err);
	if (rc == 0)
		rc = read_status_d(r, &status_d, err);
	if (rc == 0)
		r->database = status && status_d ? "both"
			      : status           ? "status"
			      : status_d         ? "status.d"
						 : NULL;
	return rc;
}

static const char *const lookups[] = {STATUS, STATUS_D, NULL};

const struct pl_scanner pl_scanner_dpkg = {
	.name = "dpkg",
	.ecosystem = "debian",
	.looked_for = STATUS " and " STATUS_D "/*",
	.lookups = lookups,
	.wants = is_dpkgs,
	.read = read_databases,
};

// SPDX-License-Identifier: Apache-2.0
#include "scan/dpkg_int.h"

#include "base/deb822.h"

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
		struct pl_found_package *p = pl_vec_push(list);
		p->name = pl_arena_cstr(a, name);
		p->version = pl_arena_cstr(a, version);
		p->architecture = arch.n ? pl_arena_cstr(a, arch) : "";
		p->ecosystem = "debian";
		split_source(a, pl_deb822_get(d, "Source"), p);
	}
	free(d);
	return rc;
}

/* os-release(5): shell-like assignments; double quotes with backslash escapes, single quotes
 * without. */
const char *pl_os_release_get(struct pl_arena *a, struct pl_str text, const char *key)
{
	size_t n = strlen(key);
	const char *found = "";
	for (struct pl_str rest = text; rest.p;) {
		struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
		if (line.n <= n || memcmp(line.p, key, n) != 0 || line.p[n] != '=')
			continue;
		struct pl_str v = pl_str_sub(line, n + 1, SIZE_MAX);
		char quote = v.n && (v.p[0] == '"' || v.p[0] == '\'') ? v.p[0] : 0;
		char *out = pl_arena_alloc(a, v.n + 1);
		size_t k = 0;
		for (size_t i = quote ? 1 : 0; i < v.n; i++) {
			if (quote && v.p[i] == quote)
				break;
			if (v.p[i] == '\\' && quote != '\'' && i + 1 < v.n)
				i++;
			out[k++] = v.p[i];
		}
		found = out; /* as in a shell, the last assignment holds */
	}
	return found;
}

// SPDX-License-Identifier: Apache-2.0
/* Which release of which distribution an image says it is. */
#include "scan/os_release_int.h"

#include "scan/scanner_int.h"

#define ETC "etc/os-release"
#define USR "usr/lib/os-release"

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

static enum pl_scan_want is_os_release(struct pl_str path)
{
	return pl_str_is(path, ETC) || pl_str_is(path, USR) ? PL_SCAN_KEEP : PL_SCAN_IGNORE;
}

static int fill_release(struct pl_scan_read *r, struct pl_scan_result *ret, struct pl_err *err)
{
	struct pl_place *file = pl_scan_file(r, ETC);
	struct pl_str text;
	if (!file)
		file = pl_scan_file(r, USR);
	if (!file) {
		pl_scan_warn(r, "no " ETC " or " USR ": which release this is, is unknown");
		return 0;
	}
	int rc = pl_scan_text(r, file, &text, err);
	if (rc < 0)
		return rc;
	ret->os_id = pl_os_release_get(r->arena, text, "ID");
	ret->os_version = pl_os_release_get(r->arena, text, "VERSION_ID");
	ret->os_codename = pl_os_release_get(r->arena, text, "VERSION_CODENAME");
	return 0;
}

static const char *const lookups[] = {ETC, USR, NULL};

const struct pl_scanner pl_scanner_os_release = {
	.name = "os-release",
	.lookups = lookups,
	.wants = is_os_release,
	.finish = fill_release,
};

// SPDX-License-Identifier: Apache-2.0
/* What a scanner may ask of the scan. */
#include "scan/scanner_int.h"

#include <stdio.h>

struct pl_place *pl_scan_file(struct pl_scan_read *r, const char *path)
{
	return pl_places_resolve(r->places, r->arena, path);
}

struct pl_place *pl_scan_next(struct pl_scan_read *r)
{
	while (r->next < r->places->by_path.n) {
		struct pl_place *p = r->places->by_path.items[r->next++].value;
		if (p->there && p->watchers & r->bit && r->scanner->wants(p->path))
			return p;
	}
	r->next = 0;
	return NULL;
}

int pl_scan_text(struct pl_scan_read *r, const struct pl_place *file, struct pl_str *ret,
		 struct pl_err *err)
{
	int rc = pl_keep_text(&r->places->keep, file->body, ret, err);
	return rc < 0 ? pl_ctx(err, "%.200s", file->path.p) : 0;
}

bool pl_scan_full(const struct pl_scan_read *r) { return r->packages.n > r->max_packages; }

void pl_scan_add(struct pl_scan_read *r, const struct pl_found_package *p)
{
	if (pl_scan_full(r))
		return; /* the read fails, whatever else comes */
	struct pl_found_package *at = pl_vec_push(&r->packages);
	*at = *p;
	at->ecosystem = r->scanner->ecosystem;
}

void pl_scan_warn(struct pl_scan_read *r, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	if (!r->final)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*pl_vec_push(&r->warnings) = pl_arena_cstr(r->arena, pl_str_of(text));
}

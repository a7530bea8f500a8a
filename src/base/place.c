// SPDX-License-Identifier: Apache-2.0
#include "base/place.h"

#include "base/buf.h"
#include "base/file.h"

#include <stdlib.h>
#include <sys/stat.h>

#define SCHEME "oci:"

/* Adds the parts of a path that does not exist. */
static void add_parts(struct pl_buf *b, struct pl_str path)
{
	while (path.p) {
		struct pl_str part = pl_str_cut(&path, '/');
		if (part.n == 0 || pl_str_is(part, "."))
			continue;
		if (pl_str_is(part, "..")) {
			size_t slash = pl_str_rfind(pl_buf_str(b), '/');
			if (slash != SIZE_MAX) {
				b->n = slash;
				b->p[slash] = '\0';
			}
			continue;
		}
		pl_buf_addc(b, '/');
		pl_buf_addstr(b, part);
	}
}

/* ret_dangling: a link of it leads to what does not exist. */
static char *follow_links(const char *path, bool *ret_dangling)
{
	PL_AUTO(buf) b = {0};
	struct pl_str head = pl_str_of(path), rest = {0};
	for (;;) {
		bool root = head.n == 0 && path[0] == '/';
		PL_AUTOFREE char *at = pl_xstrndup(root     ? "/"
						   : head.n ? head.p
							    : ".",
						   root || !head.n ? 1 : head.n);
		PL_AUTOFREE char *real = realpath(at, NULL);
		if (real) {
			/* "/" is the slash before the next part. */
			if (strcmp(real, "/") != 0)
				pl_buf_adds(&b, real);
			break;
		}
		struct stat st;
		*ret_dangling = *ret_dangling || (lstat(at, &st) == 0 && S_ISLNK(st.st_mode));
		if (head.n == 0)
			break; /* the working directory is gone: what is written is all there is */
		size_t slash = pl_str_rfind(head, '/');
		head = pl_str_sub(head, 0, slash == SIZE_MAX ? 0 : slash);
		rest = pl_str_of(path + head.n);
	}
	add_parts(&b, rest);
	return pl_xstrdup(b.n ? b.p : "/");
}

char *pl_path_canonical(const char *path)
{
	bool dangling = false;
	return follow_links(path, &dangling);
}

bool pl_path_is_below(const char *dir, const char *path)
{
	bool dangling = false;
	PL_AUTOFREE char *above = pl_path_canonical(dir);
	PL_AUTOFREE char *real = follow_links(path, &dangling);
	size_t n = strlen(above);
	if (n > 0 && above[n - 1] == '/') /* "/" */
		n--;
	return !dangling && strncmp(real, above, n) == 0 && (real[n] == '/' || !real[n]);
}

static bool stands_for_itself(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-' || c == '/';
}

char *pl_place_name(struct pl_arena *a, const char *path)
{
	PL_AUTO(buf) b = {0};
	const char *slash = strrchr(path, '/');
	PL_AUTOFREE char *above =
		slash ? pl_xstrndup(path, (size_t)(slash - path) + 1) : pl_xstrdup(".");
	PL_AUTOFREE char *dir = pl_path_canonical(above);
	PL_AUTOFREE char *whole = pl_path_join(dir, slash ? slash + 1 : path);
	pl_buf_adds(&b, SCHEME);
	for (const char *c = whole; *c; c++)
		if (stands_for_itself(*c))
			pl_buf_addc(&b, *c);
		else
			pl_buf_addf(&b, "%%%02X", (unsigned char)*c);
	return pl_arena_cstr(a, pl_buf_str(&b));
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

static char *decode(struct pl_str s)
{
	char *out = pl_xcalloc(1, s.n + 1), *to = out;
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;
		bool coded = low >= 0 && high + low > 0;
		*to++ = coded ? (char)(high * 16 + low) : s.p[i];
		i += coded ? 2 : 0;
	}
	return out;
}

const char *pl_place_resolve(struct pl_arena *a, const char *dir, const char *typed)
{
	struct pl_str s = pl_str_of(typed);
	if (!pl_str_starts(s, SCHEME) || s.n == strlen(SCHEME))
		return typed;
	struct pl_str path = pl_str_sub(s, strlen(SCHEME), s.n);
	size_t at = pl_str_rfind(path, '@');
	if (at != SIZE_MAX && pl_str_starts(pl_str_sub(path, at + 1, path.n), "sha256:"))
		path = pl_str_sub(path, 0, at);
	size_t colon = pl_str_rfind(path, ':'), slash = pl_str_rfind(path, '/');
	if (colon != SIZE_MAX && (slash == SIZE_MAX || colon > slash))
		path = pl_str_sub(path, 0, colon);
	PL_AUTOFREE char *plain = decode(path);
	PL_AUTOFREE char *whole = pl_path_join(dir, plain);
	return pl_arena_printf(a, "%s%s", pl_place_name(a, whole), path.p + path.n);
}

const char *pl_place_shown(struct pl_arena *a, const char *dir, const char *name)
{
	PL_AUTOFREE char *inside = pl_path_join(dir, "x");
	const char *here = pl_place_name(a, inside);
	size_t n = strlen(here) - 1; /* "oci:/the/fleet/" */
	if (strncmp(name, here, n) != 0 || !name[n])
		return name;
	return pl_arena_printf(a, SCHEME "%s", name + n);
}

// SPDX-License-Identifier: Apache-2.0
#include "store/fields.h"

#include <endian.h>

void pl_put_u64(struct pl_buf *b, uint64_t v)
{
	v = htole64(v);
	pl_buf_add(b, &v, sizeof(v));
}

void pl_put_str(struct pl_buf *b, struct pl_str s)
{
	pl_put_u64(b, s.n);
	pl_buf_addstr(b, s);
}

void pl_put_cstr(struct pl_buf *b, const char *s)
{
	pl_put_u64(b, s != NULL);
	if (s)
		pl_put_str(b, pl_str_of(s));
}

void pl_put_digest(struct pl_buf *b, const struct pl_digest *d)
{
	pl_buf_add(b, d->b, sizeof(d->b));
}

static const char *take(struct pl_fields *f, uint64_t n)
{
	if (f->bad || n > f->rest.n) {
		f->bad = true;
		return NULL;
	}
	const char *p = f->rest.p;
	f->rest = pl_str_sub(f->rest, n, f->rest.n);
	return p;
}

uint64_t pl_get_u64(struct pl_fields *f)
{
	uint64_t v = 0;
	const char *p = take(f, sizeof(v));
	if (p)
		memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

size_t pl_get_count(struct pl_fields *f, size_t least)
{
	uint64_t n = pl_get_u64(f);
	if (n > f->rest.n / least)
		f->bad = true;
	return f->bad ? 0 : (size_t)n;
}

struct pl_str pl_get_str(struct pl_fields *f)
{
	uint64_t n = pl_get_u64(f);
	const char *p = take(f, n);
	return p ? pl_arena_str(f->a, (struct pl_str){p, n}) : PL_STR("");
}

const char *pl_get_cstr(struct pl_fields *f)
{
	uint64_t there = pl_get_u64(f);
	if (there > 1)
		f->bad = true;
	return there == 1 ? pl_get_str(f).p : NULL;
}

void pl_get_digest(struct pl_fields *f, struct pl_digest *ret)
{
	const char *p = take(f, sizeof(ret->b));
	if (p)
		memcpy(ret->b, p, sizeof(ret->b));
	else
		*ret = (struct pl_digest){0};
}

void pl_get_magic(struct pl_fields *f, const char *magic)
{
	size_t n = strlen(magic);
	const char *p = take(f, n);
	if (p && memcmp(p, magic, n) != 0)
		f->bad = true;
}

bool pl_fields_end(const struct pl_fields *f) { return !f->bad && f->rest.n == 0; }

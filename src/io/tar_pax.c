// SPDX-License-Identifier: Apache-2.0
/* Numbers of tar headers, and pax extended header records. */
#include "io/tar_int.h"

#include "base/num.h"

static bool base256(const char *field, size_t n, uint64_t max, uint64_t *ret, bool *ret_negative)
{
	const unsigned char *p = (const unsigned char *)field;
	bool negative = p[0] & 0x40;
	uint64_t v = 0;
	if (negative) {
		if (!ret_negative)
			return false;
		*ret_negative = true;
		*ret = 0;
		return true;
	}
	v = p[0] & 0x3f;
	for (size_t i = 1; i < n; i++) {
		if (v >> 56)
			return false;
		v = v << 8 | p[i];
	}
	if (v > max)
		return false;
	*ret = v;
	return true;
}

bool pl_tar_number(const char *field, size_t n, uint64_t max, uint64_t *ret, bool *ret_negative)
{
	size_t from = 0, to;
	if (ret_negative)
		*ret_negative = false;
	if ((unsigned char)field[0] & 0x80)
		return base256(field, n, max, ret, ret_negative);
	while (from < n && field[from] == ' ')
		from++;
	for (to = from; to < n && field[to] != ' ' && field[to] != '\0'; to++)
		;
	for (size_t i = to; i < n; i++)
		if (field[i] != ' ' && field[i] != '\0')
			return false;
	if (from == to) {
		*ret = 0;
		return true;
	}
	return pl_parse_octal((struct pl_str){field + from, to - from}, max, ret);
}

uint32_t pl_tar_checksum(const struct pl_tar_block *b)
{
	const unsigned char *p = (const unsigned char *)b;
	const size_t at = offsetof(struct pl_tar_block, checksum);
	uint32_t sum = 0;
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += p[i];
	for (size_t i = at; i < at + sizeof(b->checksum); i++)
		sum -= p[i];
	return sum + ' ' * (uint32_t)sizeof(b->checksum);
}

void pl_tar_pax_done(struct pl_tar_pax *p)
{
	pl_buf_done(&p->path);
	pl_buf_done(&p->link);
	pl_buf_done(&p->capability);
}

void pl_tar_pax_clear(struct pl_tar_pax *p)
{
	pl_buf_clear(&p->path);
	pl_buf_clear(&p->link);
	pl_buf_clear(&p->capability);
	*p = (struct pl_tar_pax){.path = p->path, .link = p->link, .capability = p->capability};
}

bool pl_tar_pax_any(const struct pl_tar_pax *p)
{
	return p->has_path || p->has_link || p->has_size || p->has_mtime || p->has_uid ||
	       p->has_gid || p->capability.n || p->sparse;
}

static bool take_text(struct pl_buf *b, bool *has, struct pl_str v)
{
	if (memchr(v.p, 0, v.n))
		return false;
	pl_buf_clear(b);
	pl_buf_addstr(b, v);
	*has = true;
	return true;
}

/* Seconds with an optional sign and fraction. The fraction is dropped, below 0 becomes 0. */
static bool seconds(struct pl_str v, int64_t *ret)
{
	bool negative = v.n && v.p[0] == '-';
	struct pl_str rest = pl_str_sub(v, negative, v.n);
	struct pl_str whole = pl_str_cut(&rest, '.');
	uint64_t t, fraction;
	if (!pl_parse_u64(whole, INT64_MAX, &t))
		return false;
	/* Only the form of the fraction counts; its first digits show that. */
	if (rest.p && rest.n && !pl_parse_u64(pl_str_sub(rest, 0, 18), UINT64_MAX, &fraction))
		return false;
	*ret = negative ? 0 : (int64_t)t;
	return true;
}

static bool id(struct pl_str v, bool *has, uint32_t *ret)
{
	uint64_t n;
	*has = pl_parse_u64(v, UINT32_MAX, &n);
	if (*has)
		*ret = (uint32_t)n;
	return *has;
}

/* An empty value takes back what an earlier record said (pax(1)). Not so an empty path: to some
 * readers it is the header's name, to others no name at all. */
static bool record(struct pl_tar_pax *p, struct pl_str key, struct pl_str v)
{
	if (pl_str_is(key, "path"))
		return v.n && take_text(&p->path, &p->has_path, v);
	if (pl_str_is(key, "linkpath"))
		return v.n && take_text(&p->link, &p->has_link, v);
	if (pl_str_is(key, "size"))
		return v.n ? (p->has_size = pl_parse_u64(v, INT64_MAX, &p->size))
			   : !(p->has_size = false);
	if (pl_str_is(key, "mtime"))
		return v.n ? (p->has_mtime = seconds(v, &p->mtime)) : !(p->has_mtime = false);
	if (pl_str_is(key, "uid"))
		return v.n ? id(v, &p->has_uid, &p->uid) : !(p->has_uid = false);
	if (pl_str_is(key, "gid"))
		return v.n ? id(v, &p->has_gid, &p->gid) : !(p->has_gid = false);
	if (pl_str_is(key, "SCHILY.xattr.security.capability")) {
		pl_buf_clear(&p->capability);
		pl_buf_addstr(&p->capability, v);
	}
	if (pl_str_starts(key, "GNU.sparse."))
		p->sparse = true;
	return true;
}

/* Each record is "<length> <key>=<value>\n"; the length counts all of it. */
int pl_tar_pax_parse(struct pl_tar_pax *p, struct pl_str data, struct pl_err *err)
{
	while (data.n) {
		size_t blank = pl_str_find(pl_str_sub(data, 0, 21), ' ');
		uint64_t n;
		if (blank == SIZE_MAX || !pl_parse_u64(pl_str_sub(data, 0, blank), data.n, &n) ||
		    n < blank + 3 || data.p[n - 1] != '\n')
			return pl_fail(err, PL_INPUT, "a malformed pax header");
		struct pl_str value = pl_str_sub(data, blank + 1, (size_t)n - blank - 2);
		struct pl_str key = pl_str_cut(&value, '=');
		if (!value.p || !key.n)
			return pl_fail(err, PL_INPUT, "a malformed pax header");
		if (!record(p, key, value))
			return pl_fail(err, PL_INPUT, "a malformed " PL_STR_FMT " in a pax header",
				       PL_STR_ARG(key));
		data = pl_str_sub(data, (size_t)n, data.n);
	}
	return 0;
}

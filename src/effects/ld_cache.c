// SPDX-License-Identifier: Apache-2.0
#include "base/map.h"
#include "effects/ld_cache_int.h"

#include <limits.h>

enum {
	HEADER_BYTES = 48,
	ENTRY_BYTES = 24,
	ENDIAN_LITTLE = 2,
	ENDIAN_BIG = 3,
	SECTION_GENERATOR = 0,
	SECTION_HWCAPS = 1,
};
#define EXTENSION_MAGIC 0xeaa42174u
#define HWCAP_EXTENSION ((uint64_t)1 << 62)

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Saturates where glibc's int would overflow, so that the order stays an order. */
static int run_of_digits(const char **s)
{
	int64_t v = 0;
	for (; is_digit(**s); (*s)++)
		v = v > INT_MAX ? v : v * 10 + (**s - '0');
	return v > INT_MAX ? INT_MAX : (int)v;
}

int pl_ld_name_cmp(const char *a, const char *b)
{
	while (*a) {
		if (is_digit(*a) && is_digit(*b)) {
			int x = run_of_digits(&a), y = run_of_digits(&b);
			if (x != y)
				return x < y ? -1 : 1;
		} else if (is_digit(*a) != is_digit(*b)) {
			return is_digit(*a) ? 1 : -1;
		} else if (*a != *b) {
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		} else {
			a++;
			b++;
		}
	}
	return *b ? -1 : 0;
}

/* Names descending, then what the loader should find first. */
static int entry_cmp(const void *pa, const void *pb)
{
	const struct pl_ld_entry *a = pa, *b = pb;
	int order = pl_ld_name_cmp(b->soname, a->soname);
	if (order)
		return order;
	if (a->flags != b->flags)
		return a->flags < b->flags ? 1 : -1;
	if (!a->hwcaps != !b->hwcaps)
		return a->hwcaps ? -1 : 1;
	if (a->hwcaps && (order = strcmp(a->hwcaps, b->hwcaps)) != 0)
		return order;
	return a->order < b->order ? -1 : a->order > b->order;
}

struct text {
	struct pl_str s;
	uint32_t offset;
};

/* By the strings read backwards, descending, so that each stands behind the longest that ends in
 * it. */
static int suffix_cmp(const void *pa, const void *pb)
{
	const struct text *a = *(struct text *const *)pa, *b = *(struct text *const *)pb;
	size_t n = a->s.n < b->s.n ? a->s.n : b->s.n;
	for (size_t i = 1; i <= n; i++) {
		unsigned char x = (unsigned char)a->s.p[a->s.n - i];
		unsigned char y = (unsigned char)b->s.p[b->s.n - i];
		if (x != y)
			return x > y ? -1 : 1;
	}
	return a->s.n > b->s.n ? -1 : a->s.n < b->s.n;
}

struct strings {
	struct pl_map map; /* text to struct text */
	struct pl_buf bytes;
};

static void strings_add(struct strings *t, const char *s)
{
	void **slot = pl_map_slot(&t->map, pl_str_of(s));
	if (*slot)
		return;
	struct text *x = pl_xcalloc(1, sizeof(*x));
	x->s = pl_str_of(s);
	*slot = x;
}

static uint32_t strings_offset(const struct strings *t, const char *s)
{
	const struct text *x = pl_map_get(&t->map, pl_str_of(s));
	return x->offset;
}

/* Lays the strings out; one that ends another shares its bytes. */
static void strings_layout(struct strings *t)
{
	PL_AUTOFREE struct text **v = pl_xcalloc(t->map.n + 1, sizeof(struct text *));
	for (size_t i = 0; i < t->map.n; i++)
		v[i] = t->map.items[i].value;
	qsort(v, t->map.n, sizeof(struct text *), suffix_cmp);
	for (size_t i = 0; i < t->map.n; i++) {
		struct text *prev = i ? v[i - 1] : NULL;
		if (prev && prev->s.n >= v[i]->s.n &&
		    memcmp(prev->s.p + prev->s.n - v[i]->s.n, v[i]->s.p, v[i]->s.n) == 0) {
			v[i]->offset = prev->offset + (uint32_t)(prev->s.n - v[i]->s.n);
			continue;
		}
		v[i]->offset = (uint32_t)t->bytes.n;
		pl_buf_addstr(&t->bytes, v[i]->s);
		pl_buf_addc(&t->bytes, 0);
	}
}

static void strings_done(struct strings *t)
{
	for (size_t i = 0; i < t->map.n; i++)
		free(t->map.items[i].value);
	pl_map_done(&t->map);
	pl_buf_done(&t->bytes);
}

static void put(struct pl_buf *out, bool big_endian, unsigned n, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		pl_buf_addc(out, (char)(v >> 8 * (big_endian ? n - 1 - i : i)));
}

/* The directories that hold a library of the cache, sorted: an entry names one by its place here.
 */
static size_t used_hwcaps(const struct pl_ld_entry *v, size_t n, const char **ret)
{
	size_t used = 0;
	for (size_t i = 0; i < n; i++) {
		bool seen = !v[i].hwcaps;
		for (size_t k = 0; k < used && !seen; k++)
			seen = strcmp(ret[k], v[i].hwcaps) == 0;
		if (!seen)
			ret[used++] = v[i].hwcaps;
	}
	qsort(ret, used, sizeof(*ret), pl_cstr_qsort);
	return used;
}

static uint64_t hwcap_of(const char *name, const char *const *used, size_t n_used)
{
	for (size_t k = 0; k < n_used; k++)
		if (name && strcmp(used[k], name) == 0)
			return HWCAP_EXTENSION | k;
	return 0;
}

/* The extensions stand behind the strings: the generator's name and the names of hwcaps
 * directories. */
static void extensions(struct pl_buf *out, bool be, size_t start, const char *generator,
		       const struct strings *t, uint32_t base, const char *const *used,
		       size_t n_used)
{
	size_t sections = n_used ? 2 : 1;
	size_t hwcaps_at = out->n - start + 8 + 16 * sections;
	put(out, be, 4, EXTENSION_MAGIC);
	put(out, be, 4, sections);
	put(out, be, 4, SECTION_GENERATOR);
	put(out, be, 4, 0);
	put(out, be, 4, hwcaps_at + 4 * n_used);
	put(out, be, 4, strlen(generator));
	if (n_used) {
		put(out, be, 4, SECTION_HWCAPS);
		put(out, be, 4, 0);
		put(out, be, 4, hwcaps_at);
		put(out, be, 4, 4 * n_used);
	}
	for (size_t i = 0; i < n_used; i++)
		put(out, be, 4, base + strings_offset(t, used[i]));
	pl_buf_adds(out, generator);
}

void pl_ld_cache_format(struct pl_ld_entry *v, size_t n, const char *const *hwcaps, size_t n_hwcaps,
			bool be, const char *generator, struct pl_buf *out)
{
	struct strings t = {0};
	size_t start = out->n;
	if (n)
		qsort(v, n, sizeof(*v), entry_cmp);
	for (size_t i = 0; i < n; i++) {
		strings_add(&t, v[i].path);
		strings_add(&t, v[i].soname);
	}
	for (size_t i = 0; i < n_hwcaps; i++)
		strings_add(&t, hwcaps[i]);
	strings_layout(&t);
	PL_AUTOFREE const char **used = pl_xcalloc(n + 1, sizeof(*used));
	size_t n_used = used_hwcaps(v, n, used);

	uint32_t base = (uint32_t)(HEADER_BYTES + ENTRY_BYTES * n);
	pl_buf_adds(out, "glibc-ld.so.cache1.1");
	put(out, be, 4, n);
	put(out, be, 4, t.bytes.n);
	put(out, be, 1, be ? ENDIAN_BIG : ENDIAN_LITTLE);
	put(out, be, 3, 0);
	put(out, be, 4, (base + t.bytes.n + 3) & ~(size_t)3);
	pl_buf_zero(out, 12);
	for (size_t i = 0; i < n; i++) {
		put(out, be, 4, v[i].flags);
		put(out, be, 4, base + strings_offset(&t, v[i].soname));
		put(out, be, 4, base + strings_offset(&t, v[i].path));
		put(out, be, 4, 0);
		put(out, be, 8, hwcap_of(v[i].hwcaps, used, n_used));
	}
	pl_buf_addstr(out, pl_buf_str(&t.bytes));
	pl_buf_zero(out, -(out->n - start) & 3);
	extensions(out, be, start, generator, &t, base, used, n_used);
	strings_done(&t);
}

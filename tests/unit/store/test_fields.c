// SPDX-License-Identifier: Apache-2.0
/* Fields of records: what goes in comes out; what is cut off, too long or too much is seen, once,
 * and never read past. */
#include "store/fields.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum kind { U64, STR, CSTR, DIGEST, MAGIC };

struct field {
	enum kind kind;
	uint64_t number;
	struct pl_str text; /* p == NULL for CSTR: the NULL */
	size_t size;        /* bytes it takes */
};

static const struct field rows[] = {
	{MAGIC, 0, PL_STR("plimsoll"), 8},
	{U64, 0, {0}, 8},
	{U64, 1, {0}, 8},
	{U64, UINT64_MAX, {0}, 8},
	{STR, 0, PL_STR(""), 8},
	{STR, 0, {"a\0b", 3}, 11},
	{CSTR, 0, {0}, 8},
	{CSTR, 0, PL_STR(""), 16},
	{CSTR, 0, PL_STR("text"), 20},
	{DIGEST, 7, {0}, 32},
};

static struct pl_digest digest_of(uint64_t n)
{
	struct pl_digest d;
	memset(d.b, (int)n, sizeof(d.b));
	return d;
}

static void put(struct pl_buf *b, const struct field *f)
{
	struct pl_digest d = digest_of(f->number);
	switch (f->kind) {
	case U64:
		pl_put_u64(b, f->number);
		break;
	case STR:
		pl_put_str(b, f->text);
		break;
	case CSTR:
		pl_put_cstr(b, f->text.p);
		break;
	case DIGEST:
		pl_put_digest(b, &d);
		break;
	case MAGIC:
		pl_buf_addstr(b, f->text);
		break;
	}
}

/* Reads the field; is it as it was written? */
static bool get(struct pl_fields *in, const struct field *f)
{
	struct pl_digest d, want = digest_of(f->number);
	struct pl_str s;
	const char *c;
	switch (f->kind) {
	case U64:
		return pl_get_u64(in) == f->number;
	case STR:
		s = pl_get_str(in);
		return pl_str_eq(s, f->text) && s.p[s.n] == 0;
	case CSTR:
		c = pl_get_cstr(in);
		return c && f->text.p ? strcmp(c, f->text.p) == 0 : c == f->text.p;
	case DIGEST:
		pl_get_digest(in, &d);
		return pl_digest_eq(&d, &want);
	case MAGIC:
		pl_get_magic(in, f->text.p);
		return !in->bad;
	}
	return false;
}

static void put_all(struct pl_buf *b)
{
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		size_t before = b->n;
		put(b, &rows[i]);
		assert_int_equal(b->n - before, rows[i].size);
	}
}

static void test_round_trip(void **state)
{
	PL_AUTO(buf) b = {0};
	PL_AUTO(arena) a = {0};
	(void)state;
	put_all(&b);
	struct pl_fields f = {pl_buf_str(&b), &a, false};
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		assert_false(pl_fields_end(&f)); /* there is more */
		if (!get(&f, &rows[i]))
			fail_msg("row %zu", i);
		assert_false(f.bad);
	}
	assert_true(pl_fields_end(&f));
	assert_int_equal(pl_get_u64(&f), 0); /* nothing behind the end */
	assert_true(f.bad);
	assert_false(pl_fields_end(&f));
}

static void test_bytes(void **state)
{
	PL_AUTO(buf) b = {0};
	(void)state;
	pl_put_u64(&b, 0x0102030405060708);
	pl_put_cstr(&b, "x");
	assert_int_equal(b.n, 25);
	assert_memory_equal(b.p,
			    "\x08\7\6\5\4\3\2\1"
			    "\1\0\0\0\0\0\0\0"
			    "\1\0\0\0\0\0\0\0"
			    "x",
			    25);
}

static void test_texts_are_copied(void **state)
{
	PL_AUTO(buf) b = {0};
	PL_AUTO(arena) a = {0};
	(void)state;
	pl_put_str(&b, PL_STR("first"));
	pl_put_cstr(&b, "second");
	struct pl_fields f = {pl_buf_str(&b), &a, false};
	struct pl_str first = pl_get_str(&f);
	const char *second = pl_get_cstr(&f);
	memset(b.p, 'x', b.n);
	assert_string_equal(first.p, "first");
	assert_string_equal(second, "second");
}

static void test_every_truncation(void **state)
{
	PL_AUTO(buf) b = {0};
	(void)state;
	put_all(&b);
	for (size_t cut = 0; cut < b.n; cut++) {
		PL_AUTO(arena) a = {0};
		PL_AUTOFREE char *copy = pl_xrealloc(NULL, cut + !cut, 1); /* ASan sees its end */
		memcpy(copy, b.p, cut);
		struct pl_fields f = {{copy, cut}, &a, false};
		size_t whole = 0, end = 0;
		while (end + rows[whole].size <= cut)
			end += rows[whole++].size;
		for (size_t i = 0; i < PL_COUNT(rows); i++) {
			bool same = get(&f, &rows[i]);
			if (i < whole)
				assert_true(same);
			assert_int_equal(f.bad, i >= whole);
		}
		assert_false(pl_fields_end(&f));
	}
}

/* Once bad, everything is zero, whatever is left. */
static void test_sticky(void **state)
{
	PL_AUTO(buf) b = {0};
	PL_AUTO(arena) a = {0};
	struct pl_digest d = digest_of(9), zero = {0};
	(void)state;
	pl_put_u64(&b, 100); /* a text longer than what follows */
	for (uint64_t i = 1; i < 9; i++)
		pl_put_u64(&b, i);
	struct pl_fields f = {pl_buf_str(&b), &a, false};
	assert_int_equal(pl_get_str(&f).n, 0);
	assert_true(f.bad);
	assert_int_equal(pl_get_u64(&f), 0);
	assert_int_equal(pl_get_count(&f, 1), 0);
	assert_int_equal(pl_get_str(&f).n, 0);
	assert_null(pl_get_cstr(&f));
	pl_get_digest(&f, &d);
	assert_true(pl_digest_eq(&d, &zero));
	assert_true(f.bad);
}

static void test_wild_counts(void **state)
{
	static const struct {
		uint64_t count;
		size_t least, rest; /* bytes behind the count */
		bool good;
	} counts[] = {
		{0, 1, 0, true},
		{0, 32, 100, true},
		{1, 1, 0, false},
		{3, 32, 96, true},
		{3, 32, 95, false},
		{4, 32, 127, false},
		{100, 1, 100, true},
		{101, 1, 100, false},
		{UINT64_MAX, 1, 64, false},
		{UINT64_MAX, 32, 64, false},
		{(uint64_t)1 << 63, 2, 64, false},
		{((uint64_t)1 << 59) + 1, 32, 64, false},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(counts); i++) {
		PL_AUTO(buf) b = {0};
		PL_AUTO(arena) a = {0};
		pl_put_u64(&b, counts[i].count);
		pl_buf_zero(&b, counts[i].rest);
		struct pl_fields f = {pl_buf_str(&b), &a, false};
		size_t n = pl_get_count(&f, counts[i].least);
		if (f.bad == counts[i].good || n != (counts[i].good ? counts[i].count : 0))
			fail_msg("row %zu: %zu", i, n);
	}
}

static void test_wild_lengths(void **state)
{
	static const uint64_t lengths[] = {4, 5, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(lengths); i++) {
		PL_AUTO(buf) b = {0};
		PL_AUTO(arena) a = {0};
		pl_put_u64(&b, lengths[i]);
		pl_buf_adds(&b, "abc");
		PL_AUTOFREE char *copy = pl_xrealloc(NULL, b.n, 1);
		memcpy(copy, b.p, b.n);
		struct pl_fields f = {{copy, b.n}, &a, false};
		assert_string_equal(pl_get_str(&f).p, "");
		assert_true(f.bad);
	}
}

static void test_neither_there_nor_not(void **state)
{
	PL_AUTO(buf) b = {0};
	PL_AUTO(arena) a = {0};
	(void)state;
	pl_put_u64(&b, 2); /* 0: NULL, 1: a text */
	pl_put_str(&b, PL_STR("text"));
	struct pl_fields f = {pl_buf_str(&b), &a, false};
	assert_null(pl_get_cstr(&f));
	assert_true(f.bad);
}

static void test_magic(void **state)
{
	static const struct {
		const char *data, *magic;
		bool good;
	} magics[] = {
		{"one", "one", true}, {"onf", "one", false}, {"on", "one", false}, {"", "", true}};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(magics); i++) {
		struct pl_fields f = {.rest = pl_str_of(magics[i].data)};
		pl_get_magic(&f, magics[i].magic);
		assert_int_equal(pl_fields_end(&f), magics[i].good);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_texts_are_copied),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_wild_counts),
		cmocka_unit_test(test_wild_lengths),
		cmocka_unit_test(test_neither_there_nor_not),
		cmocka_unit_test(test_magic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

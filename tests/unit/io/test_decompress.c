// SPDX-License-Identifier: Apache-2.0
#include "io_test.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

enum format { GZIP, XZ, ZSTD, FORMATS };
static const char *const names[] = {"gzip", "xz", "zstd"};

typedef struct pl_source *opener(struct pl_source *in, const struct pl_limits *l, const char *what);
static opener *const openers[] = {pl_source_gunzip, pl_source_unxz, pl_source_unzstd};

static void pack_gzip(struct pl_buf *to, struct pl_str s)
{
	z_stream z = {0};
	unsigned char chunk[4096];
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	memcpy(&z.next_in, &s.p, sizeof(z.next_in));
	z.avail_in = (unsigned)s.n;
	int r;
	do {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		r = deflate(&z, Z_FINISH);
		pl_buf_add(to, chunk, sizeof(chunk) - z.avail_out);
	} while (r == Z_OK);
	deflateEnd(&z);
}

static void pack_xz(struct pl_buf *to, struct pl_str s)
{
	size_t n = 0, max = lzma_stream_buffer_bound(s.n);
	char *p = pl_buf_room(to, max);
	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)s.p,
						 s.n, (uint8_t *)p, &n, max),
			 LZMA_OK);
	to->n += n;
}

static void pack_zstd(struct pl_buf *to, struct pl_str s)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
	size_t max = ZSTD_compressBound(s.n);
	char *p = pl_buf_room(to, max);
	size_t n = ZSTD_compress2(z, p, max, s.p, s.n);
	assert_false(ZSTD_isError(n));
	to->n += n;
	ZSTD_freeCCtx(z);
}

static void (*const packers[])(struct pl_buf *, struct pl_str) = {pack_gzip, pack_xz, pack_zstd};

/* Unpacks packed, which comes in pieces, by reads of a given size. */
static int unpack(enum format f, struct pl_str packed, size_t piece, size_t want,
		  const struct pl_limits *l, struct pl_buf *to, struct pl_err *err)
{
	PL_AUTO_FREE(source) s = openers[f](drip_new(packed, piece), l, "thing");
	PL_AUTOFREE char *chunk = pl_xcalloc(want, 1);
	int64_t k;
	while ((k = pl_source_read(s, chunk, want, err)) > 0)
		pl_buf_add(to, chunk, (size_t)k);
	return (int)k;
}

/* Text that packs well here and badly there. */
static void make_text(struct pl_buf *b, size_t n)
{
	uint32_t x = 1;
	while (b->n < n) {
		x = x * 1664525 + 1013904223;
		if (x & 0x10000)
			pl_buf_addf(b, "line %u of the text\n", x >> 28);
		else
			pl_buf_add(b, &x, 4);
	}
	b->n = n;
}

static void test_round_trip(void **state)
{
	static const size_t sizes[] = {0, 1, 511, 70000, 1500000};
	static const size_t pieces[] = {1, 7, 4096, 1 << 20};
	static const size_t wants[] = {1, 512, 65535, 65536, 1 << 20};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(sizes); i++) {
		PL_AUTO(buf) text = {0};
		make_text(&text, sizes[i]);
		for (int f = 0; f < FORMATS; f++) {
			PL_AUTO(buf) packed = {0};
			packers[f](&packed, pl_buf_str(&text));
			for (size_t j = 0; j < PL_COUNT(pieces) * PL_COUNT(wants); j++) {
				size_t piece = pieces[j % PL_COUNT(pieces)];
				size_t want = wants[j / PL_COUNT(pieces)];
				if (sizes[i] > 100000 && (piece < 4096 || want < 512))
					continue; /* slow, and shown by the smaller ones */
				struct pl_err err = {0};
				PL_AUTO(buf) got = {0};
				assert_code(unpack((enum format)f, pl_buf_str(&packed), piece, want,
						   &pl_limits_default, &got, &err),
					    err, 0);
				if (!pl_str_eq(pl_buf_str(&got), pl_buf_str(&text)))
					fail_msg("%s: %zu bytes differ", names[f], sizes[i]);
			}
		}
	}
}

/* All members (RFC 1952 2.2), wherever a read ends; empty ones too. */
static void test_concatenated(void **state)
{
	(void)state;
	for (int f = 0; f < FORMATS; f++) {
		PL_AUTO(buf) packed = {0};
		packers[f](&packed, PL_STR("one "));
		packers[f](&packed, PL_STR(""));
		packers[f](&packed, PL_STR("two "));
		packers[f](&packed, PL_STR("three"));
		for (size_t piece = 1; piece <= packed.n; piece++) {
			struct pl_err err = {0};
			PL_AUTO(buf) got = {0};
			assert_code(unpack((enum format)f, pl_buf_str(&packed), piece, 1 << 16,
					   &pl_limits_default, &got, &err),
				    err, 0);
			assert_string_equal(got.p, "one two three");
		}
	}
}

static void test_truncated(void **state)
{
	PL_AUTO(buf) text = {0};
	(void)state;
	make_text(&text, 3000);
	for (int f = 0; f < FORMATS; f++) {
		PL_AUTO(buf) packed = {0};
		packers[f](&packed, pl_buf_str(&text));
		for (size_t cut = 0; cut < packed.n; cut++) {
			struct pl_err err = {0};
			PL_AUTO(buf) got = {0};
			int r = unpack((enum format)f, pl_str_sub(pl_buf_str(&packed), 0, cut),
				       1 + cut % 999, 1 + cut % 700, &pl_limits_default, &got,
				       &err);
			assert_code(r, err, PL_INPUT);
			assert_says(err, "thing: ");
			assert_says(err, names[f]);
		}
	}
}

static void test_text_after(void **state)
{
	static const struct pl_str tails[] = {
		{"x", 1}, {"junk that follows", 17}, {"\0\0\0", 3}, {"\x1f", 1}};
	(void)state;
	for (int f = 0; f < FORMATS; f++) {
		for (size_t i = 0; i < PL_COUNT(tails); i++) {
			struct pl_err err = {0};
			PL_AUTO(buf) packed = {0};
			PL_AUTO(buf) got = {0};
			packers[f](&packed, PL_STR("text"));
			pl_buf_addstr(&packed, tails[i]);
			assert_code(unpack((enum format)f, pl_buf_str(&packed), packed.n, 1 << 16,
					   &pl_limits_default, &got, &err),
				    err, PL_INPUT);
		}
	}
	/* padding of an xz file is part of the format */
	struct pl_err err = {0};
	PL_AUTO(buf) packed = {0};
	PL_AUTO(buf) got = {0};
	pack_xz(&packed, PL_STR("text"));
	pl_buf_zero(&packed, 8);
	assert_code(unpack(XZ, pl_buf_str(&packed), 3, 100, &pl_limits_default, &got, &err), err,
		    0);
}

/* Any changed bit is found, but for those of the gzip header that carry nothing. */
static void test_damaged(void **state)
{
	PL_AUTO(buf) text = {0};
	(void)state;
	make_text(&text, 300);
	for (int f = 0; f < FORMATS; f++) {
		PL_AUTO(buf) packed = {0};
		packers[f](&packed, pl_buf_str(&text));
		for (size_t i = 0; i < packed.n; i++) {
			struct pl_err err = {0};
			PL_AUTO(buf) got = {0};
			packed.p[i] ^= 0x04;
			int r = unpack((enum format)f, pl_buf_str(&packed), 4096, 4096,
				       &pl_limits_default, &got, &err);
			packed.p[i] ^= 0x04;
			if (f == GZIP && i >= 3 && i < 10)
				continue;
			if (r == 0 && !pl_str_eq(pl_buf_str(&got), pl_buf_str(&text)))
				fail_msg("%s: byte %zu", names[f], i);
			if (f == GZIP && r == 0)
				fail_msg("%s: byte %zu is not checked", names[f], i);
		}
	}
}

/* The length at a member's end counts, not only its checksum. */
static void test_gzip_length(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(buf) packed = {0};
	PL_AUTO(buf) got = {0};
	(void)state;
	pack_gzip(&packed, PL_STR("text"));
	packed.p[packed.n - 4]++;
	assert_code(unpack(GZIP, pl_buf_str(&packed), 4096, 4096, &pl_limits_default, &got, &err),
		    err, PL_INPUT);
	assert_says(err, "does not match");
}

static void test_bombs(void **state)
{
	size_t n = 68 << 20;
	PL_AUTOFREE char *zeros = pl_xcalloc(n, 1);
	(void)state;
	for (int f = 0; f < FORMATS; f++) {
		struct pl_limits l = pl_limits_default;
		struct pl_err err = {0};
		PL_AUTO(buf) packed = {0};
		packers[f](&packed, (struct pl_str){zeros, n});
		uint64_t total = 0;
		l.unpacked_ratio = 500;
		PL_AUTO_FREE(source)
		s = openers[f](pl_source_mem(pl_buf_str(&packed)), &l, "bomb");
		int64_t k;
		while ((k = pl_source_read(s, zeros, 1 << 20, &err)) > 0)
			total += (uint64_t)k;
		assert_code(k, err, PL_LIMIT);
		assert_says(err, "bomb: unpacks to more than 500 times");
		assert_true(total <= (uint64_t)66 << 20); /* at once when past the threshold */
		l = pl_limits_default;
		l.unpacked_bytes = 1000000;
		PL_AUTO_FREE(source)
		t = openers[f](pl_source_mem(pl_buf_str(&packed)), &l, "bomb");
		total = 0;
		while ((k = pl_source_read(t, zeros, 1000, &err)) > 0)
			total += (uint64_t)k;
		assert_code(k, err, PL_LIMIT);
		assert_true(total <= 1000000);
		memset(zeros, 0, 1 << 20);
	}
}

static void test_memory(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(buf) got = {0};
	PL_AUTO(buf) xz = {0};
	lzma_options_lzma o;
	lzma_stream z = LZMA_STREAM_INIT;
	uint8_t out[256];
	(void)state;
	/* a window of 256 MiB in a file of some bytes */
	lzma_lzma_preset(&o, 0);
	o.dict_size = 256 << 20;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &o}, {LZMA_VLI_UNKNOWN, NULL}};
	assert_int_equal(lzma_stream_encoder(&z, filters, LZMA_CHECK_CRC32), LZMA_OK);
	z.next_in = (const uint8_t *)"text";
	z.avail_in = 4;
	z.next_out = out;
	z.avail_out = sizeof(out);
	assert_int_equal(lzma_code(&z, LZMA_FINISH), LZMA_STREAM_END);
	pl_buf_add(&xz, out, sizeof(out) - z.avail_out);
	lzma_end(&z);
	assert_code(unpack(XZ, pl_buf_str(&xz), 99, 99, &pl_limits_default, &got, &err), err,
		    PL_LIMIT);
	/* frame header: no checksum, no single segment, window descriptor 2^28 */
	assert_code(unpack(ZSTD, PL_STR("\x28\xb5\x2f\xfd\x00\x90\x01\x00\x00"), 99, 99,
			   &pl_limits_default, &got, &err),
		    err, PL_LIMIT);
}

static void test_by_magic(void **state)
{
	struct pl_err err = {0};
	struct pl_source *s = NULL;
	(void)state;
	for (int f = 0; f <= FORMATS; f++) {
		PL_AUTO(buf) packed = {0};
		PL_AUTO(buf) got = {0};
		if (f < FORMATS)
			packers[f](&packed, PL_STR("the text"));
		else
			pl_buf_adds(&packed, "the text");
		assert_code(pl_source_decompress(drip_new(pl_buf_str(&packed), 1),
						 &pl_limits_default, "thing", &s, &err),
			    err, 0);
		assert_code(pl_source_read_all(s, &got, "thing", &err), err, 0);
		assert_string_equal(got.p, "the text");
		pl_source_free(s);
	}
	static const char *const shorts[] = {"", "x", "\x1f",
					     "\xfd"
					     "7zX"};
	for (size_t i = 0; i < PL_COUNT(shorts); i++) {
		PL_AUTO(buf) got = {0};
		assert_code(pl_source_decompress(drip_new(pl_str_of(shorts[i]), 9),
						 &pl_limits_default, "thing", &s, &err),
			    err, 0);
		assert_code(pl_source_read_all(s, &got, "thing", &err), err, 0);
		assert_true(pl_str_is(pl_buf_str(&got), shorts[i]));
		pl_source_free(s);
	}
	unsigned closed = 0;
	struct pl_source *bad = drip_new(PL_STR("ab"), 9);
	((struct drip *)bad)->fail = PL_REMOTE;
	((struct drip *)bad)->closed = &closed;
	assert_code(pl_source_decompress(bad, &pl_limits_default, "thing", &s, &err), err,
		    PL_REMOTE);
	assert_int_equal(closed, 1);
}

/* The source's own end counts: a digest that fails after the last byte fails the whole. */
static void test_source_end(void **state)
{
	(void)state;
	for (int f = 0; f < FORMATS; f++) {
		struct pl_err err = {0};
		PL_AUTO(buf) packed = {0};
		PL_AUTO(buf) got = {0};
		packers[f](&packed, PL_STR("the text"));
		struct pl_source *in = drip_new(pl_buf_str(&packed), 4096);
		((struct drip *)in)->fail = PL_VERIFY;
		PL_AUTO_FREE(source) s = openers[f](in, &pl_limits_default, "thing");
		assert_code(pl_source_read_all(s, &got, "thing", &err), err, PL_VERIFY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_concatenated),
		cmocka_unit_test(test_truncated),  cmocka_unit_test(test_text_after),
		cmocka_unit_test(test_damaged),    cmocka_unit_test(test_gzip_length),
		cmocka_unit_test(test_bombs),      cmocka_unit_test(test_memory),
		cmocka_unit_test(test_by_magic),   cmocka_unit_test(test_source_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

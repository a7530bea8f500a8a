// SPDX-License-Identifier: Apache-2.0
/* gzip members: any reader gets the whole back, and the bytes depend on the content alone. */
#include "assemble/package_int.h"
#include "io/gzip_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <zlib.h>

#include <cmocka.h>

static void pack(const char *p, size_t n, size_t step, struct pl_buf *out, struct pl_digest *ret)
{
	PL_AUTO(gzip) m = {0};
	PL_AUTO(sha256) h = {0};
	PL_AUTO_FREE(sink) sink = pl_sink_buf(out);
	struct pl_err err = {0};
	pl_sha256_init(&h);
	pl_gzip_init(&m, sink);
	m.hash = &h;
	for (size_t i = 0; i < n; i += step)
		assert_int_equal(pl_gzip_write(&m, p + i, n - i < step ? n - i : step, &err), 0);
	assert_int_equal(pl_gzip_flush(&m, &err), 0);
	assert_int_equal(m.unpacked, n);
	pl_sha256_final(&h, ret);
}

/* zlib's own reader of concatenated members (gzread) would need a file: member by member instead.
 */
static size_t unpack(struct pl_str packed, char *to, size_t room, unsigned *ret_members)
{
	size_t done = 0;
	*ret_members = 0;
	while (packed.n) {
		z_stream z = {.next_in = (Bytef *)(uintptr_t)packed.p,
			      .avail_in = (uInt)packed.n,
			      .next_out = (Bytef *)to + done,
			      .avail_out = (uInt)(room - done)};
		gz_header head = {0};
		assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
		assert_int_equal(inflateGetHeader(&z, &head), Z_OK);
		assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
		assert_int_equal(head.time, 0);
		assert_int_equal(head.os, 255);
		done += z.total_out;
		packed = pl_str_sub(packed, z.total_in, packed.n);
		inflateEnd(&z);
		++*ret_members;
	}
	return done;
}

static void test_members(void **state)
{
	const size_t n = 2 * PL_GZIP_MEMBER + 12345;
	PL_AUTOFREE char *in = pl_xrealloc(NULL, n, 1), *out = pl_xrealloc(NULL, n + 1, 1);
	PL_AUTO(buf) one = {0}, two = {0};
	struct pl_digest d1, d2, want;
	unsigned members;
	(void)state;
	for (size_t i = 0; i < n; i++)
		in[i] = (char)(i * i >> 7);
	pack(in, n, 1000, &one, &d1);
	pack(in, n, 777777, &two, &d2);
	assert_true(pl_str_eq(pl_buf_str(&one), pl_buf_str(&two))); /* how it came does not show */
	want = pl_sha256_of((struct pl_str){in, n});
	assert_true(pl_digest_eq(&d1, &want));
	assert_int_equal(unpack(pl_buf_str(&one), out, n + 1, &members), n);
	assert_int_equal(members, 3);
	assert_memory_equal(in, out, n);
}

/* Member for member: what stands before and behind the stream, and no word of the stream's own. */
static void test_bytes(void **state)
{
	(void)state;
	PL_AUTO(buf) b = {0};
	struct pl_digest d;
	static const char empty[] =
		"\x1f\x8b\x08\0\0\0\0\0\0\xff\x63\x00\0\x8d\xef\x02\xd2\x01\0\0\0";
	pack("", 1, 1, &b, &d); /* one zero byte; crc32 is 0xd202ef8d */
	assert_int_equal(b.n, sizeof(empty) - 1);
	assert_memory_equal(b.p, empty, b.n);
	assert_string_equal(pl_compressor_name(), "plimsoll-deflate 1");
}

static void test_nothing(void **state)
{
	PL_AUTO(buf) b = {0};
	struct pl_digest d;
	(void)state;
	pack("", 0, 1, &b, &d);
	assert_int_equal(b.n, 0); /* no empty member */
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_members),
					   cmocka_unit_test(test_bytes),
					   cmocka_unit_test(test_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

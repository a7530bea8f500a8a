// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* FIPS 180-2 */

static void test_hash(void **state)
{
	struct pl_digest d = pl_sha256_of(PL_STR("abc"));
	char text[PL_DIGEST_TEXT];
	assert_string_equal(pl_digest_hex(&d, text), ABC);
	assert_string_equal(pl_digest_format(&d, text), "sha256:" ABC);
	d = pl_sha256_of((struct pl_str){NULL, 0});
	assert_string_equal(PL_DIGEST_STR(&d), "sha256:" EMPTY);
	struct pl_sha256 h = {0};
	for (int round = 0; round < 2; round++) { /* a context is used again after _final */
		pl_sha256_init(&h);
		pl_sha256_add(&h, "a", 1);
		pl_sha256_add(&h, "", 0);
		pl_sha256_add(&h, "bc", 2);
		pl_sha256_final(&h, &d);
		assert_string_equal(pl_digest_hex(&d, text), ABC);
	}
	pl_sha256_done(&h);
	pl_sha256_done(&h);
}

static void test_parse(void **state)
{
	struct pl_digest d = {{9}}, abc = pl_sha256_of(PL_STR("abc"));
	static const char *const bad[] = {
		"",
		"sha256:",
		ABC,
		"sha512:" ABC,
		"SHA256:" ABC,
		"sha256:" ABC "0",
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		" sha256:" ABC,
		"sha256:" EMPTY "\n"};
	for (size_t i = 0; i < PL_COUNT(bad); i++)
		assert_false(pl_digest_parse(pl_str_of(bad[i]), &d));
	assert_int_equal(d.b[0], 9);
	assert_true(pl_digest_parse(PL_STR("sha256:" ABC), &d));
	assert_true(pl_digest_eq(&d, &abc));
	assert_true(pl_digest_parse_hex(PL_STR(EMPTY), &d));
	assert_false(pl_digest_eq(&d, &abc));
	assert_true(pl_digest_cmp(&d, &abc) > 0);
	assert_true(pl_digest_cmp(&abc, &d) < 0);
	assert_int_equal(pl_digest_cmp(&d, &d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_hash),
					   cmocka_unit_test(test_parse)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

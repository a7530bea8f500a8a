// SPDX-License-Identifier: Apache-2.0
/* What may differ and why; differences as the commands of a recipe. */
#include "trial/trial_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_reasons(void **state)
{
	assert_non_null(pl_difference_reason(PL_DIFFERENCE_THEIRS, false, "var/lib/dpkg/status"));
	assert_null(pl_difference_reason(PL_DIFFERENCE_OURS, false, "var/lib/dpkg/status"));
	assert_null(pl_difference_reason(PL_DIFFERENCE_THEIRS, false, "usr/bin/x"));
	/* The pattern is of the whole path. */
	assert_null(pl_difference_reason(PL_DIFFERENCE_THEIRS, false, "x/var/lib/dpkg/status"));
	assert_null(pl_difference_reason(PL_DIFFERENCE_BOTH, false, "etc/shells"));
	assert_non_null(pl_difference_reason(PL_DIFFERENCE_BOTH, true, "etc/shells"));
}

static void test_names(void **state)
{
	PL_AUTO(arena) a = {0};
	const struct pl_str passwd = PL_STR("root:x:0:0::/root:/bin/sh\nbroken\nx:x:7:7:::\n");
	assert_string_equal(pl_trial_account_name(&a, passwd, 0), "root");
	assert_string_equal(pl_trial_account_name(&a, passwd, 7), "x");
	assert_string_equal(pl_trial_account_name(&a, passwd, 8), "8");
}

static void test_accounts(void **state)
{
	PL_AUTO(arena) a = {0};
	struct pl_learning l = {
		.a = &a,
		.passwd = PL_STR("root:x:0:0:root:/root:/bin/sh\n"
				 "u:x:100:101:it's:/var/lib/u:/usr/sbin/nologin\n"),
		.group = PL_STR("root:x:0:\nadm:x:4:u\ng:x:101:\n"),
	};
	pl_learn_accounts(&l, PL_STR("root:x:0:0:root:/root:/bin/sh\n"),
			  PL_STR("root:x:0:\nadm:x:4:\n"));
	assert_string_equal(l.commands.p,
			    "groupadd --system g\n"
			    "useradd --system --no-create-home --gid g --comment 'it'\\''s' "
			    "--home-dir '/var/lib/u' --shell '/usr/sbin/nologin' u\n"
			    "usermod -a -G adm u\n");
	pl_buf_done(&l.commands);
}

/* A difference whose two sides are those nodes. */
static const char *learn(struct pl_learning *l, const struct pl_node *installed,
			 const struct pl_node *ours)
{
	struct pl_err err = {0};
	const struct pl_difference d = {.path = "a b", .installed = installed, .ours = ours};
	pl_buf_clear(&l->commands);
	if (pl_learn_path(l, &d, &err) < 0)
		return pl_arena_cstr(l->a, pl_str_of(err.msg));
	return l->commands.p;
}

static void test_paths(void **state)
{
	PL_AUTO(arena) a = {0};
	struct pl_learning l = {
		.a = &a, .passwd = PL_STR("d:x:1:1:::\n"), .group = PL_STR("g:x:2:\n")};
	const struct pl_node text = {.type = PL_TAR_FILE,
				     .body = PL_BODY_BYTES,
				     .mode = 0640,
				     .size = 11,
				     .bytes = PL_STR("it's\nend\nx\n")};
	const struct pl_node binary = {
		.type = PL_TAR_FILE, .body = PL_BODY_BYTES, .size = 2, .bytes = PL_STR("\0x")};
	const struct pl_node large = {.type = PL_TAR_FILE, .size = 1 << 30};
	const struct pl_node dir = {.type = PL_TAR_DIR, .mode = 02755, .uid = 1, .gid = 2};
	const struct pl_node link = {.type = PL_TAR_SYMLINK, .link = PL_STR("../x")};
	const struct pl_node fifo = {.type = PL_TAR_FIFO};
	assert_string_equal(learn(&l, &text, NULL),
			    "printf '%s' 'it'\\''s\n''end\nx\n' >'/a b'\nchmod 0640 '/a b'\n");
	assert_string_equal(learn(&l, &dir, NULL),
			    "mkdir '/a b'\nchown d:g '/a b'\nchmod 2755 '/a b'\n");
	assert_string_equal(learn(&l, &dir, &dir), "chown d:g '/a b'\nchmod 2755 '/a b'\n");
	assert_string_equal(learn(&l, &link, &dir), "rm -rf '/a b'\nln -sfn '../x' '/a b'\n");
	assert_string_equal(learn(&l, NULL, &text), "rm -rf '/a b'\n");
	assert_non_null(strstr(learn(&l, &binary, NULL), "no text"));
	assert_non_null(strstr(learn(&l, &large, NULL), "too many"));
	assert_non_null(strstr(learn(&l, &fifo, NULL), "neither"));
	pl_buf_done(&l.commands);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

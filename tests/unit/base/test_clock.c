// SPDX-License-Identifier: Apache-2.0
/* Civil time, judged by date(1). */
#include "base/clock.h"

#include "base/file.h"

#undef popen /* date(1) is the judge; the command is a literal and a name of ours */

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static void test_against_date(void **state)
{
	enum { N = 4000 };
	static int64_t at[N];
	char name[] = "/tmp/plimsoll-clock-XXXXXX", line[160], a[PL_TIME_TEXT], b[PL_TIME_TEXT];
	PL_AUTO(buf) list = {0};
	struct pl_err err = {0};
	uint64_t seed = 88172645463325252u;
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	close(fd);
	static const int64_t edges[] = {
		0,           -1,           951782399,  /* around 29 February 2000 */
		951782400,   951868800,    4107542399, /* 2100 is no leap year */
		4107542400,  2147483647,   2147483648,  4294967296,
		-2208988800, 253402300799, -30610224000 /* year 1000 */};
	for (size_t i = 0; i < N; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		at[i] = i < PL_COUNT(edges) ? edges[i]
					    : (int64_t)(seed % 284012524800u) - 30610224000;
		pl_buf_addf(&list, "@%lld\n", (long long)at[i]);
	}
	assert_int_equal(pl_file_write(name, pl_buf_str(&list), 0600, &err), 0);
	PL_AUTOFREE char *command = pl_xprintf(
		"LC_ALL=C date -u -f %s '+%%Y-%%m-%%dT%%H:%%M:%%SZ %%Y%%m%%d %%a, %%d %%b %%Y "
		"%%T UTC'",
		name);
	FILE *p = popen(command, "r");
	assert_non_null(p);
	for (size_t i = 0; i < N; i++) {
		int64_t t = 0, u = 0;
		assert_non_null(fgets(line, sizeof(line), p));
		struct pl_str rest = pl_str_trim(pl_str_of(line));
		struct pl_str rfc3339 = pl_str_cut(&rest, ' '), ymd = pl_str_cut(&rest, ' ');
		if (!pl_str_is(rfc3339, pl_time_rfc3339(at[i], a)) ||
		    !pl_str_is(ymd, pl_time_ymd(at[i], b)))
			fail_msg("%lld: %s %s, date says %s", (long long)at[i], a, b, line);
		assert_true(pl_time_parse_rfc3339(rfc3339, &t) && t == at[i]);
		if (!pl_time_parse_rfc2822(rest, &u) || u != at[i])
			fail_msg("%s is not %lld", rest.p, (long long)at[i]);
	}
	pclose(p);
	unlink(name);
}

static void test_ends(void **state)
{
	char a[PL_TIME_TEXT];
	assert_string_equal(pl_time_rfc3339(INT64_MAX, a), "9999-12-31T23:59:59Z");
	assert_string_equal(pl_time_rfc3339(INT64_MIN, a), "0000-01-01T00:00:00Z");
	assert_string_equal(pl_time_ymd(INT64_MIN, a), "00000101");
	assert_true(pl_mono_ns() <= pl_mono_ns());
}

static void test_rfc3339(void **state)
{
	static const struct {
		const char *s;
		int64_t want;
	} good[] = {
		{"2026-11-21T10:00:00Z", 1795255200},
		{"2026-11-21t10:00:00z", 1795255200},
		{"2026-11-21T10:00:00.123456789Z", 1795255200},
		{"2026-11-21T10:00:00+02:00", 1795248000},
		{"2026-11-21T10:00:00.5-00:30", 1795257000},
		{"2024-02-29T00:00:00Z", 1709164800},
		{"2016-12-31T23:59:60Z", 1483228800}, /* a leap second */
	};
	static const char *const bad[] = {
		"",
		"2026-11-21",
		"2026-11-21T10:00:00",
		"2026-11-21 10:00:00Z",
		"2026-13-01T10:00:00Z",
		"2026-00-01T10:00:00Z",
		"2026-11-31T10:00:00Z",
		"2025-02-29T10:00:00Z",
		"1900-02-29T10:00:00Z",
		"2026-11-21T24:00:00Z",
		"2026-11-21T10:60:00Z",
		"2026-11-21T10:00:61Z",
		"2026-11-21T10:00:00.Z",
		"2026-11-21T10:00:00Zx",
		"2026-11-21T10:00:00+0200",
		"2026-11-21T10:00:00+24:00",
		"2026-11-21T10:00:00+02:60",
		"+026-11-21T10:00:00Z",
		"2026-1 -21T10:00:00Z",
		"2026-11-21T10:00:00.123",
	};
	int64_t t = 42;
	for (size_t i = 0; i < PL_COUNT(good); i++) {
		if (!pl_time_parse_rfc3339(pl_str_of(good[i].s), &t) || t != good[i].want)
			fail_msg("%s: %lld", good[i].s, (long long)t);
	}
	t = 42;
	for (size_t i = 0; i < PL_COUNT(bad); i++)
		if (pl_time_parse_rfc3339(pl_str_of(bad[i]), &t) || t != 42)
			fail_msg("%s was taken", bad[i]);
}

static void test_rfc2822(void **state)
{
	static const char *const good[] = {
		"Sat, 11 Jul 2026 10:16:37 UTC",      "Sat, 11 Jul 2026 10:16:37 GMT",
		"Sat, 11 Jul 2026 10:16:37 +0000",    "11 Jul 2026 10:16:37 Z",
		"  Sat,  11  Jul 2026 10:16:37 UTC ",
	};
	static const char *const bad[] = {
		"",
		"Sat, 11 Jul 2026 10:16:37",
		"Sat, 11 Jul 2026 10:16:37 CET",
		"Sat, 11 Jul 2026 10:16:37 +0200",
		"Sat, 32 Jul 2026 10:16:37 UTC",
		"Sat, 31 Jun 2026 10:16:37 UTC",
		"Sat, 11 jul 2026 10:16:37 UTC",
		"Sat, 11 Jul 2026 10:16 UTC",
		"Sat, 11 Jul 2026 10:16:377 UTC",
		"Sat, 11 Jul 2026 010:16:37 UTC",
		"Sat, 11 Jul 2026 10:16:37 UTC x",
		"Sat, 11 Jul 20260 10:16:37 UTC",
		"Sat, 11 Jul 2026 :16:37 UTC",
	};
	int64_t t = 0;
	for (size_t i = 0; i < PL_COUNT(good); i++)
		if (!pl_time_parse_rfc2822(pl_str_of(good[i]), &t) || t != 1783764997)
			fail_msg("%s: %lld", good[i], (long long)t);
	assert_true(pl_time_parse_rfc2822(PL_STR("Sat, 11 Jul 2026 9:05:00 UTC"), &t));
	assert_int_equal(t, 1783760700);
	t = 42;
	for (size_t i = 0; i < PL_COUNT(bad); i++)
		if (pl_time_parse_rfc2822(pl_str_of(bad[i]), &t) || t != 42)
			fail_msg("%s was taken", bad[i]);
	assert_false(pl_time_parse_rfc2822((struct pl_str){NULL, 0}, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_date), cmocka_unit_test(test_ends),
		cmocka_unit_test(test_rfc3339), cmocka_unit_test(test_rfc2822)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

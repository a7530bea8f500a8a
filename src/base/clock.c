// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include "base/num.h"

#include <stdio.h>
#include <time.h>

#define DAY 86400

/* Days since 1970-01-01 of a proleptic Gregorian date (Hinnant's days_from_civil). */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (int64_t)(m + (m > 2 ? -3u : 9u)) + 2) / 5 + (int64_t)d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t z, int *y, unsigned *m, unsigned *d)
{
	z += 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

static void split(int64_t t, int *y, unsigned *mo, unsigned *d, unsigned *sec)
{
	if (t < -62167219200) /* year 0 */
		t = -62167219200;
	if (t > 253402300799) /* end of year 9999 */
		t = 253402300799;
	int64_t days = t / DAY, rest = t % DAY;
	if (rest < 0) {
		rest += DAY;
		days--;
	}
	civil_from_days(days, y, mo, d);
	*sec = (unsigned)rest;
}

const char *pl_time_rfc3339(int64_t t, char dst[PL_TIME_TEXT])
{
	int y;
	unsigned mo, d, s;
	split(t, &y, &mo, &d, &s);
	snprintf(dst, PL_TIME_TEXT, "%04d-%02u-%02uT%02u:%02u:%02uZ", y, mo, d, s / 3600,
		 s / 60 % 60, s % 60);
	return dst;
}

const char *pl_time_ymd(int64_t t, char dst[PL_TIME_TEXT])
{
	int y;
	unsigned mo, d, s;
	split(t, &y, &mo, &d, &s);
	snprintf(dst, PL_TIME_TEXT, "%04d%02u%02u", y, mo, d);
	return dst;
}

static bool number(struct pl_str s, size_t at, size_t n, uint64_t max, uint64_t *ret)
{
	return s.n >= at + n && pl_parse_u64(pl_str_sub(s, at, n), max, ret);
}

static unsigned month_days(uint64_t y, uint64_t m)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return m == 2 && leap ? 29 : days[m - 1];
}

static bool compose(uint64_t y, uint64_t mo, uint64_t d, uint64_t h, uint64_t mi, uint64_t s,
		    int64_t *ret)
{
	if (mo < 1 || mo > 12 || d < 1 || d > month_days(y, mo) || h > 23 || mi > 59 || s > 60)
		return false;
	*ret = days_from_civil((int64_t)y, (unsigned)mo, (unsigned)d) * DAY +
	       (int64_t)(h * 3600 + mi * 60 + s);
	return true;
}

bool pl_time_parse_rfc3339(struct pl_str s, int64_t *ret)
{
	uint64_t y, mo, d, h, mi, sec;
	int64_t t;
	if (s.n < 20 || s.p[4] != '-' || s.p[7] != '-' || (s.p[10] != 'T' && s.p[10] != 't') ||
	    s.p[13] != ':' || s.p[16] != ':' || !number(s, 0, 4, 9999, &y) ||
	    !number(s, 5, 2, 12, &mo) || !number(s, 8, 2, 31, &d) || !number(s, 11, 2, 23, &h) ||
	    !number(s, 14, 2, 59, &mi) || !number(s, 17, 2, 60, &sec) ||
	    !compose(y, mo, d, h, mi, sec, &t))
		return false;
	size_t i = 19;
	if (s.p[i] == '.') {
		size_t from = ++i;
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == from)
			return false;
	}
	struct pl_str zone = pl_str_sub(s, i, s.n);
	if (pl_str_is(zone, "Z") || pl_str_is(zone, "z")) {
		*ret = t;
		return true;
	}
	uint64_t zh, zm;
	if (zone.n != 6 || zone.p[3] != ':' || (zone.p[0] != '+' && zone.p[0] != '-') ||
	    !number(zone, 1, 2, 23, &zh) || !number(zone, 4, 2, 59, &zm))
		return false;
	int64_t offset = (int64_t)(zh * 3600 + zm * 60);
	*ret = zone.p[0] == '+' ? t - offset : t + offset;
	return true;
}

bool pl_time_parse_rfc2822(struct pl_str s, int64_t *ret)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct pl_str part[6];
	size_t n = 0;
	size_t comma = pl_str_find(s, ',');
	if (comma != SIZE_MAX)
		s = pl_str_sub(s, comma + 1, s.n);
	struct pl_str rest = pl_str_trim(s);
	while (rest.p) {
		struct pl_str w = pl_str_cut(&rest, ' ');
		if (w.n == 0)
			continue;
		if (n == 5)
			return false;
		part[n++] = w;
	}
	uint64_t d, y, h, mi, sec, mo = 0;
	if (n != 5 || !pl_parse_u64(part[0], 31, &d) || !pl_parse_u64(part[2], 9999, &y))
		return false;
	for (size_t i = 0; i < 12; i++)
		if (pl_str_is(part[1], months[i]))
			mo = i + 1;
	struct pl_str t = part[3], z = part[4];
	bool utc = pl_str_is(z, "UTC") || pl_str_is(z, "GMT") || pl_str_is(z, "+0000") ||
		   pl_str_is(z, "Z");
	/* Release files of apt-ftparchive may write a one-digit hour ("Date: ... 9:05:00 UTC"). */
	size_t colon = pl_str_find(t, ':');
	if (!utc || mo == 0 || colon == SIZE_MAX || colon > 2 || t.n != colon + 6 ||
	    t.p[colon + 3] != ':' || !pl_parse_u64(pl_str_sub(t, 0, colon), 23, &h) ||
	    !number(t, colon + 1, 2, 59, &mi) || !number(t, colon + 4, 2, 60, &sec))
		return false;
	return compose(y, mo, d, h, mi, sec, ret);
}

uint64_t pl_mono_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

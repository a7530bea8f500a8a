// SPDX-License-Identifier: Apache-2.0
/* date: the image's own time, which is a finding, or one that is named as @SECONDS. */
#include "commands/commands_int.h"

#include "base/num.h"

#include <stdio.h>
#include <time.h>

/* What strftime of the C locale writes; false: a directive that is not known. */
static bool put_time(struct pl_buf *out, const char *format, int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;
	if (!gmtime_r(&when, &tm))
		return false;
	for (; *format; format++) {
		char one[3] = {'%', format[1], '\0'}, text[64];
		if (*format != '%') {
			pl_buf_addc(out, *format);
			continue;
		}
		format++;
		if (*format == 's') {
			pl_buf_addf(out, "%lld", (long long)t);
		} else if (*format == 'Z') {
			pl_buf_adds(out, "UTC"); /* strftime says GMT */
		} else if (*format == 'N') {
			pl_buf_adds(out, "000000000");
		} else if (*format && strchr("YmdHMSjyFTDaAbBehIlpkuwVUGgCRrn%tz", *format)) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			size_t n = strftime(text, sizeof(text), one, &tm);
#pragma GCC diagnostic pop
			pl_buf_add(out, text, n);
		} else {
			return false;
		}
	}
	return true;
}

/* @SECONDS, or a time that only a clock knows: 1 when it was named. */
static int parse_date(const struct pl_shell_call *call, const char *text, int64_t *ret,
		      struct pl_err *err)
{
	uint64_t v;
	if (*text == '@' && pl_parse_u64(pl_str_of(text + 1), 253402300799, &v)) {
		*ret = (int64_t)v;
		return 1;
	}
	if (strcmp(text, "now") == 0 || !*text)
		return 0;
	struct tm tm = {0};
	const char *end = strptime(text, "%a %b %e %H:%M:%S UTC %Y", &tm); /* as date prints it */
	if (end && !*end) {
		*ret = (int64_t)timegm(&tm);
		return 1;
	}
	return pl_shell_unknown(call, err, "such a date");
}

int pl_cmd_date(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'u', "utc", 0},
						       {'u', "universal", 0},
						       {'R', "rfc-email", 0},
						       {'R', "rfc-2822", 0},
						       {'d', "date", PL_CMD_VALUE},
						       {'r', "reference", PL_CMD_VALUE},
						       {'I', "iso-8601", PL_CMD_MAYBE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	const char *format = "%a %b %e %H:%M:%S %Z %Y";
	int64_t when = call->world->epoch;
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	bool fine = true;
	int rc, named = 0;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		if (a.letter == 'R')
			format = "%a, %d %b %Y %H:%M:%S %z";
		else if (a.letter == 'I')
			format = "%F";
		else if (a.letter == 'd')
			named = parse_date(call, a.value, &when, err);
		fine = fine && a.letter != 'r' && !(a.letter == 'I' && a.value);
		if (named < 0)
			break;
	}
	rc = named < 0 ? named : rc;
	if (rc == 0 && (!fine || a.n > 1 || (a.n && *a.operands[0] != '+')))
		rc = pl_shell_unknown(call, err, "such a question");
	if (rc == 0 && a.n)
		format = a.operands[0] + 1;
	if (rc == 0 && !put_time(&out, format, when))
		rc = pl_shell_unknown(call, err, "such a format");
	pl_cmd_args_done(&a);
	pl_buf_addc(&out, '\n');
	if (rc == 0 && !named && !pl_shell_is_lost(call->shell, 1))
		rc = pl_shell_finding(call, err, "the time; the image's own is said");
	return rc < 0 ? rc : pl_cmd_write(call, &out, err);
}

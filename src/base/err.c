// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct pl_code_info codes[PL_CODE_COUNT] = {
	[PL_OK] = {"ok", 0, 200, false},
	[PL_FAILURE] = {"failure", 1, 500, false},
	[PL_USAGE] = {"usage", 2, 400, false},
	[PL_FINDINGS] = {"findings", 3, 200, false},
	[PL_CHANGES] = {"changes needed", 4, 200, false},
	[PL_VERIFY] = {"verification failed", 5, 502, false},
	[PL_NOT_FOUND] = {"not found", 6, 404, false},
	[PL_AUTH] = {"authentication", 7, 401, false},
	[PL_REMOTE] = {"remote", 8, 502, true},
	[PL_REFUSED] = {"remote, refused", 8, 502, false},
	[PL_PARTIAL] = {"partial", 9, 207, false},
	[PL_INTERRUPTED] = {"interrupted", 130, 503, false},
	[PL_TIMEOUT] = {"out of time", 8, 504, false},
	[PL_INPUT] = {"bad input", 1, 400, false},
	[PL_LIMIT] = {"limit exceeded", 1, 413, false},
	[PL_CONFLICT] = {"conflict", 1, 409, false},
	[PL_STALE] = {"changed meanwhile", 1, 412, false},
	[PL_DAMAGED] = {"damaged", 1, 500, false},
	[PL_UNSOLVABLE] = {"unsolvable", 1, 422, false},
	[PL_SCRIPTS] = {"unaccounted maintainer scripts", 1, 422, false},
	[PL_SYS] = {"system", 1, 500, false},
	[PL_BUSY] = {"busy", 1, 503, true},
};

const struct pl_code_info *pl_code_info(enum pl_code code)
{
	return &codes[code < PL_CODE_COUNT ? code : PL_FAILURE];
}

int pl_fail(struct pl_err *err, enum pl_code code, const char *fmt, ...)
{
	va_list ap;
	char text[sizeof(err->msg)]; /* an argument may be err->msg itself */
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(err->msg, text, sizeof(text));
	err->code = code;
	err->sys = 0;
	return -(int)code;
}

int pl_fail_sys(struct pl_err *err, int sys, const char *fmt, ...)
{
	va_list ap;
	char text[sizeof(err->msg)], buf[128];
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	size_t at = n < 0 ? 0 : (size_t)n;
	const char *why = sys == ENOSPC   ? "no space left on the disk; free some and run it again"
			  : sys == EDQUOT ? "disk quota exceeded; free some and run it again"
					  : strerror_r(sys, buf, sizeof(buf));
	/* The reason is short and must not be what is cut: a long name gives way. */
	size_t room = sizeof(text) - 3 - strlen(why);
	if (at > room)
		at = room;
	snprintf(text + at, sizeof(text) - at, ": %s", why);
	memcpy(err->msg, text, sizeof(text));
	err->code = PL_SYS;
	err->sys = sys;
	return -PL_SYS;
}

int pl_ctx(struct pl_err *err, const char *fmt, ...)
{
	va_list ap;
	char text[sizeof(err->msg)];
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	size_t at = n < 0 ? 0 : (size_t)n;
	if (at > sizeof(text) - 1)
		at = sizeof(text) - 1;
	/* What does not fit is cut: the prefix names the place, which matters more than the tail.
	 */
	int m = snprintf(text + at, sizeof(text) - at, ": %s", err->msg);
	(void)m;
	memcpy(err->msg, text, sizeof(text));
	return -(int)err->code;
}

/* Length of the valid UTF-8 sequence at p (Unicode 15 table 3-7), 0 if none. */
static size_t utf8_len(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (n >= 2 && p[0] >= 0xc2 && p[0] <= 0xdf && (p[1] & 0xc0) == 0x80)
		return 2;
	if (n >= 3 && (p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 &&
	    !(p[0] == 0xe0 && p[1] < 0xa0) && !(p[0] == 0xed && p[1] > 0x9f))
		return 3;
	if (n >= 4 && p[0] >= 0xf0 && p[0] <= 0xf4 && (p[1] & 0xc0) == 0x80 &&
	    (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80 && !(p[0] == 0xf0 && p[1] < 0x90) &&
	    !(p[0] == 0xf4 && p[1] > 0x8f))
		return 4;
	return 0;
}

char *pl_escape(char *dst, size_t size, const char *src, size_t n)
{
	size_t o = 0;
	for (size_t i = 0; i < n;) {
		const unsigned char *p = (const unsigned char *)src + i;
		size_t len = utf8_len(p, n - i);
		bool c1 = len == 2 && p[0] == 0xc2 && p[1] < 0xa0; /* C1 control characters */
		/* A backslash too, or escaped text could be forged. */
		if (len == 0 || c1 || p[0] < 0x20 || p[0] == 0x7f || p[0] == '\\') {
			if (o + 5 > size)
				break;
			snprintf(dst + o, size - o, "\\x%02x", p[0]);
			o += 4;
			i++;
			continue;
		}
		if (o + len + 1 > size)
			break;
		memcpy(dst + o, p, len);
		o += len;
		i += len;
	}
	if (size)
		dst[o] = '\0';
	return dst;
}

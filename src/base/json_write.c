// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/digest.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

void pl_jw_init(struct pl_jw *w, struct pl_buf *out, unsigned indent)
{
	*w = (struct pl_jw){.out = out, .indent = indent};
}

static bool one_line(const struct pl_jw *w) { return w->indent == 0 || w->line; }

static void newline(struct pl_jw *w)
{
	if (one_line(w))
		return;
	pl_buf_addc(w->out, '\n');
	for (unsigned i = 0; i < w->depth * w->indent; i++)
		pl_buf_addc(w->out, ' ');
}

/* What stands before a value or a key: comma and line break. */
static void before(struct pl_jw *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->depth == 0)
		return;
	if (w->has_items[w->depth]) {
		pl_buf_addc(w->out, ',');
		if (w->line && w->indent)
			pl_buf_addc(w->out, ' ');
	}
	w->has_items[w->depth] = true;
	newline(w);
}

static void open(struct pl_jw *w, char c, bool line)
{
	before(w);
	pl_buf_addc(w->out, c);
	w->depth++;
	assert(w->depth < PL_COUNT(w->has_items));
	if (line && !w->line)
		w->line = w->depth;
	w->has_items[w->depth] = false;
}

static void shut(struct pl_jw *w, char c)
{
	assert(w->depth > 0 && !w->after_key);
	bool any = w->has_items[w->depth];
	bool inline_end = one_line(w);
	if (w->line == w->depth)
		w->line = 0;
	w->depth--;
	if (any && !inline_end)
		newline(w);
	pl_buf_addc(w->out, c);
}

void pl_jw_object(struct pl_jw *w) { open(w, '{', false); }
void pl_jw_array(struct pl_jw *w) { open(w, '[', false); }
void pl_jw_object_line(struct pl_jw *w) { open(w, '{', true); }
void pl_jw_array_line(struct pl_jw *w) { open(w, '[', true); }
void pl_jw_end_object(struct pl_jw *w) { shut(w, '}'); }
void pl_jw_end_array(struct pl_jw *w) { shut(w, ']'); }

/* Bytes of the valid UTF-8 sequence at p, 0 if it is none. */
static size_t sequence(const unsigned char *p, size_t n)
{
	char dst[8];
	for (size_t len = 2; len <= 4 && len <= n; len++) {
		pl_escape(dst, sizeof(dst), (const char *)p, len);
		if (memcmp(dst, p, len) == 0 && dst[len] == '\0')
			return len;
	}
	/* C1 controls are valid UTF-8 though pl_escape hides them. */
	if (n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
		return 2;
	return 0;
}

static void string(struct pl_buf *out, struct pl_str s)
{
	pl_buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '"' || c == '\\') {
			pl_buf_addc(out, '\\');
			pl_buf_addc(out, (char)c);
		} else if (c == '\n') {
			pl_buf_adds(out, "\\n");
		} else if (c == '\t') {
			pl_buf_adds(out, "\\t");
		} else if (c < 0x20 || c == 0x7f) {
			pl_buf_addf(out, "\\u%04x", c);
		} else if (c < 0x80) {
			pl_buf_addc(out, (char)c);
		} else {
			size_t len = sequence((const unsigned char *)s.p + i, s.n - i);
			if (len == 0) {
				pl_buf_adds(out, "\xef\xbf\xbd");
			} else {
				pl_buf_add(out, s.p + i, len);
				i += len - 1;
			}
		}
	}
	pl_buf_addc(out, '"');
}

void pl_jw_key(struct pl_jw *w, const char *key)
{
	before(w);
	string(w->out, pl_str_of(key));
	pl_buf_adds(w->out, w->indent ? ": " : ":");
	w->after_key = true;
}

void pl_jw_str(struct pl_jw *w, struct pl_str s)
{
	before(w);
	string(w->out, s);
}

void pl_jw_cstr(struct pl_jw *w, const char *s)
{
	if (s)
		pl_jw_str(w, pl_str_of(s));
	else
		pl_jw_null(w);
}

void pl_jw_u64(struct pl_jw *w, uint64_t v)
{
	before(w);
	pl_buf_addf(w->out, "%llu", (unsigned long long)v);
}

void pl_jw_i64(struct pl_jw *w, int64_t v)
{
	before(w);
	pl_buf_addf(w->out, "%lld", (long long)v);
}

void pl_jw_double(struct pl_jw *w, double v)
{
	before(w);
	if (isfinite(v))
		pl_buf_addf(w->out, "%.3f", v);
	else
		pl_buf_adds(w->out, "null"); /* JSON has no NaN (RFC 8259, 6) */
}

void pl_jw_bool(struct pl_jw *w, bool v)
{
	before(w);
	pl_buf_adds(w->out, v ? "true" : "false");
}

void pl_jw_null(struct pl_jw *w)
{
	before(w);
	pl_buf_adds(w->out, "null");
}

void pl_jw_kstr(struct pl_jw *w, const char *key, struct pl_str s)
{
	pl_jw_key(w, key);
	pl_jw_str(w, s);
}

void pl_jw_kcstr(struct pl_jw *w, const char *key, const char *s)
{
	pl_jw_key(w, key);
	pl_jw_cstr(w, s);
}

void pl_jw_ku64(struct pl_jw *w, const char *key, uint64_t v)
{
	pl_jw_key(w, key);
	pl_jw_u64(w, v);
}

void pl_jw_kbool(struct pl_jw *w, const char *key, bool v)
{
	pl_jw_key(w, key);
	pl_jw_bool(w, v);
}

void pl_jw_kdigest(struct pl_jw *w, const char *key, const uint8_t sha256[32])
{
	struct pl_digest d;
	memcpy(d.b, sha256, sizeof(d.b));
	pl_jw_key(w, key);
	pl_jw_cstr(w, PL_DIGEST_STR(&d));
}

/* 17 digits give any double back (IEEE 754), whatever its text was; it stays a real to readers who
 * tell 1.0 from 1. */
static void write_real(struct pl_jw *w, double v)
{
	char text[40];
	int n = snprintf(text, sizeof(text), "%.17g", v);
	before(w);
	pl_buf_add(w->out, text, (size_t)n);
	if (!strpbrk(text, ".e"))
		pl_buf_adds(w->out, ".0");
}

void pl_jw_value(struct pl_jw *w, const struct pl_jval *v)
{
	struct pl_str key;
	const struct pl_jval *item;
	int64_t i = 0;
	double real = 0;
	switch (pl_json_kind(v)) {
	case PL_JOBJECT:
		pl_jw_object(w);
		for (void *it = NULL; pl_json_next(v, &it, &key, &item);) {
			pl_jw_key(w, key.p);
			pl_jw_value(w, item);
		}
		pl_jw_end_object(w);
		break;
	case PL_JARRAY:
		pl_jw_array(w);
		for (size_t k = 0; k < pl_json_len(v); k++)
			pl_jw_value(w, pl_json_at(v, k));
		pl_jw_end_array(w);
		break;
	case PL_JSTR:
		pl_jw_str(w, pl_json_str(v));
		break;
	case PL_JINT:
		if (pl_json_i64(v, &i))
			pl_jw_i64(w, i);
		break;
	case PL_JREAL:
		if (pl_json_double(v, &real))
			write_real(w, real);
		break;
	case PL_JBOOL:
		pl_jw_bool(w, pl_json_bool(v));
		break;
	default:
		pl_jw_null(w);
	}
}

void pl_jw_kopt(struct pl_jw *w, const char *key, const char *s)
{
	if (s)
		pl_jw_kcstr(w, key, s);
}

void pl_jw_kcstrs(struct pl_jw *w, const char *key, const char *const *v)
{
	if (!v)
		return;
	pl_jw_key(w, key);
	pl_jw_array(w);
	for (; *v; v++)
		pl_jw_cstr(w, *v);
	pl_jw_end_array(w);
}

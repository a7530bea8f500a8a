// SPDX-License-Identifier: Apache-2.0
/*
 * JSON (RFC 8259). Reading: jansson behind this façade, strict: duplicate keys, NUL in strings,
 * text after the value, depth over 64 are errors. Writing: our own ordered writer, so that bytes
 * are ours. Ownership: a parsed root is owned by the caller (pl_jval_free), everything reached from
 * it is borrowed. Thread rule: a root is read by many threads. Limits: the caller bounds the text;
 * a text whose values take far more memory than its length is PL_LIMIT.
 */
#pragma once

#include "base/buf.h"

struct pl_jval;
enum pl_jkind { PL_JNULL, PL_JBOOL, PL_JINT, PL_JREAL, PL_JSTR, PL_JARRAY, PL_JOBJECT };

/* `what` names the document in errors (a file, a URL). PL_INPUT with line and column,
 * PL_LIMIT. */
int pl_json_parse(struct pl_str text, const char *what, struct pl_jval **ret,
		  struct pl_err *err) PL_MUST_USE;
void pl_jval_free(struct pl_jval *root);
PL_DEFINE_FREEP(jval)

enum pl_jkind pl_json_kind(const struct pl_jval *v); /* NULL is PL_JNULL */
const struct pl_jval *pl_json_get(const struct pl_jval *obj, const char *key); /* NULL if absent */
size_t pl_json_len(const struct pl_jval *v); /* items of an array or members of an object, else 0 */
const struct pl_jval *pl_json_at(const struct pl_jval *array, size_t i);
struct pl_str pl_json_str(const struct pl_jval *v); /* {NULL,0} unless a string; NUL-terminated */
bool pl_json_bool(const struct pl_jval *v);         /* false unless true */
bool pl_json_u64(const struct pl_jval *v, uint64_t *ret); /* integer >= 0 */
bool pl_json_i64(const struct pl_jval *v, int64_t *ret);
bool pl_json_double(const struct pl_jval *v, double *ret); /* any number */
/* Members in document order. for (void *it = NULL; pl_json_next(obj, &it, &key, &val);) */
bool pl_json_next(const struct pl_jval *obj, void **it, struct pl_str *ret_key,
		  const struct pl_jval **ret_val);
/* One required string: PL_INPUT "where: 'key' is missing" or "must be a string" otherwise. Who
 * reads more than one member uses json_read.h. */
int pl_json_need_str(const struct pl_jval *obj, const char *key, const char *where,
		     struct pl_str *ret, struct pl_err *err) PL_MUST_USE;

/* Writer. Members and items appear as written; indent 0 is compact (one line, no blanks), else that
 * many spaces. An object or array begun with _line is written compactly on one line even inside an
 * indented document (the lock's "one input a line"). */
struct pl_jw {
	struct pl_buf *out;
	unsigned indent, depth, line; /* line: depth at which one-line mode began, 0 off */
	bool has_items[128]; /* per depth: parsed values (64 deep) inside documents of ours */
	bool after_key;
};
void pl_jw_init(struct pl_jw *w, struct pl_buf *out, unsigned indent);
void pl_jw_object(struct pl_jw *w);
void pl_jw_array(struct pl_jw *w);
void pl_jw_object_line(struct pl_jw *w);
void pl_jw_array_line(struct pl_jw *w);
void pl_jw_end_object(struct pl_jw *w);
void pl_jw_end_array(struct pl_jw *w);
void pl_jw_key(struct pl_jw *w, const char *key);
void pl_jw_str(struct pl_jw *w, struct pl_str s); /* invalid UTF-8 becomes U+FFFD */
void pl_jw_cstr(struct pl_jw *w, const char *s);  /* NULL writes null */
void pl_jw_u64(struct pl_jw *w, uint64_t v);
void pl_jw_i64(struct pl_jw *w, int64_t v);
void pl_jw_double(struct pl_jw *w, double v); /* 3 decimals; null unless finite */
void pl_jw_bool(struct pl_jw *w, bool v);
void pl_jw_null(struct pl_jw *w);
void pl_jw_kstr(struct pl_jw *w, const char *key, struct pl_str s);
void pl_jw_kcstr(struct pl_jw *w, const char *key, const char *s);
/* The same, but no member at all for NULL. */
void pl_jw_kopt(struct pl_jw *w, const char *key, const char *s);
/* A list of texts, NULL-terminated; no member at all for NULL. */
void pl_jw_kcstrs(struct pl_jw *w, const char *key, const char *const *v);
void pl_jw_ku64(struct pl_jw *w, const char *key, uint64_t v);
void pl_jw_kbool(struct pl_jw *w, const char *key, bool v);
void pl_jw_kdigest(struct pl_jw *w, const char *key, const uint8_t sha256[32]); /* "sha256:..." */
/* A parsed value again, members in document order. */
void pl_jw_value(struct pl_jw *w, const struct pl_jval *v);

// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <jansson.h>

/* struct pl_jval is jansson's json_t under a name that no caller can look into. */
static json_t *J(const struct pl_jval *v)
{
	json_t *j;
	memcpy(&j, &v, sizeof(j));
	return j;
}

static const struct pl_jval *V(const json_t *j)
{
	const struct pl_jval *v;
	memcpy(&v, &j, sizeof(v));
	return v;
}

static bool too_deep(const json_t *j, unsigned depth)
{
	if (!json_is_object(j) && !json_is_array(j))
		return false;
	if (depth == 64)
		return true;
	if (json_is_array(j)) {
		for (size_t i = 0; i < json_array_size(j); i++)
			if (too_deep(json_array_get(j, i), depth + 1))
				return true;
		return false;
	}
	for (void *it = json_object_iter((json_t *)(uintptr_t)j); it;
	     it = json_object_iter_next((json_t *)(uintptr_t)j, it))
		if (too_deep(json_object_iter_value(it), depth + 1))
			return true;
	return false;
}

/* What jansson takes for a text, about: an empty object of two bytes is 250 of memory, and nothing
 * that anybody writes has more than some ten times its length. */
#define MEMORY_FREE ((uint64_t)32 << 20)
#define MEMORY_RATIO 12
#define COST_MAX 128 /* of one byte: what is too short to reach MEMORY_FREE is not looked at */

static uint64_t memory_of(struct pl_str text)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < text.n; i++) {
		switch (text.p[i]) {
		case '"': /* to its end */
			for (i++; i < text.n && text.p[i] != '"'; i++)
				i += text.p[i] == '\\';
			break;
		case '{':
			sum += 256;
			break;
		case '[':
			sum += 160;
			break;
		case ',':
		case ':':
			sum += 96;
			break;
		default:
			break;
		}
	}
	return sum;
}

static int check_memory(struct pl_str text, const char *what, struct pl_err *err)
{
	if (text.n < MEMORY_FREE / COST_MAX)
		return 0;
	uint64_t max = MEMORY_FREE + (uint64_t)text.n * MEMORY_RATIO, is = memory_of(text);
	if (is <= max)
		return 0;
	return pl_fail(err, PL_LIMIT,
		       "%s: JSON of so many values that it takes some %llu MiB of memory, at most "
		       "%llu are given to its size",
		       what, (unsigned long long)(is >> 20), (unsigned long long)(max >> 20));
}

int pl_json_parse(struct pl_str text, const char *what, struct pl_jval **ret, struct pl_err *err)
{
	json_error_t je;
	int rc = check_memory(text, what, err);
	if (rc < 0)
		return rc;
	json_t *j = json_loadb(text.p ? text.p : "", text.n,
			       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);
	if (!j) {
		char why[200];
		return pl_fail(err, PL_INPUT, "%s:%d:%d: not valid JSON: %s", what, je.line,
			       je.column, pl_escape(why, sizeof(why), je.text, strlen(je.text)));
	}
	if (too_deep(j, 0)) {
		json_decref(j);
		return pl_fail(err, PL_LIMIT, "%s: JSON nested deeper than 64", what);
	}
	memcpy(ret, &j, sizeof(j));
	return 0;
}

void pl_jval_free(struct pl_jval *root) { json_decref(J(root)); }

enum pl_jkind pl_json_kind(const struct pl_jval *v)
{
	if (!v)
		return PL_JNULL;
	switch (json_typeof(J(v))) {
	case JSON_OBJECT:
		return PL_JOBJECT;
	case JSON_ARRAY:
		return PL_JARRAY;
	case JSON_STRING:
		return PL_JSTR;
	case JSON_INTEGER:
		return PL_JINT;
	case JSON_REAL:
		return PL_JREAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return PL_JBOOL;
	default:
		return PL_JNULL;
	}
}

const struct pl_jval *pl_json_get(const struct pl_jval *obj, const char *key)
{
	return V(json_object_get(J(obj), key));
}

size_t pl_json_len(const struct pl_jval *v)
{
	json_t *j = J(v);
	return json_is_array(j) ? json_array_size(j) : json_object_size(j);
}

const struct pl_jval *pl_json_at(const struct pl_jval *array, size_t i)
{
	return V(json_array_get(J(array), i));
}

struct pl_str pl_json_str(const struct pl_jval *v)
{
	json_t *j = J(v);
	if (!json_is_string(j))
		return (struct pl_str){NULL, 0};
	return (struct pl_str){json_string_value(j), json_string_length(j)};
}

bool pl_json_bool(const struct pl_jval *v) { return json_is_true(J(v)); }

bool pl_json_i64(const struct pl_jval *v, int64_t *ret)
{
	json_t *j = J(v);
	if (!json_is_integer(j))
		return false;
	*ret = json_integer_value(j);
	return true;
}

bool pl_json_u64(const struct pl_jval *v, uint64_t *ret)
{
	int64_t i;
	if (!pl_json_i64(v, &i) || i < 0)
		return false;
	*ret = (uint64_t)i;
	return true;
}

bool pl_json_double(const struct pl_jval *v, double *ret)
{
	json_t *j = J(v);
	if (!json_is_number(j))
		return false;
	*ret = json_number_value(j);
	return true;
}

bool pl_json_next(const struct pl_jval *obj, void **it, struct pl_str *ret_key,
		  const struct pl_jval **ret_val)
{
	json_t *j = J(obj);
	*it = *it ? json_object_iter_next(j, *it) : json_object_iter(j);
	if (!*it)
		return false;
	*ret_key = pl_str_of(json_object_iter_key(*it));
	*ret_val = V(json_object_iter_value(*it));
	return true;
}

int pl_json_need_str(const struct pl_jval *obj, const char *key, const char *where,
		     struct pl_str *ret, struct pl_err *err)
{
	const struct pl_jval *v = pl_json_get(obj, key);
	if (pl_json_kind(v) == PL_JSTR) {
		*ret = pl_json_str(v);
		return 0;
	}
	return pl_fail(err, PL_INPUT, "%s: '%s' %s", where, key,
		       pl_json_kind(v) == PL_JNULL ? "is missing" : "must be a string");
}

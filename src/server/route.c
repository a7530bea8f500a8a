// SPDX-License-Identifier: Apache-2.0
/* From the request's target to a route. Everything below /v1 too. */
#include "server/server_int.h"

#include "base/num.h"

const char *const pl_method_names[PL_METHODS] = {"GET", "POST", "PUT", "DELETE"};

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
static const char *const no_args[] = {NULL};

/* The first that fits: an image's name always ends in a tag or digest, never in a suffix. */
const struct pl_route pl_routes[] = {
	{"/healthz", "/healthz", "", false, {[PL_GET] = pl_get_health}, no_args},
	{"/packages/{name}",
	 "/packages/",
	 "",
	 true,
	 {[PL_GET] = pl_get_package},
	 ARGS("version", "ecosystem", "source", "running")},
	{"/images", "/images", "", false, {[PL_GET] = pl_list_images}, ARGS("limit", "after")},
	{"/images/{image}/children",
	 "/images/",
	 "/children",
	 true,
	 {[PL_GET] = pl_get_children},
	 ARGS("recursive")},
	{"/images/{image}/packages",
	 "/images/",
	 "/packages",
	 true,
	 {[PL_GET] = pl_get_packages},
	 ARGS("effective")},
	{"/images/{image}",
	 "/images/",
	 "",
	 true,
	 {[PL_GET] = pl_get_image,
	  [PL_POST] = pl_post_image,
	  [PL_PUT] = pl_put_image,
	  [PL_DELETE] = pl_delete_image},
	 ARGS("force")},
};
const size_t pl_n_routes = PL_COUNT(pl_routes);

/* RFC 3986 2.1. A '+' stands for itself: versions hold it, form encoding is not for targets. */
static int percent_decode(struct pl_arena *a, struct pl_str s, struct pl_str *ret,
			  struct pl_err *err)
{
	char *out = pl_arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%') {
			int high = i + 2 < s.n ? pl_hex_value(s.p[i + 1]) : -1;
			int low = i + 2 < s.n ? pl_hex_value(s.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return pl_fail(
					err, PL_INPUT,
					"the path or query has a '%%' without two hex digits "
					"after it");
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0')
			return pl_fail(err, PL_INPUT, "the path or query holds a NUL byte");
		out[n++] = c;
	}
	*ret = (struct pl_str){out, n};
	return 0;
}

static bool route_fits(const struct pl_route *r, struct pl_str path, struct pl_str *ret_name)
{
	size_t prefix = strlen(r->prefix), suffix = strlen(r->suffix);
	if (!r->named)
		return pl_str_is(path, r->prefix);
	if (path.n <= prefix + suffix || !pl_str_starts(path, r->prefix) ||
	    !pl_str_ends(path, r->suffix))
		return false;
	*ret_name = pl_str_sub(path, prefix, path.n - prefix - suffix);
	return true;
}

static int parse_args(struct pl_arena *a, struct pl_str query, struct pl_request_target *t,
		      struct pl_err *err)
{
	for (struct pl_str rest = query; rest.p && query.n;) {
		struct pl_str pair = pl_str_cut(&rest, '&');
		if (pair.n == 0)
			continue;
		if (t->n_args == PL_QUERY_MAX)
			return pl_fail(err, PL_INPUT, "more than %d query parameters",
				       PL_QUERY_MAX);
		struct pl_str key = pl_str_cut(&pair, '=');
		struct pl_query_arg *arg = &t->args[t->n_args++];
		int rc = percent_decode(a, key, &arg->key, err);
		if (rc == 0)
			rc = percent_decode(a, pair.p ? pair : PL_STR(""), &arg->value, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int pl_request_target_parse(struct pl_arena *a, struct pl_str raw, struct pl_request_target *ret,
			    struct pl_err *err)
{
	struct pl_request_target t = {.name = PL_STR("")};
	struct pl_str query = raw, name = {0};
	struct pl_str path = pl_str_cut(&query, '?');
	if (pl_str_starts(path, "/v1/"))
		path = pl_str_sub(path, 3, SIZE_MAX);
	int rc = percent_decode(a, path, &name,
				err); /* bad encoding is said even where nothing is */
	if (rc == 0 && query.p)
		rc = parse_args(a, query, &t, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; !t.route && i < pl_n_routes; i++)
		if (route_fits(&pl_routes[i], path, &name))
			t.route = &pl_routes[i];
	if (t.route && t.route->named) {
		rc = percent_decode(a, name, &t.name, err);
		if (rc < 0)
			return rc;
	}
	*ret = t;
	return 0;
}

struct pl_str pl_request_arg(const struct pl_request_target *t, const char *key)
{
	for (size_t i = 0; i < t->n_args; i++)
		if (pl_str_is(t->args[i].key, key))
			return t->args[i].value;
	return (struct pl_str){NULL, 0};
}

const char *pl_route_allow(const struct pl_route *r, struct pl_arena *a)
{
	const char *list = "";
	for (size_t m = 0; m < PL_METHODS; m++)
		if (r->handler[m])
			list = pl_arena_printf(a, "%s%s%s%s", list, *list ? ", " : "",
					       pl_method_names[m], m == PL_GET ? ", HEAD" : "");
	return list;
}

// SPDX-License-Identifier: Apache-2.0
/* The calls themselves: a request in, an answer out. */
#include "base/num.h"
#include "inventory/json.h"
#include "inventory/registration.h"
#include "server/server_int.h"

static const char *status_title(unsigned status)
{
	switch (status) {
	case 400:
		return "Bad request";
	case 401:
		return "A token is needed";
	case 403:
		return "Forbidden";
	case 404:
		return "Not found";
	case 405:
		return "Method not allowed";
	case 409:
		return "Conflict";
	case 412:
		return "Changed meanwhile";
	case 413:
		return "Too large";
	case 415:
		return "Unsupported media type";
	case 501:
		return "Not implemented";
	case 503:
		return "Try again later";
	default:
		return "Internal error";
	}
}

void pl_answer_problem(struct pl_answer *ret, unsigned status, const char *detail)
{
	struct pl_jw w;
	pl_buf_clear(&ret->body);
	pl_jw_init(&w, &ret->body, 0);
	pl_jw_object(&w);
	pl_jw_kcstr(&w, "type", "about:blank");
	pl_jw_kcstr(&w, "title", status_title(status));
	pl_jw_ku64(&w, "status", status);
	pl_jw_kcstr(&w, "detail", detail);
	pl_jw_end_object(&w);
	pl_buf_addc(&ret->body, '\n');
	ret->status = status;
	ret->content_type = "application/problem+json";
	ret->etag = ret->location = NULL;
}

static int check_args(const struct pl_request_target *t, struct pl_err *err)
{
	for (size_t i = 0; i < t->n_args; i++) {
		const char *const *known = t->route->args;
		size_t n = 0;
		bool ok = false;
		for (; known[n]; n++)
			ok = ok || pl_str_is(t->args[i].key, known[n]);
		if (ok)
			continue;
		char shown[100];
		const char *near = pl_nearest(t->args[i].key, known, n);
		pl_escape(shown, sizeof(shown), t->args[i].key.p, t->args[i].key.n);
		return pl_fail(err, PL_INPUT, "unknown query parameter '%s'%s%s%s", shown,
			       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	return 0;
}

void pl_answer_make(struct pl_request *rq, struct pl_answer *ret)
{
	struct pl_err err = {0};
	const struct pl_route *route = rq->target.route;
	ret->status = 200;
	ret->content_type = "application/json";
	if (!route) {
		pl_answer_problem(ret, 404, "there is nothing at this path; see docs/api.md");
		return;
	}
	if (!route->handler[rq->method]) {
		pl_answer_problem(ret, 405, "this path does not answer to that method");
		ret->allow = pl_route_allow(route, rq->arena);
		return;
	}
	int rc = check_args(&rq->target, &err);
	if (rc == 0)
		rc = route->handler[rq->method](rq, ret, &err);
	if (rc == 0)
		rc = pl_buf_check(&ret->body, "answer", &err);
	if (rc < 0)
		pl_answer_problem(ret, (unsigned)pl_code_info(err.code)->http_status, err.msg);
}

/* "1" or "true", "0" or "false". */
static int read_flag(const struct pl_request_target *t, const char *key, bool *ret,
		     struct pl_err *err)
{
	struct pl_str v = pl_request_arg(t, key);
	if (!v.p)
		return 0;
	if (pl_str_is(v, "1") || pl_str_is(v, "true"))
		*ret = true;
	else if (pl_str_is(v, "0") || pl_str_is(v, "false"))
		*ret = false;
	else
		return pl_fail(err, PL_INPUT, "%s: must be 1 or 0", key);
	return 0;
}

int pl_get_health(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	struct pl_arena *a = rq->arena;
	struct pl_inv_images unused;
	int rc = pl_inv_images_page(rq->inv, a, NULL, 1, &unused, err); /* the database answers */
	if (rc == 0)
		pl_buf_adds(&ret->body, "{\"status\":\"ok\"}\n");
	return rc;
}

int pl_get_package(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	struct pl_package_query q = {.name = rq->target.name};
	struct pl_str version = pl_request_arg(&rq->target, "version");
	struct pl_str ecosystem = pl_request_arg(&rq->target, "ecosystem");
	struct pl_inv_holding *v;
	size_t n;
	bool running = false;
	int rc = read_flag(&rq->target, "source", &q.by_source, err);
	if (rc == 0)
		rc = read_flag(&rq->target, "running", &running, err);
	if (rc < 0)
		return rc;
	if (running) {
		pl_answer_problem(ret, 501,
				  "what runs where is not recorded by this version: whether these "
				  "images run is unknown");
		return 0;
	}
	if (ecosystem.p)
		q.ecosystem = pl_arena_cstr(rq->arena, ecosystem);
	if (version.p) {
		size_t colon = pl_str_find(version, ':');
		if (colon == SIZE_MAX)
			return pl_fail(err, PL_INPUT,
				       "version: write lt:, le:, eq:, ge: or gt: and a version");
		q.op = pl_arena_cstr(rq->arena, pl_str_sub(version, 0, colon));
		q.version = pl_arena_cstr(rq->arena, pl_str_sub(version, colon + 1, SIZE_MAX));
	}
	rc = pl_inv_packages(rq->inv, rq->arena, &q, &v, &n, err);
	if (rc < 0)
		return rc;
	struct pl_jw w;
	pl_jw_init(&w, &ret->body, 0);
	pl_jw_object(&w);
	pl_inv_holdings_json(&w, "versions", &q, v, n);
	pl_jw_end_object(&w);
	pl_buf_addc(&ret->body, '\n');
	return 0;
}

int pl_list_images(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	struct pl_str limit_text = pl_request_arg(&rq->target, "limit");
	struct pl_str after = pl_request_arg(&rq->target, "after");
	struct pl_inv_images v;
	uint64_t limit = 1000;
	if (limit_text.p && (!pl_parse_u64(limit_text, 10000, &limit) || limit == 0))
		return pl_fail(err, PL_INPUT, "limit: must be a number from 1 to 10000");
	int rc = pl_inv_images_page(rq->inv, rq->arena,
				    after.p ? pl_arena_cstr(rq->arena, after) : NULL, limit + 1, &v,
				    err);
	if (rc < 0)
		return rc;
	bool more = v.n > limit;
	struct pl_jw w;
	pl_jw_init(&w, &ret->body, 0);
	pl_jw_object(&w);
	pl_inv_images_json(&w, "images", v.v, v.n - more);
	pl_jw_kcstr(&w, "next", more ? v.v[limit - 1].name : NULL);
	pl_jw_end_object(&w);
	pl_buf_addc(&ret->body, '\n');
	return 0;
}

/* Is etag one of the quoted tags in a header (RFC 9110 13.1)? */
static bool etag_listed(const char *header, const char *etag)
{
	for (struct pl_str rest = pl_str_of(header); rest.p;) {
		struct pl_str tag = pl_str_trim(pl_str_cut(&rest, ','));
		if (pl_str_is(tag, "*"))
			return true;
		if (tag.n >= 2 && tag.p[0] == '"' && pl_str_is(pl_str_sub(tag, 1, tag.n - 2), etag))
			return true;
	}
	return false;
}

static int show_image(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	struct pl_inv_image i;
	struct pl_jw w;
	int rc = pl_inv_image_get(rq->inv, rq->arena, rq->target.name, &i, err);
	if (rc < 0)
		return rc;
	ret->etag = i.etag;
	pl_jw_init(&w, &ret->body, 0);
	pl_inv_image_json(&w, &i);
	pl_buf_addc(&ret->body, '\n');
	return 0;
}

int pl_get_image(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	int rc = show_image(rq, ret, err);
	if (rc == 0 && rq->if_none_match && etag_listed(rq->if_none_match, ret->etag)) {
		pl_buf_clear(&ret->body);
		ret->status = 304;
	}
	return rc;
}

/* One strong tag, without its quotes; NULL for none and for "*" (whatever is there). */
static int one_etag(struct pl_request *rq, const char **ret, struct pl_err *err)
{
	struct pl_str v = pl_str_trim(pl_str_of(rq->if_match));
	*ret = NULL;
	if (!v.p || pl_str_is(v, "*"))
		return 0;
	if (v.n < 3 || v.p[0] != '"' || v.p[v.n - 1] != '"' ||
	    pl_str_find(pl_str_sub(v, 1, v.n - 2), '"') != SIZE_MAX)
		return pl_fail(err, PL_INPUT, "If-Match: must be one ETag, in quotes, or *");
	*ret = pl_arena_cstr(rq->arena, pl_str_sub(v, 1, v.n - 2));
	return 0;
}

static int register_image(struct pl_request *rq, enum pl_put_mode mode, struct pl_answer *ret,
			  struct pl_err *err)
{
	struct pl_registration r;
	struct pl_ref name;
	const char *if_match;
	int rc = one_etag(rq, &if_match, err);
	if (rc == 0)
		rc = pl_ref_parse_name(rq->arena, rq->target.name, &name, err);
	if (rc == 0)
		rc = pl_registration_parse(rq->arena, rq->body, &name, &r, err);
	if (rc < 0)
		return rc;
	r.if_match = if_match;
	int changed = pl_inv_put(rq->inv, &r, mode, err);
	if (changed < 0)
		return changed;
	rc = show_image(rq, ret, err);
	if (rc < 0)
		return rc;
	if (mode == PL_PUT_CREATE && changed) {
		ret->status = 201;
		ret->location = pl_arena_printf(rq->arena, "/images/%s", name.text);
	}
	return 0;
}

int pl_post_image(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	return register_image(rq, PL_PUT_CREATE, ret, err);
}

int pl_put_image(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	return register_image(rq, PL_PUT_REPLACE, ret, err);
}

int pl_delete_image(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	bool force = false;
	const char *if_match;
	int rc = one_etag(rq, &if_match, err);
	if (rc == 0)
		rc = read_flag(&rq->target, "force", &force, err);
	if (rc == 0)
		rc = pl_inv_delete_match(rq->inv, rq->target.name, force, if_match, err);
	if (rc == 0) {
		ret->status = 204;
		ret->content_type = NULL;
	}
	return rc;
}

int pl_get_children(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	struct pl_inv_images v;
	struct pl_jw w;
	bool recursive = false;
	int rc = read_flag(&rq->target, "recursive", &recursive, err);
	if (rc == 0)
		rc = pl_inv_children(rq->inv, rq->arena, rq->target.name, recursive, &v, err);
	if (rc < 0)
		return rc;
	pl_jw_init(&w, &ret->body, 0);
	pl_jw_object(&w);
	pl_inv_children_json(&w, "children", rq->target.name, &v, recursive);
	pl_jw_end_object(&w);
	pl_buf_addc(&ret->body, '\n');
	return 0;
}

int pl_get_packages(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err)
{
	struct pl_inv_package *v;
	size_t n;
	struct pl_jw w;
	bool effective = false;
	int rc = read_flag(&rq->target, "effective", &effective, err);
	if (rc == 0)
		rc = pl_inv_image_packages(rq->inv, rq->arena, rq->target.name, effective, &v, &n,
					   err);
	if (rc < 0)
		return rc;
	pl_jw_init(&w, &ret->body, 0);
	pl_jw_object(&w);
	pl_jw_kstr(&w, "name", rq->target.name);
	pl_jw_kbool(&w, "effective", effective);
	pl_jw_key(&w, "packages");
	pl_jw_array(&w);
	for (size_t i = 0; i < n; i++) {
		pl_jw_object(&w);
		pl_inv_package_json(&w, &v[i]);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_jw_end_object(&w);
	pl_buf_addc(&ret->body, '\n');
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "oci/registry_int.h"

#include <strings.h>

#define PAGES_MAX 10000
#define TAGS_MAX 1000000

typedef PL_VEC(const char *) tag_list;

/* RFC 8288: <target>; rel="next", perhaps among other links. NULL if there is none. */
static const char *next_link(struct pl_arena *a, const char *header)
{
	struct pl_str rest = pl_str_of(header);
	while (rest.n) {
		size_t open = pl_str_find(rest, '<'), close = pl_str_find(rest, '>');
		if (open == SIZE_MAX || close == SIZE_MAX || close < open)
			return NULL;
		struct pl_str target = pl_str_sub(rest, open + 1, close - open - 1);
		rest = pl_str_sub(rest, close + 1, rest.n);
		size_t end = pl_str_find(rest, '<');
		const char *params = pl_arena_cstr(a, pl_str_sub(rest, 0, end));
		if (strcasestr(params, "rel=\"next\"") || strcasestr(params, "rel=next"))
			return pl_arena_cstr(a, target);
	}
	return NULL;
}

static int read_page(struct registry_repo *r, const struct pl_http_response *resp,
		     struct pl_arena *a, tag_list *list, struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	PL_AUTOFREE char *what = pl_xprintf("%s: list of tags", r->repo.name);
	int rc = pl_json_parse(pl_buf_str(&resp->body), what, &root, err);
	if (rc < 0)
		return pl_fail(err, PL_REMOTE, "%s: the answer is not valid JSON", what);
	const struct pl_jval *tags = pl_json_get(root, "tags");
	/* null: a repository whose last tag was deleted */
	if (pl_json_kind(root) != PL_JOBJECT ||
	    (pl_json_kind(tags) != PL_JARRAY && pl_json_kind(tags) != PL_JNULL))
		return pl_fail(err, PL_REMOTE, "%s: the answer has no 'tags'", what);
	for (size_t i = 0; pl_json_kind(tags) == PL_JARRAY && i < pl_json_len(tags); i++) {
		struct pl_str t = pl_json_str(pl_json_at(tags, i));
		if (!pl_tag_valid(t))
			return pl_fail(err, PL_REMOTE, "%s: the answer holds what is no tag", what);
		if (list->n == TAGS_MAX)
			return pl_fail(err, PL_LIMIT, "%s: over %d tags", what, TAGS_MAX);
		*pl_vec_push(list) = pl_arena_cstr(a, t);
	}
	return 0;
}

/* The next page's URL: 1 and *url, 0 no more. */
static int follow_link(struct registry_repo *r, const struct pl_http_response *resp,
		       struct pl_arena *a, const char **url, struct pl_err *err)
{
	const char *target = resp->link ? next_link(a, resp->link) : NULL;
	if (!target)
		return 0;
	const char *next = pl_url_resolve(a, *url, target);
	if (!next || !pl_url_same_origin(next, r->base) || strcmp(next, *url) == 0)
		return pl_fail(err, PL_REMOTE,
			       "%s: list of tags: the link to its next page leads elsewhere or "
			       "nowhere",
			       r->repo.name);
	*url = next;
	return 1;
}

int pl_registry_tags(struct pl_repo *repo, struct pl_arena *a, const char ***ret, size_t *ret_n,
		     struct pl_err *err)
{
	struct registry_repo *r = (struct registry_repo *)repo;
	struct registry_handle *h = pl_registry_take(r->at);
	const char *url = pl_arena_printf(a, "%s/tags/list?n=1000", r->base);
	tag_list list = {0};
	int rc = 1;
	for (int page = 0; rc == 1; page++) {
		struct pl_http_response resp = {0};
		struct registry_request q = {
			.method = "GET", .url = url, .scope = r->pull_scope, .timeout_s = 120};
		rc = page == PAGES_MAX ? pl_fail(err, PL_LIMIT, "%s: list of tags: over %d pages",
						 repo->name, PAGES_MAX)
				       : pl_registry_do_retry(r, h, &q, &resp, err);
		if (rc < 0)
			break;
		if (resp.status == 404 && page == 0)
			rc = pl_registry_absent(r, &resp, "list of tags", err); /* none yet */
		else if (resp.status != 200)
			rc = pl_registry_fail(r, &resp, "list of tags", err);
		else if ((rc = read_page(r, &resp, a, &list, err)) == 0)
			rc = follow_link(r, &resp, a, &url, err);
		pl_http_response_done(&resp);
	}
	pl_registry_give(r->at, h);
	if (rc == 0) {
		pl_sort_tags(list.v, &list.n);
		*ret = pl_arena_dup(a, list.v, list.n, sizeof(*list.v));
		*ret_n = list.n;
	}
	pl_vec_free(&list);
	return rc;
}

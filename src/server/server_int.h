// SPDX-License-Identifier: Apache-2.0
/*
 * Requests and answers apart from the HTTP library, so that routing and answering are plain
 * functions: fuzzed and tested without a socket.
 */
#pragma once

#include "base/arena.h"
#include "inventory/inventory.h"

enum pl_method { PL_GET, PL_POST, PL_PUT, PL_DELETE, PL_METHODS };
extern const char *const pl_method_names[PL_METHODS];

#define PL_QUERY_MAX 8
struct pl_query_arg {
	struct pl_str key, value;
};
/* A request's target, decoded. Strings live in the arena. */
struct pl_request_target {
	const struct pl_route *route; /* NULL: nothing is there */
	struct pl_str name;           /* of image or package; empty where the route has none */
	struct pl_query_arg args[PL_QUERY_MAX];
	size_t n_args;
};
/* PL_INPUT for bad percent-encoding, NUL, too many parameters. */
int pl_request_target_parse(struct pl_arena *a, struct pl_str raw, struct pl_request_target *ret,
			    struct pl_err *err) PL_MUST_USE;
struct pl_str pl_request_arg(const struct pl_request_target *t,
			     const char *key); /* {NULL,0} if absent */

struct pl_answer {
	unsigned status;
	const char *content_type;
	struct pl_buf body;
	const char *etag;     /* without quotes; arena */
	const char *location; /* arena */
	const char *allow;    /* arena */
};

struct pl_request {
	const struct pl_env *env;
	struct pl_arena *arena;
	struct pl_inv *inv;
	enum pl_method method;
	struct pl_request_target target;
	struct pl_str body;
	const char *if_match, *if_none_match; /* header values, NULL if absent */
};
typedef int pl_handler(struct pl_request *rq, struct pl_answer *ret, struct pl_err *err);

struct pl_route {
	const char *pattern;         /* "/images/{name}/children"; what docs/api.md calls it */
	const char *prefix, *suffix; /* a name stands between them; suffix "" for none */
	bool named;
	pl_handler *handler[PL_METHODS];
	const char *const *args; /* known query parameters, NULL-terminated */
};
extern const struct pl_route pl_routes[];
extern const size_t pl_n_routes;
/* "GET, HEAD, POST" */
const char *pl_route_allow(const struct pl_route *r, struct pl_arena *a);

/* Runs the route's handler; errors become problem documents. Never fails. */
void pl_answer_make(struct pl_request *rq, struct pl_answer *ret);
/* A problem document (RFC 9457) in place of whatever *ret holds. */
void pl_answer_problem(struct pl_answer *ret, unsigned status, const char *detail);

pl_handler pl_get_health, pl_get_package, pl_list_images, pl_get_image, pl_post_image, pl_put_image,
	pl_delete_image, pl_get_children, pl_get_packages;

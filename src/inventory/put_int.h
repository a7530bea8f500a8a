// SPDX-License-Identifier: Apache-2.0
/* A registration in work: what put.c, put_content.c and put_name.c share. */
#pragma once

#include "inventory/stage_int.h"

struct pl_put {
	/* What was asked for, checked; the same however often the transaction runs. */
	struct pl_inv *inv;
	const struct pl_registration *r;
	enum pl_put_mode mode;
	struct pl_arena *a;
	struct pl_ref name; /* without its digest */
	struct pl_stage stage;
	const char *text;      /* "repository:tag" */
	const char *base_text; /* NULL: none */
	const char *platform;  /* "" for all */
	bool has_base_digest, has_digest;
	struct pl_digest base_digest, asked_digest;

	/* What the database says and gets. */
	struct pl_put_state {
		struct pl_digest digest; /* the content's */
		int64_t base_id;         /* content the base means now, 0 unknown */
		struct pl_named at;      /* the name as it is, name_id 0 if new */
		int64_t stage_id, content_id;
		bool own_base; /* the content is known on the same base by another name */
		bool changed;
	} now;
};

/* put_content.c */

/* The digest of the content: the one given, else that of the content there is, if it says the same,
 * else one of its own. now.at, now.base_id and now.stage_id are known. */
int pl_put_find_digest(struct pl_put *p, struct pl_err *err) PL_MUST_USE;
/* Stores what is said about the content with now.digest; sets now.content_id. PL_CONFLICT when it
 * is known otherwise and the mode forbids to replace it. */
int pl_put_content(struct pl_put *p, struct pl_err *err) PL_MUST_USE;

/* put_name.c */

/* The name is absent: a relative one of the same place becomes it, and is found. 1: there was one.
 */
int pl_put_take_over_relative(struct pl_put *p, struct pl_err *err) PL_MUST_USE;
/* The name means now.content_id from now on, and so does an alias of it. PL_CONFLICT when one means
 * something else and the mode forbids to replace it. */
int pl_put_name(struct pl_put *p, struct pl_err *err) PL_MUST_USE;
int pl_put_alias(struct pl_put *p, const struct pl_ref *alias, struct pl_err *err) PL_MUST_USE;
/* Images registered with this content's digest as base, before it was known, stand on it now. */
int pl_put_adopt_by_digest(struct pl_put *p, struct pl_err *err) PL_MUST_USE;

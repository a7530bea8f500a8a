// SPDX-License-Identifier: Apache-2.0
/* A made-up tree for a test of effects, and what is expected of it. What the real tools make of
 * real trees is compared in tests/differential/generators.py. */
#pragma once

#include "effects/effects.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
	struct pl_tree tree;
	struct pl_effect_input in;
	struct pl_err err;
};

static inline int set_up(void **state)
{
	struct fixture *x = pl_xcalloc(1, sizeof(*x));
	pl_tree_init(&x->tree);
	x->in.platform = pl_platform_of_debian(PL_STR("amd64"));
	x->in.epoch = 86400 * 100 + 5;
	*state = x;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *x = *state;
	pl_tree_done(&x->tree);
	free(x);
	return 0;
}

static inline void file(struct fixture *x, const char *path, const char *text)
{
	if (pl_tree_file(&x->tree, pl_str_of(path), pl_str_of(text), 0644, 0, 0, 1, NULL, &x->err) <
	    0)
		fail_msg("%s", x->err.msg);
}

static inline struct pl_node *node(struct fixture *x, const char *path)
{
	return pl_tree_get(&x->tree, pl_str_of(path));
}

static inline void expect_text(struct fixture *x, const char *path, const char *text)
{
	const struct pl_node *n = node(x, path);
	if (!n)
		fail_msg("%s is missing", path);
	if (!pl_str_is(n->bytes, text))
		fail_msg("%s is:\n%.*s", path, (int)n->bytes.n, n->bytes.p);
}

static inline void expect_link(struct fixture *x, const char *path, const char *target)
{
	const struct pl_node *n = node(x, path);
	if (!n || n->type != PL_TAR_SYMLINK || !pl_str_is(n->link, target))
		fail_msg("%s is not a link to %s", path, target);
}

static inline void expect_error(struct fixture *x, int rc, enum pl_code code, const char *word)
{
	assert_int_equal(rc, -(int)code);
	if (!strstr(x->err.msg, word))
		fail_msg("'%s' does not say '%s'", x->err.msg, word);
}

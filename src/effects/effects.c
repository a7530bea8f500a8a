// SPDX-License-Identifier: Apache-2.0
#include "effects/effects_int.h"

/* A library is the largest thing an effect reads. */
#define READ_MAX ((size_t)512 << 20)

int pl_effect_read(const struct pl_effect_input *in, const struct pl_node *n, struct pl_buf *ret,
		   struct pl_err *err)
{
	if (n->hardlink)
		n = n->hardlink;
	pl_buf_clear(ret);
	if (n->body == PL_BODY_BYTES)
		pl_buf_addstr(ret, n->bytes);
	if (n->body == PL_BODY_BYTES || n->body == PL_BODY_NONE)
		return 0;
	if (n->size > READ_MAX)
		return pl_fail(err, PL_LIMIT,
			       "%s: %llu bytes are more than a generated file is made from",
			       n->name.p, (unsigned long long)n->size);
	return in->read(in->read_ctx, n, ret, err);
}

int pl_effect_text(const struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
		   const char *path, struct pl_str *ret, struct pl_err *err)
{
	const struct pl_node *n = pl_tree_resolve(t, pl_str_of(path), true);
	PL_AUTO(buf) b = {0};
	if (!n || (n->type != PL_TAR_FILE && n->type != PL_TAR_HARDLINK)) {
		*ret = (struct pl_str){NULL, 0};
		return 0;
	}
	int rc = pl_effect_read(in, n, &b, err);
	if (rc < 0)
		return pl_ctx(err, "%s", path);
	*ret = pl_arena_str(a, pl_buf_str(&b));
	return 0;
}

int pl_effect_write(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
		    struct pl_str bytes, uint32_t mode, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(t, pl_str_of(path), false);
	if (n && n->type == PL_TAR_DIR)
		return pl_fail(err, PL_CONFLICT,
			       "%s: is a directory, but a file has to be made there", path);
	if (n && n->type == PL_TAR_SYMLINK)
		pl_tree_remove(t, n);
	return pl_tree_file(t, pl_str_of(path), bytes, mode, 0, 0, in->epoch, NULL, err);
}

int pl_effect_link(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
		   const char *target, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(t, pl_str_of(path), false);
	if (n && n->type == PL_TAR_SYMLINK && pl_str_is(n->link, target))
		return 0;
	if (n && n->type != PL_TAR_SYMLINK)
		return pl_fail(
			err, PL_CONFLICT,
			"%s: exists and is not a link, but a link to %s has to be made there", path,
			target);
	if (n)
		pl_tree_remove(t, n);
	return pl_tree_symlink(t, pl_str_of(path), pl_str_of(target), in->epoch, NULL, err);
}

int pl_effect_directory(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
			struct pl_err *err)
{
	const struct pl_node *n = pl_tree_resolve(t, pl_str_of(path), true);
	if (n && n->type == PL_TAR_DIR)
		return 0;
	return pl_tree_mkdir(t, pl_str_of(path), 0755, 0, 0, in->epoch, NULL, err);
}

int pl_effect_missing(struct pl_str path, struct pl_err *err)
{
	return pl_fail(err, PL_NOT_FOUND, "/" PL_STR_FMT " is not in the image", PL_STR_ARG(path));
}

static const struct pl_id *find_id(const struct pl_effect_input *in, const struct pl_id_want *want)
{
	for (size_t i = 0; i < in->n_ids; i++)
		if (in->ids[i].is_group == want->is_group &&
		    strcmp(in->ids[i].name, want->name) == 0)
			return &in->ids[i];
	return NULL;
}

int pl_effect_id(const struct pl_effect_input *in, const struct pl_id_want *want, uint32_t *ret,
		 struct pl_err *err)
{
	const struct pl_id *known = find_id(in, want);
	const char *kind = want->is_group ? "group" : "user";
	uint32_t first = want->last ? want->first : PL_ID_FIRST;
	uint32_t last = want->last ? want->last : PL_ID_LAST;
	if (in->new_id) {
		int rc = in->new_id(in->read_ctx, want, ret, err);
		if (rc < 0)
			return rc;
	}
	if (want->fixed >= 0) {
		*ret = (uint32_t)want->fixed;
		return 0;
	}
	if (known && known->id >= first && known->id <= last) {
		*ret = known->id;
		return 0;
	}
	if (in->new_id)
		return 1;
	if (known)
		return pl_fail(err, PL_INPUT,
			       "the lock's number %u for the %s %s is none that locking gives; run "
			       "plimsoll lock",
			       known->id, kind, want->name);
	return pl_fail(err, PL_INPUT, "%s %s: the lock has no number for it; run plimsoll lock",
		       kind, want->name);
}

// SPDX-License-Identifier: Apache-2.0
/* The fleet's files in an image's tree. */
#include "assemble/builder_int.h"
#include "base/num.h"
#include "effects/account_files.h"

/* Name or number in the image's own passwd or group; Plimsoll never asks the host. */
static int find_account(struct pl_builder *b, const struct pl_target *t, const char *file,
			struct pl_str name, uint32_t *ret, struct pl_err *err)
{
	uint64_t id;
	if (pl_parse_u64(name, UINT32_MAX - 1, &id)) {
		*ret = (uint32_t)id;
		return 0;
	}
	PL_AUTO(buf) text = {.max = (size_t)1 << 20};
	int rc = pl_target_account_file(b, t, file, &text, err);
	if (rc < 0)
		return rc;
	struct pl_str line = pl_account_line(pl_buf_str(&text), 0, name);
	if (line.p && pl_parse_u64(pl_account_field(line, 2), UINT32_MAX - 1, &id)) {
		*ret = (uint32_t)id;
		return 0;
	}
	return pl_fail(err, PL_INPUT, "%s: the image's /%s has no '%.*s'", t->image->id, file,
		       PL_STR_ARG(name));
}

int pl_target_owner(struct pl_builder *b, const struct pl_target *t, const char *owner,
		    uint32_t *ret_uid, uint32_t *ret_gid, struct pl_err *err)
{
	uint32_t uid = 0, gid = 0;
	struct pl_str rest = pl_str_of(owner), user = pl_str_cut(&rest, ':');
	int rc = owner ? find_account(b, t, "etc/passwd", user, &uid, err) : 0;
	if (rc == 0 && rest.p)
		rc = find_account(b, t, "etc/group", rest, &gid, err);
	if (rc == 0) {
		*ret_uid = uid;
		*ret_gid = gid;
	}
	return rc;
}

static int put_file(struct pl_builder *b, struct pl_target *t, const struct pl_fleet_file *f,
		    struct pl_err *err)
{
	struct pl_tar_entry e = {.type = PL_TAR_FILE,
				 .path = pl_str_of(f->to),
				 .mode = f->mode,
				 .size = f->size,
				 .mtime = PL_EPOCH};
	struct pl_node *n;
	int rc = pl_target_owner(b, t, f->owner, &e.uid, &e.gid, err);
	if (rc == 0)
		rc = pl_tree_put(&t->tree, &e, &n, err);
	if (rc < 0)
		return rc;
	n->owner = -1;
	n->body = f->size ? PL_BODY_BLOB : PL_BODY_NONE;
	n->size = f->size;
	n->sha256 = f->sha256;
	return 0;
}

int pl_target_files(struct pl_builder *b, struct pl_target *t, const struct pl_target *stage,
		    bool (*which)(struct pl_str path), struct pl_err *err)
{
	int rc = stage->base ? pl_target_files(b, t, stage->base, which, err) : 0;
	if (rc == 0 && !which)
		rc = pl_target_places(b, t, stage, err);
	for (size_t i = 0; i < stage->n_files && rc == 0; i++) {
		if (which && !which(pl_str_of(stage->files[i].to)))
			continue;
		rc = put_file(b, t, &stage->files[i], err);
		if (rc < 0)
			return pl_ctx(err, "%s:%u: %s: file /%s", stage->image->file,
				      stage->image->line, stage->image->id, stage->files[i].to);
	}
	return rc;
}

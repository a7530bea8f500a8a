// SPDX-License-Identifier: Apache-2.0
#include "effects/owners.h"

#include "base/num.h"
#include "effects/effects_int.h"

/* name:x:ID:... of passwd(5) and group(5). */
static int load_ids(struct pl_owners *o, const struct pl_tree *t, const struct pl_effect_input *in,
		    const char *path, struct pl_map *ret, struct pl_err *err)
{
	struct pl_str text;
	int rc = pl_effect_text(t, in, &o->arena, path, &text, err);
	if (rc < 0)
		return rc;
	for (unsigned line = 1; text.p && text.n; line++) {
		struct pl_str rest = pl_str_cut(&text, '\n');
		uint64_t id;
		if (!rest.n)
			continue;
		struct pl_str name = pl_str_cut(&rest, ':');
		pl_str_cut(&rest, ':');
		if (!pl_parse_u64(pl_str_cut(&rest, ':'), UINT32_MAX - 1, &id))
			return pl_fail(err, PL_INPUT, "%s:%u: has no number", path, line);
		if (!pl_map_has(ret, name))
			pl_map_put(ret, name, (void *)(uintptr_t)(id + 1));
	}
	return 0;
}

int pl_owners_load(struct pl_owners *o, const struct pl_tree *t, const struct pl_effect_input *in,
		   struct pl_err *err)
{
	int rc = load_ids(o, t, in, "etc/passwd", &o->users, err);
	return rc < 0 ? rc : load_ids(o, t, in, "etc/group", &o->groups, err);
}

void pl_owners_done(struct pl_owners *o)
{
	pl_map_done(&o->users);
	pl_map_done(&o->groups);
	pl_arena_done(&o->arena);
}

static int look_up(const struct pl_map *ids, struct pl_str name, const char *what, uint32_t *ret,
		   struct pl_err *err)
{
	void *v = pl_map_get(ids, name);
	if (!v)
		return pl_fail(err, PL_INPUT, "there is no %s '" PL_STR_FMT "'", what,
			       PL_STR_ARG(name));
	*ret = (uint32_t)((uintptr_t)v - 1);
	return 0;
}

int pl_owners_find(const struct pl_owners *o, struct pl_str user, struct pl_str group,
		   uint32_t *ret_uid, uint32_t *ret_gid, struct pl_err *err)
{
	uint32_t uid = 0, gid = 0;
	int rc = look_up(&o->users, user, "user", &uid, err);
	if (rc < 0 || (rc = look_up(&o->groups, group, "group", &gid, err)) < 0)
		return rc;
	*ret_uid = uid;
	*ret_gid = gid;
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Names in the registry: a tag that moves, and beside it one that does not,
 * with exactly one reserved trailing field "-YYYYMMDD.n".
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/file.h"
#include "base/num.h"
#include "base/place.h"
#include "fleet/fleet_int.h"

char *pl_image_repository(struct pl_arena *a, const struct pl_fleet *f, const struct pl_image *i)
{
	if (!f->registry)
		return pl_arena_printf(a, "%s", i->name);
	return pl_arena_printf(a, "%s/%s", f->registry, i->name);
}

static bool is_allowed_outside(const char *path)
{
	struct pl_str rest = pl_str_of(pl_environ("PLIMSOLL_ALLOW_OUTSIDE"));
	while (rest.p) {
		struct pl_str one = pl_str_cut(&rest, ':');
		PL_AUTOFREE char *dir = pl_xstrndup(one.p, one.n);
		if (dir[0] == '/' && pl_path_is_below(dir, path))
			return true;
	}
	return false;
}

int pl_fleet_check_place(const struct pl_fleet *f, const char *at, const char *path,
			 struct pl_err *err)
{
	char shown[300];
	if (pl_path_is_below(f->dir, path) || is_allowed_outside(path))
		return 0;
	pl_escape(shown, sizeof(shown), path, strlen(path));
	return pl_fail(err, PL_INPUT,
		       "%s: %s is outside the fleet's directory; name it on the command line "
		       "(--registry, --db), or its directory in $PLIMSOLL_ALLOW_OUTSIDE",
		       at ? at : "fleet.yaml", shown);
}

int pl_fleet_check_registry(const struct pl_fleet *f, struct pl_err *err)
{
	if (!f->registry || strncmp(f->registry, "oci:", 4) != 0)
		return 0;
	PL_AUTOFREE char *path = pl_path_join(f->dir, f->registry + 4);
	return pl_fleet_check_place(f, f->registry_at, path, err);
}

char *pl_image_place(struct pl_arena *a, const struct pl_fleet *f, const struct pl_image *i)
{
	char *repository = pl_image_repository(a, f, i);
	if (strncmp(repository, "oci:", 4) != 0)
		return repository;
	PL_AUTOFREE char *path = pl_path_join(f->dir, repository + 4);
	return pl_place_name(a, path);
}

char *pl_image_tag(struct pl_arena *a, const struct pl_image *i)
{
	const char *version = i->version ? i->version : i->distro->name;
	if (!i->variant)
		return pl_arena_printf(a, "%s", version);
	return pl_arena_printf(a, "%s-%s%s", version, i->variant,
			       i->variant_version ? i->variant_version : "");
}

bool pl_immutable_tag_split(struct pl_str tag, struct pl_str *ret_moving, struct pl_str *ret_ymd,
			    unsigned *ret_n)
{
	size_t dash = pl_str_rfind(tag, '-');
	uint64_t month, day, n, year;
	if (dash == SIZE_MAX || dash == 0)
		return false;
	struct pl_str field = pl_str_sub(tag, dash + 1, tag.n);
	if (field.n < 10 || field.p[8] != '.')
		return false;
	struct pl_str count = pl_str_sub(field, 9, field.n);
	if (!pl_parse_u64(pl_str_sub(field, 0, 4), 9999, &year) ||
	    !pl_parse_u64(pl_str_sub(field, 4, 2), 12, &month) || month == 0 ||
	    !pl_parse_u64(pl_str_sub(field, 6, 2), 31, &day) || day == 0 ||
	    !pl_parse_u64(count, UINT32_MAX, &n) || (count.n > 1 && count.p[0] == '0'))
		return false;
	*ret_moving = pl_str_sub(tag, 0, dash);
	*ret_ymd = pl_str_sub(field, 0, 8);
	*ret_n = (unsigned)n;
	return true;
}

char *pl_immutable_tag(struct pl_arena *a, struct pl_str tag, int64_t when, unsigned n)
{
	struct pl_str moving = tag, ymd;
	char text[PL_TIME_TEXT];
	unsigned former;
	pl_immutable_tag_split(tag, &moving, &ymd, &former);
	return pl_arena_printf(a, PL_STR_FMT "-%s.%u", PL_STR_ARG(moving), pl_time_ymd(when, text),
			       n);
}

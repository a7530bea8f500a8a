// SPDX-License-Identifier: Apache-2.0
/* Which number a new account gets. */
#include "commands/accounts_int.h"

static const struct pl_account_file *file_of(const struct pl_cmd_accounts *a, bool is_group)
{
	return is_group ? &a->f.group : &a->f.passwd;
}

static bool is_free(const struct pl_cmd_accounts *a, bool is_group, uint32_t number)
{
	return !pl_cmd_by_number(file_of(a, is_group), number);
}

static void find_range(struct pl_cmd_accounts *a, bool system, struct pl_command_id *want)
{
	const struct pl_map *m = &a->login_defs;
	bool g = want->is_group;
	uint32_t min = pl_cmd_setting_number(m, g ? "GID_MIN" : "UID_MIN", 1000);
	want->first = min;
	want->last = pl_cmd_setting_number(m, g ? "GID_MAX" : "UID_MAX", 60000);
	if (!system)
		return;
	want->first = pl_cmd_setting_number(m, g ? "SYS_GID_MIN" : "SYS_UID_MIN", 101);
	want->last = pl_cmd_setting_number(m, g ? "SYS_GID_MAX" : "SYS_UID_MAX", min - 1);
}

/* libmisc/find_new_uid.c: system accounts go below the lowest in use, others above the highest;
 * where that end of the range is taken, the search begins at the other. */
bool pl_cmd_id_find(struct pl_cmd_accounts *a, bool is_group, bool system, int64_t preferred,
		    struct pl_command_id *want)
{
	const struct pl_account_file *t = file_of(a, is_group);
	want->is_group = is_group;
	find_range(a, system, want);
	if (preferred >= (system ? 1 : (int64_t)want->first) && preferred <= want->last &&
	    is_free(a, is_group, (uint32_t)preferred)) {
		want->number = (uint32_t)preferred;
		return true;
	}
	int64_t low = want->last, high = want->first;
	for (size_t i = 0; i < t->n; i++) {
		uint32_t used = pl_cmd_number(t->v[i], 2);
		if (used < want->first || used > want->last)
			continue;
		low = used <= low ? (int64_t)used - 1 : low;
		high = used >= high ? (int64_t)used + 1 : high;
	}
	if (low < want->first)
		low = want->last;
	if (high > want->last)
		high = want->first;
	int64_t n = (int64_t)want->last - want->first + 1, step = system ? -1 : 1;
	int64_t from = (system ? low : high) - want->first;
	for (int64_t i = 0; i < n; i++) {
		uint32_t number = want->first + (uint32_t)(((from + step * i) % n + n) % n);
		if (!is_free(a, is_group, number))
			continue;
		want->number = number;
		return true;
	}
	return false;
}

/* System accounts, from whatever range a command takes them, are numbered by the lock alone. */
static struct pl_id_want to_want(const struct pl_command_id *want)
{
	struct pl_id_want w = {.name = want->name,
			       .is_group = want->is_group,
			       .fixed = want->fixed ? (int64_t)want->number : -1};
	if (want->last > PL_ID_LAST) {
		w.first = want->first;
		w.last = want->last;
	}
	return w;
}

int pl_cmd_id_take(struct pl_cmd_accounts *a, const struct pl_command_id *want, uint32_t *ret,
		   struct pl_err *err)
{
	const struct pl_command_world *own = a->call->world->own;
	const struct pl_id_want w = to_want(want);
	uint32_t number = want->number;
	int rc = own->as_real ? 0 : pl_effect_id(own->in, &w, &number, err);
	while (rc > 0 && !is_free(a, want->is_group, number))
		rc = pl_effect_id(own->in, &w, &number, err);
	if (rc < 0)
		return rc;
	const struct pl_str *other = pl_cmd_by_number(file_of(a, want->is_group), number);
	if (other && number != want->number)
		return pl_fail(err, PL_INPUT,
			       "%s: line %u: the %s %s should get the number %u, but " PL_STR_FMT
			       " has it; run plimsoll lock",
			       a->call->script, a->call->line, want->is_group ? "group" : "user",
			       want->name, number, PL_STR_ARG(pl_account_field(*other, 0)));
	*ret = number;
	return 0;
}

/* -- subordinate numbers -- */

static int by_start(const void *x, const void *y)
{
	uint32_t a = pl_cmd_number(*(const struct pl_str *)x, 1);
	uint32_t b = pl_cmd_number(*(const struct pl_str *)y, 1);
	return (a > b) - (a < b);
}

/* The first range of that length that nobody has; the others' lines get sorted by their start then
 * (lib/subordinateio.c: find_free_range). */
static void add_subordinate(struct pl_cmd_accounts *a, struct pl_account_file *t, const char *name,
			    const char *const keys[3])
{
	const struct pl_map *m = &a->login_defs;
	uint64_t at = pl_cmd_setting_number(m, keys[0], 100000);
	uint64_t max = pl_cmd_setting_number(m, keys[1], 600100000);
	uint64_t count = pl_cmd_setting_number(m, keys[2], 65536);
	bool moved = t->is_there && count;
	if (moved && t->n)
		qsort(t->v, t->n, sizeof(*t->v), by_start);
	while (moved) {
		moved = false;
		for (size_t i = 0; i < t->n; i++) {
			uint64_t from = pl_cmd_number(t->v[i], 1), n = pl_cmd_number(t->v[i], 2);
			if (at >= from + n || from >= at + count)
				continue;
			at = from + n;
			moved = true;
		}
	}
	if (t->is_there && count && at + count - 1 <= max)
		pl_account_add(t,
			       pl_arena_printf(&a->f.arena, "%s:%llu:%llu", name,
					       (unsigned long long)at, (unsigned long long)count));
}

void pl_cmd_subordinates_add(struct pl_cmd_accounts *a, const char *name, uint32_t uid)
{
	static const char *const uids[3] = {"SUB_UID_MIN", "SUB_UID_MAX", "SUB_UID_COUNT"};
	static const char *const gids[3] = {"SUB_GID_MIN", "SUB_GID_MAX", "SUB_GID_COUNT"};
	uint32_t min = pl_cmd_setting_number(&a->login_defs, "UID_MIN", 1000);
	uint32_t max = pl_cmd_setting_number(&a->login_defs, "UID_MAX", 60000);
	if (uid && (uid < min || uid > max))
		return;
	add_subordinate(a, &a->f.subuid, name, uids);
	add_subordinate(a, &a->f.subgid, name, gids);
}

// SPDX-License-Identifier: Apache-2.0
/* Owners as chown names them, modes as chmod does (POSIX chmod's EXTENDED DESCRIPTION). */
#include "commands/commands_int.h"

#include "base/num.h"

static bool is_number(struct pl_str s, uint32_t *ret)
{
	uint64_t v;
	if (!pl_parse_u64(s, UINT32_MAX - 1, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* An account's number, by its name first. The group that a user's name stands for with a colon
 * behind it is that of its line in passwd. */
static bool find_id(const struct pl_map *names, struct pl_str name, uint32_t *ret)
{
	const void *known = pl_map_get(names, name);
	if (!known)
		return is_number(name, ret);
	*ret = (uint32_t)((uintptr_t)known - 1);
	return true;
}

static bool login_group(struct pl_shell_call *call, uint32_t uid, uint32_t *ret, int *ret_rc,
			struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	const struct pl_node *n = pl_cmd_node(call, "/etc/passwd", true);
	*ret_rc = n ? pl_shell_file_read(call->shell, n, &text, err) : 0;
	struct pl_str rest = pl_buf_str(&text);
	while (*ret_rc == 0 && rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n'), field[4] = {{0}};
		uint32_t is;
		for (int i = 0; i < 4 && line.p; i++)
			field[i] = pl_str_cut(&line, ':');
		if (field[3].p && is_number(field[2], &is) && is == uid)
			return is_number(field[3], ret);
	}
	return false;
}

static int parse_names(struct pl_shell_call *call, const struct pl_owners *known,
		       struct pl_str user, struct pl_str group, bool colon, const char *text,
		       struct pl_cmd_owner *ret, struct pl_err *err)
{
	struct pl_cmd_owner o = {0};
	int rc = 0;
	if (user.n) {
		o.has_uid = find_id(&known->users, user, &o.uid);
		if (!o.has_uid)
			return pl_shell_complain(call, 1, err, "invalid user: '%s'", text);
	}
	if (group.n) {
		o.has_gid = find_id(&known->groups, group, &o.gid);
		if (!o.has_gid)
			return pl_shell_complain(call, 1, err, "invalid group: '%s'", text);
	} else if (colon && user.n) {
		o.has_gid = login_group(call, o.uid, &o.gid, &rc, err);
		if (rc == 0 && !o.has_gid)
			return pl_shell_complain(call, 1, err, "invalid spec: '%s'", text);
	}
	*ret = o;
	return rc < 0 ? rc : 1;
}

int pl_cmd_owner_parse(struct pl_shell_call *call, const char *text, bool group_alone,
		       struct pl_cmd_owner *ret, struct pl_err *err)
{
	struct pl_owners known = {0};
	struct pl_str user = pl_str_of(text), group = {"", 0};
	size_t colon = pl_str_find(user, ':');
	/* OWNER.GROUP is still taken where no user has that name. */
	int rc = pl_owners_load(&known, call->world->tree, pl_cmd_in(call), err);
	if (colon == SIZE_MAX && !group_alone && !pl_map_has(&known.users, user))
		colon = pl_str_find(user, '.');
	if (group_alone) {
		group = user;
		user.n = 0;
	} else if (colon != SIZE_MAX) {
		group = pl_str_sub(user, colon + 1, user.n);
		user.n = colon;
	}
	if (rc == 0)
		rc = parse_names(call, &known, user, group, colon != SIZE_MAX, text, ret, err);
	pl_owners_done(&known);
	return rc;
}

void pl_cmd_owner_set(struct pl_node *n, const struct pl_cmd_owner *o)
{
	n = pl_node_file(n);
	if (o->has_uid)
		n->uid = o->uid;
	if (o->has_gid)
		n->gid = o->gid;
	if (n->type != PL_TAR_FILE)
		return;
	n->mode &= ~04000u;
	if (n->mode & 010)
		n->mode &= ~02000u;
	n->capability = (struct pl_str){NULL, 0};
}

/* -- modes -- */

struct clause {
	uint32_t who; /* the bits that u, g, o mean */
	bool given;   /* who was said: umask does not count */
};

static uint32_t who_bits(char c)
{
	return c == 'u' ? 04700 : c == 'g' ? 02070 : c == 'o' ? 01007 : 07777;
}

/* r, w, x, X, s, t, or u, g, o: what is to be copied. */
static uint32_t permission_bits(char c, uint32_t mode, bool is_dir)
{
	uint32_t copied;
	switch (c) {
	case 'r':
		return 0444;
	case 'w':
		return 0222;
	case 'x':
		return 0111;
	case 'X':
		return is_dir || mode & 0111 ? 0111 : 0;
	case 's':
		return 06000;
	case 't':
		return 01000;
	default:
		copied = c == 'u' ? mode >> 6 & 7 : c == 'g' ? mode >> 3 & 7 : mode & 7;
		return copied << 6 | copied << 3 | copied;
	}
}

static bool apply_clause(const char **s, uint32_t *mode, bool is_dir, uint32_t mask)
{
	struct clause c = {0};
	for (; **s && strchr("ugoa", **s); (*s)++) {
		c.who |= who_bits(**s);
		c.given = true;
	}
	if (!**s || !strchr("+-=", **s))
		return false;
	while (**s && strchr("+-=", **s)) {
		char op = *(*s)++;
		uint32_t bits = 0;
		bool octal = **s >= '0' && **s <= '7' && !c.given;
		for (; octal && **s >= '0' && **s <= '7' && bits <= 07777; (*s)++)
			bits = bits * 8 + (uint32_t)(**s - '0');
		if (octal && (bits > 07777 || **s))
			return false;
		for (; **s && strchr("rwxXstugo", **s); (*s)++)
			bits |= permission_bits(**s, *mode, is_dir);
		bits &= c.given ? c.who : octal ? 07777 : 07777 & ~mask;
		/* A directory's setuid and setgid stay unless they are named (GNU). */
		uint32_t cleared = (c.given ? c.who : 07777) & ~(is_dir ? 06000u : 0);
		if (op == '+')
			*mode |= bits;
		else if (op == '-')
			*mode &= ~bits;
		else
			*mode = (*mode & ~cleared) | bits;
	}
	return true;
}

bool pl_cmd_mode_apply(const char *text, uint32_t mode, bool is_dir, uint32_t mask, uint32_t *ret)
{
	uint64_t octal;
	struct pl_str digits = pl_str_of(*text == '=' ? text + 1 : text);
	if (pl_parse_octal(digits, 07777, &octal)) {
		/* Fewer than five digits leave a directory's setuid and setgid (GNU). */
		uint32_t kept = is_dir && digits.n < 5 && *text != '=' ? mode & 06000 : 0;
		*ret = (uint32_t)octal | kept;
		return true;
	}
	for (;;) {
		if (!apply_clause(&text, &mode, is_dir, mask))
			return false;
		if (!*text) {
			*ret = mode;
			return true;
		}
		if (*text++ != ',')
			return false;
	}
}

int pl_cmd_each(struct pl_node *n, int (*do_node)(void *ctx, struct pl_node *n, struct pl_err *err),
		void *ctx, struct pl_err *err)
{
	int rc = do_node(ctx, n, err);
	for (struct pl_node *at = n->type == PL_TAR_DIR ? pl_tree_next(n, NULL) : NULL;
	     at && rc == 0; at = pl_tree_next(n, at))
		rc = do_node(ctx, at, err);
	return rc;
}

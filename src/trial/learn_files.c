// SPDX-License-Identifier: Apache-2.0
/* Differences as shell commands, which the interpreter runs in a script's place. */
#include "trial/trial_int.h"

#include "base/num.h"

/* In single quotes. A line that is "end" would end the recipe's script. */
static void quote(struct pl_buf *out, struct pl_str s)
{
	pl_buf_addc(out, '\'');
	while (s.p) {
		struct pl_str line = pl_str_cut(&s, '\n');
		if (pl_str_is(pl_str_trim(line), "end"))
			pl_buf_adds(out, "''");
		for (size_t i = 0; i < line.n; i++)
			if (line.p[i] == '\'')
				pl_buf_adds(out, "'\\''");
			else
				pl_buf_addc(out, line.p[i]);
		if (s.p)
			pl_buf_addc(out, '\n');
	}
	pl_buf_addc(out, '\'');
}

static void quote_path(struct pl_buf *out, const char *path)
{
	PL_AUTOFREE char *whole = pl_xprintf("/%s", path);
	quote(out, pl_str_of(whole));
}

static void add_owner(struct pl_learning *l, const struct pl_difference *d, const char *options,
		      bool is_made)
{
	const struct pl_node *n = pl_node_file(d->installed);
	if (is_made && n->uid == 0 && n->gid == 0)
		return;
	pl_buf_addf(&l->commands, "chown %s%s:%s ", options,
		    pl_trial_account_name(l->a, l->passwd, n->uid),
		    pl_trial_account_name(l->a, l->group, n->gid));
	quote_path(&l->commands, d->path);
	pl_buf_addc(&l->commands, '\n');
}

static void add_mode(struct pl_learning *l, const struct pl_difference *d)
{
	pl_buf_addf(&l->commands, "chmod %04o ", pl_node_file(d->installed)->mode);
	quote_path(&l->commands, d->path);
	pl_buf_addc(&l->commands, '\n');
}

static int add_content(struct pl_learning *l, const struct pl_difference *d, struct pl_err *err)
{
	const struct pl_node *n = pl_node_file(d->installed);
	if (n->size && n->body != PL_BODY_BYTES)
		return pl_fail(err, PL_FAILURE, "/%s has %llu bytes: too many for a recipe",
			       d->path, (unsigned long long)n->size);
	if (n->size && memchr(n->bytes.p, 0, n->bytes.n))
		return pl_fail(err, PL_FAILURE, "/%s is no text", d->path);
	pl_buf_adds(&l->commands, n->size ? "printf '%s' " : ": ");
	if (n->size)
		quote(&l->commands, n->bytes);
	pl_buf_adds(&l->commands, n->size ? " >" : ">");
	quote_path(&l->commands, d->path);
	pl_buf_addc(&l->commands, '\n');
	return 0;
}

static void add_command(struct pl_learning *l, const char *command, const char *path)
{
	pl_buf_adds(&l->commands, command);
	quote_path(&l->commands, path);
	pl_buf_addc(&l->commands, '\n');
}

int pl_learn_path(struct pl_learning *l, const struct pl_difference *d, struct pl_err *err)
{
	const struct pl_node *ours = d->ours ? pl_node_file(d->ours) : NULL;
	const struct pl_node *n = d->installed ? pl_node_file(d->installed) : NULL;
	int rc = 0;
	if (ours && (!n || n->type != ours->type)) {
		add_command(l, "rm -rf ", d->path);
		ours = NULL;
	}
	if (!n)
		return 0;
	if (n->capability.n || (ours && ours->capability.n))
		return pl_fail(err, PL_FAILURE,
			       "/%s has file capabilities, which a recipe gives by "
			       "setcap: write that one yourself",
			       d->path);
	if (n->type == PL_TAR_SYMLINK) {
		pl_buf_adds(&l->commands, "ln -sfn ");
		quote(&l->commands, n->link);
		pl_buf_addc(&l->commands, ' ');
		quote_path(&l->commands, d->path);
		pl_buf_addc(&l->commands, '\n');
		add_owner(l, d, "-h ", true);
		return 0;
	}
	if (n->type == PL_TAR_DIR && !ours)
		add_command(l, "mkdir ", d->path);
	else if (n->type == PL_TAR_FILE &&
		 !(ours && ours->size == n->size && pl_digest_eq(&ours->sha256, &n->sha256)))
		rc = add_content(l, d, err);
	else if (n->type != PL_TAR_DIR && n->type != PL_TAR_FILE)
		rc = pl_fail(err, PL_FAILURE, "/%s is neither file, directory nor link", d->path);
	if (rc < 0)
		return rc;
	add_owner(l, d, "", !ours);
	add_mode(l, d);
	return 0;
}

/* -- accounts -- */

static struct pl_str find_line(struct pl_str text, struct pl_str name)
{
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n'), rest = line;
		if (pl_str_eq(pl_str_cut(&rest, ':'), name))
			return line;
	}
	return (struct pl_str){NULL, 0};
}

static struct pl_str field(struct pl_str line, unsigned k)
{
	while (k-- && line.p)
		pl_str_cut(&line, ':');
	return line.p ? pl_str_cut(&line, ':') : PL_STR("");
}

static void add_user(struct pl_learning *l, struct pl_str line)
{
	uint64_t gid = 0;
	if (!pl_parse_u64(field(line, 3), UINT32_MAX, &gid))
		return;
	pl_buf_addf(&l->commands, "useradd --system --no-create-home --gid %s --comment ",
		    pl_trial_account_name(l->a, l->group, (uint32_t)gid));
	quote(&l->commands, field(line, 4));
	pl_buf_adds(&l->commands, " --home-dir ");
	quote(&l->commands, field(line, 5));
	pl_buf_adds(&l->commands, " --shell ");
	quote(&l->commands, field(line, 6));
	pl_buf_addf(&l->commands, " " PL_STR_FMT "\n", PL_STR_ARG(field(line, 0)));
}

static bool is_member(struct pl_str members, struct pl_str name)
{
	while (members.p)
		if (pl_str_eq(pl_str_cut(&members, ','), name))
			return true;
	return false;
}

static void add_members(struct pl_learning *l, struct pl_str line, struct pl_str ours)
{
	struct pl_str members = field(line, 3);
	while (members.p && members.n) {
		struct pl_str one = pl_str_cut(&members, ',');
		if (!is_member(ours.p ? field(ours, 3) : PL_STR(""), one))
			pl_buf_addf(&l->commands, "usermod -a -G " PL_STR_FMT " " PL_STR_FMT "\n",
				    PL_STR_ARG(field(line, 0)), PL_STR_ARG(one));
	}
}

void pl_learn_accounts(struct pl_learning *l, struct pl_str our_passwd, struct pl_str our_group)
{
	struct pl_str rest = l->group, line;
	while (rest.p && rest.n) {
		line = pl_str_cut(&rest, '\n');
		if (line.n && !find_line(our_group, field(line, 0)).p)
			pl_buf_addf(&l->commands, "groupadd --system " PL_STR_FMT "\n",
				    PL_STR_ARG(field(line, 0)));
	}
	for (rest = l->passwd; rest.p && rest.n;) {
		line = pl_str_cut(&rest, '\n');
		if (line.n && !find_line(our_passwd, field(line, 0)).p)
			add_user(l, line);
	}
	for (rest = l->group; rest.p && rest.n;) {
		line = pl_str_cut(&rest, '\n');
		if (line.n)
			add_members(l, line, find_line(our_group, field(line, 0)));
	}
}

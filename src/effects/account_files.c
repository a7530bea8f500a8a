// SPDX-License-Identifier: Apache-2.0
#include "effects/account_files.h"
#include "base/num.h"
#include "effects/effects_int.h"

struct pl_str pl_account_field(struct pl_str line, unsigned k)
{
	struct pl_str part = pl_str_cut(&line, ':');
	while (k-- > 0)
		part = line.p ? pl_str_cut(&line, ':') : (struct pl_str){"", 0};
	return part;
}

struct pl_str pl_account_with(struct pl_account_files *f, struct pl_str line, unsigned k,
			      struct pl_str text)
{
	PL_AUTO(buf) b = {0};
	for (unsigned i = 0; line.p || i <= k; i++) {
		struct pl_str part = line.p ? pl_str_cut(&line, ':') : (struct pl_str){"", 0};
		if (i)
			pl_buf_addc(&b, ':');
		pl_buf_addstr(&b, i == k ? text : part);
	}
	return pl_arena_str(&f->arena, pl_buf_str(&b));
}

struct pl_str *pl_account_find(const struct pl_account_file *t, unsigned k, struct pl_str text)
{
	for (size_t i = 0; i < t->n; i++)
		if (pl_str_eq(pl_account_field(t->v[i], k), text))
			return &t->v[i];
	return NULL;
}

void pl_account_add(struct pl_account_file *t, const char *line)
{
	*pl_vec_push(t) = pl_str_of(line);
	t->changed = true;
}

void pl_account_remove(struct pl_account_file *t, struct pl_str *line)
{
	size_t at = (size_t)(line - t->v);
	memmove(line, line + 1, (t->n - at - 1) * sizeof(*line));
	t->n--;
	t->changed = true;
}

bool pl_account_in_list(struct pl_str list, struct pl_str name)
{
	while (list.p && list.n)
		if (pl_str_eq(pl_str_cut(&list, ','), name))
			return true;
	return false;
}

void pl_account_add_member(struct pl_account_files *f, struct pl_account_file *t, unsigned k,
			   const char *name, const char *user)
{
	struct pl_str *line = pl_account_find(t, 0, pl_str_of(name));
	struct pl_str list = line ? pl_account_field(*line, k) : (struct pl_str){"", 0};
	if (!line || pl_account_in_list(list, pl_str_of(user)))
		return;
	*line = pl_account_with(f, *line, k,
				pl_str_of(pl_arena_printf(&f->arena, "%.*s%s%s", (int)list.n,
							  list.p, list.n ? "," : "", user)));
	t->changed = true;
}

/* One line's password into the file that is hidden: a line that is there gets it, and the day. */
static void hide(struct pl_account_files *f, bool users, struct pl_str line)
{
	struct pl_account_file *t = users ? &f->shadow : &f->gshadow;
	struct pl_str name = pl_account_field(line, 0), word = pl_account_field(line, 1);
	struct pl_str members = pl_account_field(line, 3);
	struct pl_str *there = pl_account_find(t, 0, name);
	if (there) {
		*there = pl_account_with(f, *there, 1, word);
		*there = pl_account_with(f, *there, users ? 2 : 3,
					 users ? pl_str_of(f->day) : members);
	} else if (users) {
		pl_account_add(t,
			       pl_arena_printf(&f->arena, "%.*s:%.*s:%s:0:99999:7:::", (int)name.n,
					       name.p, (int)word.n, word.p, f->day));
	} else {
		pl_account_add(t, pl_arena_printf(&f->arena, "%.*s:%.*s::%.*s", (int)name.n, name.p,
						  (int)word.n, word.p, (int)members.n, members.p));
	}
}

void pl_account_files_shadow(struct pl_account_files *f, bool users)
{
	struct pl_account_file *open = users ? &f->passwd : &f->group;
	struct pl_account_file *hidden = users ? &f->shadow : &f->gshadow;
	for (size_t i = hidden->n; i-- > 0;)
		if (!pl_account_find(open, 0, pl_account_field(hidden->v[i], 0)))
			pl_account_remove(hidden, &hidden->v[i]);
	for (size_t i = 0; i < open->n; i++) {
		struct pl_str line = open->v[i];
		bool is_hidden = pl_str_is(pl_account_field(line, 1), "x");
		if (is_hidden && pl_account_find(hidden, 0, pl_account_field(line, 0)))
			continue;
		hide(f, users, line);
		if (is_hidden)
			continue;
		open->v[i] = pl_account_with(f, line, 1, PL_STR("x"));
		open->changed = true;
	}
	hidden->changed = true;
}

int pl_account_file_read(struct pl_account_files *f, struct pl_account_file *t, const char *path,
			 struct pl_err *err)
{
	struct pl_str text;
	int rc = pl_effect_text(f->tree, f->in, &f->arena, path, &text, err);
	while (rc >= 0 && text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n');
		if (line.n)
			*pl_vec_push(t) = line;
	}
	return rc;
}

int pl_account_files_load(struct pl_account_files *f, struct pl_tree *t,
			  const struct pl_effect_input *in, struct pl_err *err)
{
	const struct {
		struct pl_account_file *file;
		const char *path;
	} files[] = {
		{&f->passwd, "etc/passwd"}, {&f->group, "etc/group"},
		{&f->shadow, "etc/shadow"}, {&f->gshadow, "etc/gshadow"},
		{&f->subuid, "etc/subuid"}, {&f->subgid, "etc/subgid"},
	};
	f->tree = t;
	f->in = in;
	if (in->epoch >= 86400)
		snprintf(f->day, sizeof(f->day), "%lld", (long long)(in->epoch / 86400));
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		struct pl_account_file *file = files[i].file;
		file->path = files[i].path;
		file->is_there = pl_tree_resolve(t, pl_str_of(file->path), true);
		int rc = pl_account_file_read(f, file, file->path, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int save(struct pl_account_files *f, struct pl_account_file *t, uint32_t mode, uint32_t gid,
		struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	const struct pl_node *was = pl_tree_resolve(f->tree, pl_str_of(t->path), false);
	struct pl_node now = {.mode = mode, .gid = gid};
	if (!t->changed)
		return 0;
	if (was && pl_node_file(was)->type == PL_TAR_FILE)
		now = *pl_node_file(was);
	for (size_t i = 0; i < t->n; i++) {
		pl_buf_addstr(&b, t->v[i]);
		pl_buf_addc(&b, '\n');
	}
	int rc = pl_effect_write(f->tree, f->in, t->path, pl_buf_str(&b), now.mode, err);
	if (rc < 0)
		return rc;
	struct pl_node *n = pl_tree_resolve(f->tree, pl_str_of(t->path), false);
	n->uid = now.uid;
	n->gid = now.gid;
	t->changed = false;
	t->is_there = true;
	return 0;
}

int pl_account_files_save(struct pl_account_files *f, struct pl_err *err)
{
	uint64_t gid = 0;
	const struct pl_str *line = pl_account_find(&f->group, 0, PL_STR("shadow"));
	if (line && !pl_parse_u64(pl_account_field(*line, 2), UINT32_MAX - 1, &gid))
		return pl_fail(err, PL_INPUT, "/etc/group: the group shadow has no number");
	int rc = save(f, &f->passwd, 0644, 0, err);
	if (rc >= 0)
		rc = save(f, &f->group, 0644, 0, err);
	if (rc >= 0)
		rc = save(f, &f->shadow, 0640, (uint32_t)gid, err);
	if (rc >= 0)
		rc = save(f, &f->gshadow, 0640, (uint32_t)gid, err);
	if (rc >= 0)
		rc = save(f, &f->subuid, 0644, 0, err);
	return rc < 0 ? rc : save(f, &f->subgid, 0644, 0, err);
}

void pl_account_files_done(struct pl_account_files *f)
{
	pl_vec_free(&f->passwd);
	pl_vec_free(&f->group);
	pl_vec_free(&f->shadow);
	pl_vec_free(&f->gshadow);
	pl_vec_free(&f->subuid);
	pl_vec_free(&f->subgid);
	pl_arena_done(&f->arena);
}

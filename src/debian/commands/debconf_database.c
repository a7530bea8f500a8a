// SPDX-License-Identifier: Apache-2.0
/* debconf's database as its own programs have it below /var/cache/debconf: paragraphs in the form
 * of control files (Debconf::Format::822), for scripts that are run and not interpreted. */
#include "debian/commands/debconf_int.h"

/* On one line, as it stands in the files. */
static void add_field(struct pl_buf *out, const char *name, struct pl_str value)
{
	if (!value.p)
		return;
	pl_buf_addf(out, "%s: ", name);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\n')
			pl_buf_adds(out, "\\n");
		else
			pl_buf_addc(out, value.p[i]);
	pl_buf_addc(out, '\n');
}

static void add_pairs(struct pl_buf *out, const struct pl_debconf_pairs *p)
{
	if (p->n)
		pl_buf_adds(out, "Variables:\n");
	for (size_t i = 0; i < p->n; i++)
		pl_buf_addf(out, " %s = %s\n", p->v[i].key, p->v[i].value);
}

static void add_flags(struct pl_buf *out, const struct pl_debconf_pairs *p)
{
	for (size_t i = 0, n = 0; i < p->n; i++)
		if (strcmp(p->v[i].value, "true") == 0)
			pl_buf_addf(out, "%s%s", n++ ? ", " : "Flags: ", p->v[i].key);
	if (p->n)
		pl_buf_addc(out, '\n');
}

void pl_debconf_write(const struct pl_debian_world *w, struct pl_buf *ret_templates,
		      struct pl_buf *ret_config)
{
	for (size_t i = 0; i < w->questions.n; i++) {
		const struct pl_debian_question *q = w->questions.items[i].value;
		const struct pl_str name = pl_str_of(q->name);
		if (!q->t)
			continue;
		add_field(ret_templates, "Name", q->t->name);
		add_field(ret_templates, "Type", q->t->type);
		add_field(ret_templates, "Default", q->t->fallback);
		add_field(ret_templates, "Choices", q->t->choices);
		add_field(ret_templates, "Description", q->t->description);
		add_field(ret_templates, "Owners", name);
		pl_buf_addc(ret_templates, '\n');
		add_field(ret_config, "Name", name);
		add_field(ret_config, "Template", q->t->name);
		add_field(ret_config, "Value", pl_str_of(q->value));
		add_field(ret_config, "Owners", PL_STR("plimsoll"));
		add_flags(ret_config, &q->flags);
		add_pairs(ret_config, &q->substitutions);
		pl_buf_addc(ret_config, '\n');
	}
}

void pl_debconf_read(struct pl_debian_world *w, struct pl_str config)
{
	struct pl_debian_question *q = NULL;
	while (config.p && config.n) {
		struct pl_str line = pl_str_cut(&config, '\n'), name = pl_str_cut(&line, ':');
		if (pl_str_is(name, "Name"))
			q = pl_map_get(&w->questions, pl_str_trim(line));
		else if (q && pl_str_is(name, "Value") && line.p)
			q->value = pl_arena_cstr(&w->arena, pl_str_trim(line));
	}
}

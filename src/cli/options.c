// SPDX-License-Identifier: Apache-2.0
#include "cli/cli_int.h"

#define AT(member) offsetof(struct pl_args, member)

const struct pl_option pl_global_options[] = {
	{"dir", 'C', "DIR", "the fleet's directory (default: the current one)", AT(dir), NULL},
	{"store", 0, "DIR",
	 "where content is kept (default: $PLIMSOLL_STORE, else the XDG data directory)", AT(store),
	 NULL},
	{"db", 0, "PATH|URL",
	 "the inventory (default: $PLIMSOLL_DB, else the fleet's, else the XDG data directory)",
	 AT(db), NULL},
	{"output", 'o', "FORMAT", "text or json", AT(output), "text|json"},
	{"progress", 0, "MODE", "auto, bar, plain or none", AT(progress), "auto|bar|plain|none"},
	{"jobs", 'j', "N", "threads (default: the processors this process may use)", AT(jobs),
	 NULL},
	{"timeout", 0, "TIME",
	 "end the command after that, as 90s, 45m or 1h30m (default: $PLIMSOLL_TIMEOUT, else 6h)",
	 AT(timeout), NULL},
	{"stall", 0, "TIME",
	 "how long a server may be silent or too slow; with retries four times that (default: 30s)",
	 AT(stall), NULL},
	{"min-speed", 0, "BYTES",
	 "a transfer with fewer bytes a second, over the time of --stall, fails (default: 1024)",
	 AT(min_speed), NULL},
	{"offline", 0, NULL, "fail rather than use the network (this machine is none)", AT(offline),
	 NULL},
	{"quiet", 'q', NULL, "no progress and no notes", AT(quiet), NULL},
	{"full", 0, NULL, "whole digests and names in text, however wide the terminal", AT(full),
	 NULL},
	{"no-color", 0, NULL, "no colours (as does $NO_COLOR)", AT(no_color), NULL},
	{"help", 'h', NULL, "this text", AT(help), NULL},
};
const size_t pl_n_global_options = PL_COUNT(pl_global_options);

const struct pl_command *const pl_commands[] = {
	&pl_cmd_lock,    &pl_cmd_build,  &pl_cmd_explain,  &pl_cmd_recipe,   &pl_cmd_push,
	&pl_cmd_upgrade, &pl_cmd_images, &pl_cmd_packages, &pl_cmd_children, &pl_cmd_scan,
	&pl_cmd_store,   &pl_cmd_export, &pl_cmd_forget,   &pl_cmd_serve,    &pl_cmd_version};
const size_t pl_n_commands = PL_COUNT(pl_commands);

const struct pl_command *pl_command_find(const char *name)
{
	for (size_t i = 0; i < pl_n_commands; i++)
		if (strcmp(pl_commands[i]->name, name) == 0)
			return pl_commands[i];
	return NULL;
}

struct parsing {
	const struct pl_command *cmd;
	char **argv;
	int argc, at;
	struct pl_arena *a;
	struct pl_args *args;
	PL_VEC(const char *) operands;
};

static const struct pl_option *option_at(const struct pl_command *cmd, size_t i)
{
	return i < cmd->n_options ? &cmd->options[i] : &pl_global_options[i - cmd->n_options];
}

static const struct pl_option *by_name(const struct pl_command *cmd, struct pl_str name)
{
	for (size_t i = 0; i < cmd->n_options + pl_n_global_options; i++)
		if (pl_str_is(name, option_at(cmd, i)->name))
			return option_at(cmd, i);
	return NULL;
}

static const struct pl_option *by_letter(const struct pl_command *cmd, char letter)
{
	for (size_t i = 0; i < cmd->n_options + pl_n_global_options; i++)
		if (option_at(cmd, i)->letter == letter)
			return option_at(cmd, i);
	return NULL;
}

static int unknown(const struct pl_command *cmd, struct pl_str name, struct pl_err *err)
{
	const char *names[64];
	size_t n = cmd->n_options + pl_n_global_options;
	char text[100];
	for (size_t i = 0; i < n && i < PL_COUNT(names); i++)
		names[i] = option_at(cmd, i)->name;
	const char *near = pl_nearest(name, names, n);
	pl_escape(text, sizeof(text), name.p, name.n);
	if (near)
		return pl_fail(err, PL_USAGE, "%s has no option --%s; did you mean --%s?",
			       cmd->name, text, near);
	return pl_fail(err, PL_USAGE, "%s has no option --%s; see plimsoll %s --help", cmd->name,
		       text, cmd->name);
}

static bool is_choice(const char *choices, const char *value)
{
	struct pl_str rest = pl_str_of(choices);
	while (rest.p)
		if (pl_str_is(pl_str_cut(&rest, '|'), value))
			return true;
	return false;
}

static void add_set(struct parsing *p, const char *value)
{
	size_t n = 0;
	while (p->args->set && p->args->set[n])
		n++;
	const char **v = pl_arena_array(p->a, const char *, n + 2);
	if (n)
		memcpy(v, p->args->set, n * sizeof(*v));
	v[n] = value;
	p->args->set = v;
}

/* Sets one option; value NULL: the next argument is it, where it takes one. */
static int set(struct parsing *p, const struct pl_option *o, const char *value, struct pl_err *err)
{
	char *to = (char *)p->args + o->offset;
	if (!o->value) {
		if (value)
			return pl_fail(err, PL_USAGE, "--%s takes no value", o->name);
		bool yes = true;
		memcpy(to, &yes, sizeof(yes));
		return 0;
	}
	if (!value && p->at + 1 >= p->argc)
		return pl_fail(err, PL_USAGE, "--%s needs a value: --%s %s", o->name, o->name,
			       o->value);
	if (!value)
		value = p->argv[++p->at];
	if (o->choices && !is_choice(o->choices, value)) {
		char text[64];
		return pl_fail(err, PL_USAGE, "--%s %s: give one of %s", o->name,
			       pl_escape(text, sizeof(text), value, strlen(value)), o->choices);
	}
	if (o->offset == AT(set))
		add_set(p, value);
	else
		memcpy(to, &value, sizeof(value));
	return 0;
}

static int parse_letters(struct parsing *p, const char *arg, struct pl_err *err)
{
	for (const char *c = arg + 1; *c; c++) {
		const struct pl_option *o = by_letter(p->cmd, *c);
		if (!o)
			return unknown(p->cmd, (struct pl_str){c, 1}, err);
		if (o->value)
			return set(p, o, c[1] ? c + 1 : NULL, err);
		int rc = set(p, o, NULL, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int parse_one(struct parsing *p, struct pl_err *err)
{
	char *arg = p->argv[p->at];
	if (arg[0] != '-' || arg[1] == '\0') {
		*pl_vec_push(&p->operands) = arg;
		return 0;
	}
	if (arg[1] != '-')
		return parse_letters(p, arg, err);
	struct pl_str rest = pl_str_of(arg + 2), name = pl_str_cut(&rest, '=');
	const struct pl_option *o = by_name(p->cmd, name);
	return o ? set(p, o, rest.p, err) : unknown(p->cmd, name, err);
}

int pl_args_parse(const struct pl_command *cmd, char **argv, int argc, struct pl_arena *a,
		  struct pl_args *ret, struct pl_err *err)
{
	struct parsing p = {.cmd = cmd, .argv = argv, .argc = argc, .at = 1, .a = a, .args = ret};
	int rc = 0;
	bool only_operands = false;
	for (; p.at < argc && rc == 0; p.at++) {
		if (only_operands)
			*pl_vec_push(&p.operands) = argv[p.at];
		else if (strcmp(argv[p.at], "--") == 0)
			only_operands = true;
		else
			rc = parse_one(&p, err);
	}
	ret->n_operands = p.operands.n;
	*pl_vec_push(&p.operands) = NULL;
	ret->operands = pl_arena_dup(a, p.operands.v, p.operands.n, sizeof(*p.operands.v));
	pl_vec_free(&p.operands);
	if (rc < 0 || ret->help)
		return rc;
	if (ret->n_operands < cmd->min_operands)
		return pl_fail(err, PL_USAGE, "%s needs %s; see plimsoll %s --help", cmd->name,
			       cmd->operands, cmd->name);
	if (ret->n_operands > cmd->max_operands)
		return pl_fail(err, PL_USAGE,
			       "%s: '%.100s' is one argument too many; see plimsoll %s --help",
			       cmd->name, ret->operands[cmd->max_operands], cmd->name);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"
#include "commands/find_int.h"

#define NESTING_MAX 100

struct find_parser {
	struct pl_find *f;
	char **v;
	int n, at;
	unsigned depth;
	struct pl_err *err;
	int rc; /* sticky: 1 so far so good, 0: wrong and said, negative */
};

static struct pl_find_node *parse_or(struct find_parser *p);

static struct pl_find_node *new_node(struct find_parser *p, enum pl_find_kind kind,
				     struct pl_find_node *a, struct pl_find_node *b)
{
	struct pl_find_node *n = pl_arena_new(&p->f->arena, struct pl_find_node);
	n->kind = kind;
	n->a = a;
	n->b = b;
	return n;
}

static void wrong(struct find_parser *p, const char *what, const char *why)
{
	if (p->rc > 0)
		p->rc = pl_shell_complain(p->f->call, 1, p->err, "%s: %s", what, why);
}

static void unknown(struct find_parser *p, const char *what)
{
	if (p->rc > 0)
		p->rc = pl_shell_unknown(p->f->call, p->err, what);
}

static bool is_next(const struct find_parser *p, const char *a, const char *b)
{
	return p->at < p->n && (strcmp(p->v[p->at], a) == 0 || (b && strcmp(p->v[p->at], b) == 0));
}

static const char *take_value(struct find_parser *p, const char *of)
{
	if (p->at < p->n)
		return p->v[p->at++];
	wrong(p, of, "missing argument");
	return "";
}

/* -- single tests -- */

/* [+-]N */
static bool parse_count(const char *text, struct pl_find_node *n, const char **ret_end)
{
	n->op = *text == '+' || *text == '-' ? *text++ : 0;
	size_t digits = strspn(text, "0123456789");
	*ret_end = text + digits;
	return digits && pl_parse_u64((struct pl_str){text, digits}, INT32_MAX, &n->n);
}

static void parse_size(struct find_parser *p, struct pl_find_node *n, const char *text)
{
	static const struct {
		char letter;
		uint64_t unit;
	} units[] = {{'\0', 512}, {'b', 512},     {'c', 1},      {'w', 2},
		     {'k', 1024}, {'M', 1 << 20}, {'G', 1 << 30}};
	const char *end;
	bool is = parse_count(text, n, &end);
	for (size_t i = 0; i < PL_COUNT(units) && is; i++)
		if (units[i].letter == *end)
			n->unit = units[i].unit;
	if (!n->unit || (*end && end[1]))
		wrong(p, text, "invalid argument to -size");
}

static void parse_perm(struct find_parser *p, struct pl_find_node *n, const char *text)
{
	uint32_t mode;
	n->op = *text == '-' || *text == '/' ? *text++ : '\0';
	if (!pl_cmd_mode_apply(text, 0, false, 0, &mode))
		wrong(p, text, "invalid mode");
	else
		n->n = mode;
}

/* A name or a number; those of tests are not +N or -N but for -uid and -gid. */
static void parse_owner(struct find_parser *p, struct pl_find_node *n, const char *text)
{
	struct pl_cmd_owner o = {0};
	bool group = n->kind == PL_FIND_GID;
	PL_AUTOFREE char *whole = group ? pl_xstrdup(text) : pl_xprintf("%s:", text);
	whole[strlen(text)] = '\0';
	int rc = pl_cmd_owner_parse(p->f->call, whole, group, &o, p->err);
	if (rc <= 0) {
		p->rc = p->rc > 0 ? rc : p->rc;
		p->f->call->status = 1;
	}
	n->n = group ? o.gid : o.uid;
}

static void parse_exec(struct find_parser *p, struct pl_find_node *n)
{
	n->argv = p->v + p->at;
	while (p->at < p->n && strcmp(p->v[p->at], ";") != 0 &&
	       !(strcmp(p->v[p->at], "+") == 0 && n->argc && strcmp(p->v[p->at - 1], "{}") == 0)) {
		n->argc++;
		p->at++;
	}
	if (p->at == p->n || !n->argc) {
		wrong(p, "-exec", "missing argument");
		return;
	}
	if (*p->v[p->at++] == '+') {
		if (n->kind == PL_FIND_EXEC_THERE)
			p->rc = pl_shell_unknown(p->f->call, p->err, "-execdir ... {} +");
		n->kind = PL_FIND_EXEC_MANY;
		n->argc--; /* the {} */
		n->next_many = p->f->many;
		p->f->many = n;
	}
}

enum value { NO_VALUE, TEXT, PATTERN, COUNT, SIZE, PERM, OWNER, SAME, EXEC };
static const struct find_test {
	const char *name;
	enum pl_find_kind kind;
	enum value value;
	bool fold, acts;
	char op;
} tests[] = {
	{.name = "-delete", .kind = PL_FIND_DELETE, .value = NO_VALUE, .acts = true},
	{.name = "-empty", .kind = PL_FIND_EMPTY, .value = NO_VALUE},
	{.name = "-exec", .kind = PL_FIND_EXEC, .value = EXEC, .acts = true},
	{.name = "-execdir", .kind = PL_FIND_EXEC_THERE, .value = EXEC, .acts = true},
	{.name = "-executable", .kind = PL_FIND_EXECUTABLE, .value = NO_VALUE},
	{.name = "-false", .kind = PL_FIND_FALSE, .value = NO_VALUE},
	{.name = "-follow", .kind = PL_FIND_TRUE, .value = NO_VALUE},
	{.name = "-gid", .kind = PL_FIND_GID, .value = COUNT},
	{.name = "-group", .kind = PL_FIND_GID, .value = OWNER},
	{.name = "-ilname", .kind = PL_FIND_LNAME, .value = PATTERN, .fold = true},
	{.name = "-iname", .kind = PL_FIND_NAME, .value = PATTERN, .fold = true},
	{.name = "-ipath", .kind = PL_FIND_PATH, .value = PATTERN, .fold = true},
	{.name = "-iwholename", .kind = PL_FIND_PATH, .value = PATTERN, .fold = true},
	{.name = "-links", .kind = PL_FIND_LINKS, .value = COUNT},
	{.name = "-lname", .kind = PL_FIND_LNAME, .value = PATTERN},
	{.name = "-mount", .kind = PL_FIND_TRUE, .value = NO_VALUE},
	{.name = "-name", .kind = PL_FIND_NAME, .value = PATTERN},
	{.name = "-nogroup", .kind = PL_FIND_NOGROUP, .value = NO_VALUE},
	{.name = "-noleaf", .kind = PL_FIND_TRUE, .value = NO_VALUE},
	{.name = "-nouser", .kind = PL_FIND_NOUSER, .value = NO_VALUE},
	{.name = "-path", .kind = PL_FIND_PATH, .value = PATTERN},
	{.name = "-perm", .kind = PL_FIND_PERM, .value = PERM},
	{.name = "-print", .kind = PL_FIND_PRINT, .value = NO_VALUE, .acts = true, .op = '\n'},
	{.name = "-print0", .kind = PL_FIND_PRINT, .value = NO_VALUE, .acts = true, .op = '\0'},
	{.name = "-printf", .kind = PL_FIND_PRINTF, .value = TEXT, .acts = true},
	{.name = "-prune", .kind = PL_FIND_PRUNE, .value = NO_VALUE},
	{.name = "-quit", .kind = PL_FIND_QUIT, .value = NO_VALUE},
	{.name = "-readable", .kind = PL_FIND_TRUE, .value = NO_VALUE},
	{.name = "-samefile", .kind = PL_FIND_SAME, .value = SAME},
	{.name = "-size", .kind = PL_FIND_SIZE, .value = SIZE},
	{.name = "-true", .kind = PL_FIND_TRUE, .value = NO_VALUE},
	{.name = "-type", .kind = PL_FIND_TYPE, .value = TEXT},
	{.name = "-uid", .kind = PL_FIND_UID, .value = COUNT},
	{.name = "-user", .kind = PL_FIND_UID, .value = OWNER},
	{.name = "-wholename", .kind = PL_FIND_PATH, .value = PATTERN},
	{.name = "-writable", .kind = PL_FIND_TRUE, .value = NO_VALUE},
	{.name = "-xdev", .kind = PL_FIND_TRUE, .value = NO_VALUE},
};

static void parse_value(struct find_parser *p, const struct find_test *t, struct pl_find_node *n)
{
	const char *end,
		*text = t->value == NO_VALUE || t->value == EXEC ? "" : take_value(p, t->name);
	n->text = text;
	if (p->rc <= 0)
		return;
	switch (t->value) {
	case COUNT:
		if (!parse_count(text, n, &end) || *end)
			wrong(p, text, "not a number");
		break;
	case SIZE:
		parse_size(p, n, text);
		break;
	case PERM:
		parse_perm(p, n, text);
		break;
	case OWNER:
		parse_owner(p, n, text);
		break;
	case EXEC:
		parse_exec(p, n);
		break;
	case SAME:
		n->same = pl_cmd_node(p->f->call, text, p->f->follows);
		if (!n->same)
			wrong(p, text, "No such file or directory");
		break;
	default:
		break;
	}
	if (t->kind == PL_FIND_TYPE && (!*text || strspn(text, "bcdpfls,") != strlen(text)))
		wrong(p, text, "unknown argument to -type");
}

/* Options of the whole expression: true at their place. */
static bool parse_global(struct find_parser *p, const char *word)
{
	bool min = strcmp(word, "-mindepth") == 0;
	if (min || strcmp(word, "-maxdepth") == 0) {
		const char *text = take_value(p, word);
		if (!pl_parse_u64(pl_str_of(text), INT32_MAX, min ? &p->f->min : &p->f->max))
			wrong(p, text, "not a depth");
		return true;
	}
	if (strcmp(word, "-depth") != 0 && strcmp(word, "-d") != 0)
		return false;
	p->f->children_first = true;
	return true;
}

static struct pl_find_node *parse_test(struct find_parser *p)
{
	const char *word = p->v[p->at++];
	if (parse_global(p, word))
		return new_node(p, PL_FIND_TRUE, NULL, NULL);
	for (size_t i = 0; i < PL_COUNT(tests); i++) {
		const struct find_test *t = &tests[i];
		if (strcmp(word, t->name) != 0)
			continue;
		struct pl_find_node *n = new_node(p, t->kind, NULL, NULL);
		n->fold = t->fold;
		n->op = t->op;
		p->f->acts = p->f->acts || t->acts;
		p->f->children_first = p->f->children_first || t->kind == PL_FIND_DELETE;
		p->f->follows = p->f->follows || strcmp(word, "-follow") == 0;
		parse_value(p, t, n);
		return n;
	}
	unknown(p, word);
	return NULL;
}

/* -- the expression -- */

static struct pl_find_node *parse_primary(struct find_parser *p)
{
	struct pl_find_node *n;
	if (p->at >= p->n || is_next(p, ")", NULL)) {
		wrong(p, "expression", "something is missing");
		return NULL;
	}
	if (!is_next(p, "(", NULL))
		return parse_test(p);
	p->at++;
	n = parse_or(p);
	if (!is_next(p, ")", NULL))
		wrong(p, "(", "no matching )");
	p->at++;
	return n;
}

static struct pl_find_node *parse_not(struct find_parser *p)
{
	bool negated = false;
	while (is_next(p, "!", "-not")) {
		negated = !negated;
		p->at++;
	}
	struct pl_find_node *n = parse_primary(p);
	return negated ? new_node(p, PL_FIND_NOT, n, NULL) : n;
}

static struct pl_find_node *parse_and(struct find_parser *p)
{
	struct pl_find_node *n = parse_not(p);
	while (p->rc > 0 && p->at < p->n && !is_next(p, ")", NULL) && !is_next(p, "-o", "-or")) {
		if (is_next(p, "-a", "-and"))
			p->at++;
		else if (is_next(p, ",", NULL))
			unknown(p, ",");
		n = new_node(p, PL_FIND_AND, n, parse_not(p));
	}
	return n;
}

static struct pl_find_node *parse_or(struct find_parser *p)
{
	if (p->depth++ >= NESTING_MAX)
		unknown(p, "so deep an expression");
	struct pl_find_node *n = p->rc > 0 ? parse_and(p) : NULL;
	while (p->rc > 0 && is_next(p, "-o", "-or")) {
		p->at++;
		n = new_node(p, PL_FIND_OR, n, parse_and(p));
	}
	p->depth--;
	return n;
}

int pl_find_parse(struct pl_find *f, int at, struct pl_err *err)
{
	struct find_parser p = {
		.f = f, .v = f->call->argv, .n = f->call->argc, .at = at, .err = err, .rc = 1};
	f->root = at < p.n ? parse_or(&p) : new_node(&p, PL_FIND_TRUE, NULL, NULL);
	if (p.rc > 0 && p.at < p.n)
		wrong(&p, p.v[p.at], "is one too many");
	if (p.rc > 0 && !f->acts) {
		struct pl_find_node *print = new_node(&p, PL_FIND_PRINT, NULL, NULL);
		print->op = '\n';
		f->root = new_node(&p, PL_FIND_AND, f->root, print);
	}
	return p.rc;
}

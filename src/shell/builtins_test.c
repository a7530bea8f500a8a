// SPDX-License-Identifier: Apache-2.0
/* test and [ (dash's grammar), and bash's [[. Files are those of the tree; the caller is root. */
#include "shell/builtins_int.h"

#include "base/num.h"

#include <regex.h>

struct test {
	struct pl_shell *sh;
	char **v;
	int n, at;
	struct pl_err *err;
	int rc; /* 1: the arguments are wrong, and that is said */
};

static bool wrong(struct test *t, const char *what, const char *why)
{
	if (t->rc == 0) {
		t->rc = pl_sh_say(t->sh, t->err, "%s: %s: %s", t->v[-1], what, why);
		t->rc = t->rc < 0 ? t->rc : 1;
	}
	return false;
}

static bool parse_integer(struct test *t, const char *s, int64_t *ret)
{
	uint64_t v;
	struct pl_str text = pl_str_trim(pl_str_of(s));
	bool negative = text.n && *text.p == '-';
	if (text.n && (*text.p == '-' || *text.p == '+'))
		text = pl_str_sub(text, 1, text.n);
	if (!pl_parse_u64(text, INT64_MAX, &v))
		return wrong(t, "Illegal number", s);
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

/* What a device of the machine would be: those that every container has. */
static bool is_device(const char *path)
{
	static const char *const known[] = {"/dev/null",   "/dev/zero",    "/dev/full",
					    "/dev/random", "/dev/urandom", "/dev/tty"};
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (strcmp(path, known[i]) == 0)
			return true;
	return false;
}

static bool test_mode(const struct pl_shell *sh, const struct pl_node *n, char op)
{
	switch (op) {
	case 'u':
		return n->mode & 04000;
	case 'g':
		return n->mode & 02000;
	case 'k':
		return n->mode & 01000;
	case 'x':
		return n->type == PL_TAR_DIR || n->mode & 0111;
	case 'O':
		return n->uid == sh->uid;
	case 'G':
		return n->gid == sh->gid;
	default: /* r, w: root may */
		return true;
	}
}

static bool test_file(struct pl_shell *sh, char op, const char *path)
{
	bool link = op == 'h' || op == 'L';
	pl_sh_files_sync(sh);
	if (is_device(path))
		return op == 'e' || op == 'c' || op == 'r' || op == 'w';
	if (pl_shell_is_chance(path)) /* of /proc */
		return op == 'e' || op == 'f' || op == 'r';
	const struct pl_node *n = pl_shell_node(sh, path, !link);
	if (!n)
		return false;
	n = pl_node_file(n);
	switch (op) {
	case 'e':
		return true;
	case 'f':
		return n->type == PL_TAR_FILE;
	case 'd':
		return n->type == PL_TAR_DIR;
	case 'h':
	case 'L':
		return n->type == PL_TAR_SYMLINK;
	case 'b':
		return n->type == PL_TAR_BLOCK;
	case 'c':
		return n->type == PL_TAR_CHAR;
	case 'p':
		return n->type == PL_TAR_FIFO;
	case 's':
		return n->type == PL_TAR_DIR || n->size > 0;
	case 'S':
		return false;
	default:
		return test_mode(sh, n, op);
	}
}

static bool is_unary(const struct pl_shell *sh, const char *s)
{
	if (sh->bash && strcmp(s, "-v") == 0)
		return true;
	return s[0] == '-' && s[1] && !s[2] && strchr("abcdefghkLnopOGrsStuwxz", s[1]) &&
	       !strchr("ao", s[1]);
}

static bool apply_unary(struct pl_shell *sh, char op, const char *operand)
{
	if (op == 'n')
		return *operand;
	if (op == 'z')
		return !*operand;
	if (op == 't')
		return false; /* no terminal */
	if (op == 'v') {
		const struct pl_sh_var *v = pl_sh_var_get(sh, pl_str_of(operand));
		return v && (v->value || v->n_items);
	}
	return test_file(sh, op, operand);
}

static const char *const binary[] = {"=",   "==",  "!=",  "<",   ">",   "-eq", "-ne",
				     "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};

/* == is bash's. */
static int binary_of(const struct pl_shell *sh, const char *s)
{
	for (size_t i = 0; i < PL_COUNT(binary); i++)
		if (strcmp(s, binary[i]) == 0 && (i != 1 || sh->bash))
			return (int)i;
	return -1;
}

static bool compare_files(struct pl_shell *sh, int op, const char *a, const char *b)
{
	pl_sh_files_sync(sh);
	const struct pl_node *x = pl_shell_node(sh, a, true), *y = pl_shell_node(sh, b, true);
	if (!x || !y) /* to bash a file that is not there is the older one */
		return sh->bash && (op == 11 ? x && !y : op == 12 && y && !x);
	x = pl_node_file(x);
	y = pl_node_file(y);
	return op == 11 ? x->mtime > y->mtime : op == 12 ? x->mtime < y->mtime : x == y;
}

static bool apply_binary(struct test *t, const char *a, int op, const char *b)
{
	int64_t x, y;
	int order = strcmp(a, b);
	if (op <= 1)
		return order == 0;
	if (op == 2)
		return order != 0;
	if (op <= 4)
		return op == 3 ? order < 0 : order > 0;
	if (op >= 11)
		return compare_files(t->sh, op, a, b);
	if (!parse_integer(t, a, &x) || !parse_integer(t, b, &y))
		return false;
	switch (op) {
	case 5:
		return x == y;
	case 6:
		return x != y;
	case 7:
		return x < y;
	case 8:
		return x <= y;
	case 9:
		return x > y;
	default:
		return x >= y;
	}
}

static const char *at(const struct test *t, int k)
{
	return t->at + k < t->n ? t->v[t->at + k] : NULL;
}

/* -- expressions: as dash reads them, t->at stays on the last word that was taken -- */

enum token { END, OPERAND, UNARY, BINARY, NOT, AND, OR, OPEN, CLOSE };

static enum token token_of(const struct test *t, const char *s)
{
	static const struct {
		const char *text;
		enum token token;
	} known[] = {{"!", NOT}, {"-a", AND}, {"-o", OR}, {"(", OPEN}, {")", CLOSE}};
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (strcmp(s, known[i].text) == 0)
			return known[i].token;
	return binary_of(t->sh, s) >= 0 ? BINARY : is_unary(t->sh, s) ? UNARY : OPERAND;
}

/* An operator where an operand must be is one (dash's isoperand). */
static enum token peek(const struct test *t, int k)
{
	const char *s = at(t, k), *next = at(t, k + 1);
	if (!s)
		return END;
	enum token token = token_of(t, s);
	bool is_operand = !next || (at(t, k + 2) && token_of(t, next) == BINARY);
	if (token == UNARY && is_operand)
		return OPERAND;
	return token == OPEN && !next ? OPERAND : token;
}

static bool test_or(struct test *t, enum token token);

static bool test_primary(struct test *t, enum token token)
{
	const char *s = at(t, 0), *operand = at(t, 1);
	if (token == END)
		return false;
	if (token == OPEN) {
		t->at++;
		if (peek(t, 0) == CLOSE)
			return false;
		bool is = test_or(t, peek(t, 0));
		t->at++;
		return peek(t, 0) == CLOSE ? is : wrong(t, s, "closing paren expected");
	}
	if (token == UNARY) {
		if (!operand)
			return wrong(t, s, "argument expected");
		t->at++;
		return apply_unary(t->sh, s[1], operand);
	}
	if (peek(t, 1) == BINARY) {
		const char *b = at(t, 2);
		if (!b)
			return wrong(t, operand, "argument expected");
		t->at += 2;
		return apply_binary(t, s, binary_of(t->sh, operand), b);
	}
	return *s;
}

static bool test_not(struct test *t, enum token token)
{
	if (token != NOT)
		return test_primary(t, token);
	token = peek(t, 1);
	t->at += token != END;
	return !test_not(t, token);
}

/* Behind an operand: takes an operator, and what follows it becomes *ret. */
static bool take(struct test *t, enum token wanted, enum token *ret)
{
	if (t->rc || peek(t, 1) != wanted)
		return false;
	t->at += 2;
	*ret = peek(t, 0);
	return true;
}

static bool test_and(struct test *t, enum token token)
{
	bool is = test_not(t, token);
	while (take(t, AND, &token)) {
		bool right = test_not(t, token);
		is = is && right;
	}
	return is;
}

static bool test_or(struct test *t, enum token token)
{
	bool is = test_and(t, token);
	while (take(t, OR, &token)) {
		bool right = test_and(t, token);
		is = is || right;
	}
	return is;
}

/* With three arguments an operator in the middle decides; with three or four, parentheses around
 * them and ! before them go first (POSIX, test). */
static bool test_all(struct test *t)
{
	bool not = false;
	for (; t->n - t->at == 3 || t->n - t->at == 4; t->at++) {
		if (t->n - t->at == 3 && token_of(t, at(t, 1)) == BINARY)
			break;
		if (strcmp(at(t, 0), "(") == 0 && strcmp(t->v[t->n - 1], ")") == 0) {
			t->at++;
			t->n--;
			break;
		}
		if (strcmp(at(t, 0), "!") != 0)
			break;
		not = true; /* a second one says nothing more, to dash */
	}
	bool middle = t->n - t->at == 3 && token_of(t, at(t, 1)) == BINARY;
	return test_or(t, middle ? OPERAND : peek(t, 0)) != not ;
}

int pl_sh_test(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	struct test t = {.sh = sh, .v = argv + 1, .n = argc - 1, .err = err};
	if (strcmp(argv[0], "[") == 0) {
		if (argc < 2 || strcmp(argv[argc - 1], "]") != 0) {
			sh->status = 2;
			return pl_sh_say(sh, err, "[: missing ]");
		}
		t.n--;
	}
	if (t.n > 1000)
		return pl_fail(err, PL_LIMIT, "%s: line %u: test has %d arguments", sh->script,
			       sh->line, t.n);
	bool is = t.n && test_all(&t);
	if (t.rc == 0 && at(&t, 1))
		wrong(&t, at(&t, 0), "unexpected operator");
	sh->status = t.rc ? 2 : !is;
	return t.rc < 0 ? t.rc : 0;
}

/* -- [[ -- */

#define REPETITIONS_MAX 100000
#define REGEX_MAX 4096

bool pl_shell_regex_fits(const char *text)
{
	uint64_t product = 1;
	if (strlen(text) > REGEX_MAX)
		return false;
	for (const char *s = text; (s = strchr(s, '{')); s++) {
		uint64_t most = 1, v = 0;
		for (const char *d = s + 1; (*d >= '0' && *d <= '9') || *d == ','; d++) {
			v = *d == ',' ? 0 : v < REPETITIONS_MAX ? v * 10 + (uint64_t)(*d - '0') : v;
			most = v > most ? v : most;
		}
		product *= most;
		if (product > REPETITIONS_MAX)
			return false;
	}
	return true;
}

static int match_regex(struct pl_shell *sh, const char *text, const char *pattern, bool *ret,
		       struct pl_err *err)
{
	regex_t re;
	if (!pl_shell_regex_fits(pattern) || regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return pl_fail(err, PL_INPUT, "%s: line %u: %s is no regular expression",
			       sh->script, sh->line, pattern);
	*ret = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return 0;
}

/* The right side of = is a pattern. */
static int test_pattern(struct pl_shell *sh, const char *text, const struct pl_sh_word *w,
			bool *ret, struct pl_err *err)
{
	PL_AUTO(sh_marked) m = {0};
	int rc = pl_sh_expand_pattern(sh, w, &m, err);
	if (rc == 0)
		*ret = pl_sh_match((struct pl_sh_pattern){pl_buf_str(&m.text), m.marks.p, true},
				   pl_str_of(text));
	return rc;
}

static int test_words(struct pl_shell *sh, const struct pl_sh_test *t, bool *ret,
		      struct pl_err *err)
{
	struct pl_buf b[3] = {{0}, {0}, {0}};
	char *v[4] = {"", "", "", NULL};
	static char name[] = "[[";
	char *argv[5] = {name};
	int rc = 0;
	for (int i = 0; i < t->n_words && rc == 0; i++) {
		rc = pl_sh_expand_text(sh, t->words[i], &b[i], err);
		v[i] = b[i].p ? b[i].p : v[i];
		argv[i + 1] = v[i];
	}
	struct test words = {.sh = sh, .v = argv + 1, .n = t->n_words, .err = err};
	if (rc == 0 && t->n_words == 3 && (strcmp(v[1], "=") == 0 || strcmp(v[1], "==") == 0)) {
		rc = test_pattern(sh, v[0], t->words[2], ret, err);
	} else if (rc == 0 && t->n_words == 3 && strcmp(v[1], "!=") == 0) {
		rc = test_pattern(sh, v[0], t->words[2], ret, err);
		*ret = !*ret;
	} else if (rc == 0 && t->n_words == 3 && strcmp(v[1], "=~") == 0) {
		rc = match_regex(sh, v[0], v[2], ret, err);
	} else if (rc == 0 && t->n_words == 3 && binary_of(sh, v[1]) >= 0) {
		*ret = apply_binary(&words, v[0], binary_of(sh, v[1]), v[2]);
	} else if (rc == 0 && t->n_words == 2) {
		*ret = apply_unary(sh, v[0][1], v[1]);
	} else if (rc == 0 && t->n_words == 1) {
		*ret = *v[0];
	} else if (rc == 0) {
		rc = pl_fail(err, PL_INPUT, "%s: line %u: [[ has no operator %s", sh->script,
			     sh->line, v[1]);
	}
	for (int i = 0; i < 3; i++)
		pl_buf_done(&b[i]);
	return rc ? rc : words.rc < 0 ? words.rc : 0;
}

int pl_sh_test_node(struct pl_shell *sh, const struct pl_sh_test *t, bool *ret, struct pl_err *err)
{
	if (t->kind == PL_SH_TEST_WORDS)
		return test_words(sh, t, ret, err);
	int rc = pl_sh_test_node(sh, t->a, ret, err);
	if (rc)
		return rc;
	if (t->kind == PL_SH_TEST_NOT)
		*ret = !*ret;
	else if (*ret == (t->kind == PL_SH_TEST_AND))
		rc = pl_sh_test_node(sh, t->b, ret, err);
	return rc;
}

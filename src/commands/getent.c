// SPDX-License-Identifier: Apache-2.0
/* getent(1): accounts, and the names of hosts, services and protocols, from files of the tree (the
 * service "files" of nsswitch.conf: an image that is put together has no network). */
#include "commands/accounts_int.h"

#include "base/num.h"

enum { STATUS_USAGE = 1, STATUS_NOT_FOUND = 2 };

struct getent {
	struct pl_cmd_accounts a;
	struct pl_buf out;
};

static void add_line(struct getent *g, struct pl_str line)
{
	pl_buf_addstr(&g->out, line);
	pl_buf_addc(&g->out, '\n');
}

static struct pl_account_file *accounts_of(struct getent *g, const char *database)
{
	struct pl_account_files *f = &g->a.f;
	return strcmp(database, "passwd") == 0    ? &f->passwd
	       : strcmp(database, "group") == 0   ? &f->group
	       : strcmp(database, "shadow") == 0  ? &f->shadow
	       : strcmp(database, "gshadow") == 0 ? &f->gshadow
						  : NULL;
}

/* passwd and group are asked by number too, if the whole key is one. */
static bool get_account(struct getent *g, const struct pl_account_file *t, const char *key)
{
	uint64_t id;
	bool numbered = t == &g->a.f.passwd || t == &g->a.f.group;
	const struct pl_str *line = NULL;
	if (!*key)
		return false;
	if (numbered && pl_parse_u64(pl_str_of(key), UINT32_MAX - 1, &id))
		line = pl_cmd_by_number(t, (uint32_t)id);
	else
		line = pl_account_find(t, 0, pl_str_of(key));
	if (line)
		add_line(g, *line);
	return line;
}

/* -- NAME NUMBER ALIAS... of services(5), protocols(5); ADDRESS NAME ... of hosts(5) -- */

#define WORDS 16
static size_t split(struct pl_str line, struct pl_str words[WORDS])
{
	size_t n = 0;
	line = pl_str_cut(&line, '#');
	while (n < WORDS) {
		while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
			line = pl_str_sub(line, 1, line.n);
		if (!line.n)
			break;
		size_t end = 0;
		while (end < line.n && line.p[end] != ' ' && line.p[end] != '\t')
			end++;
		words[n++] = pl_str_sub(line, 0, end);
		line = pl_str_sub(line, end, line.n);
	}
	return n;
}

static bool is_word(const struct pl_str *words, size_t n, size_t except, struct pl_str key)
{
	for (size_t i = 0; i < n; i++)
		if (i != except && pl_str_eq(words[i], key))
			return true;
	return false;
}

static void print_words(struct getent *g, int width, const struct pl_str *words, size_t n)
{
	pl_buf_addf(&g->out, "%-*.*s", width, (int)words[0].n, words[0].p);
	for (size_t i = 1; i < n; i++)
		pl_buf_addf(&g->out, " " PL_STR_FMT, PL_STR_ARG(words[i]));
	pl_buf_addc(&g->out, '\n');
}

/* Is that the line? key NULL: any. A service may be asked with its protocol behind a slash. */
static bool matches(char kind, const struct pl_str *words, size_t n, const char *key)
{
	struct pl_str whole = pl_str_of(key), protocol = whole, number = words[1];
	uint64_t v;
	if (!key)
		return true;
	if (kind == 'h')
		return is_word(words, n, SIZE_MAX, whole);
	if (kind == 'p')
		return is_word(words, n, 1, whole) ||
		       (pl_parse_u64(whole, UINT32_MAX, &v) && pl_str_eq(number, whole));
	struct pl_str name = pl_str_cut(&protocol, '/'), port = pl_str_cut(&number, '/');
	if (protocol.p && !pl_str_eq(protocol, number))
		return false;
	return pl_parse_u64(name, UINT16_MAX, &v) ? pl_str_eq(port, name)
						  : is_word(words, n, 1, name);
}

/* Of hosts an address of IPv6 goes first, as getent asks for that one first. */
static int get_words(struct getent *g, char kind, const char *path, const char *key, bool *ret,
		     struct pl_err *err)
{
	struct pl_account_file file = {.path = path};
	int rc = pl_account_file_read(&g->a.f, &file, path, err);
	*ret = !key;
	for (int pass = kind == 'h' ? 0 : 1; pass < 2 && rc >= 0; pass++) {
		for (size_t i = 0; i < file.n && (!key || !*ret); i++) {
			struct pl_str words[WORDS];
			size_t n = split(file.v[i], words);
			if (n < 2 || !matches(kind, words, n, key) ||
			    (pass == 0 && pl_str_find(words[0], ':') == SIZE_MAX))
				continue;
			*ret = true;
			print_words(g, kind == 'h' ? 15 : 21, words, n);
		}
	}
	pl_vec_free(&file);
	return rc;
}

static int get(struct getent *g, const char *database, const char *key, bool *ret,
	       struct pl_err *err)
{
	static const struct {
		const char *database, *path;
	} others[] = {{"hosts", "etc/hosts"},
		      {"services", "etc/services"},
		      {"protocols", "etc/protocols"}};
	struct pl_account_file *t = accounts_of(g, database);
	if (!key && strcmp(database, "hosts") == 0)
		return pl_shell_unknown(g->a.call, err, "all hosts");
	for (size_t i = 0; i < PL_COUNT(others) && !t; i++)
		if (strcmp(database, others[i].database) == 0)
			return get_words(g, database[0], others[i].path, key, ret, err);
	if (!t)
		return pl_shell_unknown(g->a.call, err, database);
	for (size_t i = 0; i < t->n && !key; i++)
		add_line(g, t->v[i]);
	*ret = !key || get_account(g, t, key);
	return 0;
}

int pl_cmd_getent(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{0, NULL, 0}};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct getent g = {.out = {.max = 16 << 20}};
	bool found = true;
	int rc = pl_cmd_accounts_open(&g.a, call, err);
	if (rc >= 0)
		rc = pl_cmd_next(&args, err);
	if (rc == 0 && !args.n)
		rc = pl_shell_complain(call, STATUS_USAGE, err, "wrong number of arguments");
	else if (rc == 0 && args.n == 1)
		rc = get(&g, args.operands[0], NULL, &found, err);
	for (int i = 1; i < args.n && rc >= 0; i++) {
		rc = get(&g, args.operands[0], args.operands[i], &found, err);
		if (!found)
			call->status = STATUS_NOT_FOUND;
	}
	if (rc >= 0)
		rc = pl_buf_check(&g.out, "what getent writes", err);
	if (rc >= 0)
		rc = pl_shell_write(call->shell, 1, pl_buf_str(&g.out), err);
	pl_buf_done(&g.out);
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&g.a, rc, err);
}

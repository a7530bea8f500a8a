// SPDX-License-Identifier: Apache-2.0
/* stat, ls, chattr, lsattr: what is asked of files. Numbers of inodes, devices and times are the
 * machine's, so they are not known. */
#include "commands/commands_int.h"

#include <time.h>

static const char *type_name(const struct pl_node *n)
{
	switch (n->type) {
	case PL_TAR_DIR:
		return "directory";
	case PL_TAR_SYMLINK:
		return "symbolic link";
	case PL_TAR_CHAR:
		return "character special file";
	case PL_TAR_BLOCK:
		return "block special file";
	case PL_TAR_FIFO:
		return "fifo";
	default:
		return n->size ? "regular file" : "regular empty file";
	}
}

static uint32_t mode_of(const struct pl_node *n)
{
	return n->type == PL_TAR_SYMLINK ? 0777 : n->mode & 07777;
}

/* -rwxr-xr-x */
static void put_mode(struct pl_buf *out, const struct pl_node *n)
{
	static const char letters[] = "rwxrwxrwx";
	uint32_t mode = mode_of(n);
	char text[] = "----------";
	text[0] = "-dlcbp"[n->type == PL_TAR_DIR       ? 1
			   : n->type == PL_TAR_SYMLINK ? 2
			   : n->type == PL_TAR_CHAR    ? 3
			   : n->type == PL_TAR_BLOCK   ? 4
			   : n->type == PL_TAR_FIFO    ? 5
						       : 0];
	for (int i = 0; i < 9; i++)
		if (mode & 0400u >> i)
			text[i + 1] = letters[i];
	for (int i = 0; i < 3; i++) {
		char *x = &text[3 * i + 3];
		if (mode & 04000u >> i)
			*x = *x == 'x' ? "sst"[i] : "SST"[i];
	}
	pl_buf_adds(out, text);
}

static void put_owner(struct pl_buf *out, const struct pl_map *names, uint32_t id)
{
	for (size_t i = 0; i < names->n; i++)
		if ((uintptr_t)names->items[i].value == (uintptr_t)id + 1) {
			pl_buf_addstr(out, names->items[i].key);
			return;
		}
	pl_buf_adds(out, id ? "UNKNOWN" : "root");
}

/* false: a directive that is not known. */
static bool put_directive(struct pl_buf *out, char c, const char *path, const struct pl_node *n,
			  const struct pl_owners *known)
{
	switch (c) {
	case '%':
		pl_buf_addc(out, '%');
		return true;
	case 'a':
		pl_buf_addf(out, "%o", mode_of(n));
		return true;
	case 'A':
		put_mode(out, n);
		return true;
	case 'F':
		pl_buf_adds(out, type_name(n));
		return true;
	case 'n':
		pl_buf_adds(out, path);
		return true;
	case 's':
		pl_buf_addf(out, "%llu",
			    (unsigned long long)(n->type == PL_TAR_SYMLINK ? n->link.n : n->size));
		return n->type != PL_TAR_DIR;
	case 'u':
		pl_buf_addf(out, "%u", n->uid);
		return true;
	case 'g':
		pl_buf_addf(out, "%u", n->gid);
		return true;
	case 'U':
		put_owner(out, &known->users, n->uid);
		return true;
	case 'G':
		put_owner(out, &known->groups, n->gid);
		return true;
	default:
		return false;
	}
}

static int put_format(struct pl_shell_call *call, struct pl_buf *out, const char *s, bool escapes,
		      const char *path, const struct pl_node *n, struct pl_err *err)
{
	static const char names[] = "nt\\", bytes[] = "\n\t\\";
	struct pl_owners known = {0};
	int rc = pl_owners_load(&known, call->world->tree, pl_cmd_in(call), err);
	for (; *s && rc == 0; s++) {
		const char *name = escapes && *s == '\\' && s[1] ? strchr(names, s[1]) : NULL;
		if (name) {
			pl_buf_addc(out, bytes[name - names]);
			s++;
		} else if (*s == '%' && s[1] && strchr("di", s[1]) &&
			   n == call->world->tree->root) {
			/* Asked of the root to see whether it is a chroot's. */
			pl_buf_addc(out, '0');
			s++;
			rc = pl_shell_finding(call, err,
					      "an image's root has no numbers; 0 is said");
		} else if ((escapes && *s == '\\') ||
			   (*s == '%' && !put_directive(out, s[1], path, n, &known))) {
			rc = pl_shell_unknown(call, err, "such a format");
		} else if (*s == '%') {
			s++;
		} else {
			pl_buf_addc(out, *s);
		}
	}
	pl_owners_done(&known);
	return rc;
}

int pl_cmd_stat(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'L', "dereference", 0},
						       {'c', "format", PL_CMD_VALUE},
						       {256, "printf", PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	const char *format = NULL;
	bool follows = false, escapes = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		follows = follows || a.letter == 'L';
		escapes = a.letter == 'L' ? escapes : a.letter == 256;
		format = a.letter == 'L' ? format : a.value;
	}
	if (rc == 0 && !format)
		rc = pl_shell_unknown(call, err, "any form but with a format");
	if (rc == 0 && !a.n)
		rc = pl_shell_complain(call, 1, err, "missing operand");
	for (int i = 0; i < a.n && rc == 0; i++) {
		const struct pl_node *n = pl_cmd_node(call, a.operands[i], follows);
		if (!n) {
			rc = pl_cmd_cannot(call, err, "statx", a.operands[i],
					   "No such file or directory");
			continue;
		}
		rc = put_format(call, &out, format, escapes, a.operands[i], pl_node_file(n), err);
		if (!escapes)
			pl_buf_addc(&out, '\n');
	}
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : pl_cmd_write(call, &out, err);
}

/* -- ls -- */

struct ls {
	struct pl_shell_call *call;
	bool all, almost_all, directory, recurses, reverse, classify, slash, is_long, numbers,
		versions;
	struct pl_buf out;
};

/* -ln; the time is that of a file younger than half a year. */
static void put_long(struct ls *l, const struct pl_node *n)
{
	static const char letters[] = "rwxrwxrwx";
	char mode[11] = "-", when[32];
	time_t t = (time_t)n->mtime;
	struct tm tm;
	mode[0] = n->type == PL_TAR_DIR ? 'd' : n->type == PL_TAR_SYMLINK ? 'l' : '-';
	for (int i = 0; i < 9; i++)
		mode[i + 1] = n->mode & (0400u >> i) ? letters[i] : '-';
	if (!gmtime_r(&t, &tm) || !strftime(when, sizeof(when), "%b %e %H:%M", &tm))
		when[0] = '\0';
	pl_buf_addf(&l->out, "%s 1 %u %u %llu %s ", mode, n->uid, n->gid,
		    (unsigned long long)n->size, when);
}

static void put_name(struct ls *l, const char *name, const struct pl_node *n)
{
	n = n ? pl_node_file(n) : NULL;
	if (l->is_long && n)
		put_long(l, n);
	pl_buf_adds(&l->out, name);
	if (n && n->type == PL_TAR_DIR && (l->slash || l->classify))
		pl_buf_addc(&l->out, '/');
	else if (n && l->classify && n->type == PL_TAR_SYMLINK)
		pl_buf_addc(&l->out, '@');
	else if (n && l->classify && n->type == PL_TAR_FILE && n->mode & 0111)
		pl_buf_addc(&l->out, '*');
	pl_buf_addc(&l->out, '\n');
}

static bool is_listed(const struct ls *l, const char *name)
{
	return *name != '.' || l->all || l->almost_all;
}

static void list_directory(struct ls *l, const char *path, const struct pl_node *n, bool header,
			   unsigned depth)
{
	if (header)
		pl_buf_addf(&l->out, "%s%s:\n", l->out.n ? "\n" : "", path);
	if (l->all && !l->reverse) {
		put_name(l, ".", n);
		put_name(l, "..", n);
	}
	for (uint32_t i = 0; i < n->n_children; i++) {
		const struct pl_node *c = n->children[l->reverse ? n->n_children - 1 - i : i];
		if (is_listed(l, c->name.p))
			put_name(l, c->name.p, c);
	}
	if (l->all && l->reverse) {
		put_name(l, "..", n);
		put_name(l, ".", n);
	}
	for (uint32_t i = 0; i < n->n_children && l->recurses && depth < 1000; i++) {
		const struct pl_node *c = n->children[l->reverse ? n->n_children - 1 - i : i];
		PL_AUTOFREE char *inner = pl_cmd_join(path, c->name.p);
		if (is_listed(l, c->name.p) && c->type == PL_TAR_DIR)
			list_directory(l, inner, c, true, depth + 1);
	}
}

static int list_all(struct ls *l, char **v, int n, struct pl_err *err)
{
	PL_VEC(char *) directories = {0};
	int rc = 0;
	qsort(v, (size_t)n, sizeof(*v), pl_cstr_qsort);
	for (int i = 0; i < n && rc == 0; i++) {
		char *path = v[l->reverse ? n - 1 - i : i];
		const struct pl_node *link = pl_cmd_node(l->call, path, false);
		const struct pl_node *node =
			l->directory || l->classify ? link : pl_cmd_node(l->call, path, true);
		node = node ? node : link;
		if (!node)
			rc = pl_shell_complain(l->call, 2, err,
					       "cannot access '%s': No such file or directory",
					       path);
		else if (node->type == PL_TAR_DIR && !l->directory && l->is_long)
			rc = pl_shell_unknown(l->call, err, "-l of a directory");
		else if (l->versions && (n > 1 || node->n_children > 1))
			rc = pl_shell_unknown(l->call, err, "-v of several files");
		else if (node->type == PL_TAR_DIR && !l->directory)
			*pl_vec_push(&directories) = path;
		else
			put_name(l, path, link);
	}
	for (size_t i = 0; i < directories.n && rc == 0; i++)
		list_directory(l, directories.v[i], pl_cmd_node(l->call, directories.v[i], true),
			       n > 1 || l->recurses, 0);
	pl_vec_free(&directories);
	return rc;
}

int pl_cmd_ls(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'1', NULL, 0},
						       {'a', "all", 0},
						       {'A', "almost-all", 0},
						       {'d', "directory", 0},
						       {'R', "recursive", 0},
						       {'r', "reverse", 0},
						       {'L', "dereference", 0},
						       {'F', "classify", 0},
						       {'l', NULL, 0},
						       {'n', "numeric-uid-gid", 0},
						       {'p', NULL, 0},
						       {'v', NULL, 0},
						       {256, "color", PL_CMD_MAYBE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct ls l = {.call = call, .out = {.max = PL_CMD_TEXT_MAX}};
	static char here[] = ".";
	char *usual[] = {here};
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		l.all = (l.all || a.letter == 'a') && a.letter != 'A';
		l.almost_all = l.almost_all || a.letter == 'A';
		l.directory = l.directory || a.letter == 'd';
		l.recurses = l.recurses || a.letter == 'R';
		l.reverse = l.reverse || a.letter == 'r';
		l.classify = l.classify || a.letter == 'F';
		l.slash = l.slash || a.letter == 'p';
		l.versions = l.versions || a.letter == 'v';
		l.numbers = l.numbers || a.letter == 'n';
		l.is_long = l.is_long || a.letter == 'l' || a.letter == 'n';
	}
	/* A directory's has a line of totals, an owner's name is as wide as the widest. */
	if (rc == 0 && l.is_long && (!l.numbers || a.n != 1))
		rc = pl_shell_unknown(call, err, "-l but for -n and one file");
	if (rc == 0)
		rc = list_all(&l, a.n ? a.operands : usual, a.n ? a.n : 1, err);
	if (rc == 0)
		rc = pl_cmd_write(call, &l.out, err);
	pl_buf_done(&l.out);
	pl_cmd_args_done(&a);
	return rc;
}

/* -- attributes of ext4, which no archive carries -- */

int pl_cmd_chattr(struct pl_shell_call *call, struct pl_err *err)
{
	return pl_shell_finding(call, err, "an image's files have no such attributes");
}

// SPDX-License-Identifier: Apache-2.0
/* passwd, chage, pwconv, grpconv and shadowconfig: what of them does not ask anybody. */
#include "commands/accounts_int.h"

#include "base/clock.h"
#include "base/num.h"

/* Fields of shadow(5). */
enum { PASSWORD = 1, DAY, MIN, MAX, WARN, INACTIVE, EXPIRE };

/* The line that has the user's password: 1; 0: there is no such user, and that is said. */
static int find_user(struct pl_cmd_accounts *a, const char *name, const char *where,
		     struct pl_err *err)
{
	if (pl_cmd_user(a, name) && pl_account_find(&a->f.shadow, 0, pl_str_of(name)))
		return 1;
	if (pl_cmd_user(a, name))
		return pl_shell_unknown(a->call, err, "a user that shadow has not");
	return pl_shell_complain(a->call, 1, err, "user '%s' does not exist%s", name, where);
}

static const char *shadow_text(struct pl_cmd_accounts *a, const char *name, unsigned k)
{
	return pl_arena_cstr(
		&a->f.arena,
		pl_account_field(*pl_account_find(&a->f.shadow, 0, pl_str_of(name)), k));
}

static const char *or_none(const char *text) { return *text ? text : "-1"; }

static int print_status(struct pl_cmd_accounts *a, const char *name, struct pl_err *err)
{
	const char *word = shadow_text(a, name, PASSWORD), *day = shadow_text(a, name, DAY);
	char date[PL_TIME_TEXT] = "never";
	uint64_t days;
	if (*day && pl_parse_u64(pl_str_of(day), 1000000, &days)) {
		pl_time_rfc3339((int64_t)days * 86400, date);
		date[10] = '\0';
	}
	return pl_cmd_say(a->call, err, "%s %s %s %s %s %s %s", name,
			  !*word                ? "NP"
			  : strchr("!*", *word) ? "L"
						: "P",
			  date, or_none(shadow_text(a, name, MIN)),
			  or_none(shadow_text(a, name, MAX)), or_none(shadow_text(a, name, WARN)),
			  or_none(shadow_text(a, name, INACTIVE)));
}

static int unlock(struct pl_cmd_accounts *a, const char *name, struct pl_err *err)
{
	const char *word = shadow_text(a, name, PASSWORD);
	if (word[0] == '!' && !word[1])
		return pl_shell_complain(a->call, 3, err,
					 "unlocking the password would result in a passwordless "
					 "account.\nYou should set a password with usermod -p to "
					 "unlock the password of this account.");
	if (word[0] == '!')
		pl_cmd_account_set(a, &a->f.shadow, name, PASSWORD, word + 1);
	return 0;
}

static bool is_days(const char *text)
{
	uint64_t v;
	return strcmp(text, "-1") == 0 || pl_parse_u64(pl_str_of(text), 1000000, &v);
}

/* A number of days; -1 takes it away. */
static int set_days(struct pl_cmd_accounts *a, const char *name, unsigned k, const char *text,
		    struct pl_err *err)
{
	if (!is_days(text))
		return pl_shell_unknown(a->call, err, "what is no number of days");
	pl_cmd_account_set(a, &a->f.shadow, name, k, strcmp(text, "-1") == 0 ? "" : text);
	return 0;
}

static int change(struct pl_cmd_accounts *a, const char *name, int letter, const char *value,
		  struct pl_err *err)
{
	const char *word = shadow_text(a, name, PASSWORD);
	switch (letter) {
	case 'S':
		return print_status(a, name, err);
	case 'd':
		pl_cmd_account_set(a, &a->f.shadow, name, PASSWORD, "");
		return 0;
	case 'e':
		pl_cmd_account_set(a, &a->f.shadow, name, DAY, "0");
		return 0;
	case 'l':
		if (word[0] != '!')
			pl_cmd_account_set(a, &a->f.shadow, name, PASSWORD,
					   pl_arena_printf(&a->f.arena, "!%s", word));
		return 0;
	case 'u':
		return unlock(a, name, err);
	case 'n':
		return set_days(a, name, MIN, value, err);
	case 'x':
		return set_days(a, name, MAX, value, err);
	case 'w':
		return set_days(a, name, WARN, value, err);
	default:
		return set_days(a, name, INACTIVE, value, err);
	}
}

struct changes {
	int letters[8];
	const char *values[8];
	size_t n;
};

static int do_changes(struct pl_cmd_accounts *a, const char *name, const struct changes *c,
		      struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < c->n && rc >= 0 && a->call->status == 0; i++)
		rc = change(a, name, c->letters[i], c->values[i], err);
	return rc;
}

int pl_cmd_passwd(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'d', "delete", 0},
						       {'e', "expire", 0},
						       {'l', "lock", 0},
						       {'u', "unlock", 0},
						       {'S', "status", 0},
						       {'q', "quiet", 0},
						       {'n', "mindays", PL_CMD_VALUE},
						       {'x', "maxdays", PL_CMD_VALUE},
						       {'w', "warndays", PL_CMD_VALUE},
						       {'i', "inactive", PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_accounts a = {0};
	struct changes c = {.n = 0};
	bool quiet = false, asks = false;
	int rc = pl_cmd_accounts_open(&a, call, err);
	while (rc >= 0 && c.n < PL_COUNT(c.letters) && (rc = pl_cmd_next(&args, err)) > 0) {
		quiet = quiet || args.letter == 'q';
		asks = asks || args.letter == 'S';
		c.letters[c.n] = args.letter;
		c.values[c.n] = args.value;
		c.n += args.letter != 'q';
	}
	if (rc > 0 || (rc == 0 && (c.n == 0 || args.n > 1 || (asks && c.n > 1))))
		rc = pl_shell_unknown(call, err, "such a combination (or to ask for a password)");
	if (rc == 0) {
		const char *name = args.n ? args.operands[0] : "root";
		rc = find_user(&a, name, "", err);
		if (rc > 0)
			rc = do_changes(&a, name, &c, err);
		if (rc == 0 && call->status == 0 && !quiet && !asks)
			rc = pl_cmd_say(call, err, "%s: password changed.", call->argv[0]);
	}
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&a, rc, err);
}

int pl_cmd_chage(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'d', "lastday", PL_CMD_VALUE},
						       {'E', "expiredate", PL_CMD_VALUE},
						       {'I', "inactive", PL_CMD_VALUE},
						       {'m', "mindays", PL_CMD_VALUE},
						       {'M', "maxdays", PL_CMD_VALUE},
						       {'W', "warndays", PL_CMD_VALUE},
						       {0, NULL, 0}};
	static const char letters[] = "dEImMW";
	static const unsigned fields[] = {DAY, EXPIRE, INACTIVE, MIN, MAX, WARN};
	const char *values[6] = {0};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_accounts a = {0};
	bool any = false;
	int rc = pl_cmd_accounts_open(&a, call, err);
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0) {
		values[strchr(letters, args.letter) - letters] = args.value;
		any = true;
	}
	if (rc == 0 && (!any || args.n != 1))
		rc = pl_shell_unknown(call, err, "other than changes of one user");
	if (rc == 0)
		rc = find_user(&a, args.operands[0], " in /etc/passwd", err);
	for (size_t i = 0; i < PL_COUNT(fields) && rc >= 0 && call->status == 0; i++)
		if (values[i])
			rc = set_days(&a, args.operands[0], fields[i], values[i], err);
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&a, rc, err);
}

/* -- shadow passwords on -- */

static void set_owner(const struct pl_cmd_accounts *a, const char *path, uint32_t mode,
		      uint32_t gid)
{
	struct pl_node *n = pl_tree_resolve(a->f.tree, pl_str_of(path), true);
	if (!n)
		return;
	n = pl_node_file(n);
	n->mode = mode;
	n->uid = 0;
	n->gid = gid;
}

static int turn_on(struct pl_shell_call *call, bool users, bool groups, struct pl_err *err)
{
	struct pl_cmd_accounts a = {0};
	int rc = pl_cmd_accounts_open(&a, call, err);
	bool new_shadow = !a.f.shadow.is_there, new_gshadow = !a.f.gshadow.is_there;
	const struct pl_str *line = rc >= 0 ? pl_cmd_group(&a, "shadow") : NULL;
	uint32_t gid = line ? pl_cmd_number(*line, 2) : 0;
	if (rc >= 0 && users)
		pl_account_files_shadow(&a.f, true);
	if (rc >= 0 && groups)
		pl_account_files_shadow(&a.f, false);
	if (rc >= 0)
		rc = pl_account_files_save(&a.f, err);
	if (rc >= 0 && users && new_shadow)
		set_owner(&a, "etc/shadow", 0440, gid);
	if (rc >= 0 && groups && new_gshadow)
		set_owner(&a, "etc/gshadow", 0440, gid);
	if (rc >= 0 && users && groups) {
		set_owner(&a, "etc/passwd", 0644, 0);
		set_owner(&a, "etc/group", 0644, 0);
		set_owner(&a, "etc/shadow", 0640, gid);
		set_owner(&a, "etc/gshadow", 0640, gid);
	}
	return pl_cmd_accounts_close(&a, rc, err);
}

int pl_cmd_pwconv(struct pl_shell_call *call, struct pl_err *err)
{
	if (call->argc > 1)
		return pl_shell_unknown(call, err, call->argv[1]);
	return turn_on(call, true, false, err);
}

int pl_cmd_grpconv(struct pl_shell_call *call, struct pl_err *err)
{
	if (call->argc > 1)
		return pl_shell_unknown(call, err, call->argv[1]);
	return turn_on(call, false, true, err);
}

int pl_cmd_shadowconfig(struct pl_shell_call *call, struct pl_err *err)
{
	if (call->argc != 2 || strcmp(call->argv[1], "on") != 0)
		return pl_shell_unknown(call, err, "other than on");
	int rc = turn_on(call, true, true, err);
	return rc < 0 ? rc : pl_cmd_say(call, err, "Shadow passwords are now on.");
}

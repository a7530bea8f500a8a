// SPDX-License-Identifier: Apache-2.0
/* adduser and addgroup: options, checks, and groups. */
#include "commands/adduser_int.h"

#include "base/num.h"

#include <ctype.h>

/* -- words for people -- */

int pl_adduser_info(struct pl_cmd_adduser *x, struct pl_err *err, const char *fmt, ...)
{
	PL_AUTO(buf) text = {.max = 1 << 13};
	va_list ap;
	if (x->recent ? !x->verbose : x->quiet)
		return 0;
	va_start(ap, fmt);
	if (x->recent)
		pl_buf_adds(&text, "info: ");
	pl_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	pl_buf_addc(&text, '\n');
	return pl_shell_write(x->a.call->shell, 1, pl_buf_str(&text), err);
}

static int tell(struct pl_cmd_adduser *x, const char *level, const char *fmt, va_list ap,
		struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 13};
	pl_buf_addf(&text, "%s: ", x->recent ? level : x->program);
	pl_buf_vaddf(&text, fmt, ap);
	pl_buf_addc(&text, '\n');
	return pl_shell_write(x->a.call->shell, 2, pl_buf_str(&text), err);
}

int pl_adduser_warn(struct pl_cmd_adduser *x, const char *level, struct pl_err *err,
		    const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int rc = !x->recent && x->quiet ? 0 : tell(x, level, fmt, ap, err);
	va_end(ap);
	return rc;
}

int pl_adduser_die(struct pl_cmd_adduser *x, int old, int recent, struct pl_err *err,
		   const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int rc = tell(x, x->level ? x->level : "fatal", fmt, ap, err);
	va_end(ap);
	x->a.call->status = x->recent ? recent : old;
	return rc;
}

/* -- opening -- */

int pl_adduser_open(struct pl_cmd_adduser *x, struct pl_shell_call *call,
		    const char *const *configs, struct pl_err *err)
{
	const char *slash = strrchr(call->argv[0], '/');
	x->program = slash ? slash + 1 : call->argv[0];
	x->uid = x->gid = x->first_uid = x->last_uid = x->first_gid = x->last_gid = -1;
	x->recent = pl_tree_resolve(call->world->tree,
				    PL_STR("usr/share/perl5/Debian/AdduserLogging.pm"), true);
	int rc = pl_cmd_accounts_open(&x->a, call, err);
	for (; *configs && rc >= 0; configs++)
		rc = pl_cmd_settings_read(&x->a, *configs, '=', true, &x->conf, err);
	return rc;
}

int pl_adduser_close(struct pl_cmd_adduser *x, int rc, struct pl_err *err)
{
	pl_map_done(&x->conf);
	return pl_cmd_accounts_close(&x->a, rc, err);
}

bool pl_adduser_is_system(const struct pl_cmd_adduser *x, struct pl_str line, bool is_group)
{
	uint32_t number = pl_cmd_number(line, 2);
	return number >= pl_cmd_setting_number(&x->conf,
					       is_group ? "first_system_gid" : "first_system_uid",
					       100) &&
	       number <= pl_cmd_setting_number(
				 &x->conf, is_group ? "last_system_gid" : "last_system_uid", 999);
}

int pl_adduser_number(struct pl_cmd_adduser *x, bool is_group, bool both, uint32_t first,
		      uint32_t last, uint32_t *ret, struct pl_err *err)
{
	const struct pl_account_files *f = &x->a.f;
	struct pl_command_id want = {x->name, is_group, first, last, first, false};
	for (; want.number <= last; want.number++) {
		bool user = (both || !is_group) && pl_cmd_by_number(&f->passwd, want.number);
		bool group = (both || is_group) && pl_cmd_by_number(&f->group, want.number);
		if (user || group)
			continue;
		int rc = pl_cmd_id_take(&x->a, &want, ret, err);
		return rc < 0 ? rc : 1;
	}
	return 0;
}

/* -- names -- */

enum name_kind { NAME_MINIMAL, NAME_IEEE, NAME_USUAL };

static bool is_name(const struct pl_cmd_adduser *x, enum name_kind kind)
{
	const char *s = x->name;
	size_t n = strlen(s);
	if (kind == NAME_MINIMAL)
		return *s && !strchr("-+~", *s) && !strpbrk(s, ":,/ \t\n\r\f\v");
	if (n && s[n - 1] == '$')
		n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool first = i == 0,
		     letter = c < 128 && (x->recent || kind == NAME_IEEE ? isalpha(c) : islower(c));
		bool fine = letter || (c < 128 && isdigit(c) && !(first && kind == NAME_USUAL)) ||
			    (c == '_' && !(first && kind == NAME_USUAL && !x->system)) ||
			    (c == '-' && !first);
		if (kind == NAME_IEEE)
			fine = fine || c == '.' || (c == '@' && !first && !x->recent);
		if (!fine)
			return false;
	}
	return n;
}

/* What adduser's checkname says. 1: go on; 0: said. */
static int check_name(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const char *var = x->system ? "SYS_NAME_REGEX" : "NAME_REGEX", *why = NULL;
	size_t digits = strspn(x->name, "0123456789");
	if (pl_map_has(&x->conf, x->system ? PL_STR("sys_name_regex") : PL_STR("name_regex")))
		return pl_shell_unknown(x->a.call, err, var);
	if (*x->name && !x->name[digits])
		why = "To avoid ambiguity with numerical UIDs, usernames which consist of only "
		      "digits are not allowed.";
	else if (strlen(x->name) > 32)
		why = "Usernames must be no more than 32 bytes in length.";
	else if (!is_name(x, NAME_MINIMAL))
		why = "To avoid problems, the username must not start with a dash, plus sign, or "
		      "tilde, and it must not contain colon, comma, slash, or blanks.";
	else if (is_name(x, NAME_USUAL))
		return 1;
	else if (!is_name(x, NAME_IEEE) && !x->any_name)
		why = "To avoid problems, the username should consist only of letters, digits, "
		      "underscores, periods, at signs and dashes, and not start with a dash.";
	else if (!x->bad_name && !x->any_name)
		why = "Please enter a username matching the regular expression configured via the "
		      "configuration variable.  Use the `--allow-bad-names' option to relax "
		      "this check.";
	if (!why && !is_name(x, NAME_IEEE))
		return pl_shell_unknown(x->a.call, err, "such a name");
	if (!why) {
		int rc = pl_adduser_info(x, err, "Allowing use of questionable username.");
		return rc < 0 ? rc : 1;
	}
	x->level = "err";
	return pl_adduser_die(x, 1, PL_ADDUSER_NAME, err, "%s", why);
}

/* -- groups -- */

static int make_group(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const struct pl_map *m = &x->conf;
	bool s = x->system;
	uint32_t gid;
	int rc = 1;
	if (x->gid >= 0) {
		struct pl_command_id want = {x->name, true, 0, UINT32_MAX, (uint32_t)x->gid, true};
		rc = pl_cmd_id_take(&x->a, &want, &gid, err);
	} else {
		uint32_t first = pl_cmd_setting_number(m, s ? "first_system_gid" : "first_gid",
						       s ? 100 : 1000);
		uint32_t last = pl_cmd_setting_number(m, s ? "last_system_gid" : "last_gid",
						      s ? 999 : 59999);
		if (x->first_gid > 0)
			first = (uint32_t)x->first_gid;
		if (x->last_gid > 0)
			last = (uint32_t)x->last_gid;
		rc = pl_adduser_number(x, true, false, first, last, &gid, err);
		if (rc == 0)
			return pl_adduser_die(x, 1, PL_ADDUSER_NO_ID, err,
					      "The group `%s' was not created.", x->name);
	}
	if (rc >= 0)
		rc = pl_adduser_info(x, err, "Adding group `%s' (GID %u) ...", x->name, gid);
	if (rc < 0)
		return rc;
	pl_cmd_group_add(&x->a, x->name, gid, NULL);
	return x->recent ? 0 : pl_adduser_info(x, err, "Done.");
}

static int add_group(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const struct pl_str *line = pl_cmd_group(&x->a, x->name);
	x->level = x->system ? "err" : NULL;
	bool in_use = x->gid >= 0 && pl_cmd_by_number(&x->a.f.group, (uint32_t)x->gid);
	if (line && !x->system)
		return pl_adduser_die(x, 1, PL_ADDUSER_EXISTS, err,
				      "The group `%s' already exists.", x->name);
	bool other = line && x->gid >= 0 && pl_cmd_number(*line, 2) != x->gid;
	if (x->recent && x->system && (other || (!line && in_use)))
		return pl_adduser_die(x, 1, PL_ADDUSER_PROPERTIES, err,
				      "The group `%s' already exists, but has a different GID. "
				      "Exiting.",
				      x->name);
	if (line && pl_adduser_is_system(x, *line, true))
		return x->recent ? pl_adduser_info(x, err,
						   "The group `%s' already exists as a system "
						   "group.",
						   x->name)
				 : pl_adduser_warn(x, "info", err,
						   "The group `%s' already exists as a system "
						   "group. Exiting.",
						   x->name);
	if (line)
		return pl_adduser_die(x, 1, PL_ADDUSER_PROPERTIES, err,
				      other ? "The group `%s' already exists, but has a "
					      "different GID. Exiting."
					    : "The group `%s' already exists and is not a "
					      "system group. Exiting.",
				      x->name);
	if (in_use)
		return pl_adduser_die(x, 1, PL_ADDUSER_ID_USED, err,
				      "The GID `%lld' is already in use.", (long long)x->gid);
	return make_group(x, err);
}

static int add_to_group(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const struct pl_str *line = pl_cmd_group(&x->a, x->second);
	if (!pl_cmd_user(&x->a, x->name))
		return pl_adduser_die(x, 1, PL_ADDUSER_ABSENT, err, "The user `%s' does not exist.",
				      x->name);
	if (!line)
		return pl_adduser_die(x, 1, PL_ADDUSER_ABSENT, err,
				      "The group `%s' does not exist.", x->second);
	if (pl_account_in_list(pl_account_field(*line, 3), pl_str_of(x->name)))
		return pl_adduser_warn(x, "warn", err, "The user `%s' is already a member of `%s'.",
				       x->name, x->second);
	int rc = pl_adduser_info(x, err, "Adding user `%s' to group `%s' ...", x->name, x->second);
	pl_cmd_member_add(&x->a, x->second, x->name);
	return rc < 0 || x->recent ? rc : pl_adduser_info(x, err, "Done.");
}

/* -- the call -- */

enum {
	OPT_ALL_NAMES = 256,
	OPT_BAD_NAMES,
	OPT_COMMENT,
	OPT_NO_LOGIN,
	OPT_NO_PASSWORD,
	OPT_EXTRA,
	OPT_FIRST_GID,
	OPT_FIRST_UID,
	OPT_LAST_GID,
	OPT_LAST_UID,
	OPT_GID,
	OPT_GROUP,
	OPT_HOME,
	OPT_INGROUP,
	OPT_NO_HOME,
	OPT_SHELL,
	OPT_SYSTEM,
	OPT_UID,
	OPT_LEVEL,
	OPT_VERBOSE,
};
static const struct pl_cmd_option options[] = {{OPT_EXTRA, "add-extra-groups", 0},
					       {OPT_EXTRA, "add_extra_groups", 0},
					       {OPT_ALL_NAMES, "allow-all-names", 0},
					       {OPT_BAD_NAMES, "allow-badname", 0},
					       {OPT_BAD_NAMES, "allow-bad-names", 0},
					       {OPT_BAD_NAMES, "force-badname", 0},
					       {OPT_COMMENT, "comment", PL_CMD_VALUE},
					       {OPT_COMMENT, "gecos", PL_CMD_VALUE},
					       {OPT_NO_LOGIN, "disabled-login", 0},
					       {OPT_NO_PASSWORD, "disabled-password", 0},
					       {OPT_FIRST_GID, "firstgid", PL_CMD_VALUE},
					       {OPT_FIRST_UID, "firstuid", PL_CMD_VALUE},
					       {OPT_LAST_GID, "lastgid", PL_CMD_VALUE},
					       {OPT_LAST_UID, "lastuid", PL_CMD_VALUE},
					       {OPT_GID, "gid", PL_CMD_VALUE},
					       {OPT_GROUP, "group", 0},
					       {OPT_HOME, "home", PL_CMD_VALUE},
					       {OPT_INGROUP, "ingroup", PL_CMD_VALUE},
					       {OPT_NO_HOME, "no-create-home", 0},
					       {'q', "quiet", 0},
					       {OPT_SHELL, "shell", PL_CMD_VALUE},
					       {OPT_SYSTEM, "system", 0},
					       {OPT_UID, "uid", PL_CMD_VALUE},
					       {OPT_VERBOSE, "verbose", 0},
					       /* adduser 3.137: which messages are written */
					       {OPT_LEVEL, "stdoutmsglevel", PL_CMD_VALUE},
					       {OPT_LEVEL, "stderrmsglevel", PL_CMD_VALUE},
					       {OPT_LEVEL, "logmsglevel", PL_CMD_VALUE},
					       {0, NULL, 0}};

static int take_number(struct pl_cmd_adduser *x, const char *text, int64_t *ret, struct pl_err *err)
{
	uint64_t v;
	if (!pl_parse_u64(pl_str_of(text), UINT32_MAX - 1, &v))
		return pl_shell_unknown(x->a.call, err, "what is no number");
	*ret = (int64_t)v;
	return 0;
}

static int take_option(struct pl_cmd_adduser *x, int letter, const char *value, struct pl_err *err)
{
	const struct {
		int letter;
		const char **text;
		int64_t *number;
		bool *flag;
	} to[] = {
		{OPT_EXTRA, .flag = &x->extra_groups},
		{OPT_ALL_NAMES, .flag = &x->any_name},
		{OPT_BAD_NAMES, .flag = &x->bad_name},
		{OPT_NO_LOGIN, .flag = &x->no_login},
		{OPT_NO_PASSWORD, .flag = &x->no_password},
		{OPT_GROUP, .flag = &x->group},
		{OPT_NO_HOME, .flag = &x->no_home},
		{'q', .flag = &x->quiet},
		{OPT_SYSTEM, .flag = &x->system},
		{OPT_VERBOSE, .flag = &x->verbose},
		{OPT_COMMENT, .text = &x->comment},
		{OPT_HOME, .text = &x->home},
		{OPT_INGROUP, .text = &x->ingroup},
		{OPT_SHELL, .text = &x->shell},
		{OPT_FIRST_GID, .number = &x->first_gid},
		{OPT_FIRST_UID, .number = &x->first_uid},
		{OPT_LAST_GID, .number = &x->last_gid},
		{OPT_LAST_UID, .number = &x->last_uid},
		{OPT_GID, .number = &x->gid},
		{OPT_UID, .number = &x->uid},
	};
	for (size_t i = 0; i < PL_COUNT(to); i++) {
		if (to[i].letter != letter)
			continue;
		if (to[i].number)
			return take_number(x, value, to[i].number, err);
		if (to[i].text)
			*to[i].text = value;
		else
			*to[i].flag = true;
	}
	return 0;
}

static int act(struct pl_cmd_adduser *x, bool addgroup, struct pl_err *err)
{
	bool groups = addgroup || (x->group && !x->system);
	int given = x->group + (x->ingroup != NULL) + (x->gid >= 0);
	if (x->second && (addgroup || x->group || x->system))
		return pl_adduser_die(x, 1, PL_ADDUSER_CALL, err,
				      addgroup ? "addgroup with two arguments is an unspecified "
						 "operation."
					       : "Specify only one name in this mode.");
	if (x->second)
		return add_to_group(x, err);
	if (!addgroup && given > 1)
		return pl_adduser_die(x, 1, PL_ADDUSER_EXCLUSIVE, err,
				      "The --group, --ingroup, and --gid options are mutually "
				      "exclusive.");
	if (x->home && x->home[0] != '/')
		return pl_adduser_die(x, 1, PL_ADDUSER_HOME, err,
				      "The home dir must be an absolute path.");
	int rc = check_name(x, err);
	if (rc <= 0)
		return rc;
	return groups      ? add_group(x, err)
	       : x->system ? pl_adduser_system(x, err)
			   : pl_adduser_person(x, err);
}

/* Settings that change more than a number or a path. */
static int check_settings(struct pl_cmd_adduser *x, struct pl_err *err)
{
	static const char *const unknown[] = {"uid_pool", "gid_pool", "quotauser",
					      "skel_ignore_regex"};
	static const char *const no[] = {"grouphomes", "letterhomes", "setgid_home"};
	for (size_t i = 0; i < PL_COUNT(unknown); i++)
		if (*pl_cmd_setting(&x->conf, unknown[i], ""))
			return pl_shell_unknown(x->a.call, err, unknown[i]);
	for (size_t i = 0; i < PL_COUNT(no); i++)
		if (strcmp(pl_cmd_setting(&x->conf, no[i], "no"), "no") != 0)
			return pl_shell_unknown(x->a.call, err, no[i]);
	if (pl_tree_resolve(x->a.f.tree, PL_STR("usr/local/sbin/adduser.local"), true))
		return pl_shell_unknown(x->a.call, err, "/usr/local/sbin/adduser.local");
	const char *texts[] = {x->home, x->shell, x->comment};
	for (size_t i = 0; i < PL_COUNT(texts); i++)
		if (texts[i] && strpbrk(texts[i], ":\n"))
			return pl_shell_unknown(x->a.call, err, "a field with ':' or a newline");
	return 0;
}

static int run_adduser(struct pl_shell_call *call, bool addgroup, struct pl_err *err)
{
	static const char *const configs[] = {"etc/adduser.conf", NULL};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_adduser x = {0};
	int rc = pl_adduser_open(&x, call, configs, err);
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0)
		rc = take_option(&x, args.letter, args.value, err);
	if (rc == 0)
		rc = check_settings(&x, err);
	if (rc == 0 && (args.n < 1 || args.n > 2 || !args.operands[0][0])) {
		rc = pl_adduser_die(&x, 1, PL_ADDUSER_CALL, err, "Only one or two names allowed.");
	} else if (rc == 0) {
		x.name = args.operands[0];
		x.second = args.n > 1 ? args.operands[1] : NULL;
		rc = act(&x, addgroup, err);
	}
	pl_cmd_args_done(&args);
	return pl_adduser_close(&x, rc, err);
}

int pl_cmd_adduser(struct pl_shell_call *call, struct pl_err *err)
{
	return run_adduser(call, false, err);
}
int pl_cmd_addgroup(struct pl_shell_call *call, struct pl_err *err)
{
	return run_adduser(call, true, err);
}

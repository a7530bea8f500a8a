// SPDX-License-Identifier: Apache-2.0
/* Commands that make and ask accounts: whose numbers they take, and what they refuse. What they
 * write is compared with the commands themselves in tests/differential/accounts.py. */
#include "commands/commands.h"
#include "effects/effects_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DAY 100

struct fixture {
	struct pl_tree tree;
	struct pl_effect_input in;
	struct pl_command_world own;
	uint32_t next;
	struct pl_err err;
	char asked[256]; /* what the callback was asked for */
};

static void file(struct fixture *x, const char *path, const char *text, uint32_t mode)
{
	assert_int_equal(pl_tree_file(&x->tree, pl_str_of(path), pl_str_of(text), mode, 0, 0, 1,
				      NULL, &x->err),
			 0);
}

static int set_up(void **state)
{
	static const char *const programs[] = {"adduser",  "addgroup",        "useradd",
					       "groupadd", "usermod",         "deluser",
					       "passwd",   "systemd-sysusers"};
	struct fixture *x = pl_xcalloc(1, sizeof(*x));
	pl_tree_init(&x->tree);
	x->in.epoch = 86400 * DAY;
	x->own.in = &x->in;
	x->own.as_real = true;
	for (size_t i = 0; i < PL_COUNT(programs); i++) {
		PL_AUTOFREE char *path = pl_xprintf("usr/sbin/%s", programs[i]);
		file(x, path, "", 0755);
	}
	file(x, "etc/passwd", "root:x:0:0:root:/root:/bin/bash\n", 0644);
	file(x, "etc/group", "root:x:0:\nusers:x:100:\nshadow:x:42:\nnogroup:x:65534:\n", 0644);
	file(x, "etc/shadow", "root:*:1:0:99999:7:::\n", 0640);
	file(x, "etc/gshadow", "root:*::\nusers:*::\nshadow:*::\nnogroup:*::\n", 0640);
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	pl_tree_done(&x->tree);
	free(x);
	return 0;
}

static int run(struct fixture *x, const char *script, int *ret_status)
{
	struct pl_shell_world world = {.tree = &x->tree,
				       .epoch = x->in.epoch,
				       .commands = pl_unix_commands,
				       .n_commands = pl_unix_commands_n,
				       .own = &x->own};
	PL_AUTO_FREE(shell) sh = pl_shell_new(&world);
	pl_shell_export(sh, "PATH", "/usr/sbin:/usr/bin");
	return pl_shell_run(sh, "postinst", pl_str_of(script), false, NULL, 0, ret_status, &x->err);
}

static void runs(struct fixture *x, const char *script, int status)
{
	int got = -1;
	if (run(x, script, &got) < 0)
		fail_msg("%s: %s", script, x->err.msg);
	assert_int_equal(got, status);
}

static void refused(struct fixture *x, const char *script, enum pl_code code, const char *word)
{
	int got;
	assert_int_equal(run(x, script, &got), -(int)code);
	if (!strstr(x->err.msg, word))
		fail_msg("'%s' does not say '%s'", x->err.msg, word);
}

static void has_line(struct fixture *x, const char *path, const char *line)
{
	PL_AUTO(buf) text = {0};
	const struct pl_node *n = pl_tree_get(&x->tree, pl_str_of(path));
	assert_int_equal(pl_effect_read(&x->in, n, &text, &x->err), 0);
	struct pl_str rest = pl_buf_str(&text);
	while (rest.p && rest.n)
		if (pl_str_is(pl_str_cut(&rest, '\n'), line))
			return;
	fail_msg("%s has no line %s:\n%s", path, line, text.p);
}

static void usual_numbers(void **state)
{
	struct fixture *x = *state;
	runs(x, "adduser --quiet --system --group --home /var/lib/a a", 0);
	has_line(x, "etc/passwd", "a:x:100:101::/var/lib/a:/usr/sbin/nologin");
	has_line(x, "etc/shadow", "a:!:100::::::");
	has_line(x, "etc/gshadow", "a:!::");
	assert_int_equal(pl_tree_get(&x->tree, PL_STR("var/lib/a"))->gid, 101);
	runs(x, "useradd -r b && groupadd -r c && systemd-sysusers --inline 'u d' 'm d c'", 0);
	/* Below the lowest in use, and 100 is in use: from the top. */
	has_line(x, "etc/passwd", "b:x:999:999::/home/b:/bin/sh");
	has_line(x, "etc/group", "c:x:998:d");
	has_line(x, "etc/passwd", "d:x:997:997::/:/usr/sbin/nologin");
	assert_null(pl_tree_get(&x->tree, PL_STR("etc/passwd-")));
	assert_null(pl_tree_get(&x->tree, PL_STR("etc/.pwd.lock")));
}

static void locked_numbers(void **state)
{
	static const struct pl_id ids[] = {
		{"a", false, 150}, {"a", true, 151}, {"b", false, 152}, {"d", true, 150}};
	struct fixture *x = *state;
	x->own.as_real = false;
	x->in.ids = ids;
	x->in.n_ids = PL_COUNT(ids);
	runs(x, "adduser --quiet --system --group a; useradd -r -g a b", 0);
	has_line(x, "etc/passwd", "a:x:150:151::/nonexistent:/usr/sbin/nologin");
	has_line(x, "etc/passwd", "b:x:152:151::/home/b:/bin/sh");
	runs(x, "groupadd -g 7 d", 0); /* the script says it */
	has_line(x, "etc/group", "d:x:7:");
	runs(x, "groupadd -g 153 e", 0);
	refused(x, "groupadd -r f", PL_INPUT, "group f: the lock has no number for it");
	static const struct pl_id taken[] = {{"g", true, 153}};
	x->in.ids = taken;
	x->in.n_ids = 1;
	refused(x, "groupadd -r g", PL_INPUT, "g should get the number 153, but e has it");
}

/* The first number that is said is taken. */
static int choose(void *ctx, const struct pl_id_want *want, uint32_t *ret, struct pl_err *err)
{
	struct fixture *x = ctx;
	size_t n = strlen(x->asked);
	snprintf(x->asked + n, sizeof(x->asked) - n, "%s %c %u-%u %d;", want->name,
		 want->is_group ? 'g' : 'u', want->first, want->last, (int)want->fixed);
	if (strcmp(want->name, "no") == 0)
		return pl_fail(err, PL_LIMIT, "no number is left");
	*ret = x->next++;
	return 0;
}

static void numbers_of_the_caller(void **state)
{
	struct fixture *x = *state;
	x->own.as_real = false;
	x->in.new_id = choose;
	x->in.read_ctx = x;
	x->next = 300;
	runs(x,
	     "addgroup --quiet --system --gid 300 b; adduser --quiet --system --group a;"
	     "useradd -r -u 500 c; adduser --quiet a b; useradd -m h",
	     0);
	assert_string_equal(x->asked,
			    "b g 0-4294967295 300;a u 0-0 -1;a g 0-0 -1;"
			    "c u 0-0 500;c g 0-0 -1;h u 1000-60000 -1;h g 1000-60000 -1;");
	refused(x, "groupadd no", PL_LIMIT, "no number is left");
}

static void unknown_uses(void **state)
{
	struct fixture *x = *state;
	refused(x, "adduser human", PL_SCRIPTS, "--disabled-password");
	refused(x, "adduser --disabled-password human", PL_SCRIPTS, "--gecos");
	refused(x, "adduser --system --conf /etc/x a", PL_SCRIPTS, "--conf");
	refused(x, "adduser --system --home '/a:b' a", PL_SCRIPTS, "':'");
	refused(x, "passwd root", PL_SCRIPTS, "to ask for a password");
	refused(x, "useradd -e 2030-01-01 a", PL_SCRIPTS, "expires");
	refused(x, "useradd 'a\nb:x:0:0::/:/bin/sh'", PL_SCRIPTS, "such a name");
	refused(x, "systemd-sysusers --inline 'u a - \"%H\"'", PL_SCRIPTS,
		"depends on the machine");
	refused(x, "systemd-sysusers --root /mnt", PL_SCRIPTS, "--root");
	refused(x, "getent ahosts localhost", PL_SCRIPTS, "ahosts");
	refused(x, "deluser --remove-home root x; deluser --no-preserve-root --remove-home root",
		PL_SCRIPTS, "--remove-home");
	refused(x, "useradd -m -k / -d /home/x x", PL_SCRIPTS, "within its skeleton");
	file(x, "etc/adduser.conf", "FIRST_SYSTEM_UID=200\nEXTRA=\nUID_POOL=/etc/pool\n", 0644);
	refused(x, "adduser --system a", PL_SCRIPTS, "uid_pool");
}

static void hostile_files(void **state)
{
	struct fixture *x = *state;
	file(x, "etc/passwd", "nothing\n:::\nroot:x:0\nq:x:99999999999:4:\n\n", 0644);
	runs(x, "id root; getent passwd; adduser --quiet --system a; deluser --quiet a; exit 0", 0);
	has_line(x, "etc/passwd", "root:x:0");
	file(x, "etc/adduser.conf", "FIRST_SYSTEM_UID=200\n", 0644);
	runs(x, "adduser --quiet --system b", 0);
	has_line(x, "etc/passwd", "b:x:200:65534::/nonexistent:/usr/sbin/nologin");
	pl_tree_remove(&x->tree, pl_tree_get(&x->tree, PL_STR("etc/group")));
	assert_int_equal(pl_tree_mkdir(&x->tree, PL_STR("etc/group"), 0755, 0, 0, 1, NULL, &x->err),
			 0);
	refused(x, "groupadd g", PL_CONFLICT, "etc/group");
}

static void settings(void **state)
{
	struct fixture *x = *state;
	file(x, "etc/login.defs",
	     "UID_MIN 5000\nGID_MIN 5000\nHOME_MODE 0711\nUSERGROUPS_ENAB yes\n"
	     "CREATE_HOME yes\n",
	     0644);
	file(x, "etc/default/useradd", "SHELL=/bin/dash\nHOME=/srv\nSKEL=/etc/other\n", 0644);
	file(x, "etc/other/.profile", "hi\n", 0600);
	runs(x, "useradd a; useradd -r b", 0);
	has_line(x, "etc/passwd", "a:x:5000:5000::/srv/a:/bin/dash");
	has_line(x, "etc/passwd", "b:x:4999:4999::/srv/b:/bin/dash");
	assert_int_equal(pl_tree_get(&x->tree, PL_STR("srv/a"))->mode, 0711);
	const struct pl_node *n = pl_tree_get(&x->tree, PL_STR("srv/a/.profile"));
	assert_int_equal(n->mode, 0600);
	assert_int_equal(n->uid, 5000);
	assert_null(pl_tree_get(&x->tree, PL_STR("srv/b")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(usual_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(locked_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers_of_the_caller, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unknown_uses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hostile_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(settings, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

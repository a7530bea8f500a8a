// SPDX-License-Identifier: Apache-2.0
/* tmpfiles.d on made-up trees: lines and refusals. */
#include "effects/tmpfiles.h"
#include "fixture.h"

#define CONF "usr/lib/tmpfiles.d/x.conf"

static int tmpfiles(struct fixture *x, const char *text)
{
	file(x, CONF, text);
	return pl_tmpfiles_apply(&x->tree, &x->in, PL_STR(CONF), NULL, &x->err);
}

static void tmpfiles_lines(void **state)
{
	struct fixture *x = *state;
	file(x, "etc/passwd", "postgres:x:101:103::/:/bin/sh\n");
	file(x, "etc/group", "postgres:x:103:\nadm:x:4:\n");
	file(x, "var/log/old", "kept");
	assert_int_equal(tmpfiles(x, "# comment\n"
				     "d /run/postgresql 2775 postgres postgres - -\n"
				     "d /var/run/x 0755 - - - -\n"
				     "d /var/log/postgresql 1775 root postgres 10d -\n"
				     "D$ /var/lib/x\t- 5 adm\n"
				     "f /etc/made 0600 - - - some text \n"
				     "f /var/log/old 0640 - adm\n"
				     "L /etc/link - - - - ../run/target\n"
				     "L /etc/factory\n"
				     "d /var/log/journal/%m 2755 root nosuch - -\n"
				     "z /var/log/o* 0600 postgres -\n"
				     "q /var/tmp 1777 root root 30d\n"),
			 0);
	assert_null(node(x, "run/postgresql"));
	assert_null(node(x, "var/run"));
	struct pl_node *n = node(x, "var/log/postgresql");
	assert_true(n && n->type == PL_TAR_DIR && n->mode == 01775 && n->uid == 0 && n->gid == 103);
	n = node(x, "var/lib/x");
	assert_true(n && n->mode == 0755 && n->uid == 5 && n->gid == 4);
	expect_text(x, "etc/made", "some text");
	assert_int_equal(node(x, "etc/made")->mode, 0600);
	expect_text(x, "var/log/old", "kept");
	n = node(x, "var/log/old");
	assert_true(n->mode == 0600 && n->uid == 101 && n->gid == 4);
	expect_link(x, "etc/link", "../run/target");
	expect_link(x, "etc/factory", "/usr/share/factory/etc/factory");
	assert_null(node(x, "var/log/journal"));
	assert_int_equal(node(x, "var/tmp")->mode, 01777);
}

static void tmpfiles_refused(void **state)
{
	struct fixture *x = *state;
	/* A link on the way to the root: what would be replaced is not what the line names. */
	assert_int_equal(tmpfiles(x, "L /etc/root - - - - /\n"), 0);
	file(x, "usr/bin/x", "");
	expect_error(x, tmpfiles(x, "L+ /etc/root/ - - - - /usr\n"), PL_INPUT, "cannot end with");
	expect_error(x, tmpfiles(x, "L+ /etc/root/. - - - - /usr\n"), PL_INPUT, "'.' in the path");
	expect_error(x, tmpfiles(x, "L+ /etc/root/usr - - - - /opt\n"), PL_INPUT, "not below /etc");
	expect_error(x, tmpfiles(x, "L+ /var/lib/dpkg/status - - - - /usr/ghost\n"), PL_INPUT,
		     "package database");
	expect_error(x, tmpfiles(x, "\nd /var/%v 0755\n"), PL_INPUT, CONF ":2: /var/%v");
	expect_error(x, tmpfiles(x, "f~ /etc/x 0644 - - - eA==\n"), PL_INPUT, "a modifier");
	expect_error(x, tmpfiles(x, "d /var/x 999\n"), PL_INPUT, "octal");
	expect_error(x,
		     tmpfiles(x, "d \"/var/x\" 0755\n"
				 "d /var/\"x 0755\n"),
		     PL_INPUT, "quoted");
	expect_error(x, tmpfiles(x, "d /var/../etc 0755\n"), PL_INPUT, "'..'");
	expect_error(x, tmpfiles(x, "d /var/* 0755\n"), PL_INPUT, "pattern");
	assert_int_equal(tmpfiles(x, "d /usr/%v 0755\n"), 0);
}

/* As systemd-tmpfiles --create without --boot and without credentials, where not all owners are
 * known. */
static void tmpfiles_passed_over(void **state)
{
	struct fixture *x = *state;
	file(x, "etc/passwd", "");
	file(x, "etc/group", "adm:x:4:\n");
	assert_int_equal(tmpfiles(x, "f^ /etc/hosts - - - - network.hosts\n"
				     "d! /var/lib/boot\n"
				     "C! /etc/pam.d\n"
				     "d- /root/.ssh :0700 root :root -\n"),
			 0);
	assert_null(node(x, "etc/hosts"));
	assert_null(node(x, "var/lib/boot"));
	assert_int_equal(node(x, "root/.ssh")->mode, 0700);
	assert_int_equal(tmpfiles(x, "f /var/log/wtmp 0664 root utmp -\n"
				     "d /var/x 0755 nobody\n"
				     "d /var/y 0755 - adm\n"),
			 1);
	assert_null(node(x, "var/log/wtmp"));
	assert_null(node(x, "var/x"));
	assert_int_equal(node(x, "var/y")->gid, 4);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(tmpfiles_lines),
		TEST(tmpfiles_refused),
		TEST(tmpfiles_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

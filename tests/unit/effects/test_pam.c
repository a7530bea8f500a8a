// SPDX-License-Identifier: Apache-2.0
/* Profiles and stacks of PAM on made-up trees. */
#include "effects/pam.h"
#include "effects/pam_int.h"
#include "fixture.h"

static void pam_profile(void **state)
{
	struct fixture *x = *state;
	struct pl_pam_profile p;
	assert_int_equal(
		pl_pam_parse(PL_STR("Name: x\nDefault: yes\nPriority: 128\nConflicts: a, b\n"
				    "Auth-Type: Primary\nAuth-Final:\n"
				    "\t[success=end default=ignore]\tpam_x.so  a\n"
				    "\trequired pam_y.so\nAuth-Initial:\n\toptional pam_z.so\n"
				    "Session-Interactive-Only: yes\n"),
			     "x", &p, &x->err),
		0);
	assert_int_equal(p.priority, 128);
	assert_true(p.is_default && p.interactive_only);
	assert_true(pl_str_is(p.conflicts, "a, b"));
	assert_true(pl_str_is(p.types[PL_PAM_AUTH].kind, "Primary"));
	assert_true(pl_str_ends(p.types[PL_PAM_AUTH].lines, "required pam_y.so"));
	assert_true(pl_str_is(p.types[PL_PAM_AUTH].initial, "optional pam_z.so"));
	assert_null(p.types[PL_PAM_SESSION].lines.p);
	expect_error(x, pl_pam_parse(PL_STR("Name: x\nPriority: high\n"), "x", &p, &x->err),
		     PL_INPUT, "x:2:");
	expect_error(x, pl_pam_parse(PL_STR("\trequired pam_y.so\n"), "x", &p, &x->err), PL_INPUT,
		     "x:1:");
}

#define TEMPLATE                                                                                   \
	"head\n# here are the per-package modules (the \"Primary\" block)\n$auth_primary\n"        \
	"# here's the fallback if no module succeeds\nmiddle\n"                                    \
	"# and here are more per-package modules (the \"Additional\" block)\n$x\n"                 \
	"# end of pam-auth-update config\n"

static void pam_stack(void **state)
{
	struct fixture *x = *state;
	file(x, "usr/share/pam/common-auth", TEMPLATE);
	file(x, "usr/share/pam-configs/unix",
	     "Name: Unix\nDefault: yes\nPriority: 256\nAuth-Type: Primary\n"
	     "Auth:\n\t[success=end default=ignore]\tpam_unix.so try_first_pass\n"
	     "Auth-Initial:\n\t[success=end default=ignore]\tpam_unix.so  nullok\n");
	file(x, "usr/share/pam-configs/sss",
	     "Name: SSS\nDefault: yes\nPriority: 128\nAuth-Type: Primary\n"
	     "Auth:\n\t[success=end default=ignore]\tpam_sss.so use_first_pass\n"
	     "Auth-Initial:\n\trequired pam_never.so\n");
	file(x, "usr/share/pam-configs/off",
	     "Name: Off\nDefault: no\nPriority: 9\nAuth-Type: Primary\n"
	     "Auth:\n\trequired pam_off.so\n");
	file(x, "usr/share/pam-configs/cap",
	     "Name: Cap\nDefault: yes\nPriority: 0\n"
	     "Auth-Type: Additional\nAuth:\n\toptional pam_cap.so\n");
	assert_int_equal(pl_pam_make(&x->tree, &x->in, &x->err), 0);
	expect_text(x, "etc/pam.d/common-auth",
		    "head\n# here are the per-package modules (the \"Primary\" block)\n"
		    "auth\t[success=2 default=ignore]\tpam_unix.so nullok\n"
		    "auth\t[success=1 default=ignore]\tpam_sss.so use_first_pass\n"
		    "# here's the fallback if no module succeeds\nmiddle\n"
		    "# and here are more per-package modules (the \"Additional\" block)\n"
		    "auth\toptional pam_cap.so \n# end of pam-auth-update config\n");
	file(x, "usr/share/pam/common-auth", "no marks\n");
	expect_error(x, pl_pam_make(&x->tree, &x->in, &x->err), PL_INPUT, "common-auth");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(pam_profile),
		TEST(pam_stack),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

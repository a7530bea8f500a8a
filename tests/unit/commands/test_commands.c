// SPDX-License-Identifier: Apache-2.0
/* The models: their table, what they refuse, and what no shell of this machine could be asked. What
 * they do well is compared with the real commands (tests/differential/shell_dash.py). */
#include "commands/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
	struct pl_tree tree;
	struct pl_effect_input in;
	struct pl_command_world own;
	struct pl_shell_world world;
	struct pl_shell *sh;
	struct pl_err err;
	int status;
	struct pl_buf findings;
};

static void hear(void *ctx, const char *script, unsigned line, const char *command,
		 const char *what)
{
	struct fixture *x = ctx;
	pl_buf_addf(&x->findings, "%s:%u: %s: %s\n", script, line, command, what);
}

static void file(struct fixture *x, const char *path, const char *text, uint32_t mode)
{
	assert_int_equal(pl_tree_file(&x->tree, pl_str_of(path), pl_str_of(text), mode, 0, 0, 1,
				      NULL, &x->err),
			 0);
}

static int set_up(void **state)
{
	struct fixture *x = pl_xcalloc(1, sizeof(*x));
	pl_tree_init(&x->tree);
	file(x, "etc/passwd", "root:x:0:0:root:/root:/bin/bash\nu:x:100:200::/:/bin/sh\n", 0644);
	file(x, "etc/group", "root:x:0:\ngrp:x:200:\nother:x:300:a,u\n", 0644);
	file(x, "usr/bin/ping", "\177ELF", 0755);
	file(x, "usr/sbin/setcap", "\177ELF", 0755);
	file(x, "usr/sbin/getcap", "\177ELF", 0755);
	file(x, "usr/bin/pgrep", "\177ELF", 0755);
	file(x, "usr/bin/ps", "\177ELF", 0755);
	file(x, "usr/bin/chattr", "\177ELF", 0755);
	x->in.platform = pl_platform_of_debian(PL_STR("arm64"));
	x->in.epoch = 86400;
	x->own.in = &x->in;
	x->own.as_real = true;
	x->world = (struct pl_shell_world){.tree = &x->tree,
					   .epoch = 86400,
					   .commands = pl_unix_commands,
					   .n_commands = pl_unix_commands_n,
					   .own = &x->own};
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	pl_shell_free(x->sh);
	pl_tree_done(&x->tree);
	pl_buf_done(&x->findings);
	free(x);
	return 0;
}

static int run(struct fixture *x, const char *text)
{
	pl_shell_free(x->sh);
	x->sh = pl_shell_new(&x->world);
	x->err = (struct pl_err){0};
	pl_shell_export(x->sh, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
	return pl_shell_run(x->sh, "postinst", pl_str_of(text), false, NULL, 0, &x->status,
			    &x->err);
}

static void expect(struct fixture *x, const char *text, const char *output)
{
	if (run(x, text) < 0)
		fail_msg("%s: %s", text, x->err.msg);
	PL_AUTOFREE char *out = pl_str_dup(pl_shell_output(x->sh));
	assert_string_equal(out, output);
}

static void expect_error(struct fixture *x, const char *text, int code, const char *part)
{
	int rc = run(x, text);
	if (rc != -code || !strstr(x->err.msg, part))
		fail_msg("%s: %d: %s", text, rc, x->err.msg);
}

static void the_table_is_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; i < pl_unix_commands_n; i++)
		assert_true(strcmp(pl_unix_commands[i - 1].name, pl_unix_commands[i].name) < 0);
}

static void unknown_uses_are_refused(void **state)
{
	struct fixture *x = *state;
	static const char *const texts[] = {
		"ls -l /",
		"cp -al /etc /copy",
		"sed -n",
		"sed -s p /etc/passwd /etc/group",
		"printf 'x\\0y\\n' | grep x",
		"ls --nothing",
		"find / -newer /etc/passwd",
		"find / -mtime 1",
		"find / -regex x",
		"find / -ok rm {} ';'",
		"xargs -p echo",
		"stat /etc",
		"stat -c %i /etc",
		"stat -c %y /etc",
		"uname -a",
		"date -d yesterday",
		"date -r /etc/passwd",
		"date --set=x",
		"hostname newname",
		"env",
		"printenv",
		"ps ax",
		"df",
		"diff /etc/passwd /etc/group",
		"dd if=/dev/urandom of=x count=1",
		"dd if=/dev/zero of=x",
		"dd if=/etc/passwd of=x seek=1",
		"truncate -s +1 x",
		"truncate -s 1T x",
		"id -Z",
		"base64 --ignore-garbage",
		"md5sum --tag /etc/passwd",
		"head -n 1 /etc/passwd /etc/group",
		"setcap nonsense /usr/bin/ping",
		"setcap cap_chown,cap_fowner=p+e+i-p /usr/bin/ping x",
		"tac -s x",
		"comm /etc/passwd /etc/group",
	};
	for (size_t i = 0; i < PL_COUNT(texts); i++)
		expect_error(x, texts[i], PL_SCRIPTS, "not known");
}

static void the_whole_image_is_not_touched(void **state)
{
	struct fixture *x = *state;
	expect_error(x, "rm -rf /", PL_SCRIPTS, "rm");
	expect_error(x, "x=; rm -rf \"$x\"/", PL_SCRIPTS, "rm");
	expect_error(x, "chown -R u /", PL_SCRIPTS, "chown");
	expect_error(x, "chmod -R 777 /.", PL_SCRIPTS, "chmod");
	assert_non_null(pl_tree_get(&x->tree, PL_STR("usr")));
	/* What is below goes first, as with the real one: the run has failed then. */
	expect_error(x, "find / -delete", PL_SCRIPTS, "find");
}

static void hostile_sizes_have_an_end(void **state)
{
	struct fixture *x = *state;
	expect_error(x, "dd if=/dev/zero of=x bs=1M count=1000", PL_LIMIT, "dd");
	expect_error(x, "find / -exec sh -c 'while :; do :; done' ';'", PL_LIMIT, "");
	expect_error(x, "echo x | grep -E '((((a{1,255}){1,255}){1,255}){1,255})'", PL_LIMIT,
		     "repeats");
	expect_error(x, "seq 1 2000000000", PL_LIMIT, "");
}

static void the_target_answers(void **state)
{
	struct fixture *x = *state;
	expect(x, "uname; uname -m; arch; uname -sm; uname -o",
	       "Linux\naarch64\naarch64\nLinux aarch64\nGNU/Linux\n");
	expect(x, "id; id -u; id u; id -gn u; id -Gn u; id -G u; groups u; id -u nobody; echo $?",
	       "uid=0(root) gid=0(root) groups=0(root)\n0\n"
	       "uid=100(u) gid=200(grp) groups=200(grp),300(other)\ngrp\ngrp other\n200 300\n"
	       "u : grp other\n1\n");
	expect(x, "which ping nothere; echo $?; which ls", "/usr/bin/ping\n1\n/usr/bin/ls\n");
}

static void nothing_runs(void **state)
{
	struct fixture *x = *state;
	expect(x,
	       "pidof sshd; echo $?; pgrep -x a; echo $?; ps -p 1 >/dev/null; echo $?; "
	       "mountpoint -q /proc; echo $?; mountpoint -q /srv; echo $?; lsof; echo $?",
	       "1\n1\n1\n0\n32\n127\n");
}

static void the_machine_is_a_finding(void **state)
{
	struct fixture *x = *state;
	expect_error(x, "date +%s", PL_SCRIPTS, "the time");
	expect_error(x, "hostname", PL_SCRIPTS, "name");
	expect(x, "date >/dev/null; date -u -d @0 +%Y", "1970\n");
	x->world.finding = hear;
	x->world.finding_ctx = x;
	expect(x,
	       "date +%F\nhostname -f\ndf -P / | awk 'NR == 2 {print $4}'\nchattr +i /etc/passwd",
	       "1970-01-02\nlocalhost\n1073741824\n");
	assert_string_equal(x->findings.p,
			    "postinst:1: date: the time; the image's own is said\n"
			    "postinst:2: hostname: an image has no name of its own; localhost is "
			    "said\n"
			    "postinst:3: df: how much room there is; 1 TiB is said\n"
			    "postinst:4: chattr: an image's files have no such attributes\n");
	expect(x,
	       "/usr/bin/hostname; hostname -d; hostname -i || echo no; hostname --nis || echo no",
	       "localhost\nno\nno\n");
}

static void capabilities_are_the_kernels_bytes(void **state)
{
	struct fixture *x = *state;
	/* What setcap of libcap2-bin 2.66 writes for cap_net_raw+ep. */
	static const char bytes[] = "\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	expect(x, "setcap cap_net_raw+ep /usr/bin/ping; echo $?; getcap /usr/bin/ping",
	       "0\n/usr/bin/ping cap_net_raw=ep\n");
	const struct pl_node *n = pl_tree_get(&x->tree, PL_STR("usr/bin/ping"));
	assert_int_equal(n->capability.n, 20);
	assert_memory_equal(n->capability.p, bytes, 20);
	expect(x,
	       "setcap 'cap_net_bind_service,cap_bpf=p' /usr/bin/ping; getcap /usr/bin/ping; "
	       "setcap -r /usr/bin/ping; getcap /usr/bin/ping; setcap cap_chown+ep /nope; echo $?",
	       "/usr/bin/ping cap_net_bind_service,cap_bpf=p\n1\n");
	assert_int_equal(n->capability.n, 0);
}

static void find_and_xargs_run_what_is_known(void **state)
{
	struct fixture *x = *state;
	expect_error(x, "find /usr/bin -name ping -exec ping {} ';'", PL_SCRIPTS, "ping");
	expect_error(x, "echo x | xargs /usr/bin/ping", PL_SCRIPTS, "ping");
	expect(x, "find /etc -name passwd -exec chown u:other {} +; stat -c '%u:%g' /etc/passwd",
	       "100:300\n");
	expect(x,
	       "mkdir -p /d/e; ln -s d /l; ln -s x /d/e/y; chown -R u /l; stat -c %u /l /d; "
	       "rm /d/e/y; chgrp -R -H 300 /l; stat -c %g /l /d/e; rm -r /l /d",
	       "100\n0\n0\n300\n");
	expect_error(x, "mkdir /d; ln -s d /l; ln -s x /d/y; chown -R -H u /l", PL_SCRIPTS, "-H");
	expect(x,
	       "rm -r /l /d; chown u /etc/group; find / -user u; find / -group grp; find /etc "
	       "-nouser",
	       "/etc/group\n/etc/passwd\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sorted),
		cmocka_unit_test_setup_teardown(unknown_uses_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_whole_image_is_not_touched, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hostile_sizes_have_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_target_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_machine_is_a_finding, set_up, tear_down),
		cmocka_unit_test_setup_teardown(capabilities_are_the_kernels_bytes, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(find_and_xargs_run_what_is_known, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

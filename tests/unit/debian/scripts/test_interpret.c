// SPDX-License-Identifier: Apache-2.0
/* Packages of two or three lines, installed by interpreting their scripts. */
#include "debian/scripts/interpret.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct demo {
	const char *name, *fields;
	const char *preinst, *config, *postinst, *triggers, *templates;
	const char *path, *text; /* a file it ships */
};
struct install {
	struct pl_tree tree;
	struct pl_arena arena;
	const struct demo *v;
	struct pl_effect_package *packages;
	struct pl_effect_input in;
	struct pl_err err;
	struct pl_buf events; /* "package script:line kind text" a line */
	char log[4096];
};

static int unpack(void *ctx, size_t i, pl_place_fn *place, void *place_ctx, struct pl_err *err)
{
	struct install *x = ctx;
	if (!x->v[i].path)
		return 0;
	const char *path = place(place_ctx, x->v[i].path);
	return pl_tree_file(&x->tree, pl_str_of(path), pl_str_of(x->v[i].text), 0755, 0, 0, 1, NULL,
			    err);
}

static void tell(void *ctx, const struct pl_install_event *e)
{
	struct install *x = ctx;
	pl_buf_addf(&x->events, "%s %s:%u %d " PL_STR_FMT "\n", x->v[e->package].name, e->script,
		    e->line, e->kind, PL_STR_ARG(e->text));
}

static void add_script(struct install *x, struct pl_control *c, const char *name, const char *text)
{
	if (!text)
		return;
	bool shell = strcmp(name, "triggers") != 0;
	const char *whole =
		pl_arena_printf(&x->arena, "%s%s", shell ? "#!/bin/sh\nset -e\n" : "", text);
	c->scripts[c->n_scripts++] = (struct pl_script){.name = name, .text = pl_str_of(whole)};
}

/* The packages, sorted by name; what the scripts appended to /log. */
static int install(struct install *x, const struct demo *v, size_t n)
{
	*x = (struct install){
		.v = v, .in = {.platform = pl_platform_of_debian(PL_STR("amd64")), .epoch = 9}};
	pl_tree_init(&x->tree);
	x->packages = pl_arena_array(&x->arena, struct pl_effect_package, n);
	x->in.packages = x->packages;
	x->in.n_packages = n;
	for (size_t i = 0; i < n; i++) {
		struct pl_control *c = pl_arena_new(&x->arena, struct pl_control);
		c->control = pl_str_of(pl_arena_printf(
			&x->arena, "Package: %s\nVersion: 1.0\nArchitecture: amd64\n%s", v[i].name,
			v[i].fields ? v[i].fields : ""));
		c->scripts = pl_arena_array(&x->arena, struct pl_script, 8);
		c->templates = pl_str_of(v[i].templates ? v[i].templates : "");
		add_script(x, c, "preinst", v[i].preinst);
		add_script(x, c, "config", v[i].config);
		add_script(x, c, "postinst", v[i].postinst);
		add_script(x, c, "triggers", v[i].triggers);
		x->packages[i] = (struct pl_effect_package){.name = pl_str_of(v[i].name),
							    .version = PL_STR("1.0"),
							    .architecture = PL_STR("amd64"),
							    .own = c};
	}
	const struct pl_installation installation = {
		.tree = &x->tree, .in = &x->in, .unpack = unpack, .tell = tell, .ctx = x};
	int rc = pl_debian_install(&installation, &x->err);
	const struct pl_node *log = pl_tree_get(&x->tree, PL_STR("log"));
	for (size_t i = 0; log && i < log->size && i + 1 < sizeof(x->log); i++)
		x->log[i] = log->bytes.p[i];
	return rc;
}

static void done(struct install *x)
{
	pl_buf_done(&x->events);
	pl_tree_done(&x->tree);
	pl_arena_done(&x->arena);
}

static void test_order(void **state)
{
	static const struct demo v[] = {
		{.name = "a",
		 .fields = "Depends: b, virtual\n",
		 .preinst = "echo \"a $1 ${2-unset}\" >> /log",
		 .postinst = "echo \"a $1 <$2> $DPKG_MAINTSCRIPT_PACKAGE\" >> /log"},
		{.name = "b",
		 .fields = "Depends: a\n",
		 .postinst = "echo b $1 >> /log; dpkg -s a >/dev/null && "
			     "dpkg-query -W -f='${db:Status-Status}\\n' a >> /log"},
		{.name = "c",
		 .fields = "Provides: virtual\n",
		 .postinst = "echo c $1 >> /log; dpkg --compare-versions '' lt-nl 1 || echo no >> "
			     "/log"},
		{.name = "d",
		 .fields = "Pre-Depends: c\n",
		 .preinst = "dpkg-query -W -f='${Status}\\n' c >> /log"},
	};
	struct install x;
	int rc = install(&x, v, PL_COUNT(v));
	assert_string_equal(x.err.msg, "");
	assert_int_equal(rc, 0);
	/* c is configured before d is unpacked; a and b are a circle. */
	assert_string_equal(x.log, "a install unset\nc configure\nno\ninstall ok installed\n"
				   "b configure\nunpacked\na configure <> a\n");
	done(&x);
}

static void test_debconf(void **state)
{
	static const struct demo v[] = {
		{.name = "debconf", .path = "usr/share/debconf/confmodule", .text = "exit 3\n"},
		{.name = "demo",
		 .templates = "Template: demo/kind\nType: select\nChoices: Eins, Zwei\n"
			      "Choices-C: one, two\nDefault: three\nDescription: d\n long\n\n"
			      "Template: demo/text\nType: string\nDefault: a b\n",
		 .config = ". /usr/share/debconf/confmodule\n"
			   "db_input high demo/kind || echo asked $? >> /log\ndb_go || true\n"
			   "db_set demo/text x  y\ndb_fset demo/text seen true\n",
		 .postinst = ". /usr/share/debconf/confmodule\necho not to be read\n"
			     "db_get demo/kind; echo \"$RET\" >> /log\n"
			     "db_get demo/text; echo \"$RET\" >> /log\n"
			     "db_fget demo/text seen; echo $RET >> /log\n"
			     "db_get demo/none || echo $? >> /log\ndb_stop\n"},
	};
	struct install x;
	assert_int_equal(install(&x, v, PL_COUNT(v)), 0);
	assert_string_equal(x.log, "asked 30\none\nx y\ntrue\n10\n");
	done(&x);
}

static void test_files(void **state)
{
	static const struct demo v[] = {
		{.name = "a",
		 .fields = "Depends: b\n",
		 .preinst = "dpkg-divert --package a --add --rename --divert /bin/t.real /bin/t",
		 .path = "bin/t",
		 .text = "new",
		 .postinst = "dpkg-divert --truename /bin/t >> /log\n"
			     "update-alternatives --install /bin/w w /bin/t 10 "
			     "--slave /bin/ws ws /bin/t\nreadlink /bin/w >> /log\n"
			     "dpkg -L a >> /log\ndpkg -S /bin/t >> /log"},
		{.name = "b", .path = "bin/t", .text = "old"},
		{.name = "c",
		 .postinst = "dpkg-statoverride --list /bin/t || "
			     "dpkg-statoverride --update --add root nogroup 2755 /bin/t\n"
			     "dpkg-statoverride --list /bin/t >> /log\nmkdir -p /var/lib/ucf\n"},
	};
	struct install x;
	assert_int_equal(install(&x, v, PL_COUNT(v)), 0);
	assert_string_equal(x.log, "/bin/t.real\n/etc/alternatives/w\n/.\n/bin/t\na: /bin/t\n"
				   "b: /bin/t\nroot nogroup 2755 /bin/t\n");
	const struct pl_node *n = pl_tree_resolve(&x.tree, PL_STR("bin/t"), true);
	assert_non_null(n);
	assert_int_equal(n->mode, 02755);
	assert_int_equal(n->gid, 65534);
	assert_true(pl_str_is(n->bytes, "new"));
	n = pl_tree_resolve(&x.tree, PL_STR("bin/t.real"), true);
	assert_non_null(n);
	assert_true(pl_str_is(n->bytes, "old"));
	done(&x);
}

static void test_triggers(void **state)
{
	static const struct demo v[] = {
		{.name = "a",
		 .triggers = "interest-noawait /usr/share/x\ninterest named\n",
		 .postinst = "echo a \"$@\" >> /log"},
		{.name = "b",
		 .fields = "Depends: a\n",
		 .path = "usr/share/x/file",
		 .text = "x",
		 .triggers = "activate-noawait named\n",
		 .postinst = "dpkg-trigger /usr/share/x; echo b >> /log"},
	};
	struct install x;
	assert_int_equal(install(&x, v, PL_COUNT(v)), 0);
	assert_string_equal(x.log, "a configure \nb\na triggered /usr/share/x named\n");
	done(&x);
}

static void test_deferred(void **state)
{
	static const struct demo v[] = {
		{.name = "openssl", .path = "usr/bin/openssl", .text = "elf"},
		{.name = "ssh",
		 .fields = "Depends: openssl\n",
		 .path = "usr/bin/ssh-keygen",
		 .text = "elf",
		 .postinst = "ssh-keygen -q -f /etc/key -N ''\nchmod 640 /etc/key\n"
			     "[ -f /etc/key.pub ]\nopenssl rand -base64 -out /etc/cookie 42\n"
			     "chown root:nogroup /etc/cookie\necho kept >> /log\n"
			     "systemctl daemon-reload || echo none >> /log\n"},
	};
	struct install x;
	assert_int_equal(install(&x, v, PL_COUNT(v)), 0);
	assert_string_equal(x.log, "kept\nnone\n"); /* systemctl is not there */
	assert_null(pl_tree_get(&x.tree, PL_STR("etc/key")));
	assert_null(pl_tree_get(&x.tree, PL_STR("etc/key.pub")));
	assert_null(pl_tree_get(&x.tree, PL_STR("etc/cookie")));
	assert_non_null(strstr(x.events.p, "ssh postinst:3 6 "));
	assert_non_null(strstr(x.events.p, "ssh postinst:6 6 "));
	done(&x);
}

static void test_refused(void **state)
{
	static const struct {
		struct demo p;
		const char *says;
	} cases[] = {
		{{.name = "p", .path = "usr/bin/tool", .text = "elf", .postinst = "\ntool x"},
		 "package p: /var/lib/dpkg/info/p.postinst: line 4: runs "},
		{{.name = "p", .postinst = "dpkg --unpack x.deb"},
		 "package p: /var/lib/dpkg/info/p.postinst: line 3: dpkg: --unpack is not known"},
		{{.name = "p", .postinst = "echo bad >&2; exit 4"},
		 "package p: postinst ends with status 4: "
		 "/var/lib/dpkg/info/p.postinst: line 3: bad"},
		{{.name = "p", .templates = "Type: string\n"}, "p: templates: one without a name"},
		{{.name = "p", .triggers = "interest x\n", .postinst = "dpkg-trigger x"},
		 "triggers make each other pending without end"},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		struct install x;
		assert_true(install(&x, &cases[i].p, 1) < 0);
		if (strncmp(x.err.msg, cases[i].says, strlen(cases[i].says)) != 0)
			assert_string_equal(x.err.msg, cases[i].says);
		done(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),    cmocka_unit_test(test_debconf),
		cmocka_unit_test(test_files),    cmocka_unit_test(test_triggers),
		cmocka_unit_test(test_deferred), cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

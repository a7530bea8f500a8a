// SPDX-License-Identifier: Apache-2.0
#include "../fleet/fleet_dir.h"
#include "lockfile/lock_int.h"

#include <sys/stat.h>

#define GOLDEN "tests/golden/lock-2.json"
#define FORMER "tests/golden/lock-1.json"

static struct pl_digest digest(uint8_t b)
{
	struct pl_digest d;
	memset(d.b, b, sizeof(d.b));
	return d;
}

/* Two distros, a twin (same name, version and architecture), scripts, ids, files, bases. */
static struct pl_lock *made(void)
{
	struct pl_lock *l = pl_lock_new();
	struct pl_arena *a = &l->arena;
	l->compressor = "libdeflate 1.14 level 6";
	l->n_distros = 2;
	l->distros = pl_arena_array(a, struct pl_lock_distro, 2);
	struct pl_lock_distro *d = &l->distros[0];
	*d = (struct pl_lock_distro){.name = "bookworm"};
	l->distros[1].name = "trixie";
	d->n_suites = 1;
	d->suites = pl_arena_new(a, struct pl_lock_suite);
	d->suites[0] =
		(struct pl_lock_suite){"bookworm", 1720692997, digest(1), "4CB50190207B4758"};
	const struct pl_lock_id ids[] = {{"www-data", true, 33}, {"_apt", false, 42}};
	d->ids = pl_arena_dup(a, ids, d->n_ids = 2, sizeof(*ids));
	const struct pl_lock_script scripts[] = {{"postinst", digest(7), "covered", "ldconfig"},
						 {"postrm", digest(8), "ignorable", NULL}};
	const struct pl_lock_package packages[] = {
		{"debian", "libc6", "2.36-9", "amd64", "glibc", "2.36-9", digest(2), 2757000, 12986,
		 "pool/main/g/glibc/libc6_2.36-9_amd64.deb", "bookworm", "nginx: Depends: libc6",
		 "base", pl_arena_dup(a, scripts, 2, sizeof(*scripts)), 2, 0},
		{"debian", "nginx", "1.22.1-9", "amd64", "nginx", "1.22.1-9", digest(3), 527000,
		 1300, "pool/main/n/nginx/nginx_1.22.1-9_amd64.deb", "bookworm", NULL, NULL, NULL,
		 0, 1},
		{"debian", "nginx", "1.22.1-9", "amd64", "nginx", "1.22.1-9", digest(4), 527001,
		 1300, "pool/main/n/nginx/nginx_1.22.1-9_amd64.deb", "other", NULL, NULL, NULL, 0,
		 2}};
	d->packages = pl_arena_dup(a, packages, d->n_packages = 3, sizeof(*packages));
	const struct pl_lock_file file = {"/etc/nginx/nginx.conf", "files/nginx.conf", digest(5),
					  12, 0644};
	struct pl_lock_package *own[] = {&d->packages[0], &d->packages[2]};
	l->n_images = 2;
	l->images = pl_arena_array(a, struct pl_lock_image, 2);
	l->images[0] = (struct pl_lock_image){.id = "app:redis",
					      .platform = pl_platform_find(PL_STR("linux/amd64")),
					      .base = "base",
					      .distro = "bookworm",
					      .definition = digest(6),
					      .inputs = digest(10),
					      .packages = pl_arena_dup(a, own, 2, sizeof(*own)),
					      .n_packages = 2,
					      .files = pl_arena_dup(a, &file, 1, sizeof(file)),
					      .n_files = 1};
	l->images[1] = (struct pl_lock_image){.id = "base",
					      .platform = pl_platform_find(PL_STR("linux/amd64")),
					      .distro = "bookworm",
					      .definition = digest(9),
					      .inputs = digest(11)};
	return l;
}

static void test_golden(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(lock) l = made();
	PL_AUTO_FREE(lock) again = NULL;
	PL_AUTO(buf) text = {0}, golden = {0}, second = {0};
	pl_lock_format(l, &text);
	assert_int_equal(pl_file_read(GOLDEN, 1 << 20, &golden, &err), 0);
	assert_string_equal(pl_buf_str(&text).p, pl_buf_str(&golden).p);
	assert_int_equal(pl_lock_parse(pl_buf_str(&golden), "l", &again, &err), 0);
	pl_lock_format(again, &second);
	assert_string_equal(second.p, golden.p);
	const struct pl_lock_image *i =
		pl_lock_image_find(again, "app:redis", pl_platform_find(PL_STR("linux/amd64")));
	const struct pl_lock_distro *d = pl_lock_distro_find(again, "bookworm");
	assert_true(i && d && i->packages[1] == &d->packages[2]); /* the right twin */
	assert_int_equal(d->packages[0].scripts[1].sha256.b[0], 8);
	assert_int_equal(i->files[0].mode, 0644);
	assert_null(
		pl_lock_image_find(again, "app:redis", pl_platform_find(PL_STR("linux/arm64"))));
	assert_null(pl_lock_distro_find(again, "sid"));
	assert_string_equal(pl_lock_distro_find(again, "trixie")->name, "trixie");
}

/* A lock of the format before: read, and written as it was. */
static void test_former_format(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(lock) l = NULL;
	PL_AUTO(buf) text = {0}, former = {0};
	assert_int_equal(pl_file_read(FORMER, 1 << 20, &former, &err), 0);
	assert_int_equal(pl_lock_parse(pl_buf_str(&former), "l", &l, &err), 0);
	assert_int_equal(l->format, 1);
	assert_int_equal(l->images[0].definition.b[0], 6);
	pl_lock_format(l, &text);
	assert_string_equal(pl_buf_str(&text).p, pl_buf_str(&former).p);
}

/* A package of another ecosystem says so; of a distro's own it need not. */
static void test_ecosystem(void **state)
{
	struct pl_err err = {0};
	PL_AUTO_FREE(lock) l = made();
	PL_AUTO_FREE(lock) again = NULL;
	PL_AUTO(buf) one = {0}, two = {0};
	l->distros[0].packages[2].ecosystem = "python";
	pl_lock_format(l, &one);
	assert_non_null(strstr(one.p, "{\"ecosystem\": \"python\", \"name\": \"nginx\""));
	assert_int_equal(pl_lock_parse(pl_buf_str(&one), "l", &again, &err), 0);
	assert_string_equal(again->distros[0].packages[2].ecosystem, "python");
	assert_string_equal(again->distros[0].packages[1].ecosystem, PL_LOCK_ECOSYSTEM);
	pl_lock_format(again, &two);
	assert_string_equal(one.p, two.p);
}

/* As many scripts as a package may have when it is opened: what lock writes it can read. */
static void test_many_scripts(void **state)
{
	(void)state;
	for (size_t n = PL_LOCK_SCRIPTS_MAX; n <= PL_LOCK_SCRIPTS_MAX + 1; n++) {
		struct pl_err err = {0};
		PL_AUTO_FREE(lock) l = made();
		PL_AUTO_FREE(lock) again = NULL;
		PL_AUTO(buf) text = {0};
		struct pl_lock_package *p = &l->distros[0].packages[0];
		p->scripts = pl_arena_array(&l->arena, struct pl_lock_script, n);
		for (p->n_scripts = 0; p->n_scripts < n; p->n_scripts++) {
			struct pl_lock_script *s = &p->scripts[p->n_scripts];
			s->name = pl_arena_printf(&l->arena, "script%02zu", p->n_scripts);
			s->verdict = "covered";
			s->reason = "ldconfig";
		}
		pl_lock_format(l, &text);
		int rc = pl_lock_parse(pl_buf_str(&text), "l", &again, &err);
		assert_int_equal(rc, n > PL_LOCK_SCRIPTS_MAX ? -PL_INPUT : 0);
	}
}

/* The golden lock with one place changed gives this error. */
static void changed(const char *from, const char *to, const char *want)
{
	struct pl_err err = {0};
	PL_AUTO_FREE(lock) l = NULL;
	PL_AUTO(buf) golden = {0}, text = {0};
	assert_int_equal(pl_file_read(GOLDEN, 1 << 20, &golden, &err), 0);
	const char *at = strstr(golden.p, from);
	if (!at)
		fail_msg("'%s' is not in the golden lock", from);
	pl_buf_add(&text, golden.p, (size_t)(at - golden.p));
	pl_buf_adds(&text, to);
	pl_buf_adds(&text, at + strlen(from));
	assert_int_equal(pl_lock_parse(pl_buf_str(&text), "l", &l, &err), -PL_INPUT);
	assert_null(l);
	assert_string_equal(err.msg, want);
}

static void test_refused(void **state)
{
	(void)state;
	changed("\"format\": 2", "\"format\": 3",
		"l: format 3 was written by a newer plimsoll (this one knows 2); use that or a "
		"newer "
		"one");
	changed("\"format\": 2", "\"format\": 0", "l: format: must be at least 1");
	changed("\"format\": 2,", "",
		"l: format: must be a whole number of at least 0, and not too "
		"large");
	changed("\"format\": 2,", "\"format\": 2, \"x\": 1,", "l: x: unknown key");
	changed("\"suite\": \"bookworm\"", "\"suit\": \"bookworm\"",
		"l: distros.bookworm.suites[0].suit: unknown key");
	changed("\"size\": 527001", "\"size\": -1",
		"l: distros.bookworm.packages[2].size: must be a whole number of at least 0, and "
		"not "
		"too large");
	changed("\"inputs\": \"sha256:0a0a", "\"input\": \"sha256:0a0a",
		"l: images[0].input: unknown key");
	changed("\"sha256:0404", "\"sha256:XX04",
		"l: distros.bookworm.packages[2].sha256: must be \"sha256:\" and 64 lower-case "
		"hexadecimal digits");
	changed("\"sha256:0303", "\"sha256:0503",
		"l: distros.bookworm.packages[2]: is not in order (name, version, architecture)");
	changed("\"name\": \"libc6\"", "\"name\": \"zlib1g\"",
		"l: distros.bookworm.packages[1]: is not in order (name, version, architecture)");
	changed("\"filename\": \"pool/main/g", "\"filename\": \"../../g",
		"l: distros.bookworm.packages[0].filename: is not a value for this key");
	changed("\"verdict\": \"covered\"", "\"verdict\": \"fine\"",
		"l: distros.bookworm.packages[0].scripts[0].verdict: is not a value for this key");
	changed("\"name\": \"postrm\"", "\"name\": \"postinst\"",
		"l: distros.bookworm.packages[0].scripts[1].name: is given twice");
	changed("{\"group\": \"www-data\"", "{\"user\": \"www-data\"",
		"l: distros.bookworm.ids[1]: is not in order (groups, then users, by name)");
	changed("\"id\": 42", "\"id\": 4294967295",
		"l: distros.bookworm.ids[1].id: must be a whole number of at least 0, and not too "
		"large");
	changed("\"trixie\"", "\"a\"", "l: distros.a: is not in order (by name)");
	changed("\"libc6=2.36-9/amd64\"", "\"libc6=2.36-8/amd64\"",
		"l: images[0].packages[0]: names no package of its distro's list");
	/* Ambiguous without the hash. */
	changed("\"nginx=1.22.1-9/amd64/sha256:0404040404040404040404040404040404040404040404040404"
		"040404040404\"",
		"\"nginx=1.22.1-9/amd64\"",
		"l: images[0].packages[1]: names no package of its distro's list");
	changed("\"libc6=2.36-9/amd64\",", "\"libc6=2.36-9/amd64\",\"libc6=2.36-9/amd64\",",
		"l: images[0].packages[1]: is not in order");
	changed("\"distro\": \"bookworm\"", "\"distro\": \"sid\"",
		"l: images[0].distro: is not among the lock's distros");
	changed("\"base\": \"base\"", "\"base\": \"bas\"",
		"l: images[0].base: is not in the lock for this platform and distro");
	changed("\"base\": \"base\"", "\"base\": \"app:redis\"",
		"l: images[0].base: leads back to the image itself");
	changed("linux/amd64", "linux/amd46", "l: images[0].platform: is not a value for this key");
	changed("\"id\": \"app:redis\"", "\"id\": \"z\"",
		"l: images[1]: is not in order (id, platform)");
	changed("\"0644\"", "\"0999\"",
		"l: images[0].files[0].mode: must be four octal digits in a string");
	changed("/etc/nginx/nginx.conf", "/etc/../nginx.conf",
		"l: images[0].files[0].to: is not a value for this key");
	changed("\"files/nginx.conf\"", "\"../nginx.conf\"",
		"l: images[0].files[0].from: is not a value for this key");
	changed("\"format\": 2,", "\"format\": 2",
		"l:3:13: not valid JSON: '}' expected near "
		"'\"compressor\"'");
	changed("\"format\": 2,", "\"format\": 2, \"format\": 2,",
		"l:2:22: not valid JSON: duplicate object key near '\"format\"'");
}

static void test_base_of_other_distro(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(lock) l = made();
	PL_AUTO_FREE(lock) again = NULL;
	PL_AUTO(buf) text = {0};
	l->images[1].distro = "trixie";
	pl_lock_format(l, &text);
	assert_int_equal(pl_lock_parse(pl_buf_str(&text), "l", &again, &err), -PL_INPUT);
	assert_string_equal(err.msg,
			    "l: images[0].base: is not in the lock for this platform and distro");
}

/* What is for people only comes back as it was, whatever the archive wrote. */
static void test_free_text(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(lock) l = made();
	PL_AUTO_FREE(lock) again = NULL;
	PL_AUTO(buf) text = {0};
	l->distros[0].packages[0].why = "nginx: Depends: a,\n\tb \"c\" \x1b";
	l->distros[0].packages[0].scripts[0].reason = "";
	pl_lock_format(l, &text);
	assert_int_equal(pl_lock_parse(pl_buf_str(&text), "l", &again, &err), 0);
	const struct pl_lock_package *p = &again->distros[0].packages[0];
	assert_string_equal(p->why, l->distros[0].packages[0].why);
	assert_string_equal(p->layer, l->distros[0].packages[0].layer);
	assert_string_equal(p->scripts[0].reason, "");
}

static void test_save(void **state)
{
	(void)state;
	struct pl_env env;
	struct pl_err err = {0};
	struct stat before, after;
	bool is_new = false;
	pl_env_init(&env);
	PL_AUTO_FREE(lock) l = made();
	PL_AUTO_FREE(lock) again = NULL;
	char *dir = fleet_dir_new();
	PL_AUTOFREE char *path = pl_path_join(dir, "plimsoll.lock");
	assert_int_equal(pl_lock_load(&env, path, &again, &err), -PL_NOT_FOUND);
	assert_non_null(strstr(err.msg, "run 'plimsoll lock'"));
	assert_int_equal(pl_lock_save(l, path, &is_new, &err), 0);
	assert_true(is_new);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(before.st_mode & 07777, 0644);
	assert_int_equal(pl_lock_save(l, path, &is_new, &err), 0);
	assert_false(is_new);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino); /* left alone */
	assert_int_equal(pl_lock_load(&env, path, &again, &err), 0);
	assert_int_equal(again->n_images, 2);
	l->distros[0].suites[0].date++;
	assert_int_equal(pl_lock_save(l, path, &is_new, &err), 0);
	assert_true(is_new);
	pl_lock_free(pl_steal(&again));
	assert_int_equal(pl_lock_load(&env, path, &again, &err), 0);
	assert_int_equal(again->distros[0].suites[0].date, l->distros[0].suites[0].date);
	fleet_dir_free(dir);
}

/* One writer at a time, whatever name the directory goes by; a link is no place for a lock. */
static void test_guard(void **state)
{
	(void)state;
	struct pl_env env;
	struct pl_err err = {0};
	int held = -1, other = -1;
	bool is_new = false;
	pl_env_init(&env);
	PL_AUTO_FREE(lock) l = made();
	char *dir = fleet_dir_new();
	PL_AUTOFREE char *path = pl_path_join(dir, "plimsoll.lock");
	PL_AUTOFREE char *same = pl_path_join(dir, "./plimsoll.lock");
	assert_int_equal(pl_lock_guard(&env, path, 0, &held, &err), 0);
	assert_int_equal(pl_lock_guard(&env, same, 0, &other, &err), -PL_BUSY);
	assert_non_null(strstr(err.msg, "run the command again"));
	assert_int_equal(pl_lock_guard(&env, path, 1, &other, &err), -PL_BUSY);
	assert_int_equal(other, -1);
	assert_int_equal(pl_lock_save(l, path, &is_new, &err), 0);
	close(held);
	assert_int_equal(pl_lock_guard(&env, same, 0, &held, &err), 0);
	close(held);
	assert_int_equal(pl_lock_guard(&env, "/none/plimsoll.lock", 0, &held, &err), -PL_NOT_FOUND);

	PL_AUTOFREE char *elsewhere = pl_path_join(dir, "elsewhere");
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(pl_lock_guard(&env, path, 0, &held, &err), -PL_INPUT);
	l->distros[0].suites[0].date++;
	assert_int_equal(pl_lock_save(l, path, &is_new, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "symbolic link"));
	assert_int_equal(unlink(path), 0);
	fleet_dir_free(dir);
}

static void test_too_large(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(lock) l = NULL;
	struct pl_str text = {"", PL_LOCK_MAX + 1}; /* refused before a byte is read */
	assert_int_equal(pl_lock_parse(text, "l", &l, &err), -PL_LIMIT);
	assert_string_equal(err.msg, "l: larger than 64 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),       cmocka_unit_test(test_former_format),
		cmocka_unit_test(test_many_scripts), cmocka_unit_test(test_ecosystem),
		cmocka_unit_test(test_refused),      cmocka_unit_test(test_base_of_other_distro),
		cmocka_unit_test(test_free_text),    cmocka_unit_test(test_save),
		cmocka_unit_test(test_too_large),    cmocka_unit_test(test_guard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* docs/definitions.md against the tables in the code, both ways; its examples as a fleet; and the
 * demo fleet. */
#include "fleet_dir.h"

#define MANUAL "docs/definitions.md"

static void manual(struct pl_buf *b)
{
	struct pl_err err = {0};
	assert_int_equal(pl_file_read(MANUAL, 1 << 20, b, &err), 0);
}

/* The part from a heading's line to the next heading of any level. */
static struct pl_str part(const struct pl_buf *b, const char *heading)
{
	PL_AUTOFREE char *line = pl_xprintf("\n%s\n", heading);
	const char *from = strstr(b->p, line);
	if (!from)
		fail_msg("%s has no heading '%s'", MANUAL, heading);
	from += strlen(line);
	const char *to = strstr(from, "\n#");
	for (; to && strncmp(to, "\n# ", 3) == 0; to = strstr(to + 1, "\n#"))
		; /* a comment of an example, not a heading */
	return (struct pl_str){from, to ? (size_t)(to - from) : strlen(from)};
}

/* Rows "| `key` |" of a part are exactly the keys. */
static void rows(const struct pl_buf *b, const char *heading, const char *const *keys)
{
	__attribute__((cleanup(pl_map_done))) struct pl_map seen = {0};
	size_t n = 0;
	for (struct pl_str rest = part(b, heading); rest.p;) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (!pl_str_starts(line, "| `"))
			continue;
		line = pl_str_sub(line, 3, line.n);
		struct pl_str key = pl_str_cut(&line, '`');
		if (pl_str_starts(key, "${"))
			key = pl_str_sub(key, 2, key.n - 3);
		if (pl_map_put(&seen, key, &seen))
			fail_msg("%s: '%.*s' stands twice under '%s'", MANUAL, (int)key.n, key.p,
				 heading);
	}
	for (; keys[n]; n++)
		if (!pl_map_has(&seen, pl_str_of(keys[n])))
			fail_msg("%s: '%s' is missing under '%s'", MANUAL, keys[n], heading);
	assert_int_equal(seen.n, n); /* and no others */
}

static void test_tables(void **state)
{
	(void)state;
	PL_AUTO(buf) b = {0};
	manual(&b);
	rows(&b, "## fleet.yaml", pl_keys_fleet);
	rows(&b, "### A distro", pl_keys_distro);
	rows(&b, "### A source", pl_keys_source);
	rows(&b, "### A parameter", pl_keys_parameter);
	rows(&b, "## An image", pl_keys_image);
	rows(&b, "### A file", pl_keys_file);
	rows(&b, "### A healthcheck", pl_keys_health);
	rows(&b, "### An account", pl_keys_account);
	rows(&b, "### An acknowledged script", pl_keys_ack);
	rows(&b, "### An acknowledged warning", pl_keys_accepted);
	rows(&b, "### Warnings", pl_warning_kinds);
	rows(&b, "## Variables", pl_variables);
	for (size_t i = 0; i < pl_platforms_n; i++) {
		if (!pl_platforms[i].is_definable)
			continue;
		PL_AUTOFREE char *quoted = pl_xprintf("`%s`", pl_platforms[i].name);
		assert_non_null(strstr(b.p, quoted));
	}
}

/* What the manual says of the other two tables: an image's keys without some. */
static void lacks(const char *const *keys, const char *const *without)
{
	size_t n = 0, all = 0, left = 0;
	for (; pl_keys_image[all]; all++) {
		bool taken = false, there = false;
		for (size_t i = 0; without[i]; i++)
			taken = taken || strcmp(without[i], pl_keys_image[all]) == 0;
		for (size_t i = 0; keys[i]; i++)
			there = there || strcmp(keys[i], pl_keys_image[all]) == 0;
		if (taken == there)
			fail_msg("'%s' should%s be there", pl_keys_image[all], taken ? " not" : "");
		left += !taken;
	}
	while (keys[n])
		n++;
	assert_int_equal(n, left);
}

static void test_subsets(void **state)
{
	(void)state;
	lacks(pl_keys_variant, (const char *const[]){"image", "extends", "variants", NULL});
	lacks(pl_keys_shared, (const char *const[]){"image", "description", "variants", NULL});
}

/* Every key stands in the examples ("key:" or "key :" in YAML). */
static void used(const struct pl_buf *examples, const char *const *keys)
{
	for (; *keys; keys++) {
		PL_AUTOFREE char *text = pl_xprintf("%s:", *keys);
		if (!strstr(pl_buf_str(examples).p, text))
			fail_msg("%s: no example has '%s'", MANUAL, *keys);
	}
}

static void load(const char *dir, struct pl_fleet **ret)
{
	struct pl_env env;
	struct pl_err err = {0};
	pl_env_init(&env);
	if (pl_fleet_load(&env, dir, ret, &err) < 0)
		fail_msg("%s", err.msg);
}

/* The examples, each headed by its file's name, are one fleet that loads. */
static void test_examples(void **state)
{
	(void)state;
	PL_AUTO(buf) b = {0}, all = {0};
	PL_AUTO_FREE(fleet) f = NULL;
	manual(&b);
	char *dir = fleet_dir_new();
	for (const char *at = b.p; (at = strstr(at, "```yaml\n# "));) {
		const char *name = at + strlen("```yaml\n# "), *body = strchr(name, '\n');
		const char *end = strstr(body, "\n```");
		PL_AUTOFREE char *file = pl_xstrndup(name, (size_t)(body - name));
		struct pl_str text = {body + 1, (size_t)(end - body)};
		fleet_dir_put(dir, file, text);
		pl_buf_addstr(&all, text);
		at = end;
	}
	fleet_dir_put(dir, "files/www/index.html", PL_STR("x"));
	fleet_dir_put(dir, "files/tool-amd64", PL_STR("x"));
	fleet_dir_put(dir, "files/corporate-ca.crt", PL_STR("x"));
	load(dir, &f);
	fleet_dir_free(dir);
	used(&all, pl_keys_fleet);
	used(&all, pl_keys_distro);
	used(&all, pl_keys_parameter);
	used(&all, pl_keys_image);
	used(&all, pl_keys_file);
	used(&all, pl_keys_health);
	used(&all, pl_keys_account);
	used(&all, pl_keys_ack);
	used(&all, pl_keys_accepted);
	const struct pl_image *web = pl_fleet_find(f, PL_STR("web"));
	assert_non_null(web);
	assert_int_equal(f->n_images, 7);
	assert_string_equal(f->images[0]->id, "base");
	assert_int_equal(web->n_files, 5);
	assert_string_equal(web->files[0].content, "web 2.4.1 on bookworm\n");
	assert_string_equal(web->files[2].platform->name, "linux/amd64");
	assert_int_equal(web->files[2].mode, 0755);
	assert_string_equal(web->user, "nonroot");
	assert_int_equal(web->health->start_period_ns, 90000000000);
	assert_int_equal(web->acks[0].sha256.b[0], 0x2c);
	assert_string_equal(web->env[0].value, "$5");
	assert_non_null(pl_fleet_find(f, PL_STR("velero")));
	assert_non_null(pl_fleet_find(f, PL_STR("velero:aws")));
	assert_string_equal(pl_fleet_find(f, PL_STR("service"))->labels[0].value, "stable");
	assert_string_equal(pl_fleet_find(f, PL_STR("service"))->labels[1].value, "0.0.0");
	assert_string_equal(f->inventory, "https://inventory.example.org");
	assert_string_equal(f->distros[0].origin.sources[0].mirrors[1],
			    "https://mirror.example.net/debian");
}

static void test_demo(void **state)
{
	(void)state;
	static const char *const want[] = {"base:bookworm",       "curl:bookworm",
					   "nginx:bookworm",      "python3:bookworm",
					   "api:0.3.0",           "app:1.4.2-postgres2.9.5",
					   "app:1.4.2-redis4.3.4"};
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(fleet) f = NULL;
	load("examples/demo", &f);
	assert_int_equal(f->n_images, PL_COUNT(want));
	for (size_t i = 0; i < f->n_images; i++) {
		const struct pl_image *image = f->images[i];
		assert_string_equal(
			pl_arena_printf(&a, "%s:%s", image->name, pl_image_tag(&a, image)),
			want[i]);
		assert_string_equal(image->platforms[1]->name, "linux/arm64");
		for (size_t k = 0; k < image->n_files; k++) {
			struct pl_err err = {0};
			int fd = -1;
			assert_int_equal(pl_fleet_file_open(f, &image->files[k], &fd, &err), 0);
			close(fd);
		}
	}
	const struct pl_image *redis = pl_fleet_find(f, PL_STR("app:redis"));
	assert_string_equal(redis->packages[0].text, "python3-flask");
	assert_string_equal(redis->packages[1].text, "python3-redis");
	assert_string_equal(redis->base->id, "python3");
	assert_string_equal(redis->files[0].to, "/srv/app/app.py");
	assert_true(redis->read_only);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_subsets),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_demo),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

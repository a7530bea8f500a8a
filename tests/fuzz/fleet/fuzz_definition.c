// SPDX-License-Identifier: Apache-2.0
/* Any bytes as the one definition beside a fixed base, in a fleet without a directory. What is
 * accepted has a tag that a registry takes, and its canonical text is JSON. */
#include "base/json.h"
#include "fleet/fleet_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(struct pl_loader *l, const char *name, struct pl_str text, bool *ok,
		  struct pl_yaml **ret, struct pl_err *err)
{
	*ok = *ok && pl_yaml_parse(l->a, text, name, ret, err) == 0;
}

static void judge(const struct pl_fleet *f)
{
	for (size_t i = 0; i < f->n_images; i++) {
		PL_AUTO(arena) a = {0};
		PL_AUTO(buf) text = {0};
		PL_AUTO_FREE(jval) json = NULL;
		struct pl_err err = {0};
		struct pl_str tag = pl_str_of(pl_image_tag(&a, f->images[i]));
		if (!pl_tag_valid(tag) ||
		    !pl_tag_valid(pl_str_of(pl_immutable_tag(&a, tag, 0, 99999))))
			abort();
		pl_image_canonical(f->images[i], &text);
		if (pl_json_parse(pl_buf_str(&text), "canonical", &json, &err) < 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_env env;
	struct pl_err err = {0};
	PL_AUTO_FREE(fleet) f = pl_xcalloc(1, sizeof(*f));
	PL_AUTO(loader) l = {.env = &env, .f = f, .a = &f->arena};
	struct pl_yaml *root = NULL, *base = NULL, *image = NULL;
	bool ok = true;
	pl_env_init(&env);
	f->dir = "/nonexistent";
	parse(&l, "fleet.yaml", PL_STR("distros: {d: {suites: [d]}}"), &ok, &root, &err);
	parse(&l, "base.yaml", PL_STR("{image: base, distro: d, env: {A: b}, cmd: [x]}"), &ok,
	      &base, &err);
	if (!ok)
		abort();
	parse(&l, "f.yaml", (struct pl_str){(const char *)data, size}, &ok, &image, &err);
	if (!ok)
		return 0;
	*pl_vec_push(&l.docs) = (struct pl_doc){"base.yaml", base};
	*pl_vec_push(&l.docs) = (struct pl_doc){"f.yaml", image};
	int rc = pl_fleet_read_root(&l, root, &err);
	if (rc < 0)
		abort();
	rc = pl_fleet_expand(&l, &err);
	if (rc < 0 ? !strstr(err.msg, ".yaml:") : f->n_images < 2)
		abort();
	judge(f);
	return 0;
}

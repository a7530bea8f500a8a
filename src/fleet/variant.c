// SPDX-License-Identifier: Apache-2.0
/*
 * From definition files to drafts: one an image and variant, each with the layers of settings that
 * make it up (what it extends, itself, its variant) and the values of its variables.
 */
#include "fleet/fleet_int.h"

/* Layers of one definition while they are gathered. */
struct chain {
	struct pl_layer layer[PL_EXTENDS_MAX + 2];
	size_t n;
};

/* Kinds of image that are planned and that this version does not build. */
static int kind_known(const struct pl_yaml *map, struct pl_err *err)
{
	static const char *const kinds[] = {"dockerfile", "external"};
	for (size_t i = 0; i < map->n; i++)
		for (size_t k = 0; k < PL_COUNT(kinds); k++)
			if (pl_str_is(map->key[i]->text, kinds[k]))
				return pl_yaml_fail(map->key[i], err,
						    "'%s' images are not supported by this "
						    "version: an image is assembled from "
						    "'packages' and 'files'",
						    kinds[k]);
	return 0;
}

static int checked_map(const struct pl_yaml *v, const char *const *known, const char *what,
		       struct pl_err *err)
{
	if (v->kind != PL_YAML_MAP)
		return pl_yaml_fail(v, err, "%s must be a map of keys and values", what);
	int rc = kind_known(v, err);
	return rc < 0 ? rc : pl_yaml_known(v, known, err);
}

static int no_such_image(struct pl_loader *l, const struct pl_yaml *at, struct pl_str name,
			 struct pl_err *err)
{
	PL_VEC(const char *) names = {0};
	for (size_t i = 0; i < l->images.n; i++)
		*pl_vec_push(&names) = l->images.v[i].name;
	const char *near = pl_nearest(name, names.v, names.n);
	pl_vec_free(&names);
	return pl_yaml_fail(at, err, "no image '%s' in this fleet%s%s%s", PL_SHOWN(name),
			    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* The map that `extends` names: a file of the fleet or an image. */
static int extended(struct pl_loader *l, const struct pl_yaml *at, const struct pl_yaml **ret,
		    struct pl_err *err)
{
	struct pl_str name = {NULL, 0};
	int rc = pl_read_plain(at, "extends", &name, err);
	if (rc < 0)
		return rc;
	if (!pl_str_ends(name, ".yaml")) {
		const struct pl_definition *d = pl_map_get(&l->by_name, name);
		if (!d)
			return no_such_image(l, at, name, err);
		*ret = d->map;
		return 0;
	}
	const struct pl_yaml *former = pl_map_get(&l->by_file, name);
	struct pl_yaml *map = NULL;
	if (former) {
		*ret = former;
		return 0;
	}
	if (!pl_inside_path_ok(name))
		return pl_yaml_fail(at, err, "'%s' must be a file below the fleet's directory",
				    PL_SHOWN(name));
	rc = pl_loader_yaml(l, name.p, &map, err);
	if (rc < 0)
		return pl_ctx(err, "%s:%u:%u: extends", at->file, at->line, at->column);
	rc = checked_map(map, pl_keys_shared, "a file of shared settings", err);
	if (rc == 0)
		pl_map_put(&l->by_file, name, map);
	*ret = map;
	return rc;
}

/* The most basic first, map itself last. */
static int gather(struct pl_loader *l, const struct pl_yaml *map, struct chain *c,
		  struct pl_err *err)
{
	const struct pl_yaml *path[PL_EXTENDS_MAX + 1];
	size_t n = 0;
	for (const struct pl_yaml *at = map; at;) {
		const struct pl_yaml *v = pl_yaml_get(at, "extends"), *next = NULL;
		path[n++] = at;
		int rc = v ? extended(l, v, &next, err) : 0;
		if (rc < 0)
			return rc;
		for (size_t i = 0; next && i < n; i++)
			if (path[i] == next)
				return pl_yaml_fail(v, err, "'extends' leads back to %s",
						    next->file);
		if (next && n > PL_EXTENDS_MAX)
			return pl_yaml_fail(v, err, "'extends' goes over more than %d definitions",
					    PL_EXTENDS_MAX);
		at = next;
	}
	c->n = 0;
	while (n-- > 0)
		c->layer[c->n++] = (struct pl_layer){.map = path[n], .extended = n > 0};
	return 0;
}

/* The last layer's value of a key, NULL if none has it. */
static const struct pl_yaml *last(const struct pl_draft *d, const char *key, bool variant)
{
	for (size_t i = d->n_layers; i > 0; i--) {
		const struct pl_yaml *v = pl_yaml_get(d->layer[i - 1].map, key);
		if (v && (variant || !d->layer[i - 1].variant))
			return v;
	}
	return NULL;
}

/* vars: what may stand in it, beside parameters. */
static int version(struct pl_loader *l, const struct pl_vars *vars, const struct pl_yaml *v,
		   const char **ret, struct pl_err *err)
{
	struct pl_reader r = {.l = l, .a = l->a, .vars = *vars};
	const char *text;
	if (!v)
		return 0;
	int rc = pl_read_text(&r, v, "version", &text, err);
	if (rc < 0)
		return rc;
	struct pl_str s = pl_str_of(text);
	if (s.n == 0)
		return pl_yaml_fail(v, err, "'version' is empty");
	if (s.n > 1 && s.p[0] == 'v' && s.p[1] >= '0' && s.p[1] <= '9')
		return pl_yaml_fail(v, err,
				    "version '%s': drop the 'v', tags have no version "
				    "prefix (%s)",
				    PL_SHOWN(s), PL_SHOWN(pl_str_sub(s, 1, s.n)));
	if (!pl_tag_valid(s))
		return pl_yaml_fail(v, err,
				    "version '%s' cannot stand in a tag: letters, digits, "
				    "'_', '.', '-' only",
				    PL_SHOWN(s));
	*ret = text;
	return 0;
}

/* base and distro of different layers: the later one replaces the earlier. */
static void choose_ground(struct pl_draft *d)
{
	for (size_t i = 0; i < d->n_layers; i++) {
		const struct pl_yaml *base = pl_yaml_get(d->layer[i].map, "base");
		const struct pl_yaml *distro = pl_yaml_get(d->layer[i].map, "distro");
		if (base || distro) {
			d->base_at = base;
			d->distro_at = distro;
		}
	}
	d->platforms_at = last(d, "platforms", true);
}

static int tag_checked(const struct pl_draft *d, const struct pl_image *i, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_str moving, ymd;
	unsigned n;
	/* A distro's name is bounded and tag-like, so a stand-in does for the check. */
	static const struct pl_distro stand_in = {.name = "distro"};
	struct pl_image copy = *i;
	copy.distro = &stand_in;
	struct pl_str tag = pl_str_of(pl_image_tag(&a, &copy));
	if (!pl_tag_valid(tag) || tag.n > PL_MOVING_TAG_MAX)
		return pl_yaml_fail(d->at, err, "tag '%s' is longer than %d bytes", PL_SHOWN(tag),
				    PL_MOVING_TAG_MAX);
	if (pl_immutable_tag_split(tag, &moving, &ymd, &n))
		return pl_yaml_fail(d->at, err,
				    "tag '%s' ends in a date and number, which is "
				    "reserved for the tag that does not move",
				    PL_SHOWN(tag));
	return 0;
}

static int draft(struct pl_loader *l, struct pl_definition *def, const struct chain *c,
		 const struct pl_yaml *key, const struct pl_yaml *variant, struct pl_err *err)
{
	struct pl_draft *d = pl_arena_new(l->a, struct pl_draft);
	struct pl_image *i = pl_arena_new(l->a, struct pl_image);
	memcpy(d->layer, c->layer, sizeof(d->layer));
	d->n_layers = c->n;
	d->at = key ? key : def->at;
	d->image = i;
	i->name = def->name;
	i->file = d->at->file;
	i->line = d->at->line;
	if (key && !pl_str_is(key->text, "none"))
		i->variant = key->text.p;
	i->id = i->variant ? pl_arena_printf(l->a, "%s:%s", i->name, i->variant) : i->name;
	if (variant)
		d->layer[d->n_layers++] = (struct pl_layer){.map = variant, .variant = true};
	choose_ground(d);
	/* Before an image has its version, ${version} is the parameter of that name. */
	d->vars = (struct pl_vars){.image = i->name,
				   .version = pl_parameter_value(l, PL_STR("version")),
				   .variant = i->variant};
	int rc = version(l, &d->vars, last(d, "version", false), &i->version, err);
	d->vars.version = i->version;
	if (rc == 0 && i->variant)
		rc = version(l, &d->vars, pl_yaml_get(variant, "version"), &i->variant_version,
			     err);
	else if (rc == 0 && variant && pl_yaml_get(variant, "version"))
		rc = pl_yaml_fail(key, err,
				  "'none' is the image without a variant: it has no "
				  "version of its own");
	if (rc == 0)
		rc = tag_checked(d, i, err);
	if (rc < 0)
		return rc;
	d->vars.variant_version = i->variant_version;
	if (l->drafts.n == PL_FLEET_IMAGES_MAX)
		return pl_fail(err, PL_LIMIT, "%s:%u:%u: more than %d images and variants",
			       d->at->file, d->at->line, d->at->column, PL_FLEET_IMAGES_MAX);
	*pl_vec_push(&l->drafts) = d;
	def->draft[def->n_drafts++] = d;
	pl_map_put(&l->by_id, pl_str_of(i->id), d);
	return 0;
}

/* [a-z][a-z0-9]* with single '-', '_' or '.' inside: it stands in a tag before a version. */
static bool variant_ok(struct pl_str s)
{
	return s.n <= 64 && s.n > 0 && s.p[0] >= 'a' && s.p[0] <= 'z' && pl_distro_name_ok(s);
}

static int drafts(struct pl_loader *l, struct pl_definition *def, struct pl_err *err)
{
	const struct pl_yaml *variants = pl_yaml_get(def->map, "variants");
	struct chain c = {.n = 0};
	int rc = gather(l, def->map, &c, err);
	if (rc == 0 && variants)
		rc = pl_need_map(variants, "variants", err);
	if (rc < 0)
		return rc;
	if (!variants) {
		def->draft = pl_arena_array(l->a, struct pl_draft *, 1);
		return draft(l, def, &c, NULL, NULL, err);
	}
	if (variants->n == 0)
		return pl_yaml_fail(variants, err, "'variants' is empty; leave it out");
	if (variants->n > PL_FLEET_VARIANTS_MAX)
		return pl_yaml_fail(variants, err, "more than %d variants", PL_FLEET_VARIANTS_MAX);
	def->draft = pl_arena_array(l->a, struct pl_draft *, variants->n);
	for (size_t i = 0; i < variants->n && rc == 0; i++) {
		const struct pl_yaml *key = variants->key[i], *v = variants->item[i];
		if (!variant_ok(key->text))
			return pl_yaml_fail(key, err,
					    "variant '%s' must be lower-case letters, "
					    "digits and single '-', '_', '.' between",
					    PL_SHOWN(key->text));
		rc = checked_map(v, pl_keys_variant, "a variant", err);
		if (rc == 0)
			rc = draft(l, def, &c, key, v, err);
	}
	return rc;
}

static int define(struct pl_loader *l, const struct pl_doc *doc, struct pl_err *err)
{
	struct pl_str name = {NULL, 0};
	int rc = checked_map(doc->root, pl_keys_image, "a definition", err);
	if (rc < 0)
		return rc;
	const struct pl_yaml *at = pl_yaml_get(doc->root, "image");
	if (!at)
		return pl_yaml_fail(doc->root, err,
				    "'image', the image's name, is missing (shared settings for "
				    "'extends' stand outside images/)");
	rc = pl_read_plain(at, "image", &name, err);
	if (rc < 0)
		return rc;
	if (!pl_image_name_ok(name))
		return pl_yaml_fail(at, err,
				    "image name '%s' must be lower-case letters and "
				    "digits, with '.', '_', '__' or '-' between, and '/' "
				    "between its parts",
				    PL_SHOWN(name));
	*pl_vec_push(&l->images) =
		(struct pl_definition){.name = name.p, .map = doc->root, .at = at};
	return 0;
}

/* by_name points into l->images, so it is filled when that has stopped growing. */
static int index_names(struct pl_loader *l, struct pl_err *err)
{
	for (size_t i = 0; i < l->images.n; i++) {
		struct pl_definition *d = &l->images.v[i];
		const struct pl_definition *first = pl_map_put(&l->by_name, pl_str_of(d->name), d);
		if (first)
			return pl_yaml_fail(
				d->at, err, "image '%s' is defined twice; the other is %s:%u:%u",
				d->name, first->at->file, first->at->line, first->at->column);
	}
	return 0;
}

int pl_fleet_draft(struct pl_loader *l, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < l->docs.n && rc == 0; i++)
		rc = define(l, &l->docs.v[i], err);
	if (rc == 0)
		rc = index_names(l, err);
	for (size_t i = 0; i < l->images.n && rc == 0; i++)
		rc = drafts(l, &l->images.v[i], err);
	return rc;
}

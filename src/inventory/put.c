// SPDX-License-Identifier: Apache-2.0
/* Registering: one transaction that either holds all of it or nothing. */
#include "inventory/put_int.h"

static int check_evidence(const char *e, struct pl_err *err)
{
	static const char *const known[] = {"build", "annotation", "layers", "declared"};
	for (size_t i = 0; e && i < PL_COUNT(known); i++)
		if (strcmp(e, known[i]) == 0)
			return 0;
	if (!e)
		return 0;
	return pl_fail(err, PL_INPUT,
		       "base_evidence: must be one of build, annotation, layers, declared");
}

static int check_name(struct pl_put *p, struct pl_err *err)
{
	const struct pl_registration *r = p->r;
	int rc = pl_ref_check_name(&r->name, err);
	if (rc < 0)
		return rc;
	if (!r->name.tag)
		return pl_fail(err, PL_INPUT, "%s: an image is registered under repository:tag",
			       r->name.text);
	p->has_digest = r->has_digest || r->name.has_digest;
	p->asked_digest = r->has_digest ? r->digest : r->name.digest;
	if (r->has_digest && r->name.has_digest && !pl_digest_eq(&r->digest, &r->name.digest))
		return pl_fail(err, PL_INPUT,
			       "%s: the digest in the name is not the one given (%s)", r->name.text,
			       PL_DIGEST_STR(&r->digest));
	p->name = pl_ref_with_tag(p->a, &r->name, r->name.tag);
	p->text = p->name.text;
	return 0;
}

static int check_base(struct pl_put *p, struct pl_err *err)
{
	const struct pl_registration *r = p->r;
	if (!r->base.repository) {
		if (r->has_base_digest)
			return pl_fail(err, PL_INPUT, "%s: a base_digest needs the base's name",
				       p->text);
		return 0;
	}
	int rc = pl_ref_check_name(&r->base, err);
	if (rc < 0)
		return pl_ctx(err, "base of %s", p->text);
	p->has_base_digest = r->has_base_digest || r->base.has_digest;
	p->base_digest = r->has_base_digest ? r->base_digest : r->base.digest;
	if (r->has_base_digest && r->base.has_digest &&
	    !pl_digest_eq(&r->base_digest, &r->base.digest))
		return pl_fail(err, PL_INPUT,
			       "base of %s: the digest in the name is not the one given (%s)",
			       p->text, PL_DIGEST_STR(&r->base_digest));
	p->base_text = pl_ref_format(p->a, &r->base);
	return 0;
}

/* Everything that can be checked without the database. */
static int check_registration(struct pl_put *p, struct pl_err *err)
{
	const struct pl_registration *r = p->r;
	int rc = check_name(p, err);
	if (rc == 0)
		rc = check_base(p, err);
	if (rc < 0)
		return rc;
	p->platform = r->platform ? r->platform : "";
	rc = check_evidence(r->base_evidence, err);
	if (rc == 0 && *p->platform)
		rc = pl_inv_check_text(p->platform, "platform", err);
	if (rc == 0 && r->definition)
		rc = pl_inv_check_text(r->definition, "definition", err);
	if (rc == 0)
		rc = pl_stage_make(p->a, r, &p->stage, err);
	return rc < 0 ? pl_ctx(err, "%s", p->text) : 0;
}

static int find_base(struct pl_put *p, struct pl_err *err)
{
	struct pl_named at;
	int rc = 0;
	if (!p->base_text)
		return 0;
	if (p->has_base_digest) {
		rc = pl_inv_content_by_digest(p->inv, &p->base_digest, &p->now.base_id, err);
	} else {
		rc = pl_inv_name_row(p->inv, &p->r->base, &at, err);
		if (rc == 1)
			p->now.base_id = at.content_id;
	}
	return rc < 0 ? rc : 0;
}

/* What the name means now, and whether the registration may go on from there. */
static int find_name(struct pl_put *p, struct pl_err *err)
{
	int rc = pl_inv_name_row(p->inv, &p->name, &p->now.at, err);
	if (rc == 0)
		rc = pl_put_take_over_relative(p, err);
	if (rc == 0 && p->mode == PL_PUT_REPLACE)
		return pl_fail(err, PL_NOT_FOUND,
			       "image %s is not in the inventory; POST registers it", p->text);
	return rc == 1 ? pl_inv_check_etag(p->inv, &p->now.at, p->r->if_match, err) : rc;
}

/* 1: something changed; 0: it was there just so. */
static int write_registration(struct pl_db *db, void *ctx, struct pl_err *err)
{
	struct pl_put *p = ctx;
	p->now = (struct pl_put_state){0};
	int rc = find_name(p, err);
	if (rc == 0)
		rc = find_base(p, err);
	if (rc == 0)
		rc = pl_stage_store(p->inv, &p->stage, &p->now.stage_id, err);
	if (rc == 0)
		rc = pl_put_find_digest(p, err);
	if (rc == 0)
		rc = pl_put_content(p, err);
	if (rc == 0)
		rc = pl_put_name(p, err);
	for (size_t i = 0; rc == 0 && i < p->r->n_aliases; i++)
		rc = pl_put_alias(p, &p->r->aliases[i], err);
	if (rc == 0 && !p->now.changed) {
		pl_db_keep_nothing(db);
		return 0;
	}
	if (rc == 0)
		rc = pl_put_adopt_by_digest(p, err);
	if (rc == 0)
		rc = pl_inv_check_cycles(p->inv, p->now.content_id, err);
	return rc < 0 ? rc : 1;
}

int pl_registration_check(const struct pl_registration *r, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_put p = {.r = r, .a = &a};
	return check_registration(&p, err);
}

/* Layers are better evidence than an annotation or a label, which may be a base's that was
 * inherited: what was scanned without an inventory is held to what this one knows. */
static int weigh_base(struct pl_inv *inv, struct pl_arena *a, struct pl_registration *r,
		      struct pl_err *err)
{
	const char *name;
	struct pl_digest digest;
	if (!r->base_evidence || strcmp(r->base_evidence, "annotation") != 0 || !r->n_diff_ids)
		return 0;
	int rc = pl_inv_base_by_layers(inv, a, r->name.repository, r->diff_ids, r->n_diff_ids,
				       &name, &digest, err);
	if (rc == 1) {
		r->base_evidence = "layers";
		r->has_base_digest = true;
		r->base_digest = digest;
		return pl_ref_parse_name(a, pl_str_of(name), &r->base, err);
	}
	if (rc < 0 || !r->base.repository)
		return rc;
	const struct pl_digest *given = r->has_base_digest   ? &r->base_digest
					: r->base.has_digest ? &r->base.digest
							     : NULL;
	rc = pl_inv_base_is_possible(inv, &r->base, given, false, r->diff_ids, r->n_diff_ids, err);
	if (rc == 0) {
		r->base = (struct pl_ref){0};
		r->has_base_digest = false;
	}
	return rc < 0 ? rc : 0;
}

int pl_inv_put(struct pl_inv *inv, const struct pl_registration *r, enum pl_put_mode mode,
	       struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_registration weighed = *r;
	struct pl_put p = {.inv = inv, .r = &weighed, .mode = mode, .a = &a};
	int rc = pl_registration_check(r, err);
	if (rc == 0)
		rc = weigh_base(inv, &a, &weighed, err);
	if (rc == 0)
		rc = check_registration(&p, err);
	if (rc < 0)
		return rc;
	return pl_db_write(inv->db, write_registration, &p, err);
}

// SPDX-License-Identifier: Apache-2.0
#include "inventory/json.h"

#include "base/clock.h"

void pl_inv_image_json(struct pl_jw *w, const struct pl_inv_image *i)
{
	char since[PL_TIME_TEXT];
	pl_jw_object(w);
	pl_jw_kcstr(w, "name", i->name);
	pl_jw_kdigest(w, "digest", i->digest.b);
	pl_jw_kcstr(w, "base", i->base);
	pl_jw_key(w, "base_digest");
	pl_jw_cstr(w, i->has_base_digest ? PL_DIGEST_STR(&i->base_digest) : NULL);
	pl_jw_kcstr(w, "base_evidence", i->base_evidence);
	pl_jw_kbool(w, "behind", i->behind);
	pl_jw_kcstr(w, "definition", i->definition);
	pl_jw_kcstr(w, "since", pl_time_rfc3339(i->since, since));
	if (i->wave)
		pl_jw_ku64(w, "wave", i->wave);
	pl_jw_end_object(w);
}

void pl_inv_package_json(struct pl_jw *w, const struct pl_inv_package *p)
{
	pl_jw_kcstr(w, "name", p->name);
	pl_jw_kcstr(w, "version", p->version);
	pl_jw_kcstr(w, "architecture", p->architecture);
	pl_jw_kcstr(w, "source", p->source);
	pl_jw_kcstr(w, "source_version", p->source_version);
	pl_jw_kcstr(w, "ecosystem", p->ecosystem);
}

void pl_inv_images_json(struct pl_jw *w, const char *list, const struct pl_inv_image *v, size_t n)
{
	pl_jw_key(w, list);
	pl_jw_array(w);
	for (size_t i = 0; i < n; i++)
		pl_inv_image_json(w, &v[i]);
	pl_jw_end_array(w);
}

void pl_inv_holdings_json(struct pl_jw *w, const char *list, const struct pl_package_query *q,
			  const struct pl_inv_holding *v, size_t n)
{
	pl_jw_kstr(w, q->by_source ? "source" : "name", q->name);
	pl_jw_key(w, list);
	pl_jw_array(w);
	for (size_t i = 0; i < n; i++) {
		pl_jw_object(w);
		pl_inv_package_json(w, &v[i].package);
		pl_jw_key(w, "images");
		pl_jw_array(w);
		for (size_t k = 0; k < v[i].n_images; k++)
			pl_jw_cstr(w, v[i].images[k]);
		pl_jw_end_array(w);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

void pl_inv_children_json(struct pl_jw *w, const char *list, struct pl_str name,
			  const struct pl_inv_images *v, bool recursive)
{
	pl_jw_kstr(w, "name", name);
	pl_inv_images_json(w, list, v->v, v->n);
	if (!recursive)
		return;
	pl_jw_key(w, "waves");
	pl_jw_array(w);
	for (size_t i = 0; i < v->n; i++) { /* sorted by wave */
		if (i == 0 || v->v[i].wave != v->v[i - 1].wave)
			pl_jw_array(w);
		pl_jw_cstr(w, v->v[i].name);
		if (i + 1 == v->n || v->v[i].wave != v->v[i + 1].wave)
			pl_jw_end_array(w);
	}
	pl_jw_end_array(w);
}

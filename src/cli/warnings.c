// SPDX-License-Identifier: Apache-2.0
/* The warnings of images, the same for `lock` and `build`. */
#include "assemble/build.h"
#include "cli/cli_int.h"

#include <unistd.h>

#define WARNING_INDENT 4 /* of the lines that follow */

void pl_json_warnings(struct pl_jw *w, const struct pl_build_result *r)
{
	pl_jw_key(w, "warnings");
	pl_jw_array(w);
	for (size_t i = 0; i < r->n_images; i++)
		for (size_t k = 0; k < r->images[i].n_platforms; k++) {
			const struct pl_built_platform *p = &r->images[i].platforms[k];
			for (size_t n = 0; n < p->n_warnings; n++) {
				pl_jw_object(w);
				pl_jw_kcstr(w, "image", r->images[i].image->id);
				pl_jw_kcstr(w, "platform", p->platform->name);
				pl_jw_kcstr(w, "kind", p->warnings[n].kind);
				pl_jw_kcstr(w, "about", p->warnings[n].about);
				pl_jw_kcstr(w, "message", p->warnings[n].message);
				pl_jw_end_object(w);
			}
		}
	pl_jw_end_array(w);
}

static bool has(const struct pl_built_platform *p, const struct pl_warning *x)
{
	for (size_t i = 0; i < p->n_warnings; i++)
		if (strcmp(p->warnings[i].kind, x->kind) == 0 &&
		    strcmp(p->warnings[i].message, x->message) == 0)
			return true;
	return false;
}

/* A warning once, with the platforms that have it unless all do. */
static void out_warning(struct pl_buf *out, const struct pl_built_image *im, size_t platform,
			const struct pl_warning *x)
{
	size_t n = 0;
	PL_AUTO(buf) where = {0};
	for (size_t k = 0; k < im->n_platforms; k++) {
		if (!has(&im->platforms[k], x))
			continue;
		if (k < platform)
			return; /* said with that one */
		pl_buf_addf(&where, "%s%s", n++ ? ", " : " (", im->platforms[k].platform->name);
	}
	PL_AUTO(buf) text = {0};
	pl_buf_addf(&text, "warning: %s%s%s: ", im->image->id, n < im->n_platforms ? where.p : "",
		    n < im->n_platforms ? ")" : "");
	pl_out_text(&text, x->message);
	pl_buf_addf(&text, " [%s: ", x->kind);
	pl_out_text(&text, x->about);
	pl_buf_adds(&text, "]");
	pl_out_wrapped(out, text.p, 0, WARNING_INDENT, pl_terminal_columns(STDERR_FILENO));
}

void pl_out_warnings(const struct pl_build_result *r)
{
	PL_AUTO(buf) out = {0};
	for (size_t i = 0; i < r->n_images; i++)
		for (size_t k = 0; k < r->images[i].n_platforms; k++)
			for (size_t n = 0; n < r->images[i].platforms[k].n_warnings; n++)
				out_warning(&out, &r->images[i], k,
					    &r->images[i].platforms[k].warnings[n]);
	if (!out.n)
		return;
	pl_out_wrapped(&out,
		       "warning: what is meant to be so, its definition says under 'acknowledge': "
		       "{warning: ..., about: ..., reason: \"...\"}",
		       0, WARNING_INDENT, pl_terminal_columns(STDERR_FILENO));
	fprintf(stderr, "%s", out.p);
}

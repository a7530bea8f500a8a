// SPDX-License-Identifier: Apache-2.0
/* Is nothing missing of what an image's packages need? The resolver is asked, in an archive that
 * has these packages alone, for every one of them. */
#include "debian/debian_int.h"

#include "debian/archive/index.h"
#include "debian/deb/deb.h"
#include "debian/resolve/resolve.h"

/* What Packages would say of it. */
static void add_stanza(struct pl_buf *b, const struct pl_package_ref *p)
{
	const struct pl_control *c = p->facts;
	char hex[PL_DIGEST_TEXT];
	pl_buf_addstr(b, c->control);
	pl_buf_addf(b, "Filename: %s\nSize: %llu\nSHA256: %s\n\n", p->lock->name,
		    (unsigned long long)p->lock->size, pl_digest_hex(&p->lock->sha256, hex));
}

static int index_of(const struct pl_platform *on, const struct pl_package_ref *v, size_t n,
		    struct pl_index **ret, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	for (size_t i = 0; i < n; i++)
		add_stanza(&text, &v[i]);
	int rc = pl_buf_check(&text, "control data of an image's packages", err);
	return rc < 0 ? rc
		      : pl_index_of_text(on->debian, pl_buf_str(&text), "the lock's packages", ret,
					 err);
}

int pl_debian_complete(const struct pl_platform *on, const struct pl_package_root *roots,
		       size_t n_roots, const struct pl_package_ref *v, size_t n, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(index) ix = NULL;
	struct pl_root *all;
	struct pl_resolution found;
	int rc = pl_debian_roots(roots, n_roots, n, &a, &all, err);
	/* First: whichever of them provides a name that no package has was chosen when locking. */
	for (size_t i = 0; i < n && rc == 0; i++)
		all[i] = (struct pl_root){.name = pl_str_of(v[i].lock->name),
					  .version = pl_str_of(v[i].lock->version),
					  .rel = PL_REL_EQ};
	if (rc == 0)
		rc = index_of(on, v, n, &ix, err);
	if (rc == 0)
		rc = pl_resolve(ix, all, n_roots + n, NULL, &a, &found, err);
	/* "No such package" is said of an archive; this one is the lock. */
	return rc == -PL_NOT_FOUND ? pl_fail(err, PL_UNSOLVABLE, "%s", err->msg) : rc;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * What an image looks like from outside, read in one query however many images it answers with: the
 * columns and joins that every such query has, and the reader of its rows.
 */
#pragma once

#include "inventory/inventory_int.h"

/* What the base is called for the name n of the content c: the name's own, or the content's. */
#define PL_BASE_REPOSITORY                                                                         \
	"CASE WHEN n.base IS NULL THEN c.base_repository ELSE n.base_repository END"
#define PL_BASE_TAG "CASE WHEN n.base IS NULL THEN c.base_tag ELSE n.base_tag END"

/*
 * SELECT PL_IMAGE_COLUMNS(name, since, wave) FROM ... name n, content c ... PL_IMAGE_JOINS: a row
 * for each platform that facts are known of, at least one for each image; the rows of one image
 * follow each other, sorted by f.platform.
 *
 * Behind: the base's name means other content than the one stood on; an alias speaks for its main
 * name. A base known by digest alone is left behind when no name means it any more but one did.
 */
#define PL_IMAGE_COLUMNS(name, since, wave)                                                        \
	" " name ", " since ", " wave ", c.id, c.digest, coalesce(n.base, c.base), c.evidence,"    \
	" c.definition, coalesce(b.digest, c.base_digest),"                                        \
	" CASE WHEN " PL_BASE_TAG " IS NOT NULL"                                                   \
	"  THEN bn.id IS NOT NULL AND"                                                             \
	"   coalesce(bm.content_id, bn.content_id) IS DISTINCT FROM c.base_id"                     \
	"  WHEN c.base_id IS NOT NULL"                                                             \
	"  THEN NOT EXISTS (SELECT 1 FROM name x WHERE x.content_id = c.base_id"                   \
	"    AND x.main_id IS NULL)"                                                               \
	"   AND EXISTS (SELECT 1 FROM former f WHERE f.content_id = c.base_id)"                    \
	"  ELSE FALSE END,"                                                                        \
	" f.platform, s.digest "
#define PL_IMAGE_JOINS                                                                             \
	" LEFT JOIN content b ON b.id = c.base_id"                                                 \
	" LEFT JOIN name bn ON bn.repository = " PL_BASE_REPOSITORY " AND bn.tag = " PL_BASE_TAG   \
	" LEFT JOIN name bm ON bm.id = bn.main_id"                                                 \
	" LEFT JOIN facts f ON f.content_id = c.id"                                                \
	" LEFT JOIN stage s ON s.id = f.stage_id "

/* All images of a bound query, in its order. */
int pl_images_read(struct pl_stmt *q, struct pl_arena *a, struct pl_inv_images *ret,
		   struct pl_err *err) PL_MUST_USE;

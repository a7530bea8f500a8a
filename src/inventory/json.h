// SPDX-License-Identifier: Apache-2.0
/*
 * The inventory's answers as JSON, the one way in which the command line (docs/cli.md) and the
 * server (docs/api.md) print them. What they call the list in an answer differs by history, so the
 * caller names it; the objects in it are the same. Pure; the writer is the caller's.
 */
#pragma once

#include "inventory/inventory.h"

/* An object: everything known of an image, and its wave if it has one. */
void pl_inv_image_json(struct pl_jw *w, const struct pl_inv_image *i);
/* Members of an object that the caller has begun: a package. */
void pl_inv_package_json(struct pl_jw *w, const struct pl_inv_package *p);

/* The following are members of the answer's object, which the caller has begun. */

/* list: the images ("images" of both). */
void pl_inv_images_json(struct pl_jw *w, const char *list, const struct pl_inv_image *v, size_t n);
/* "name" (of a source package: "source"), and list: a package and who holds it each ("packages" of
 * the command line, "versions" of the server). */
void pl_inv_holdings_json(struct pl_jw *w, const char *list, const struct pl_package_query *q,
			  const struct pl_inv_holding *v, size_t n);
/* "name", list: the images based on it ("images" of the command line, "children" of the server),
 * and, of all descendants, "waves": lists of names. */
void pl_inv_children_json(struct pl_jw *w, const char *list, struct pl_str name,
			  const struct pl_inv_images *v, bool recursive);

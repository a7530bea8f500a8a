// SPDX-License-Identifier: Apache-2.0
/*
 * Which packages share a layer. Layers belong to the fleet: packages that the very same images hold
 * form a class, so a class's layer is the same blob everywhere (docs/decisions/0006). Within a
 * class a source package that is large, or that its archive changes often, gets a layer of its own;
 * the rest share one. An assignment of the former lock stays while its class does. Pure.
 */
#pragma once

#include "lockfile/lock.h"

/* Sets `layer` of every package that an image of l holds, in l's arena. l: images sorted, their
 * packages filled. former may be NULL. often: does the archive change that package often? */
void pl_layers_assign(struct pl_lock *l, const struct pl_lock *former,
		      bool (*often)(const struct pl_lock_package *p));

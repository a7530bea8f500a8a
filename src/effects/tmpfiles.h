// SPDX-License-Identifier: Apache-2.0
/*
 * tmpfiles.d(5): what systemd-tmpfiles --create makes below /var, /etc and /root. Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* The lines of a tmpfiles.d file of the tree (`file` is its path) of types d, D, v, q, Q, f, L, z
 * that concern /var, /etc and /root (run is a tmpfs). Passed over, as systemd-tmpfiles does, are
 * lines for a boot ("!"), with a credential ("^"), and whose user or group is unknown; 1 when there
 * were such owners. Specifiers are PL_INPUT, but for lines that need a machine's or boot's identity
 * (%m, %b), which systemd-tmpfiles leaves out as well. Nothing when the tree has no such file.
 * prefix: only paths that begin with it (--prefix); NULL: all. */
int pl_tmpfiles_apply(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str file,
		      const char *prefix, struct pl_err *err) PL_MUST_USE;

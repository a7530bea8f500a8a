// SPDX-License-Identifier: Apache-2.0
/*
 * The trusted certificates as Java reads them. Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* /etc/ssl/certs/java/cacerts of the certificates that /etc/ssl/certs links to: JKS, password
 * "changeit", dates in->epoch. PL_INPUT: one of them cannot be read. */
int pl_java_keystore_make(struct pl_tree *t, const struct pl_effect_input *in,
			  struct pl_err *err) PL_MUST_USE;

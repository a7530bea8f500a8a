// SPDX-License-Identifier: Apache-2.0
/*
 * The certificates that TLS clients trust, as update-ca-certificates(8) leaves them. Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* Would it, a path of a tree, be a certificate of the administrator's, trusted beside the
 * packages'? */
bool pl_ca_certificates_is_own(struct pl_str path);
/* /etc/ca-certificates.conf from /usr/share/ca-certificates, /etc/ssl/certs/NAME.pem links,
 * ca-certificates.crt, and OpenSSL's subject hash links (HASH.N). Nothing when the tree has no
 * certificates. PL_INPUT: a file that is to be trusted holds none. */
int pl_ca_certificates_make(struct pl_tree *t, const struct pl_effect_input *in,
			    struct pl_err *err) PL_MUST_USE;

// SPDX-License-Identifier: Apache-2.0
/*
 * Certificates as PEM (RFC 7468), read with libcrypto. Pure: bytes in, facts out.
 */
#pragma once

#include "base/buf.h"

struct pl_ca_facts {
	size_t n;          /* certificates and revocation lists in the text */
	bool is_crl;       /* the first is a revocation list */
	uint32_t hash;     /* OpenSSL's hash of its subject, of a list's issuer */
	uint8_t print[20]; /* SHA-1 of its DER: tells duplicates */
	uint32_t n_certificates;
};

/* What a PEM text holds; n is 0 when nothing can be read. */
void pl_ca_parse(struct pl_str pem, struct pl_ca_facts *ret);
/* Appends the first certificate's DER; false when there is none. */
bool pl_ca_der(struct pl_str pem, struct pl_buf *out) PL_MUST_USE;
/* The name that update-ca-certificates gives a certificate in /etc/ssl/certs: NAME.crt is NAME.pem,
 * with blanks, brackets and commas replaced. */
void pl_ca_pem_name(struct pl_str crt, struct pl_buf *out);

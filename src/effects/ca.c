// SPDX-License-Identifier: Apache-2.0
#include "effects/ca_int.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <pthread.h>

/* No certificate is near that; more text than that is not worth the reading. */
#define PEM_MAX ((size_t)16 << 20)

static void free_infos(STACK_OF(X509_INFO) * v) { sk_X509_INFO_pop_free(v, X509_INFO_free); }

/* A libcrypto that knows no algorithm: else it makes a key of every certificate that it reads,
 * which takes a millisecond each, and no key is asked for here. */
static OSSL_LIB_CTX *keyless;

static void make_keyless(void)
{
	OSSL_LIB_CTX *c = OSSL_LIB_CTX_new();
	if (c && OSSL_PROVIDER_load(c, "null"))
		keyless = c;
}

static STACK_OF(X509_INFO) * read_infos(struct pl_str pem)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_keyless);
	if (pem.n == 0 || pem.n > PEM_MAX)
		return NULL;
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	if (!bio)
		return NULL;
	STACK_OF(X509_INFO) *v = PEM_X509_INFO_read_bio_ex(bio, NULL, NULL, NULL, keyless, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return v;
}

/* X509_digest would look for SHA-1 where the certificate was read. */
static void print_of(const X509_INFO *i, uint8_t ret[20])
{
	unsigned char *der = NULL;
	int n = i->x509 ? i2d_X509(i->x509, &der) : i2d_X509_CRL(i->crl, &der);
	if (n > 0)
		EVP_Digest(der, (size_t)n, ret, NULL, EVP_sha1(), NULL);
	OPENSSL_free(der);
}

static void read_first(const X509_INFO *i, struct pl_ca_facts *ret)
{
	int ok = 0;
	const X509_NAME *name;
	ret->is_crl = !i->x509;
	name = i->x509 ? X509_get_subject_name(i->x509) : X509_CRL_get_issuer(i->crl);
	print_of(i, ret->print);
	ret->hash = (uint32_t)X509_NAME_hash_ex(name, NULL, NULL, &ok);
	if (!ok)
		ret->n = 0;
}

void pl_ca_parse(struct pl_str pem, struct pl_ca_facts *ret)
{
	*ret = (struct pl_ca_facts){0};
	STACK_OF(X509_INFO) *v = read_infos(pem);
	if (!v)
		return;
	const X509_INFO *one = NULL;
	for (int i = 0; i < sk_X509_INFO_num(v); i++) {
		const X509_INFO *info = sk_X509_INFO_value(v, i);
		if (!info->x509 && !info->crl)
			continue;
		ret->n++;
		ret->n_certificates += info->x509 != NULL;
		one = one ? one : info;
	}
	if (one)
		read_first(one, ret);
	free_infos(v);
	ERR_clear_error();
}

bool pl_ca_der(struct pl_str pem, struct pl_buf *out)
{
	STACK_OF(X509_INFO) *v = read_infos(pem);
	bool done = false;
	for (int i = 0; v && !done && i < sk_X509_INFO_num(v); i++) {
		const X509 *x = sk_X509_INFO_value(v, i)->x509;
		unsigned char *der = NULL;
		int n = x ? i2d_X509(x, &der) : -1;
		if (n > 0) {
			pl_buf_add(out, der, (size_t)n);
			done = true;
		}
		OPENSSL_free(der);
	}
	if (v)
		free_infos(v);
	ERR_clear_error();
	return done;
}

void pl_ca_pem_name(struct pl_str crt, struct pl_buf *out)
{
	crt = pl_str_sub(crt, pl_str_rfind(crt, '/') + 1, crt.n);
	if (pl_str_ends(crt, ".crt"))
		crt.n -= 4;
	for (size_t i = 0; i < crt.n; i++) {
		char c = crt.p[i];
		c = c == ' ' || c == ',' ? '_' : c;
		pl_buf_addc(out, c == '(' || c == ')' ? '=' : c);
	}
	pl_buf_adds(out, ".pem");
}

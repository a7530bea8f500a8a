// SPDX-License-Identifier: Apache-2.0
/* CA certificates and the Java key store on made-up trees, with certificates made on the spot. */
#include "effects/ca_certificates.h"
#include "effects/ca_int.h"
#include "effects/java_keystore.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* OpenSSL's hashes of the names (openssl x509 -hash); the first has two blanks in it. */
#define TEST_ROOT_HASH "2faabc7f"
#define OTHER_HASH "26487dc1"

struct fixture {
	struct pl_tree tree;
	struct pl_effect_input in;
	struct pl_err err;
	char *one, *same_name, *other;
};

/* A self-signed certificate of that name with a new key, as PEM; owned by the caller. */
static char *certificate(const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_NAME *n = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, n);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	BIO *b = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_X509(b, x), 1);
	char *p = NULL;
	long size = BIO_get_mem_data(b, &p);
	char *pem = pl_xstrndup(p, (size_t)size);
	BIO_free(b);
	X509_free(x);
	EVP_PKEY_free(key);
	return pem;
}

static int set_up(void **state)
{
	struct fixture *x = pl_xcalloc(1, sizeof(*x));
	pl_tree_init(&x->tree);
	x->in.epoch = 1700000000;
	x->in.platform = pl_platform_of_debian(PL_STR("amd64"));
	x->one = certificate("Test  Root");
	x->same_name = certificate("test root");
	x->other = certificate("Other");
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	pl_tree_done(&x->tree);
	free(x->one);
	free(x->same_name);
	free(x->other);
	free(x);
	return 0;
}

static void file(struct fixture *x, const char *path, const char *text)
{
	if (pl_tree_file(&x->tree, pl_str_of(path), pl_str_of(text), 0644, 0, 0, 1, NULL, &x->err) <
	    0)
		fail_msg("%s", x->err.msg);
}

static const struct pl_node *node(struct fixture *x, const char *path)
{
	return pl_tree_get(&x->tree, pl_str_of(path));
}

static void expect_link(struct fixture *x, const char *path, const char *target)
{
	const struct pl_node *n = node(x, path);
	if (!n || n->type != PL_TAR_SYMLINK || !pl_str_is(n->link, target))
		fail_msg("%s is not a link to %s", path, target);
}

static void facts(void **state)
{
	struct fixture *x = *state;
	struct pl_ca_facts f;
	char hash[16];
	pl_ca_parse(pl_str_of(x->one), &f);
	snprintf(hash, sizeof(hash), "%08x", f.hash);
	assert_string_equal(hash, TEST_ROOT_HASH);
	assert_true(f.n == 1 && f.n_certificates == 1 && !f.is_crl);
	PL_AUTOFREE char *two = pl_xprintf("%s%s", x->one, x->other);
	pl_ca_parse(pl_str_of(two), &f);
	assert_int_equal(f.n, 2);
	pl_ca_parse(PL_STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), &f);
	assert_int_equal(f.n, 0);
	pl_ca_parse(PL_STR(""), &f);
	assert_int_equal(f.n, 0);
}

static void update(void **state)
{
	struct fixture *x = *state;
	PL_AUTOFREE char *no_newline = pl_xstrndup(x->other, strlen(x->other) - 1);
	file(x, "usr/share/ca-certificates/mozilla/B (x), y.crt", x->one);
	file(x, "usr/share/ca-certificates/mozilla/C.crt", x->same_name);
	file(x, "usr/share/ca-certificates/mozilla/A.crt", no_newline);
	file(x, "usr/share/ca-certificates/mozilla/README", "no certificate");
	file(x, "usr/local/share/ca-certificates/own.crt", x->one);
	PL_AUTOFREE char *bundle = pl_xprintf("%s%s%s%s", x->other, x->one, x->same_name, x->one);
	for (int round = 0; round < 2; round++) {
		if (pl_ca_certificates_make(&x->tree, &x->in, &x->err) < 0)
			fail_msg("%s", x->err.msg);
		const struct pl_node *n = node(x, "etc/ssl/certs/ca-certificates.crt");
		assert_true(n && pl_str_is(n->bytes, bundle) && n->mode == 0644);
		n = node(x, "etc/ca-certificates.conf");
		assert_true(n && pl_str_starts(n->bytes, "# This file lists"));
		assert_true(pl_str_ends(n->bytes,
					"#\nmozilla/A.crt\nmozilla/B (x), y.crt\nmozilla/C.crt\n"));
		expect_link(x, "etc/ssl/certs/B_=x=__y.pem",
			    "/usr/share/ca-certificates/mozilla/B (x), y.crt");
		expect_link(x, "etc/ssl/certs/own.pem", "/usr/local/share/ca-certificates/own.crt");
		expect_link(x, "etc/ssl/certs/" OTHER_HASH ".0", "A.pem");
		/* Names that differ in case and blanks have one hash; a second copy gets no link.
		 */
		expect_link(x, "etc/ssl/certs/" TEST_ROOT_HASH ".0", "B_=x=__y.pem");
		expect_link(x, "etc/ssl/certs/" TEST_ROOT_HASH ".1", "C.pem");
		assert_null(node(x, "etc/ssl/certs/" TEST_ROOT_HASH ".2"));
		assert_int_equal(node(x, "etc/ssl/certs")->n_children, 4 + 3 + 1);
	}
}

static void deselected(void **state)
{
	struct fixture *x = *state;
	file(x, "usr/share/ca-certificates/A.crt", x->one);
	file(x, "usr/share/ca-certificates/B.crt", x->other);
	file(x, "etc/ca-certificates.conf", "# mine\n!A.crt");
	assert_int_equal(pl_ca_certificates_make(&x->tree, &x->in, &x->err), 0);
	assert_true(
		pl_str_is(node(x, "etc/ca-certificates.conf")->bytes, "# mine\n!A.crt\nB.crt\n"));
	assert_true(pl_str_is(node(x, "etc/ssl/certs/ca-certificates.crt")->bytes, x->other));
	assert_null(node(x, "etc/ssl/certs/A.pem"));
	assert_null(node(x, "etc/ssl/certs/" TEST_ROOT_HASH ".0"));
}

static void malformed(void **state)
{
	struct fixture *x = *state;
	assert_int_equal(pl_ca_certificates_make(&x->tree, &x->in, &x->err), 0);
	assert_null(node(x, "etc"));
	file(x, "usr/share/ca-certificates/A.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n");
	assert_int_equal(pl_ca_certificates_make(&x->tree, &x->in, &x->err), -PL_INPUT);
	assert_non_null(strstr(x->err.msg, "usr/share/ca-certificates/A.crt"));
	assert_null(node(x, "etc/ssl/certs/ca-certificates.crt"));
}

static uint32_t be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static void keystore(void **state)
{
	struct fixture *x = *state;
	file(x, "usr/share/ca-certificates/Upper.crt", x->one);
	assert_int_equal(pl_ca_certificates_make(&x->tree, &x->in, &x->err), 0);
	assert_int_equal(pl_java_keystore_make(&x->tree, &x->in, &x->err), 0);
	struct pl_str b = node(x, "etc/ssl/certs/java/cacerts")->bytes;
	PL_AUTO(buf) der = {0};
	assert_true(pl_ca_der(pl_str_of(x->one), &der));
	assert_int_equal(b.n, 12 + 4 + 2 + 16 + 8 + 2 + 5 + 4 + der.n + 20);
	assert_int_equal(be32(b.p), 0xfeedfeed);
	assert_int_equal(be32(b.p + 4), 2);
	assert_int_equal(be32(b.p + 8), 1);
	assert_memory_equal(b.p + 18, "debian:upper.pem", 16);
	uint64_t ms = 1700000000000;
	assert_int_equal(be32(b.p + 34), ms >> 32);
	assert_int_equal(be32(b.p + 38), ms & 0xffffffff);
	assert_int_equal(be32(b.p + 49), der.n);
	assert_memory_equal(b.p + 53, der.p, der.n);
	/* The checksum: SHA-1 of "changeit" in UTF-16, the phrase and what stands before it. */
	PL_AUTO(buf) all = {0};
	unsigned char digest[20];
	pl_buf_add(&all, "\0c\0h\0a\0n\0g\0e\0i\0t", 16);
	pl_buf_adds(&all, "Mighty Aphrodite");
	pl_buf_add(&all, b.p, b.n - 20);
	assert_int_equal(EVP_Digest(all.p, all.n, digest, NULL, EVP_sha1(), NULL), 1);
	assert_memory_equal(digest, b.p + b.n - 20, 20);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(facts), TEST(update), TEST(deselected),
					   TEST(malformed), TEST(keystore)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * ca-certificates-java's /etc/ssl/certs/java/cacerts: a Java key store (JKS, version 2) of the
 * certificates that /etc/ssl/certs links to. The format keeps the order of the Java hash table that
 * the real tool fills; it is followed here, so that only the dates differ from its file.
 */
#include "effects/java_keystore.h"
#include "effects/ca_int.h"
#include "effects/effects_int.h"

#include <openssl/evp.h>

#define CERTS "etc/ssl/certs"
#define STORE CERTS "/java/cacerts"
#define JKS_MAGIC 0xfeedfeedu
/* The password is the one every Java program expects; it protects nothing but integrity. */
#define PASSWORD "changeit"

struct java_entry {
	struct pl_str alias, der;
	uint32_t hash;
	struct java_entry *next;
};
/* java.util.Hashtable: new entries before old ones in a bucket, 2n + 1 buckets when 3/4 full. */
struct java_table {
	struct java_entry **v;
	uint32_t size, count;
};

static void put(struct pl_buf *b, unsigned n, uint64_t v)
{
	while (n-- > 0)
		pl_buf_addc(b, (char)(v >> 8 * n));
}

/* DataOutput.writeUTF: the same as UTF-8 for what has no NUL and lies in the basic plane. */
static void put_utf(struct pl_buf *b, struct pl_str s)
{
	put(b, 2, s.n);
	pl_buf_addstr(b, s);
}

/* String.hashCode, over UTF-16 units (here of the basic plane). */
static uint32_t java_hash(struct pl_str s)
{
	uint32_t h = 0;
	for (size_t i = 0; i < s.n;) {
		unsigned char c = (unsigned char)s.p[i++];
		unsigned more = c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
		uint32_t unit = more == 2 ? c & 0x0f : more == 1 ? c & 0x1f : c;
		for (; more && i < s.n; more--)
			unit = unit << 6 | ((unsigned char)s.p[i++] & 0x3f);
		h = h * 31 + unit;
	}
	return h & 0x7fffffff;
}

static void table_push(struct java_table *t, struct java_entry *e)
{
	struct java_entry **bucket = &t->v[e->hash % t->size];
	e->next = *bucket;
	*bucket = e;
}

static void table_grow(struct pl_arena *a, struct java_table *t)
{
	struct java_table bigger = {.size = t->size * 2 + 1, .count = t->count};
	bigger.v = pl_arena_array(a, struct java_entry *, bigger.size);
	for (uint32_t i = t->size; i-- > 0;)
		for (struct java_entry *e = t->v[i], *next; e; e = next) {
			next = e->next;
			table_push(&bigger, e);
		}
	*t = bigger;
}

static void table_put(struct pl_arena *a, struct java_table *t, struct pl_str alias,
		      struct pl_str der)
{
	uint32_t hash = java_hash(alias);
	for (struct java_entry *e = t->v[hash % t->size]; e; e = e->next)
		if (pl_str_eq(e->alias, alias)) {
			e->der = der;
			return;
		}
	if (t->count >= t->size * 3 / 4)
		table_grow(a, t);
	struct java_entry *e = pl_arena_new(a, struct java_entry);
	*e = (struct java_entry){.alias = alias, .der = der, .hash = hash};
	table_push(t, e);
	t->count++;
}

/* "debian:" and the link's name in lower case. */
static struct pl_str alias_of(struct pl_arena *a, struct pl_str name)
{
	char *s = pl_arena_printf(a, "debian:%s", name.p);
	for (char *p = s; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return pl_str_of(s);
}

static bool is_ours(const struct pl_node *n)
{
	return n->type == PL_TAR_SYMLINK && pl_str_ends(n->name, ".pem") &&
	       (pl_str_starts(n->link, "/usr/share/ca-certificates") ||
		pl_str_starts(n->link, "/usr/local/share/ca-certificates"));
}

static int collect_certificates(struct pl_tree *t, const struct pl_effect_input *in,
				struct pl_arena *a, struct java_table *ret, struct pl_err *err)
{
	const struct pl_node *dir = pl_tree_resolve(t, PL_STR(CERTS), true);
	for (uint32_t i = 0; dir && i < dir->n_children; i++) {
		const struct pl_node *n = dir->children[i];
		struct pl_str pem;
		PL_AUTO(buf) der = {0};
		if (!is_ours(n))
			continue;
		const char *path = pl_arena_printf(a, CERTS "/%s", n->name.p);
		int rc = pl_effect_text(t, in, a, path, &pem, err);
		if (rc < 0)
			return rc;
		if (!pl_ca_der(pem, &der))
			return pl_fail(err, PL_INPUT, "%s: no certificate can be read from it",
				       path);
		table_put(a, ret, alias_of(a, n->name), pl_arena_str(a, pl_buf_str(&der)));
	}
	return 0;
}

/* SHA-1 over the password in UTF-16, a fixed phrase and all before. */
static int seal(struct pl_buf *b, struct pl_err *err)
{
	static const char password[] = PASSWORD, phrase[] = "Mighty Aphrodite";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	PL_AUTO(buf) all = {0};
	for (const char *p = password; *p; p++)
		put(&all, 2, (unsigned char)*p);
	pl_buf_adds(&all, phrase);
	pl_buf_addstr(&all, pl_buf_str(b));
	if (EVP_Digest(all.p, all.n, digest, &n, EVP_sha1(), NULL) != 1)
		return pl_fail(err, PL_FAILURE, "/" STORE ": libcrypto has no SHA-1 here");
	pl_buf_add(b, digest, n);
	return pl_buf_check(b, "/" STORE, err);
}

static int make_keystore(struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
			 struct pl_err *err)
{
	struct java_table all = {.size = 11};
	PL_AUTO(buf) b = {0};
	all.v = pl_arena_array(a, struct java_entry *, all.size);
	int rc = collect_certificates(t, in, a, &all, err);
	if (rc < 0)
		return rc;
	put(&b, 4, JKS_MAGIC);
	put(&b, 4, 2);
	put(&b, 4, all.count);
	for (uint32_t i = all.size; i-- > 0;)
		for (const struct java_entry *e = all.v[i]; e; e = e->next) {
			put(&b, 4, 2); /* a trusted certificate */
			put_utf(&b, e->alias);
			put(&b, 8, (uint64_t)in->epoch * 1000);
			put_utf(&b, PL_STR("X.509"));
			put(&b, 4, e->der.n);
			pl_buf_addstr(&b, e->der);
		}
	rc = seal(&b, err);
	if (rc < 0 || (rc = pl_effect_directory(t, in, CERTS "/java", err)) < 0)
		return rc;
	return pl_effect_write(t, in, STORE, pl_buf_str(&b), 0644, err);
}

int pl_java_keystore_make(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	return make_keystore(t, in, &a, err);
}

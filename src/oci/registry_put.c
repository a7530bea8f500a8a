// SPDX-License-Identifier: Apache-2.0
/*
 * Manifests and their tags. A tag that is claimed must never come to mean two images, and
 * registries know no compare-and-swap. So, from the surest to the best that can be had: programs of
 * one machine take turns; If-None-Match tells a registry that honours it (RFC 9110 13.1.2) to
 * refuse; the tag is read right before it is set, and again when all is set: who finds another
 * image there has lost it.
 */
#include "oci/registry_int.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TURN_WAIT_S 30

/* Does reference name this digest already? HEAD, or GET from a registry that tells no digest. */
static int already_names(struct registry_repo *r, const char *tag, const struct pl_digest *d,
			 struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_descriptor there;
	struct pl_err why = {0};
	int rc = pl_registry_resolve(r, r->push_scope, tag, tag ? NULL : d, &a, &there, NULL, &why);
	if (rc == 1)
		return pl_digest_eq(&there.digest, d);
	/* What stands there now and cannot be read is about to be replaced. */
	if (rc == 0 || rc == -PL_INPUT || rc == -PL_VERIFY || rc == -PL_LIMIT)
		return 0;
	*err = why;
	return rc;
}

static bool tag_is_immutable(const struct pl_http_response *resp)
{
	return resp->status == 409 || resp->status == 412 ||
	       (resp->status >= 400 && resp->status < 500 &&
		(pl_registry_says(resp, "mmutable") || pl_registry_says(resp, "AlreadyExists")));
}

/* claim: only if nothing has that tag; 1 where the registry says that something has. */
static int put_text(struct registry_repo *r, const char *media_type, struct pl_str text,
		    const struct pl_digest *d, const char *tag, bool claim, struct pl_err *err)
{
	PL_AUTOFREE char *reference = pl_xstrdup(tag ? tag : PL_DIGEST_STR(d));
	PL_AUTOFREE char *url = pl_xprintf("%s/manifests/%s", r->base, reference);
	PL_AUTOFREE char *doing = pl_xprintf("pushing manifest %s", reference);
	struct registry_request q = {.method = "PUT",
				     .url = url,
				     .scope = r->push_scope,
				     .content_type = media_type,
				     .body = text,
				     .if_absent = claim,
				     .no_redirect = true};
	struct pl_http_response resp = {0};
	struct pl_digest said;
	struct registry_handle *h = pl_registry_take(r->at);
	int rc = pl_registry_do_retry(r, h, &q, &resp, err);
	pl_registry_give(r->at, h);
	if (rc < 0)
		return rc;
	if (resp.status != 201 && claim && tag_is_immutable(&resp)) {
		rc = 1;
	} else if (resp.status != 201 && tag && tag_is_immutable(&resp)) {
		pl_registry_fail(r, &resp, doing, err);
		err->code = PL_CONFLICT;
		rc = pl_ctx(err, "the tag is immutable and names another image; use a new tag");
	} else if (resp.status != 201) {
		rc = pl_registry_fail(r, &resp, doing, err);
	} else if (resp.docker_content_digest &&
		   pl_digest_parse(pl_str_of(resp.docker_content_digest), &said) &&
		   !pl_digest_eq(&said, d)) {
		rc = pl_fail(err, PL_VERIFY, "%s: %s: the registry stored it as %s", r->repo.name,
			     doing, PL_DIGEST_STR(&said));
	}
	pl_http_response_done(&resp);
	return rc;
}

/* Under a tag, or (NULL) under its digest alone, unless it is there. */
static int put_reference(struct registry_repo *r, const struct pl_tagged *m,
			 const struct pl_digest *d, const char *tag, struct pl_err *err)
{
	int rc = already_names(r, tag, d, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = put_text(r, m->media_type, m->text, d, tag, false, err);
	if (rc == 0)
		pl_repo_count(&r->repo.stats.manifests_put, 1);
	return rc;
}

/* Programs of one machine take turns at a tag: the name of a socket without a file is free again
 * when its holder ends, however it ends, and every user's program sees it. The host is not part of
 * it, since one has several names. Best effort: -1 where that cannot be had, or not in time. */
static void take_turn(struct registry_repo *r, const char *tag, int *ret_fd)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char hex[PL_DIGEST_TEXT];
	PL_AUTOFREE char *what = pl_xprintf("%s:%s", r->path, tag);
	const struct pl_digest d = pl_sha256_of(pl_str_of(what));
	snprintf(at.sun_path + 1, sizeof(at.sun_path) - 1, "plimsoll-tag-%s",
		 pl_digest_hex(&d, hex));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const uint64_t until = pl_mono_ns() + (uint64_t)TURN_WAIT_S * 1000000000u;
	struct pl_err stopped = {0};
	while (fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0) {
		if (errno != EADDRINUSE || pl_mono_ns() >= until ||
		    pl_env_check(r->repo.env, &stopped) < 0)
			pl_close_fd(&fd);
		else
			usleep(5000);
	}
	*ret_fd = fd;
}

/* Whose is the tag? What cannot be read is another's: it is not for us to replace. */
enum claim_state { CLAIM_FREE, CLAIM_OURS, CLAIM_LOST };

static int look_at_claim(struct registry_repo *r, const char *tag, const struct pl_digest *d,
			 struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_descriptor there;
	struct pl_err why = {0};
	int rc = pl_registry_resolve(r, r->push_scope, tag, NULL, &a, &there, NULL, &why);
	if (rc == 1)
		return pl_digest_eq(&there.digest, d) ? CLAIM_OURS : CLAIM_LOST;
	if (rc == -PL_INPUT || rc == -PL_VERIFY || rc == -PL_LIMIT)
		return CLAIM_LOST;
	if (rc < 0)
		*err = why;
	return rc < 0 ? rc : CLAIM_FREE;
}

/* CLAIM_FREE: set now, to be looked at again. */
static int claim_tag(struct registry_repo *r, const struct pl_tagged *m, const struct pl_digest *d,
		     struct pl_err *err)
{
	PL_AUTOFD int turn = -1;
	take_turn(r, m->claim, &turn);
	int rc = look_at_claim(r, m->claim, d, err);
	if (rc != CLAIM_FREE)
		return rc;
	rc = put_text(r, m->media_type, m->text, d, m->claim, true, err);
	if (rc == 0)
		pl_repo_count(&r->repo.stats.manifests_put, 1);
	if (rc != 1)
		return rc;
	/* Refused: perhaps since an answer was lost, and the next try found what we had put. */
	rc = look_at_claim(r, m->claim, d, err);
	return rc == CLAIM_FREE ? CLAIM_LOST : rc;
}

static int put_one(struct registry_repo *r, const struct pl_tagged *m, struct pl_err *err)
{
	const struct pl_digest d = pl_sha256_of(m->text);
	int rc = CLAIM_OURS;
	if (m->claim)
		rc = claim_tag(r, m, &d, err);
	else if (!m->tags || !m->tags[0]) /* a tag puts the manifest under its digest as well */
		rc = put_reference(r, m, &d, NULL, err);
	if (rc < 0 || rc == CLAIM_LOST)
		return rc < 0 ? rc : 1;
	const bool fresh = m->claim && rc == CLAIM_FREE;
	rc = 0;
	for (const char *const *t = m->tags; t && *t && rc == 0; t++)
		rc = put_reference(r, m, &d, *t, err);
	if (rc == 0 && fresh) {
		rc = look_at_claim(r, m->claim, &d, err);
		return rc < 0 ? rc : rc == CLAIM_LOST;
	}
	return rc;
}

static int check_tag(struct registry_repo *r, const char *tag, struct pl_err *err)
{
	if (pl_tag_valid(pl_str_of(tag)))
		return 0;
	return pl_fail(err, PL_INPUT, "%s: cannot push: not a valid tag", r->repo.name);
}

int pl_registry_put_tags(struct pl_repo *repo, const struct pl_tagged *v, size_t n,
			 struct pl_err *err)
{
	struct registry_repo *r = (struct registry_repo *)repo;
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = v[i].claim ? check_tag(r, v[i].claim, err) : 0;
		for (const char *const *t = v[i].tags; t && *t && rc == 0; t++)
			rc = check_tag(r, *t, err);
	}
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = put_one(r, &v[i], err);
	return rc;
}

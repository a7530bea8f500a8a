// SPDX-License-Identifier: Apache-2.0
#include "io/http_int.h"

#include "base/clock.h"
#include "base/num.h"

/* Headers of the final answer only: not of 1xx, not trailers, which come after the body. */
static const char *header(CURL *easy, const char *name, size_t i)
{
	struct curl_header *h;
	return curl_easy_header(easy, name, i, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

static char *copy_header(CURL *easy, const char *name)
{
	const char *v = header(easy, name, 0);
	return v ? pl_xstrdup(v) : NULL;
}

/* RFC 9110 10.2.3: seconds, or a date. */
static int64_t retry_after(CURL *easy, const struct pl_env *env)
{
	const char *v = header(easy, "Retry-After", 0);
	uint64_t s;
	int64_t t;
	if (!v)
		return -1;
	if (pl_parse_u64(pl_str_of(v), INT32_MAX, &s))
		return (int64_t)s;
	if (!pl_time_parse_rfc2822(pl_str_of(v), &t))
		return -1;
	int64_t now = pl_env_now(env);
	return t > now ? t - now : 0;
}

void pl_http_response_read(struct pl_http_response *r, CURL *easy, const struct pl_env *env)
{
	long status = 0;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	r->status = (int)status;
	r->location = copy_header(easy, "Location");
	r->content_type = copy_header(easy, "Content-Type");
	r->docker_content_digest = copy_header(easy, "Docker-Content-Digest");
	r->link = copy_header(easy, "Link");
	r->etag = copy_header(easy, "ETag");
	r->oci_subject = copy_header(easy, "OCI-Subject");
	r->warning = copy_header(easy, "Warning");
	r->last_modified = copy_header(easy, "Last-Modified");
	r->range = copy_header(easy, "Range");
	r->oci_chunk_min_length = copy_header(easy, "OCI-Chunk-Min-Length");
	r->content_length = UINT64_MAX;
	const char *length = header(easy, "Content-Length", 0);
	uint64_t n;
	if (length && pl_parse_u64(pl_str_of(length), INT64_MAX, &n))
		r->content_length = n;
	r->retry_after_s = retry_after(easy, env);
	PL_VEC(char *) list = {0};
	const char *challenge;
	while ((challenge = header(easy, "WWW-Authenticate", list.n)))
		*pl_vec_push(&list) = pl_xstrdup(challenge);
	if (list.n)
		*pl_vec_push(&list) = NULL;
	r->www_authenticate = list.v;
}

void pl_http_response_done(struct pl_http_response *r)
{
	char *const texts[] = {r->location,
			       r->content_type,
			       r->docker_content_digest,
			       r->link,
			       r->etag,
			       r->oci_subject,
			       r->warning,
			       r->last_modified,
			       r->range,
			       r->oci_chunk_min_length,
			       r->effective_url};
	for (size_t i = 0; i < PL_COUNT(texts); i++)
		free(texts[i]);
	for (char **p = r->www_authenticate; p && *p; p++)
		free(*p);
	free(r->www_authenticate);
	pl_buf_done(&r->body);
	*r = (struct pl_http_response){0};
}

// SPDX-License-Identifier: Apache-2.0
/* The registries that a command speaks to: one for each host, whatever the number of repositories.
 */
#include "oci/registry_int.h"

#include "base/clock.h"

struct pl_registries {
	const struct pl_env *env;
	pthread_mutex_t lock;
	struct pl_map by_host; /* to pl_registry */
};

struct pl_registries *pl_registries_new(const struct pl_env *env)
{
	struct pl_registries *all = pl_xcalloc(1, sizeof(*all));
	all->env = env;
	pthread_mutex_init(&all->lock, NULL);
	return all;
}

const struct pl_env *pl_registries_env(const struct pl_registries *all) { return all->env; }

static void registry_free(struct pl_registry *at)
{
	while (at->idle) {
		struct registry_handle *h = at->idle;
		at->idle = h->next;
		pl_http_free(h->http);
		free(h);
	}
	pl_registry_auth_done(&at->auth);
	pthread_mutex_destroy(&at->lock);
	pthread_mutex_destroy(&at->opening);
	free(at->host);
	free(at->root);
	free(at);
}

void pl_registries_free(struct pl_registries *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->by_host.n; i++)
		registry_free(all->by_host.items[i].value);
	pl_map_done(&all->by_host);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

struct registry_handle *pl_registry_take(struct pl_registry *at)
{
	pthread_mutex_lock(&at->lock);
	struct registry_handle *h = at->idle;
	if (h)
		at->idle = h->next;
	pthread_mutex_unlock(&at->lock);
	if (!h) {
		h = pl_xcalloc(1, sizeof(*h));
		h->env = *at->env;
		h->http = pl_http_new(&h->env);
	}
	h->next = NULL;
	h->until_ns = pl_http_budget(at->env);
	return h;
}

void pl_registry_give(struct pl_registry *at, struct registry_handle *h)
{
	h->env.stop = at->env->stop;
	atomic_store(&h->stop, false);
	pthread_mutex_lock(&at->lock);
	h->next = at->idle;
	at->idle = h;
	pthread_mutex_unlock(&at->lock);
}

/* On this machine plain HTTP is allowed, so a registry may speak either: ask it once, without
 * credentials. Go and nginx answer plain HTTP on their TLS port with a 400 that says "HTTPS". What
 * answers neither way is left for the first real request to report. */
static int choose_scheme(struct pl_registry *at, const char **ret, struct pl_err *err)
{
	static const char *const schemes[] = {"http", "https"};
	struct registry_handle *h = pl_registry_take(at);
	const char *found = NULL;
	int rc = 0;
	for (size_t i = 0; i < PL_COUNT(schemes) && !found; i++) {
		struct pl_http_response resp = {0};
		struct pl_err why = {0};
		PL_AUTOFREE char *url = pl_xprintf("%s://%s/v2/", schemes[i], at->host);
		struct pl_http_request req = {
			.method = "GET", .url = url, .no_redirect = true, .timeout_s = 5};
		rc = pl_http_do(h->http, &req, NULL, &resp, &why);
		bool wrong = rc == 0 && resp.status == 400 && pl_registry_says(&resp, "HTTPS");
		pl_http_response_done(&resp);
		if (pl_must_end(why.code)) {
			*err = why;
			break;
		}
		/* A certificate that does not verify is TLS as well: the first request says so. */
		if ((rc == 0 && !wrong) || rc == -PL_VERIFY)
			found = schemes[i];
		rc = 0;
	}
	pl_registry_give(at, h);
	if (rc == 0)
		*ret = found ? found : "http";
	return rc;
}

static int find_root(struct pl_registry *at, struct pl_err *err)
{
	const char *scheme = "https"; /* plain HTTP never leaves this machine */
	int rc = 0;
	pthread_mutex_lock(&at->opening);
	if (!at->root && pl_host_is_loopback(pl_str_of(at->host)))
		rc = choose_scheme(at, &scheme, err);
	if (rc == 0 && !at->root)
		at->root = pl_xprintf("%s://%s/v2", scheme, at->host);
	pthread_mutex_unlock(&at->opening);
	return rc;
}

int pl_registry_of(struct pl_registries *all, const char *host, struct pl_registry **ret,
		   struct pl_err *err)
{
	pthread_mutex_lock(&all->lock);
	struct pl_registry *at = pl_map_get(&all->by_host, pl_str_of(host));
	if (!at) {
		at = pl_xcalloc(1, sizeof(*at));
		at->env = all->env;
		at->host = pl_xstrdup(host);
		pthread_mutex_init(&at->opening, NULL);
		pthread_mutex_init(&at->lock, NULL);
		pthread_mutex_init(&at->auth.lock, NULL);
		pl_map_put(&all->by_host, pl_str_of(at->host), at);
	}
	pthread_mutex_unlock(&all->lock);
	int rc = find_root(at, err);
	if (rc == 0)
		*ret = at;
	return rc;
}

// SPDX-License-Identifier: Apache-2.0
#include "oci/credentials_int.h"

#include "base/file.h"
#include "io/process.h"

#define AUTHFILE_MAX (1 << 20)
#define HUB_KEY "https://index.docker.io/v1/"

/* Runs docker-credential-NAME get (docker/docker-credential-helpers). Its output stays unprinted.
 */
static int ask_helper(const struct pl_env *env, const char *name, const char *host,
		      struct pl_credentials *ret, struct pl_err *err)
{
	PL_AUTOFREE char *program = pl_xprintf("docker-credential-%s", name);
	const char *const argv[] = {program, "get", NULL};
	struct pl_process p = {
		.argv = argv,
		.input = pl_str_of(strcmp(host, "registry-1.docker.io") == 0 ? HUB_KEY : host),
		.timeout_s = 60,
		.out.max = AUTHFILE_MAX,
		.err.max = AUTHFILE_MAX,
	};
	int rc = pl_process_run(env, &p, err);
	if (rc == 0 && p.exit_status == 0)
		rc = pl_helper_answer(pl_buf_str(&p.out), program, ret, err);
	else if (rc == 0 && !(p.out.p && strstr(p.out.p, "credentials not found")))
		rc = pl_fail(err, PL_AUTH,
			     "%s: failed with status %d when asked for %s; run it by hand, or "
			     "remove it from the credentials file",
			     program, p.exit_status, host);
	if (p.out.p)
		explicit_bzero(p.out.p, p.out.n);
	pl_process_done(&p);
	return rc;
}

/* What a helper said of the host. */
struct helper_answer {
	char *helper;
	bool found;
	struct pl_credentials credentials;
};

void pl_credential_files_done(struct pl_credential_files *f)
{
	for (size_t i = 0; i < PL_COUNT(f->text); i++) {
		if (f->text[i].p)
			explicit_bzero(f->text[i].p, f->text[i].n);
		pl_buf_done(&f->text[i]);
		free(f->name[i]);
	}
	for (size_t i = 0; i < f->answers.n; i++) {
		struct helper_answer *h = f->answers.items[i].value;
		pl_credentials_done(&h->credentials);
		free(h->helper);
		free(h);
	}
	pl_map_done(&f->answers);
	*f = (struct pl_credential_files){0};
}

static int read_files(struct pl_credential_files *f, struct pl_err *err)
{
	const char *named = pl_environ("REGISTRY_AUTH_FILE");
	const char *runtime = pl_environ("XDG_RUNTIME_DIR");
	const char *docker = pl_environ("DOCKER_CONFIG"), *home = pl_environ("HOME");
	pl_credential_files_done(f);
	f->name[0] = named     ? pl_xstrdup(named)
		     : runtime ? pl_path_join(runtime, "containers/auth.json")
			       : NULL;
	f->name[1] = docker ? pl_path_join(docker, "config.json")
		     : home ? pl_path_join(home, ".docker/config.json")
			    : NULL;
	for (size_t i = 0; i < PL_COUNT(f->name); i++) {
		if (!f->name[i])
			continue;
		f->text[i].max = AUTHFILE_MAX + 65537;
		int rc = pl_file_read(f->name[i], AUTHFILE_MAX, &f->text[i], err);
		if (rc == -PL_NOT_FOUND)
			pl_buf_done(&f->text[i]); /* nobody has logged in yet */
		else if (rc < 0)
			return rc;
	}
	f->read = true;
	return 0;
}

static void copy_credentials(const struct pl_credentials *from, struct pl_credentials *ret)
{
	*ret = (struct pl_credentials){
		.username = from->username ? pl_xstrdup(from->username) : NULL,
		.password = from->password ? pl_xstrdup(from->password) : NULL,
		.identity_token = from->identity_token ? pl_xstrdup(from->identity_token) : NULL,
	};
}

static int ask_helper_once(const struct pl_env *env, struct pl_credential_files *f,
			   const char *helper, const char *host, struct pl_credentials *ret,
			   struct pl_err *err)
{
	struct helper_answer *h = pl_map_get(&f->answers, pl_str_of(helper));
	if (!h) {
		struct pl_credentials c = {0};
		int rc = ask_helper(env, helper, host, &c, err);
		if (rc < 0)
			return rc;
		h = pl_xcalloc(1, sizeof(*h));
		h->helper = pl_xstrdup(helper);
		h->found = rc == 1;
		h->credentials = c;
		pl_map_put(&f->answers, pl_str_of(h->helper), h);
	}
	if (h->found)
		copy_credentials(&h->credentials, ret);
	return h->found;
}

int pl_credentials_find(const struct pl_env *env, struct pl_credential_files *f, const char *host,
			const char *path, struct pl_credentials *ret, struct pl_err *err)
{
	int rc = f->read ? 0 : read_files(f, err);
	for (size_t i = 0; i < PL_COUNT(f->text) && rc == 0; i++) {
		PL_AUTO(authfile_match) m = {0};
		if (!f->text[i].p)
			continue;
		rc = pl_authfile_find(pl_buf_str(&f->text[i]), f->name[i], host, path, &m, err);
		if (rc == 1 && m.helper) {
			rc = ask_helper_once(env, f, m.helper, host, ret, err);
		} else if (rc == 1) {
			*ret = m.credentials;
			m.credentials = (struct pl_credentials){0};
		}
	}
	return rc;
}

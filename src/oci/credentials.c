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

static int try_file(const struct pl_env *env, const char *file, const char *host, const char *path,
		    struct pl_credentials *ret, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = AUTHFILE_MAX + 65537};
	PL_AUTO(authfile_match) m = {0};
	int rc = pl_file_read(file, AUTHFILE_MAX, &text, err);
	if (rc == -PL_NOT_FOUND)
		return 0; /* nobody has logged in yet */
	if (rc == 0)
		rc = pl_authfile_find(pl_buf_str(&text), file, host, path, &m, err);
	if (text.p)
		explicit_bzero(text.p, text.n);
	if (rc == 1 && m.helper)
		return ask_helper(env, m.helper, host, ret, err);
	if (rc == 1) {
		*ret = m.credentials;
		m.credentials = (struct pl_credentials){0};
	}
	return rc;
}

int pl_credentials_find(const struct pl_env *env, const char *host, const char *path,
			struct pl_credentials *ret, struct pl_err *err)
{
	const char *named = pl_environ("REGISTRY_AUTH_FILE");
	const char *runtime = pl_environ("XDG_RUNTIME_DIR");
	const char *docker = pl_environ("DOCKER_CONFIG"), *home = pl_environ("HOME");
	PL_AUTOFREE char *containers = named     ? pl_xstrdup(named)
				       : runtime ? pl_path_join(runtime, "containers/auth.json")
						 : NULL;
	PL_AUTOFREE char *config = docker ? pl_path_join(docker, "config.json")
				   : home ? pl_path_join(home, ".docker/config.json")
					  : NULL;
	int rc = 0;
	if (containers)
		rc = try_file(env, containers, host, path, ret, err);
	if (rc == 0 && config)
		rc = try_file(env, config, host, path, ret, err);
	return rc;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Credentials for a registry from the files that docker, podman, skopeo and kubectl share:
 * $REGISTRY_AUTH_FILE or $XDG_RUNTIME_DIR/containers/auth.json, then $DOCKER_CONFIG/config.json or
 * ~/.docker/config.json, with their helper programs. Nothing read from them is ever printed, not
 * even where such a file is malformed. Ownership: embedded; _done wipes.
 */
#pragma once

#include "base/buf.h"
#include "base/env.h"
#include "base/map.h"

struct pl_credentials {
	char *username, *password; /* both or neither */
	char *identity_token;      /* OAuth refresh token; NULL: none */
};
void pl_credentials_done(struct pl_credentials *c);

/* What one file says about a repository. helper: name X of a program docker-credential-X to ask. */
struct pl_authfile_match {
	struct pl_credentials credentials;
	char *helper;
};
void pl_authfile_match_done(struct pl_authfile_match *m);
/* The most specific entry of a file's text (containers-auth.json(5): host/ns/name, host/ns, host):
 * 1 found, 0 nothing for it. Pure. */
int pl_authfile_find(struct pl_str text, const char *what, const char *host, const char *path,
		     struct pl_authfile_match *ret, struct pl_err *err) PL_MUST_USE;
/* What a helper printed: 1 found, 0 no such credentials. Pure. */
int pl_helper_answer(struct pl_str text, const char *what, struct pl_credentials *ret,
		     struct pl_err *err) PL_MUST_USE;
/* The files of one command, read once, and what helpers answered for one host: a thousand
 * repositories there do not start a program each. Starts zeroed; the caller locks. */
struct pl_credential_files {
	bool read;
	char *name[2];
	struct pl_buf text[2]; /* p NULL: there is no such file */
	struct pl_map answers; /* helper -> struct helper_answer */
};
void pl_credential_files_done(struct pl_credential_files *f);
/* Asks files and helpers, always for the same host: 1 found, 0 none (anonymous). */
int pl_credentials_find(const struct pl_env *env, struct pl_credential_files *files,
			const char *host, const char *path, struct pl_credentials *ret,
			struct pl_err *err) PL_MUST_USE;
/* "Basic <base64 of user:password>", RFC 7617. Owned by the caller, who wipes it. */
char *pl_basic_authorization(const struct pl_credentials *c);
/* Wipes and frees a secret text. */
void pl_secret_free(char *s);

// SPDX-License-Identifier: Apache-2.0
/*
 * The grammar of small texts in definitions and locks: names, tags, paths, versions. Pure
 * predicates; each cites whose grammar it is. What passes is safe as a path's component or as a
 * word of a message.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

#define PL_IMAGE_NAME_MAX 128 /* leaves room for the registry's part of a repository name */

bool pl_image_name_ok(struct pl_str s); /* distribution-spec: <name>, at most 128 bytes */
bool pl_image_path_ok(struct pl_str s); /* absolute, normal ("/" too), no control bytes */
bool pl_inside_path_ok(
	struct pl_str s);         /* relative, normal, no "..": below the fleet's directory */
bool pl_user_ok(struct pl_str s); /* "uid", "uid:gid", "name", "name:group" */
bool pl_account_name_ok(struct pl_str s); /* useradd(8), as Debian has it (Debian-exim) */
bool pl_env_name_ok(struct pl_str s);
bool pl_debconf_question_ok(struct pl_str s); /* debconf-devel(7): "package/question" */
bool pl_package_name_ok(struct pl_str s);     /* Debian Policy 5.6.1 */
bool pl_package_version_ok(struct pl_str s);  /* Debian Policy 5.6.12, as far as characters go */
bool pl_distro_name_ok(struct pl_str s);
bool pl_signal_ok(struct pl_str s);
bool pl_printable_ok(struct pl_str s); /* not empty, no control bytes */
bool pl_duration_parse(struct pl_str s, int64_t *ret_ns) PL_MUST_USE; /* "1m30s"; at most 30 days */
bool pl_port_parse(struct pl_str s, unsigned *ret_port, const char **ret_protocol) PL_MUST_USE;
bool pl_platform_ok(struct pl_str s); /* a platform that a fleet may name, as it is written */
/* Cuts "name", "name (op version)" or "name=version"; false if it is none. */
bool pl_package_ask_parse(struct pl_str text, struct pl_str *ret_name, const char **ret_op,
			  struct pl_str *ret_version) PL_MUST_USE;

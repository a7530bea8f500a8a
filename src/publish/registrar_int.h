// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "publish/registrar.h"

/* Registers in the inventory behind to->url. */
int pl_registrar_put_remote(struct pl_registrar *to, const struct pl_registration *r,
			    enum pl_put_mode mode, struct pl_err *err) PL_MUST_USE;
int pl_registrar_delete_remote(struct pl_registrar *to, const char *name, bool force,
			       struct pl_err *err) PL_MUST_USE;

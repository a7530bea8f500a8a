// SPDX-License-Identifier: Apache-2.0
#include "cli/cli_int.h"
#include "server/server.h"

static const struct pl_option options[] = {
	{"listen", 'l', "HOST:PORT", "where to answer (default: 127.0.0.1:8077; port 0: any)",
	 offsetof(struct pl_args, listen), NULL},
	{"token-file", 0, "FILE", "one token a line; writing then needs one as a Bearer token",
	 offsetof(struct pl_args, token_file), NULL},
};

static void on_ready(void *ctx, const char *bound)
{
	struct pl_cli *c = ctx;
	pl_note(&c->env, "listening on http://%s", bound);
}

static int serve_inventory(struct pl_cli *c, struct pl_err *err)
{
	struct pl_serve_options o = {c->args.listen, c->args.db, c->args.token_file, on_ready, c};
	return pl_serve(&c->env, &o, err);
}

const struct pl_command pl_cmd_serve = {
	.name = "serve",
	.operands = "",
	.summary = "the inventory over HTTP",
	.about = "Answers the inventory's calls (docs/api.md) until interrupted. Anyone who can "
		 "reach it may read; writing\n"
		 "needs a token, or a loopback address. Without --token-file it answers only to "
		 "localhost and to the\naddress it listens on, and to nobody behind a proxy.",
	.examples = "plimsoll serve --listen 127.0.0.1:8077 --db inventory.db\ncurl "
		    "http://127.0.0.1:8077/packages/libssl3",
	.options = options,
	.n_options = PL_COUNT(options),
	.is_endless = true,
	.run = serve_inventory,
};

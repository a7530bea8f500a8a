// SPDX-License-Identifier: Apache-2.0
/* inventory_scan DB REF NAME [PLATFORM]: scans, registers, prints what was found as one line:
 * platform, packages, base, evidence, changed. */
#include "io/http.h"
#include "publish/scan.h"

int main(int argc, char **argv)
{
	struct pl_env env;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO(registrar) to = {0};
	struct pl_ref ref;
	struct pl_scanned s;
	if (argc < 4)
		return 2;
	pl_env_init(&env);
	PL_AUTO_FREE(registries) registries = pl_registries_new(&env);
	int rc = pl_http_global_init(&err);
	if (rc == 0)
		rc = pl_registrar_open(&env, argv[1], &to, &err);
	if (rc == 0)
		rc = pl_ref_parse(&a, pl_str_of(argv[2]), &ref, &err);
	if (rc == 0)
		rc = pl_scan_ref(&env, registries, &a, &ref, argc > 4 ? argv[4] : NULL, to.inv, &s,
				 &err);
	int changed = rc == 0 ? pl_scan_register(&to, &s, argv[3], &err) : rc;
	if (changed < 0) {
		fprintf(stderr, "%s: %s\n", pl_code_info(err.code)->name, err.msg);
		return pl_code_info(err.code)->exit_status;
	}
	printf("%s %zu %s %s %d\n", s.platform, s.result.n_packages, s.base ? s.base : "-",
	       s.base_evidence ? s.base_evidence : "-", changed);
	return 0;
}

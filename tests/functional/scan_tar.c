// SPDX-License-Identifier: Apache-2.0
/* Scans layers given as tar files, lowest first; prints name, architecture, version, source, source
 * version and layer of each package, tabs between. */
#include "scan/scan.h"

int main(int argc, char **argv)
{
	struct pl_env env;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_scan_result r;
	int rc = 0;
	pl_env_init(&env);
	PL_AUTO_FREE(scan) s = pl_scan_new(&env, &a);
	for (int i = 1; rc == 0 && i < argc; i++) {
		struct pl_source *in, *tar;
		rc = pl_source_file(argv[i], &in, &err);
		if (rc == 0)
			rc = pl_source_decompress(in, env.limits, argv[i], &tar, &err);
		if (rc == 0)
			rc = pl_scan_layer(s, tar, argv[i], &err);
	}
	if (rc == 0)
		rc = pl_scan_finish(s, &r, &err);
	if (rc < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	for (size_t i = 0; i < r.n_packages; i++) {
		const struct pl_found_package *p = &r.packages[i];
		printf("%s\t%s\t%s\t%s\t%s\t%d\n", p->name, p->architecture, p->version, p->source,
		       p->source_version, p->layer);
	}
	fprintf(stderr, "%s %s %s\n", r.database, r.os_id, r.os_version);
	for (const char **w = r.warnings; *w; w++)
		fprintf(stderr, "warning: %s\n", *w);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* What is parsed can be written, and what was written parses to the same bytes again. */
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(struct pl_buf *out, const struct pl_jval *v, unsigned indent)
{
	struct pl_jw w;
	pl_jw_init(&w, out, indent);
	pl_jw_value(&w, v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_err err = {0};
	PL_AUTO_FREE(jval) v = NULL;
	PL_AUTO_FREE(jval) again = NULL;
	PL_AUTO(buf) one = {0};
	PL_AUTO(buf) two = {0};
	PL_AUTO(buf) pretty = {0};
	struct pl_str text = {(const char *)data, size};
	int rc = pl_json_parse(text, "input", &v, &err);
	if (rc < 0) {
		if ((rc != -PL_INPUT && rc != -PL_LIMIT) || v || !err.msg[0])
			abort();
		return 0;
	}
	write_value(&one, v, 0);
	write_value(&pretty, v, 2);
	if (pl_json_parse(pl_buf_str(&pretty), "pretty", &again, &err) < 0)
		abort();
	write_value(&two, again, 0);
	if (!pl_str_eq(pl_buf_str(&one), pl_buf_str(&two)))
		abort();
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "assemble/layer_int.h"

#define HEADER_MAX ((size_t)4 << 20) /* a pax header with the longest names and attributes */

static int begin(struct pl_layer_writer *l, struct pl_store *store, enum pl_store_area area,
		 const struct pl_compressor *compressor, struct pl_err *err)
{
	*l = (struct pl_layer_writer){.header = {.max = HEADER_MAX}};
	int rc = pl_store_writer(store, area, UINT64_MAX, NULL, &l->blob.digest, &l->blob.size,
				 &l->out, err);
	if (rc == 0)
		pl_gzip_init(&l->gzip, l->out, compressor);
	return rc;
}

int pl_layer_begin(struct pl_layer_writer *l, struct pl_store *store,
		   const struct pl_compressor *compressor, struct pl_err *err)
{
	int rc = begin(l, store, PL_STORE_BLOBS, compressor, err);
	if (rc < 0)
		return rc;
	pl_sha256_init(&l->hash);
	l->gzip.hash = &l->hash;
	return 0;
}

int pl_layer_begin_piece(struct pl_layer_writer *l, struct pl_store *store,
			 const struct pl_compressor *compressor, int scratch, struct pl_err *err)
{
	int rc = begin(l, store, PL_STORE_INPUTS, compressor, err);
	if (rc == 0)
		l->gzip.raw = scratch;
	return rc;
}

int pl_layer_entry(struct pl_layer_writer *l, const struct pl_tar_entry *e, struct pl_err *err)
{
	pl_buf_clear(&l->header);
	int rc = pl_tar_format(&l->header, e, err);
	if (rc == 0)
		rc = pl_gzip_write(&l->gzip, l->header.p, l->header.n, err);
	l->entries++;
	return rc;
}

int pl_layer_padding(struct pl_layer_writer *l, uint64_t size, struct pl_err *err)
{
	static const char zeros[512];
	return pl_gzip_write(&l->gzip, zeros, pl_tar_padding(size), err);
}

int pl_layer_put(struct pl_layer_writer *l, const struct pl_tar_entry *e, struct pl_str body,
		 struct pl_err *err)
{
	int rc = pl_layer_entry(l, e, err);
	if (rc == 0 && body.n)
		rc = pl_gzip_write(&l->gzip, body.p, body.n, err);
	return rc < 0 ? rc : pl_layer_padding(l, body.n, err);
}

int pl_layer_finish_piece(struct pl_layer_writer *l, struct pl_layer_blob *ret, struct pl_err *err)
{
	int rc = pl_gzip_flush(&l->gzip, err);
	if (rc == 0)
		rc = pl_sink_finish(l->out, err);
	if (rc < 0)
		return rc;
	l->blob.unpacked = l->gzip.unpacked;
	*ret = l->blob;
	return 0;
}

int pl_layer_finish(struct pl_layer_writer *l, struct pl_layer_blob *ret, struct pl_err *err)
{
	static const char end[PL_TAR_END];
	int rc = pl_gzip_write(&l->gzip, end, sizeof(end), err);
	if (rc == 0)
		rc = pl_layer_finish_piece(l, ret, err);
	if (rc == 0)
		pl_sha256_final(&l->hash, &ret->diff_id);
	return rc;
}

void pl_layer_writer_done(struct pl_layer_writer *l)
{
	pl_sink_free(l->out);
	if (l->gzip.in)
		pl_gzip_done(&l->gzip);
	pl_sha256_done(&l->hash);
	pl_buf_done(&l->header);
	*l = (struct pl_layer_writer){0};
}

// SPDX-License-Identifier: Apache-2.0
/* Which program made a record: a digest over its sources (tools/source-id), part of every key. */
#pragma once

extern const char pl_source_id[];

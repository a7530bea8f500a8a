// SPDX-License-Identifier: Apache-2.0
#include "faulty_sqlite.h"

#include <assert.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

static struct {
	bool armed, fired, for_good;
	enum faulty_kind kind;
	unsigned left;
} fault;

static sqlite3_vfs *real_vfs;
static sqlite3_mem_methods real_mem;

void faulty_arm(enum faulty_kind kind, unsigned nth, bool for_good)
{
	fault.armed = true;
	fault.fired = false;
	fault.for_good = for_good;
	fault.kind = kind;
	fault.left = nth;
}

bool faulty_disarm(void)
{
	fault.armed = false;
	return fault.fired;
}

static bool hits(enum faulty_kind kind)
{
	if (!fault.armed || fault.kind != kind)
		return false;
	if (fault.fired)
		return fault.for_good;
	fault.fired = --fault.left == 0;
	return fault.fired;
}

/* ---- files: ours, and behind it in memory the system's ---- */

struct faulty_file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_file *real_of(sqlite3_file *f)
{
	struct faulty_file *own = (struct faulty_file *)f;
	return own->real;
}

#define PASS(f, op, ...) (real_of(f)->pMethods->op(real_of(f), ##__VA_ARGS__))

static int close_file(sqlite3_file *f) { return PASS(f, xClose); }

static int read_file(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return hits(FAULTY_IO) ? SQLITE_IOERR_READ : PASS(f, xRead, p, n, at);
}

static int write_file(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (hits(FAULTY_FULL))
		return SQLITE_FULL;
	return hits(FAULTY_IO) ? SQLITE_IOERR_WRITE : PASS(f, xWrite, p, n, at);
}

static int truncate_file(sqlite3_file *f, sqlite3_int64 n)
{
	return hits(FAULTY_IO) ? SQLITE_IOERR_TRUNCATE : PASS(f, xTruncate, n);
}

/* Thousands of runs, none of which must survive a power cut: nothing is waited for. */
static int sync_file(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return hits(FAULTY_IO) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret) { return PASS(f, xFileSize, ret); }
static int lock_file(sqlite3_file *f, int level) { return PASS(f, xLock, level); }
static int unlock_file(sqlite3_file *f, int level) { return PASS(f, xUnlock, level); }
static int check_lock(sqlite3_file *f, int *ret) { return PASS(f, xCheckReservedLock, ret); }
static int control(sqlite3_file *f, int op, void *arg) { return PASS(f, xFileControl, op, arg); }
static int sector_size(sqlite3_file *f) { return PASS(f, xSectorSize); }
static int characteristics(sqlite3_file *f) { return PASS(f, xDeviceCharacteristics); }

static int shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	return hits(FAULTY_IO) ? SQLITE_IOERR_SHMMAP : PASS(f, xShmMap, page, size, extend, ret);
}

static int shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return PASS(f, xShmLock, offset, n, flags);
}

static void shm_barrier(sqlite3_file *f) { PASS(f, xShmBarrier); }
static int shm_unmap(sqlite3_file *f, int del) { return PASS(f, xShmUnmap, del); }

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock_file,
	.xUnlock = unlock_file,
	.xCheckReservedLock = check_lock,
	.xFileControl = control,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	struct faulty_file *own = (struct faulty_file *)f;
	(void)vfs;
	f->pMethods = NULL;
	if (hits(FAULTY_IO))
		return SQLITE_CANTOPEN;
	own->real = (sqlite3_file *)(own + 1);
	memset(own->real, 0, (size_t)real_vfs->szOsFile);
	int code = real_vfs->xOpen(real_vfs, name, own->real, flags, ret_flags);
	if (code == SQLITE_OK)
		f->pMethods = &methods;
	return code;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	(void)sync;
	return hits(FAULTY_IO) ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, name, 0);
}

/* ---- memory ---- */

static void *allocate(int n) { return hits(FAULTY_MEMORY) ? NULL : real_mem.xMalloc(n); }

static void *reallocate(void *p, int n)
{
	return hits(FAULTY_MEMORY) ? NULL : real_mem.xRealloc(p, n);
}

void faulty_install(void)
{
	static sqlite3_vfs vfs;
	sqlite3_mem_methods mem;
	int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_mem);
	assert(code == SQLITE_OK);
	mem = real_mem;
	mem.xMalloc = allocate;
	mem.xRealloc = reallocate;
	code = sqlite3_config(SQLITE_CONFIG_MALLOC, &mem);
	assert(code == SQLITE_OK);
	/* Small allocations of a connection come from a pool of its own, which would hide them. */
	code = sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
	assert(code == SQLITE_OK);
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.zName = "faulty";
	vfs.pNext = NULL;
	vfs.szOsFile = (int)sizeof(struct faulty_file) + real_vfs->szOsFile;
	vfs.xOpen = open_file;
	vfs.xDelete = delete_file;
	code = sqlite3_vfs_register(&vfs, 1);
	assert(code == SQLITE_OK);
}

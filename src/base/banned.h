// SPDX-License-Identifier: Apache-2.0
/*
 * Functions that this project does not use become compile errors; the compiler includes this file
 * first everywhere (meson.build). A file that must call one #undefs it beside the reason.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PL_BANNED(f) sorry_##f##_is_banned_see_base_banned_h
#define strcpy(...) PL_BANNED(strcpy)
#define strcat(...) PL_BANNED(strcat)
#define strncpy(...) PL_BANNED(strncpy)
#define strncat(...) PL_BANNED(strncat)
#define sprintf(...) PL_BANNED(sprintf)
#define vsprintf(...) PL_BANNED(vsprintf)
#define strtok(...) PL_BANNED(strtok)
#define atoi(...) PL_BANNED(atoi)
#define atol(...) PL_BANNED(atol)
#define atoll(...) PL_BANNED(atoll)
#define atof(...) PL_BANNED(atof)
#define gmtime(...) PL_BANNED(gmtime)
#define localtime(...) PL_BANNED(localtime)
#define ctime(...) PL_BANNED(ctime)
#define asctime(...) PL_BANNED(asctime)
#define getenv(...) PL_BANNED(getenv)
#define system(...) PL_BANNED(system)
#define popen(...) PL_BANNED(popen)
#define mktemp(...) PL_BANNED(mktemp)
#define tmpnam(...) PL_BANNED(tmpnam)
#undef alloca
#define alloca(...) PL_BANNED(alloca)

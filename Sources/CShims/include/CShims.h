// What Swift's Glibc module leaves out: searches for bytes, and iconv.
#ifndef RETURNMILL_CSHIMS_H
#define RETURNMILL_CSHIMS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <iconv.h>
#include <stddef.h>
#include <string.h>

#include "Grams.h"
#include "Scan.h"

// As memmem(3): the first place where needle stands in haystack, or NULL.
const void *_Nullable rm_memmem(const void *_Nonnull haystack, size_t haystackLength, const void *_Nonnull needle,
                                size_t needleLength);
// The same without regard to ASCII case; the needle is in lower case.
const void *_Nullable rm_memcasemem(const void *_Nonnull haystack, size_t haystackLength, const void *_Nonnull needle,
                                    size_t needleLength);
// memrchr(3): the last place where byte stands, or NULL.
const void *_Nullable rm_memrchr(const void *_Nonnull bytes, int byte, size_t length);

// Writes out the whole file system that an open file lies on, and waits (syncfs(2)). 0, or -1 with errno.
int rm_sync_file_system(int file);

#endif

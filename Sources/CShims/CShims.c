#define _GNU_SOURCE
#include "CShims.h"
#include <unistd.h>

const void *rm_memmem(const void *haystack, size_t haystackLength, const void *needle, size_t needleLength) {
  return memmem(haystack, haystackLength, needle, needleLength);
}

const void *rm_memrchr(const void *bytes, int byte, size_t length) { return memrchr(bytes, byte, length); }

int rm_sync_file_system(int file) { return syncfs(file); }

#define _GNU_SOURCE
#include "CShims.h"
#include <fcntl.h>
#include <unistd.h>

const void *rm_memmem(const void *haystack, size_t haystackLength, const void *needle, size_t needleLength) {
  return memmem(haystack, haystackLength, needle, needleLength);
}

const void *rm_memrchr(const void *bytes, int byte, size_t length) { return memrchr(bytes, byte, length); }

void rm_start_writeback(int file) { (void)sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE); }

int rm_sync_file_system(int file) { return syncfs(file); }

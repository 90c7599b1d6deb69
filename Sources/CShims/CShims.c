#define _GNU_SOURCE
#include "CShims.h"
#include <unistd.h>

const void *rm_memrchr(const void *bytes, int byte, size_t length) { return memrchr(bytes, byte, length); }

int rm_sync_file_system(int file) { return syncfs(file); }

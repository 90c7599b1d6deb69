// The rule and dialect files of this folder, compiled into the binary by #embed (C23).
#ifndef RETURNMILL_RULES_H
#define RETURNMILL_RULES_H

#include <stddef.h>

// One data file: its name below this folder, and its bytes.
typedef struct {
  const char *_Nonnull name;
  const unsigned char *_Nonnull bytes;
  size_t length;
} rm_data_file;

// All files, in the order in which they are read (by name).
extern const rm_data_file *_Nonnull const rm_rule_files;
extern const size_t rm_rule_file_count;
extern const rm_data_file *_Nonnull const rm_dialect_files;
extern const size_t rm_dialect_file_count;

// The dialect file at a place below rm_dialect_file_count.
static inline rm_data_file rm_dialect_file_at(size_t place) { return rm_dialect_files[place]; }

#endif

// The rule files, in the order of their names. A file that is added to the folder is added here, twice; a test
// compares the two.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "Rules.h"

static const unsigned char category_90[] = {
#embed "categories/90-fallback.yaml"
};

#define FILE(path, bytes) {path, bytes, sizeof(bytes)}

static const rm_data_file rules[] = {
    FILE("categories/90-fallback.yaml", category_90),
};

const rm_data_file *const rm_rule_files = rules;
const size_t rm_rule_file_count = sizeof(rules) / sizeof(*rules);

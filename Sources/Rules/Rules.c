#pragma clang diagnostic ignored "-Wc23-extensions"
#include "Rules.h"

// A file that is added to the folders is added here, in the order of the names; a test compares the two.

static const unsigned char category_90[] = {
#embed "categories/90-fallback.yaml"
};

#define FILE(path, bytes) {path, bytes, sizeof(bytes)}

static const rm_data_file rules[] = {
    FILE("categories/90-fallback.yaml", category_90),
};

const rm_data_file *const rm_rule_files = rules;
const size_t rm_rule_file_count = sizeof(rules) / sizeof(*rules);

static const rm_data_file dialects[] = {{"", (const unsigned char *)"", 0}};

const rm_data_file *const rm_dialect_files = dialects;
const size_t rm_dialect_file_count = 0;

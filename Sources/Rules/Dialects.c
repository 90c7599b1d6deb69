// The dialect files, in the order of their names. A file that is added to the folder is added here, twice; a test
// compares the two.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "Rules.h"

static const unsigned char postfix[] = {
#embed "dialects/postfix.yaml"
};
static const unsigned char signs[] = {
#embed "dialects/signs.yaml"
};

static const rm_data_file dialects[] = {
    {"postfix.yaml", postfix, sizeof postfix},
    {"signs.yaml", signs, sizeof signs},
};
const rm_data_file *const rm_dialect_files = dialects;
const size_t rm_dialect_file_count = sizeof(dialects) / sizeof(*dialects);

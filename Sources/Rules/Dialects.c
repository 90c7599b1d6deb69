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

const rm_data_file rm_dialect_files[] = {
    {"postfix.yaml", postfix, sizeof postfix},
    {"signs.yaml", signs, sizeof signs},
};
const size_t rm_dialect_file_count = sizeof rm_dialect_files / sizeof rm_dialect_files[0];

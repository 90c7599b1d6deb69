#pragma clang diagnostic ignored "-Wc23-extensions"
#include "Rules.h"

// A file that is added to the folders is added here; a test compares the two.
#define DATA_FILES(X)

const rm_data_file rm_rule_files[] = {{"", (const unsigned char *)"", 0}};
const size_t rm_rule_file_count = 0;

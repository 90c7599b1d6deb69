// Declarations of ISA-L for Swift, with the constants that its macros hide.
#include <isa-l.h>

// The memory that level 1 wants beside the stream.
static const int rm_isal_level1_buffer_size = ISAL_DEF_LVL1_DEFAULT;

// The dialect files, in the order of their names. A file that is added to the folder is added here, twice; a test
// compares the two.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "Rules.h"

static const unsigned char amazon[] = {
#embed "dialects/amazon.yaml"
};
static const unsigned char exchange[] = {
#embed "dialects/exchange.yaml"
};
static const unsigned char exim[] = {
#embed "dialects/exim.yaml"
};
static const unsigned char filters[] = {
#embed "dialects/filters.yaml"
};
static const unsigned char generic[] = {
#embed "dialects/generic.yaml"
};
static const unsigned char google[] = {
#embed "dialects/google.yaml"
};
static const unsigned char legacy[] = {
#embed "dialects/legacy.yaml"
};
static const unsigned char mobile[] = {
#embed "dialects/mobile.yaml"
};
static const unsigned char postfix[] = {
#embed "dialects/postfix.yaml"
};
static const unsigned char qmail[] = {
#embed "dialects/qmail.yaml"
};
static const unsigned char senders[] = {
#embed "dialects/senders.yaml"
};
static const unsigned char sendmail[] = {
#embed "dialects/sendmail.yaml"
};
static const unsigned char servers[] = {
#embed "dialects/servers.yaml"
};
static const unsigned char signs[] = {
#embed "dialects/signs.yaml"
};

static const rm_data_file dialects[] = {
    {"amazon.yaml", amazon, sizeof amazon},
    {"exchange.yaml", exchange, sizeof exchange},
    {"exim.yaml", exim, sizeof exim},
    {"filters.yaml", filters, sizeof filters},
    {"generic.yaml", generic, sizeof generic},
    {"google.yaml", google, sizeof google},
    {"legacy.yaml", legacy, sizeof legacy},
    {"mobile.yaml", mobile, sizeof mobile},
    {"postfix.yaml", postfix, sizeof postfix},
    {"qmail.yaml", qmail, sizeof qmail},
    {"senders.yaml", senders, sizeof senders},
    {"sendmail.yaml", sendmail, sizeof sendmail},
    {"servers.yaml", servers, sizeof servers},
    {"signs.yaml", signs, sizeof signs},
};
const rm_data_file *const rm_dialect_files = dialects;
const size_t rm_dialect_file_count = sizeof(dialects) / sizeof(*dialects);

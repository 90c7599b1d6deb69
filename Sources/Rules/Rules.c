// The rule files, in the order of their names. A file that is added to the folder is added here, twice; a test
// compares the two.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "Rules.h"

static const unsigned char rules_15_structure[] = {
#embed "categories/15-structure.yaml"
};
static const unsigned char rules_20_provider_google[] = {
#embed "categories/20-provider-google.yaml"
};
static const unsigned char rules_21_provider_microsoft[] = {
#embed "categories/21-provider-microsoft.yaml"
};
static const unsigned char rules_22_provider_yahoo_aol[] = {
#embed "categories/22-provider-yahoo-aol.yaml"
};
static const unsigned char rules_23_provider_apple[] = {
#embed "categories/23-provider-apple.yaml"
};
static const unsigned char rules_24_gateways[] = {
#embed "categories/24-gateways.yaml"
};
static const unsigned char rules_25_provider_others[] = {
#embed "categories/25-provider-others.yaml"
};
static const unsigned char rules_30_mta[] = {
#embed "categories/30-mta.yaml"
};
static const unsigned char rules_40_message[] = {
#embed "categories/40-message.yaml"
};
static const unsigned char rules_41_block[] = {
#embed "categories/41-block.yaml"
};
static const unsigned char rules_42_soft[] = {
#embed "categories/42-soft.yaml"
};
static const unsigned char rules_43_hard[] = {
#embed "categories/43-hard.yaml"
};
static const unsigned char rules_43_plain_words[] = {
#embed "categories/43-plain-words.yaml"
};
static const unsigned char rules_44_late[] = {
#embed "categories/44-late.yaml"
};
static const unsigned char rules_46_notices[] = {
#embed "categories/46-notices.yaml"
};
static const unsigned char rules_50_requests[] = {
#embed "categories/50-requests.yaml"
};
static const unsigned char rules_52_redirects[] = {
#embed "categories/52-redirects.yaml"
};
static const unsigned char rules_55_auto_replies[] = {
#embed "categories/55-auto-replies.yaml"
};
static const unsigned char rules_59_undetermined[] = {
#embed "categories/59-undetermined.yaml"
};
static const unsigned char rules_60_replies[] = {
#embed "categories/60-replies.yaml"
};
static const unsigned char rules_80_codes[] = {
#embed "categories/80-codes.yaml"
};
static const unsigned char rules_90_fallback[] = {
#embed "categories/90-fallback.yaml"
};

#define FILE(path, bytes) {path, bytes, sizeof(bytes)}

static const rm_data_file rules[] = {
    FILE("categories/15-structure.yaml", rules_15_structure),
    FILE("categories/20-provider-google.yaml", rules_20_provider_google),
    FILE("categories/21-provider-microsoft.yaml", rules_21_provider_microsoft),
    FILE("categories/22-provider-yahoo-aol.yaml", rules_22_provider_yahoo_aol),
    FILE("categories/23-provider-apple.yaml", rules_23_provider_apple),
    FILE("categories/24-gateways.yaml", rules_24_gateways),
    FILE("categories/25-provider-others.yaml", rules_25_provider_others),
    FILE("categories/30-mta.yaml", rules_30_mta),
    FILE("categories/40-message.yaml", rules_40_message),
    FILE("categories/41-block.yaml", rules_41_block),
    FILE("categories/42-soft.yaml", rules_42_soft),
    FILE("categories/43-hard.yaml", rules_43_hard),
    FILE("categories/43-plain-words.yaml", rules_43_plain_words),
    FILE("categories/44-late.yaml", rules_44_late),
    FILE("categories/46-notices.yaml", rules_46_notices),
    FILE("categories/50-requests.yaml", rules_50_requests),
    FILE("categories/52-redirects.yaml", rules_52_redirects),
    FILE("categories/55-auto-replies.yaml", rules_55_auto_replies),
    FILE("categories/59-undetermined.yaml", rules_59_undetermined),
    FILE("categories/60-replies.yaml", rules_60_replies),
    FILE("categories/80-codes.yaml", rules_80_codes),
    FILE("categories/90-fallback.yaml", rules_90_fallback),
};

const rm_data_file *const rm_rule_files = rules;
const size_t rm_rule_file_count = sizeof(rules) / sizeof(*rules);

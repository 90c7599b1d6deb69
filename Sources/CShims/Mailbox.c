#include "CShims.h"

#define LOCAL 1
#define DOMAIN 2
#define NAME 4
#define L LOCAL
#define LD (LOCAL | DOMAIN)
#define LN (LOCAL | NAME)
#define LDN (LOCAL | DOMAIN | NAME)
#define N NAME

// The local part: letters, digits and what VERP and SRS put between them; no quotes, which a normal form takes off.
// The domain: lower case only, as the normal form has it. The name: no specials of RFC 5322 §3.2.3 but the full stop.
const unsigned char rm_mailbox_class[256] = {
    [' '] = N,
    ['!'] = LN,
    ['#'] = LN,
    ['$'] = LN,
    ['%'] = LN,
    ['&'] = LN,
    ['*'] = LN,
    ['+'] = LN,
    ['-'] = LDN,
    ['.'] = LDN,
    ['/'] = LN,
    ['0' ... '9'] = LDN,
    ['='] = LN,
    ['?'] = LN,
    ['A' ... 'Z'] = LN,
    ['^'] = LN,
    ['_'] = LN,
    ['a' ... 'z'] = LDN,
    ['{'] = LN,
    ['|'] = LN,
    ['}'] = LN,
    ['~'] = LN,
};

static inline int isClass(unsigned char byte, int class) { return rm_mailbox_class[byte] & class; }

// An address from `at` up to where a byte stands that it can't hold; 0 when it is not one.
static size_t address(const unsigned char *bytes, size_t at, size_t count) {
  size_t start = at;
  while (at < count && isClass(bytes[at], LOCAL)) at++;
  if (at == start || at == count || bytes[at] != '@') return 0;
  size_t domain = ++at;
  while (at < count && isClass(bytes[at], DOMAIN)) at++;
  // Full stops at the end are taken off by the normal form.
  return at > domain && bytes[at - 1] != '.' ? at : 0;
}

int rm_plain_mailbox(const unsigned char *bytes, size_t count, rm_mailbox *out) {
  if (count == 0) return 0;
  size_t at = 0;
  out->nameStart = out->nameEnd = 0;
  if (bytes[0] != '<') {
    size_t end = address(bytes, 0, count);
    if (end == count) {
      out->addressStart = 0;
      out->addressEnd = end;
      return 1;
    }
    if (bytes[0] == '"') {
      at = 1;
      while (at < count && (isClass(bytes[at], NAME) || bytes[at] == ',')) at++;
      if (at >= count || bytes[at] != '"') return 0;
      // White space inside the quotes goes, as does that of `" "`.
      if (at == 1 || bytes[1] == ' ' || bytes[at - 1] == ' ') return 0;
      out->nameStart = 1;
      out->nameEnd = at;
      at++;
      if (at < count && bytes[at] == ' ') at++;
    } else {
      while (at < count && isClass(bytes[at], NAME)) at++;
      if (at == 0 || bytes[0] == ' ') return 0;
      size_t end = at;
      while (end > 0 && bytes[end - 1] == ' ') end--;
      out->nameEnd = end;
    }
    if (at >= count || bytes[at] != '<') return 0;
  }
  size_t end = address(bytes, at + 1, count);
  if (end == 0 || end + 1 != count || bytes[end] != '>') return 0;
  out->addressStart = at + 1;
  out->addressEnd = end;
  return 1;
}

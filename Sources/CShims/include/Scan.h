// Scans over bytes, sixteen at a time where the machine has SSE2, which every x86-64 has. Inline, so that a call costs
// nothing: most slices of a mail are shorter than a line.
#ifndef RETURNMILL_SCAN_H
#define RETURNMILL_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static inline uint64_t rm_load8(const unsigned char *_Nonnull bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

#if defined(__SSE2__)
// Which of sixteen bytes a JSON string can't hold as they are, or aren't ASCII, as bits.
static inline unsigned rm_json_stops(__m128i text) {
  // Signed: bytes beyond ASCII are below the space too.
  __m128i low = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20)), quote = _mm_cmpeq_epi8(text, _mm_set1_epi8(0x22));
  __m128i backslash = _mm_cmpeq_epi8(text, _mm_set1_epi8(0x5C)), del = _mm_cmpeq_epi8(text, _mm_set1_epi8(0x7F));
  return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, quote), _mm_or_si128(backslash, del)));
}
#endif

// The first byte at or after `at` that a JSON string can't hold as it is, or that isn't ASCII; `count` without one.
static inline size_t rm_json_plain_end(const unsigned char *_Nonnull bytes, size_t at, size_t count) {
#if defined(__SSE2__)
  for (; at + 16 <= count; at += 16) {
    unsigned mask = rm_json_stops(_mm_loadu_si128((const __m128i *)(bytes + at)));
    if (mask) return at + (size_t)__builtin_ctz(mask);
  }
#endif
  // Most strings are short: eight at a time, the last of them with some before them once more.
  const uint64_t ones = 0x0101010101010101ull;
  while (at + 8 <= count || (count - at && count >= 8)) {
    size_t place = at + 8 <= count ? at : count - 8;
    uint64_t word = rm_load8(bytes + place), q = word ^ ones * 0x22, b = word ^ ones * 0x5C, d = word ^ ones * 0x7F;
    uint64_t stops = ((word - ones * 0x20) & ~word) | ((q - ones) & ~q) | ((b - ones) & ~b) | ((d - ones) & ~d) | word;
    if (stops & ones * 0x80) break;
    if (place != at) return count;
    at += 8;
  }
  for (; at < count; at++) {
    unsigned char byte = bytes[at];
    if (byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C) return at;
  }
  return count;
}

// Copies bytes up to the first that a JSON string can't hold as it is, or that isn't ASCII, and tells how many these
// are. Behind them, up to `count`, anything may have been written.
static inline size_t rm_json_copy_plain(unsigned char *_Nonnull to, const unsigned char *_Nonnull from, size_t count) {
  size_t at = 0;
#if defined(__SSE2__)
  for (; at + 16 <= count; at += 16) {
    __m128i text = _mm_loadu_si128((const __m128i *)(from + at));
    _mm_storeu_si128((__m128i *)(to + at), text);
    unsigned mask = rm_json_stops(text);
    if (mask) return at + (size_t)__builtin_ctz(mask);
  }
  if (at == count) return count;
  if (count >= 16) {
    // The last sixteen, some of them once more.
    __m128i text = _mm_loadu_si128((const __m128i *)(from + count - 16));
    _mm_storeu_si128((__m128i *)(to + count - 16), text);
    unsigned mask = rm_json_stops(text);
    return mask ? count - 16 + (size_t)__builtin_ctz(mask) : count;
  }
  if (count >= 8) {
    __m128i front = _mm_loadl_epi64((const __m128i *)from), back = _mm_loadl_epi64((const __m128i *)(from + count - 8));
    _mm_storel_epi64((__m128i *)to, front);
    _mm_storel_epi64((__m128i *)(to + count - 8), back);
    unsigned mask = rm_json_stops(_mm_unpacklo_epi64(front, back));
    if (!mask) return count;
    size_t place = (size_t)__builtin_ctz(mask);
    return place < 8 ? place : count - 16 + place;
  }
#endif
  for (; at < count; at++) {
    unsigned char byte = from[at];
    if (byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C) return at;
    to[at] = byte;
  }
  return count;
}

// The first byte at or after `at` that no name of a header field holds (RFC 5322 §2.2): a colon, a blank, a control
// character, or one beyond ASCII; `count` without one. Fast where more than a name follows: let `count` be that of the
// whole text.
static inline size_t rm_field_name_end(const unsigned char *_Nonnull bytes, size_t at, size_t count) {
#if defined(__SSE2__)
  const __m128i space = _mm_set1_epi8(0x21), colon = _mm_set1_epi8(0x3A), del = _mm_set1_epi8(0x7F);
  for (; at + 16 <= count; at += 16) {
    __m128i text = _mm_loadu_si128((const __m128i *)(bytes + at));
    __m128i stops = _mm_or_si128(_mm_cmplt_epi8(text, space),
                                 _mm_or_si128(_mm_cmpeq_epi8(text, colon), _mm_cmpeq_epi8(text, del)));
    int mask = _mm_movemask_epi8(stops);
    if (mask) return at + (size_t)__builtin_ctz((unsigned)mask);
  }
#endif
  for (; at < count; at++) {
    unsigned char byte = bytes[at];
    if (byte <= 0x20 || byte >= 0x7F || byte == 0x3A) return at;
  }
  return count;
}

// The first quote or backslash at or after `at`: the end of a JSON string, or of what needs no unescaping; `count`
// without one.
static inline size_t rm_json_string_end(const unsigned char *_Nonnull bytes, size_t at, size_t count) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8(0x22), backslash = _mm_set1_epi8(0x5C);
  for (; at + 16 <= count; at += 16) {
    __m128i text = _mm_loadu_si128((const __m128i *)(bytes + at));
    int mask = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(text, quote), _mm_cmpeq_epi8(text, backslash)));
    if (mask) return at + (size_t)__builtin_ctz((unsigned)mask);
  }
#endif
  for (; at < count; at++)
    if (bytes[at] == 0x22 || bytes[at] == 0x5C) return at;
  return count;
}

// Whether all bytes are ASCII.
static inline int rm_is_ascii(const unsigned char *_Nonnull bytes, size_t count) {
  size_t at = 0;
#if defined(__SSE2__)
  __m128i all = _mm_setzero_si128();
  for (; at + 16 <= count; at += 16) all = _mm_or_si128(all, _mm_loadu_si128((const __m128i *)(bytes + at)));
  if (_mm_movemask_epi8(all)) return 0;
#endif
  unsigned char rest = 0;
  for (; at < count; at++) rest |= bytes[at];
  return rest < 0x80;
}

// The word that sixteen hexadecimal digits spell, the most significant first; 0 when there is another byte among them.
static inline int rm_hex_word(const unsigned char *_Nonnull digits, uint64_t *_Nonnull word) {
  const uint64_t ones = 0x0101010101010101ull, highs = 0x8080808080808080ull;
  uint64_t halves[2];
  for (int half = 0; half < 2; half++) {
    uint64_t text = rm_load8(digits + 8 * half);
    if (text & highs) return 0;
    uint64_t lower = text | 0x20 * ones;
    // High bits: a digit, a letter from a to f.
    uint64_t digit = (text + (0x80 - '0') * ones) & ~(text + (0x80 - '9' - 1) * ones) & highs;
    uint64_t letter = (lower + (0x80 - 'a') * ones) & ~(lower + (0x80 - 'f' - 1) * ones) & highs;
    if ((digit | letter) != highs) return 0;
    uint64_t value = (text & 0x0F * ones) + 9 * (letter >> 7);
    // The first digit is the lowest byte: pairs of digits to bytes, pairs of bytes to words, and so on.
    value = (value << 4 | value >> 8) & 0x00FF00FF00FF00FFull;
    value = (value << 8 | value >> 16) & 0x0000FFFF0000FFFFull;
    halves[half] = (value << 16 | value >> 32) & 0xFFFFFFFFull;
  }
  *word = halves[0] << 32 | halves[1];
  return 1;
}

// The sixteen hexadecimal digits of a word.
static inline void rm_word_hex(uint64_t word, unsigned char *_Nonnull digits) {
  const uint64_t ones = 0x0101010101010101ull;
  for (int half = 0; half < 2; half++) {
    uint64_t value = half ? word & 0xFFFFFFFFull : word >> 32;
    value = (value >> 16 | value << 32) & 0x0000FFFF0000FFFFull;
    value = (value >> 8 | value << 16) & 0x00FF00FF00FF00FFull;
    value = (value >> 4 | value << 8) & 0x0F0F0F0F0F0F0F0Full;
    // Ten and more are letters.
    uint64_t letter = (value + 6 * ones) >> 4 & ones;
    value += '0' * ones + letter * ('a' - '0' - 10);
    memcpy(digits + 8 * half, &value, 8);
  }
}

// Whether a header's value is text as it stands: printable ASCII without "=?".
static inline int rm_is_plain_value(const unsigned char *_Nonnull bytes, size_t count) {
  size_t at = 0;
#if defined(__SSE2__)
  const __m128i space = _mm_set1_epi8(0x20), question = _mm_set1_epi8(0x3F);
  // The last sixteen in one go, with some before them once more.
  while (at + 16 <= count || (count >= 16 && at < count)) {
    size_t start = at + 16 <= count ? at : count - 16;
    __m128i text = _mm_loadu_si128((const __m128i *)(bytes + start));
    if (_mm_movemask_epi8(_mm_cmplt_epi8(text, space))) return 0;
    unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(text, question));
    for (; mask; mask &= mask - 1) {
      size_t place = start + (size_t)__builtin_ctz(mask);
      if (place > 0 && bytes[place - 1] == 0x3D) return 0;
    }
    at = start + 16;
  }
#endif
  for (; at < count; at++) {
    if (bytes[at] < 0x20 || bytes[at] >= 0x80) return 0;
    if (bytes[at] == 0x3F && at > 0 && bytes[at - 1] == 0x3D) return 0;
  }
  return 1;
}

// The ASCII letters among eight bytes in lower case, the others as they are.
static inline uint64_t rm_lower8(uint64_t word) {
  const uint64_t ones = 0x0101010101010101ull, highs = 0x8080808080808080ull;
  uint64_t seven = word & ~highs;
  // Per byte: the high bit is set from 'A' on, and from '[' on.
  uint64_t from = seven + (0x80 - 'A') * ones, beyond = seven + (0x80 - 'Z' - 1) * ones;
  uint64_t upper = (from ^ beyond) & ~word & highs;
  return word | upper >> 2;
}

// Whether the bytes are the same but for the case of ASCII letters.
static inline int rm_equal_caseless(const unsigned char *_Nonnull a, const unsigned char *_Nonnull b, size_t count) {
  if (count >= 8) {
    size_t at = 0;
    for (; at + 8 <= count; at += 8) {
      uint64_t x = rm_load8(a + at), y = rm_load8(b + at);
      if (x != y && rm_lower8(x) != rm_lower8(y)) return 0;
    }
    uint64_t x = rm_load8(a + count - 8), y = rm_load8(b + count - 8);
    return x == y || rm_lower8(x) == rm_lower8(y);
  }
  for (size_t i = 0; i < count; i++) {
    unsigned char x = a[i], y = b[i];
    if (x == y) continue;
    if ((x ^ y) != 0x20 || (unsigned char)((x | 0x20) - 'a') >= 26) return 0;
  }
  return 1;
}

// What one plain mailbox looks like: offsets of the name (without quotes) and of the address.
typedef struct {
  size_t nameStart, nameEnd, addressStart, addressEnd;
} rm_mailbox;

// Byte classes for `rm_plain_mailbox`: 1 a letter of a local part, 2 a letter of a domain, 4 a letter of a name.
extern const unsigned char rm_mailbox_class[256];

// Reads a value that is nothing but one mailbox in its usual form: `local@domain`, `<local@domain>`, `Some Name
// <local@domain>` or `"Some Name" <local@domain>`, the domain in lower case, nothing escaped, no comments. 0 for all
// others, which take the long way.
int rm_plain_mailbox(const unsigned char *_Nonnull bytes, size_t count, rm_mailbox *_Nonnull out);

#endif

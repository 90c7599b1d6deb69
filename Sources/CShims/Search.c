#include "CShims.h"
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// A search that compares sixteen places at a time by the needle's first and last byte: what passes both is nearly always
// a hit. glibc's memmem hashes its way through the haystack, at a sixth of the pace for needles as short as ours.

typedef struct {
  const unsigned char *needle;
  size_t length;
  // 0x20 where case does not count and the byte is a letter.
  unsigned char firstCase, lastCase;
  int caseless;
} Search;

static inline int lower(int byte) { return byte - 'A' < 26u ? byte | 0x20 : byte; }

static inline int holds(const unsigned char *place, const Search *search) {
  if (!search->caseless) return memcmp(place, search->needle, search->length) == 0;
  for (size_t i = 0; i < search->length; i++)
    if (lower(place[i]) != search->needle[i]) return 0;
  return 1;
}

static inline unsigned candidates(const unsigned char *place, const Search *search) {
  unsigned char first = search->needle[0], last = search->needle[search->length - 1];
#if defined(__SSE2__)
  __m128i a = _mm_loadu_si128((const __m128i *)place);
  __m128i b = _mm_loadu_si128((const __m128i *)(place + search->length - 1));
  a = _mm_cmpeq_epi8(_mm_or_si128(a, _mm_set1_epi8((char)search->firstCase)), _mm_set1_epi8((char)first));
  b = _mm_cmpeq_epi8(_mm_or_si128(b, _mm_set1_epi8((char)search->lastCase)), _mm_set1_epi8((char)last));
  return (unsigned)_mm_movemask_epi8(_mm_and_si128(a, b));
#else
  unsigned mask = 0;
  for (int i = 0; i < 16; i++) {
    int hit = ((place[i] | search->firstCase) == first) & ((place[i + search->length - 1] | search->lastCase) == last);
    mask |= (unsigned)hit << i;
  }
  return mask;
#endif
}

static const void *find(const unsigned char *bytes, size_t count, const Search *search) {
  if (count < search->length) return NULL;
  size_t places = count - search->length + 1, at = 0;
  for (; at + 16 <= places; at += 16) {
    unsigned mask = candidates(bytes + at, search);
    while (mask) {
      const unsigned char *place = bytes + at + __builtin_ctz(mask);
      if (holds(place, search)) return place;
      mask &= mask - 1;
    }
  }
  for (; at < places; at++)
    if ((bytes[at] | search->firstCase) == search->needle[0] && holds(bytes + at, search)) return bytes + at;
  return NULL;
}

const void *rm_memmem(const void *haystack, size_t haystackLength, const void *needle, size_t needleLength) {
  if (needleLength == 0) return haystack;
  if (needleLength == 1) return memchr(haystack, *(const unsigned char *)needle, haystackLength);
  Search search = {needle, needleLength, 0, 0, 0};
  return find(haystack, haystackLength, &search);
}

static unsigned char caseOf(unsigned char byte) { return byte - 'a' < 26u ? 0x20 : 0; }

const void *rm_memcasemem(const void *haystack, size_t haystackLength, const void *needle, size_t needleLength) {
  if (needleLength == 0) return haystack;
  const unsigned char *bytes = needle;
  Search search = {bytes, needleLength, caseOf(bytes[0]), caseOf(bytes[needleLength - 1]), 1};
  return find(haystack, haystackLength, &search);
}

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

#if defined(__SSE2__)
// What is compared: the first and the last byte, and where case does not count its bit, sixteen times each.
typedef struct {
  __m128i first, last, firstCase, lastCase;
} Sixteens;

static inline Sixteens sixteens(const Search *search) {
  Sixteens all = {_mm_set1_epi8((char)search->needle[0]), _mm_set1_epi8((char)search->needle[search->length - 1]),
                  _mm_set1_epi8((char)search->firstCase), _mm_set1_epi8((char)search->lastCase)};
  return all;
}

// At which of the sixteen places from `place` on the first and the last byte stand.
static inline __attribute__((always_inline)) __m128i hits(const unsigned char *place, const Search *search,
                                                          const Sixteens *all) {
  __m128i a = _mm_loadu_si128((const __m128i *)place);
  __m128i b = _mm_loadu_si128((const __m128i *)(place + search->length - 1));
  if (search->caseless) {
    a = _mm_or_si128(a, all->firstCase);
    b = _mm_or_si128(b, all->lastCase);
  }
  return _mm_and_si128(_mm_cmpeq_epi8(a, all->first), _mm_cmpeq_epi8(b, all->last));
}

// The first place from `at` on, of those that make whole sixteens, where the needle stands; else NULL, and `at` behind
// these places.
static inline __attribute__((always_inline)) const unsigned char *findInSixteens(const unsigned char *bytes, size_t *at,
                                                                                 size_t places, const Search *search) {
  const Sixteens all = sixteens(search);
  while (*at + 16 <= places) {
    size_t end = *at + 16;
    // Nearly always there is nothing: sixty-four places are asked at once.
    if (*at + 64 <= places) {
      const unsigned char *place = bytes + *at;
      end = *at + 64;
      __m128i front = _mm_or_si128(hits(place, search, &all), hits(place + 16, search, &all));
      __m128i back = _mm_or_si128(hits(place + 32, search, &all), hits(place + 48, search, &all));
      if (!_mm_movemask_epi8(_mm_or_si128(front, back))) {
        *at = end;
        continue;
      }
    }
    for (; *at < end; *at += 16) {
      unsigned mask = (unsigned)_mm_movemask_epi8(hits(bytes + *at, search, &all));
      for (; mask; mask &= mask - 1) {
        const unsigned char *place = bytes + *at + __builtin_ctz(mask);
        if (holds(place, search)) return place;
      }
    }
  }
  return NULL;
}
#endif

static inline __attribute__((always_inline)) const void *find(const unsigned char *bytes, size_t count,
                                                              const Search *search) {
  if (count < search->length) return NULL;
  size_t places = count - search->length + 1, at = 0;
#if defined(__SSE2__)
  const unsigned char *found = findInSixteens(bytes, &at, places, search);
  if (found) return found;
#endif
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

// A sieve for texts: where one of many words may stand, by three of its bytes and a hint at a fourth.
#ifndef RETURNMILL_GRAMS_H
#define RETURNMILL_GRAMS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Four bytes of a text with bit 5 set, so that ASCII letters compare without case; the first is the lowest.
static inline uint32_t rm_gram(const unsigned char *_Nonnull bytes) {
  uint32_t gram;
  memcpy(&gram, bytes, 4);
  return gram | 0x20202020u;
}

// The slot of the first three bytes in a table of RM_GRAM_SLOTS: their lowest five bits, which tell letters apart.
//
// Not a hash: what is entered lies where such texts lie, so that a full table keeps out the rest all the same.
#define RM_GRAM_SLOTS 32768
static inline uint32_t rm_gram_slot(uint32_t gram) {
  return (gram & 0x1F) | (gram >> 3 & 0x3E0) | (gram >> 6 & 0x7C00);
}

// Writes the places `at`, `at + 2` … below `end` where the filter lets a word pass, and returns how many they are. The
// text goes on for three bytes behind the last place; there is room for as many places as there are to look at.
//
// Without a branch: whether a place passes can't be foretold, and a wrong guess costs more than ten places.
static inline size_t rm_gram_places(const unsigned char *_Nonnull text, size_t at, size_t end,
                                    const unsigned char *_Nonnull filter, uint32_t *_Nonnull places) {
  size_t count = 0;
  for (; at < end; at += 2) {
    uint32_t gram = rm_gram(text + at);
    places[count] = (uint32_t)at;
    count += filter[rm_gram_slot(gram)] >> (gram >> 24 & 7) & 1;
  }
  return count;
}

#endif

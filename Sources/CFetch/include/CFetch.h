#pragma once
#include <stddef.h>

/// How a fetch ended.
typedef struct {
  /// The bytes, to be freed by `rm_fetch_free`; NULL when it failed.
  unsigned char *bytes;
  size_t count;
  /// Why it failed, in words; empty when it did not.
  char error[512];
} rm_fetched;

/// Fetches what an https: or file: URL names, by libcurl. No other scheme is followed, not even by a redirect; TLS is
/// verified. More than `limit` bytes are an error. `certificates` is a file of trusted authorities in the place of the
/// system's, or NULL.
rm_fetched rm_fetch(const char *url, size_t limit, const char *certificates);

/// Gives back the bytes.
void rm_fetch_free(rm_fetched *fetched);

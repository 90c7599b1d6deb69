#include "CFetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// curl_easy_setopt takes variable arguments, which Swift can't call.

typedef struct {
  rm_fetched *fetched;
  size_t room, limit;
} sink;

static size_t take(char *bytes, size_t size, size_t count, void *context) {
  sink *to = context;
  size_t more = size * count;
  if (more > to->limit - to->fetched->count) return 0;
  if (to->fetched->count + more > to->room) {
    size_t room = (to->fetched->count + more) * 2;
    unsigned char *larger = realloc(to->fetched->bytes, room);
    if (!larger) return 0;
    to->fetched->bytes = larger;
    to->room = room;
  }
  memcpy(to->fetched->bytes + to->fetched->count, bytes, more);
  to->fetched->count += more;
  return more;
}

rm_fetched rm_fetch(const char *url, size_t limit, const char *certificates) {
  rm_fetched fetched = {0};
  sink to = {&fetched, 0, limit};
  char words[CURL_ERROR_SIZE] = "";
  CURL *curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
  if (!curl) {
    snprintf(fetched.error, sizeof fetched.error, "libcurl can't be used");
    return fetched;
  }
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,file");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "returnmill");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &to);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
  if (certificates) curl_easy_setopt(curl, CURLOPT_CAINFO, certificates);
  CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK && !fetched.bytes) fetched.bytes = malloc(1);
  if (code == CURLE_WRITE_ERROR) {
    snprintf(fetched.error, sizeof fetched.error, "more than %zu bytes", limit);
  } else if (code != CURLE_OK) {
    snprintf(fetched.error, sizeof fetched.error, "%s", words[0] ? words : curl_easy_strerror(code));
  }
  if (code != CURLE_OK) rm_fetch_free(&fetched);
  curl_easy_cleanup(curl);
  return fetched;
}

void rm_fetch_free(rm_fetched *fetched) {
  free(fetched->bytes);
  fetched->bytes = NULL;
  fetched->count = 0;
}

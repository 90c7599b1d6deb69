#include "CCurl.h"

CURLcode rm_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

CURLcode rm_curl_set_long(CURL *curl, CURLoption option, long value) { return curl_easy_setopt(curl, option, value); }

CURLcode rm_curl_set_large(CURL *curl, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(curl, option, value);
}

CURLcode rm_curl_set_pointer(CURL *curl, CURLoption option, const void *value) {
  return curl_easy_setopt(curl, option, value);
}

CURLcode rm_curl_set_transfer(CURL *curl, CURLoption option, rm_curl_transfer value) {
  return curl_easy_setopt(curl, option, value);
}

CURLcode rm_curl_set_debug(CURL *curl, rm_curl_debug value) {
  return curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, value);
}

CURLcode rm_curl_set_progress(CURL *curl, rm_curl_progress value) {
  return curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, value);
}

CURLcode rm_curl_get_long(CURL *curl, CURLINFO info, long *value) { return curl_easy_getinfo(curl, info, value); }

CURLcode rm_curl_get_text(CURL *curl, CURLINFO info, const char **value) {
  return curl_easy_getinfo(curl, info, value);
}

curl_socket_t rm_curl_get_socket(CURL *curl) {
  curl_socket_t found = CURL_SOCKET_BAD;
  return curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &found) == CURLE_OK ? found : CURL_SOCKET_BAD;
}

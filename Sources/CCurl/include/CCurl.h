#pragma once
#include <curl/curl.h>
#include <stddef.h>

// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift can't call: here is one function for each
// type of argument. All take any option of that type.

/// What hands bytes over, or asks for some: body, header and upload callbacks have this one form.
typedef size_t (*rm_curl_transfer)(char *bytes, size_t size, size_t count, void *context);
/// Is told each line of the dialogue.
typedef int (*rm_curl_debug)(CURL *curl, curl_infotype kind, char *bytes, size_t count, void *context);
/// Is asked about once a second whether to go on; anything but 0 ends the transfer.
typedef int (*rm_curl_progress)(
    void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up);

/// Once in a process, before the first handle.
CURLcode rm_curl_global_init(void);

CURLcode rm_curl_set_long(CURL *curl, CURLoption option, long value);
CURLcode rm_curl_set_large(CURL *curl, CURLoption option, curl_off_t value);
/// Also for lists: the pointer must then outlive the transfer. libcurl copies strings.
CURLcode rm_curl_set_pointer(CURL *curl, CURLoption option, const void *value);
CURLcode rm_curl_set_transfer(CURL *curl, CURLoption option, rm_curl_transfer value);
CURLcode rm_curl_set_debug(CURL *curl, rm_curl_debug value);
CURLcode rm_curl_set_progress(CURL *curl, rm_curl_progress value);

CURLcode rm_curl_get_long(CURL *curl, CURLINFO info, long *value);
/// The string belongs to the handle.
CURLcode rm_curl_get_text(CURL *curl, CURLINFO info, const char **value);
/// The socket of the connection that was made last, while it is open; -1 without one.
curl_socket_t rm_curl_get_socket(CURL *curl);

#include "CMailStream.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

struct rm_mail_stream {
  CURL *curl;
  curl_socket_t socket;
};

rm_mail_stream *rm_mail_open(const rm_mail_login *login, char *error, size_t room, int *refused) {
  char words[CURL_ERROR_SIZE] = "";
  *refused = 0;
  rm_mail_stream *stream = calloc(1, sizeof *stream);
  CURL *curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
  if (!curl || !stream) {
    snprintf(error, room, "libcurl can't be used");
    free(stream);
    return NULL;
  }
  stream->curl = curl;
  curl_easy_setopt(curl, CURLOPT_URL, login->url);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imap,imaps,pop3,pop3s");
  curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(curl, CURLOPT_USERNAME, login->user);
  if (login->token) {
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, login->token);
    curl_easy_setopt(curl, CURLOPT_SASL_IR, 1L);
  } else {
    curl_easy_setopt(curl, CURLOPT_PASSWORD, login->password ? login->password : "");
  }
  curl_easy_setopt(curl, CURLOPT_USE_SSL, login->secure ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (login->authorities) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, login->authorities);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
  }
  curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, login->timeout);
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, login->timeout);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
  CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) code = curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &stream->socket);
  if (code == CURLE_OK && stream->socket == CURL_SOCKET_BAD) code = CURLE_COULDNT_CONNECT;
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
  if (code != CURLE_OK) {
    *refused = code == CURLE_LOGIN_DENIED || code == CURLE_AUTH_ERROR;
    snprintf(error, room, "%s", words[0] ? words : curl_easy_strerror(code));
    rm_mail_close(stream);
    return NULL;
  }
  return stream;
}

long rm_mail_send(rm_mail_stream *stream, const void *bytes, size_t count) {
  size_t sent = 0;
  CURLcode code = curl_easy_send(stream->curl, bytes, count, &sent);
  if (code == CURLE_AGAIN) return RM_MAIL_AGAIN;
  return code == CURLE_OK ? (long)sent : RM_MAIL_GONE;
}

long rm_mail_receive(rm_mail_stream *stream, void *bytes, size_t count) {
  size_t got = 0;
  CURLcode code = curl_easy_recv(stream->curl, bytes, count, &got);
  if (code == CURLE_AGAIN) return RM_MAIL_AGAIN;
  return code == CURLE_OK && got > 0 ? (long)got : RM_MAIL_GONE;
}

int rm_mail_wait(rm_mail_stream *stream, int writing, int milliseconds) {
  struct pollfd one = {.fd = stream->socket, .events = writing ? POLLOUT : POLLIN};
  return poll(&one, 1, milliseconds) > 0;
}

void rm_mail_close(rm_mail_stream *stream) {
  curl_easy_cleanup(stream->curl);
  free(stream);
}

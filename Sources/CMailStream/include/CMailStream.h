// A connection to an IMAP or POP3 server, by libcurl: curl connects, secures and logs in; what is said from then on goes
// through rm_mail_send and rm_mail_receive, untouched.
//
// curl's own IMAP commands are not enough for a mailbox of returned mail: its FETCH sets \Seen and asks for one message
// at a time, and a custom command is read line by line, without regard to literals, so that a line in a message could
// pass for the server's answer.
#ifndef RETURNMILL_CMAILSTREAM_H
#define RETURNMILL_CMAILSTREAM_H

#include <stddef.h>

typedef struct rm_mail_stream rm_mail_stream;

/// Whom to ask, and as whom. Strings may be NULL where it says so.
typedef struct {
  /// imap:, imaps:, pop3: or pop3s:, host and port.
  const char *_Nonnull url;
  const char *_Nonnull user;
  /// One of these two is NULL: a password, or an OAuth 2.0 access token for XOAUTH2 or OAUTHBEARER.
  const char *_Nullable password;
  const char *_Nullable token;
  /// A file of trusted authorities in the place of the system's, or NULL.
  const char *_Nullable authorities;
  /// 0: TLS is not asked for on imap: and pop3:. 1: STARTTLS (STLS) is required there.
  int secure;
  /// For connecting and logging in, in seconds.
  long timeout;
} rm_mail_login;

/// What ended a call, beside a count of bytes.
enum {
  /// Nothing to read, or no room to write: wait by rm_mail_wait.
  RM_MAIL_AGAIN = -1,
  /// The connection is gone.
  RM_MAIL_GONE = -2,
};

/// Connects and logs in. NULL when that fails, with the reason in `error`, and in `refused` whether it was the server
/// that did not accept the user.
rm_mail_stream *_Nullable rm_mail_open(const rm_mail_login *_Nonnull login, char *_Nonnull error, size_t room,
                                       int *_Nonnull refused);

/// Sends some of the bytes; how many, or one of the values above.
long rm_mail_send(rm_mail_stream *_Nonnull stream, const void *_Nonnull bytes, size_t count);

/// Receives up to `count` bytes; how many, or one of the values above.
long rm_mail_receive(rm_mail_stream *_Nonnull stream, void *_Nonnull bytes, size_t count);

/// Waits until something can be read, or, with `writing`, written. 1 when it can, 0 after so many milliseconds.
int rm_mail_wait(rm_mail_stream *_Nonnull stream, int writing, int milliseconds);

/// Closes the connection, without a word to the server.
void rm_mail_close(rm_mail_stream *_Nonnull stream);

#endif

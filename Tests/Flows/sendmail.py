#!/usr/bin/env python3
"""A sendmail for the bench: hands a message to one of its two servers, as who asks for it has chosen.

Called as sendmail is: -i -f SENDER -- RECIPIENT. A local part that ends in -x goes by Exim, all others by Postfix; for
recipients named in $NOTIFY a report on success is asked for (RFC 3461), which the command line of sendmail does by -N.
"""
import os
import smtplib
import sys

from bench import PORTS


def main():
    arguments = sys.argv[1:]
    sender, recipient = arguments[arguments.index("-f") + 1], arguments[-1]
    server = "Exim" if recipient.split("@")[0].endswith("-x") else "Postfix"
    notify = ["NOTIFY=SUCCESS,FAILURE,DELAY"] if recipient in os.environ.get("NOTIFY", "").split() else []
    message = sys.stdin.buffer.read()
    try:
        with smtplib.SMTP("127.0.0.1", PORTS[server]) as smtp:
            smtp.sendmail(sender, [recipient], message, rcpt_options=notify)
    except (OSError, smtplib.SMTPException) as error:
        print(error, file=sys.stderr)
        sys.exit(75)


if __name__ == "__main__":
    main()

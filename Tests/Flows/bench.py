"""The bench of scripts/mailservers from the outside: mailboxes, submission, waiting."""
import email
import email.policy
import imaplib
import os
import smtplib
import time

FOLDER = os.environ.get("RETURNMILL_MAILSERVERS", "/tmp/returnmill-mailservers")
CA_FILE = f"{FOLDER}/tls/ca.pem"
PASSWORD = "secret"
PORTS = {"Postfix": 2510, "Exim": 2511, "readers": 2520, "returns": 2530}
RETURNS, CARE = "returns@bookshop.example", "care@bookshop.example"


class Mailbox:
    """A mailbox of Dovecot's, by IMAP, as a person's mail program sees it."""

    def __init__(self, user, folder="INBOX"):
        self.imap = imaplib.IMAP4("127.0.0.1", 2143)
        self.imap.login(user, PASSWORD)
        self.folder = folder

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.imap.logout()
        except (OSError, imaplib.IMAP4.error):
            pass

    def count(self):
        self.imap.select(self.folder, readonly=True)
        return len(self.imap.uid("SEARCH", "ALL")[1][0].split())

    def raw(self):
        """All messages, as bytes."""
        self.imap.select(self.folder, readonly=True)
        uids = self.imap.uid("SEARCH", "ALL")[1][0].split()
        return [self.imap.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1] for uid in uids]

    def messages(self):
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw()]


def messages(user, folder="INBOX"):
    with Mailbox(user, folder) as box:
        return box.messages()


def submit(server, sender, recipients, message, notify=False):
    """Hands a message to a server; `notify` asks for a report on success (RFC 3461)."""
    with smtplib.SMTP("127.0.0.1", PORTS[server]) as smtp:
        text = message.as_bytes(policy=email.policy.SMTP)
        options = ["NOTIFY=SUCCESS,FAILURE,DELAY"] if notify else []
        smtp.sendmail(sender, recipients, text, mail_options=[], rcpt_options=options)


def wait_until(condition, seconds, what):
    """Waits until `condition` gives something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise SystemExit(f"test-flows: waited {seconds} s in vain for {what}")
        time.sleep(0.2)


def is_whole(path, server):
    """Whether a queue file is a message: Postfix marks as executable those that are written to the end, and leaves
    others behind when it is killed; Exim's have a header file."""
    try:
        return path.endswith("-H") if server.startswith("exim") else bool(os.stat(path).st_mode & 0o100)
    except FileNotFoundError:
        return False


def queued(names=("delivery", "readers", "returns", "exim-harbour", "exim-delivery")):
    """How many messages the servers still have in their queues."""
    total = 0
    for name in names:
        spool = f"{FOLDER}/{name}/spool"
        folders = ["input"] if name.startswith("exim") else ["incoming", "active", "deferred", "maildrop"]
        for folder in folders:
            for place, _, files in os.walk(f"{spool}/{folder}"):
                total += sum(1 for file in files if is_whole(f"{place}/{file}", name))
    return total

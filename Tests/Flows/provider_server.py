#!/usr/bin/env python3
"""An SMTP server with a script: refuses, defers and drops mail as provider_replies.py says; and a greylist for Postfix.

Each domain has an address of its own, 127.0.1.N:2540, and what is accepted is thrown away. On 127.0.0.1:2560 it speaks
Postfix's policy protocol: recipients that begin with "grey" are deferred for three seconds.

    provider_server.py --pid FILE    serves until it is killed
    provider_server.py --domains     prints each domain with its address
"""
import os
import socket
import sys
import threading
import time

from provider_replies import PROVIDERS

PORT = 2540
GREYLIST_PORT = 2560
GREYLIST_SECONDS = 3
ADDRESSES = {domain: f"127.0.1.{number}" for number, domain in enumerate(PROVIDERS, 1)}


def local_part(line):
    return line[line.find("<") + 1:line.find(">")].split("@")[0].lower()


def case_of(server, name):
    """The stage at which a recipient is refused, and the words."""
    return server["cases"].get(name.removesuffix("-x"), ("", ""))[:2]


class Session:
    """One SMTP conversation."""

    def __init__(self, connection, domain):
        connection.settimeout(60)
        self.connection = connection
        self.lines = connection.makefile("rb")
        self.domain = domain
        self.server = PROVIDERS[domain]
        self.recipients = []

    def say(self, reply, name=""):
        reply = reply.replace("{address}", f"{name}@{self.domain}")
        self.connection.sendall(b"".join(line.encode() + b"\r\n" for line in reply.split("\n")))

    def run(self):
        self.say("220 " + self.server["banner"])
        while True:
            line = self.lines.readline()
            if not line:
                return
            line = line.decode("utf-8", "replace").strip()
            verb = line[:4].upper()
            if verb == "EHLO":
                words = [f"mx.{self.domain}"] + self.server["features"]
                self.say("\n".join(f"250{' ' if word is words[-1] else '-'}{word}" for word in words))
            elif verb == "HELO":
                self.say(f"250 mx.{self.domain}")
            elif verb in ("MAIL", "RSET"):
                self.recipients = []
                self.say("250 2.1.0 OK")
            elif verb == "RCPT":
                if not self.recipient(local_part(line)):
                    return
            elif verb == "DATA":
                if not self.data():
                    return
            elif verb == "NOOP":
                self.say("250 2.0.0 OK")
            elif verb == "QUIT":
                self.say("221 2.0.0 Bye")
                return
            else:
                self.say("502 5.5.1 Unrecognized command")

    def recipient(self, name):
        """Answers RCPT TO; false where the server hangs up."""
        stage, reply = case_of(self.server, name)
        if stage in ("rcpt", "mail"):
            self.say(reply, name)
            return not reply.startswith("421")
        self.recipients.append(name)
        self.say("250 2.1.5 OK")
        return True

    def data(self):
        """Takes a message and answers; false where the server hangs up."""
        if not self.recipients:
            self.say("503 5.5.1 RCPT first")
            return True
        self.say("354 Go ahead")
        while True:
            line = self.lines.readline()
            if not line:
                return False
            if line == b".\r\n":
                break
        names, self.recipients = self.recipients, []
        reply = "250 2.0.0 OK queued"
        for name in names:
            stage, words = case_of(self.server, name)
            if stage == "drop":
                return False
            if stage == "data":
                reply = words
        self.say(reply, names[0])
        return not reply.startswith("421")


class Greylist:
    """Postfix's policy protocol (SMTPD_POLICY_README)."""

    first_seen = {}

    def __init__(self, connection, _):
        self.connection = connection
        self.lines = connection.makefile("r")

    def run(self):
        attributes = {}
        for line in self.lines:
            name, _, value = line.strip().partition("=")
            if name:
                attributes[name] = value
                continue
            recipient = attributes.get("recipient", "")
            action = "DUNNO"
            if recipient.startswith("grey"):
                seen = self.first_seen.setdefault(recipient, time.monotonic())
                if time.monotonic() - seen < GREYLIST_SECONDS:
                    action = "450 4.2.0 Greylisted, please try again in a few seconds"
            self.connection.sendall(f"action={action}\n\n".encode())
            attributes = {}


def serve(address, port, session, argument):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(64)

    def talk(connection):
        with connection:
            try:
                session(connection, argument).run()
            except OSError:
                pass

    def accept():
        while True:
            threading.Thread(target=talk, args=listener.accept()[:1], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def main():
    if sys.argv[1:] == ["--domains"]:
        for domain, address in ADDRESSES.items():
            print(domain, address)
        return
    for domain, address in ADDRESSES.items():
        serve(address, PORT, Session, domain)
    serve("127.0.0.1", GREYLIST_PORT, Greylist, None)
    with open(sys.argv[sys.argv.index("--pid") + 1], "w") as file:
        file.write(f"{os.getpid()}\n")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()

"""An IMAP or POP3 server that behaves as oddly as a test asks. Prints its port, and logs what it is told.

    mail_server.py imap|pop3 LOG SCENARIO

A scenario is a JSON object:
    messages     how many there are; the nth has UID n and the text of text(n)
    uidvalidity  1 unless given
    capabilities of IMAP beyond IMAP4rev1, such as "MOVE UIDPLUS"
    late         answer two FETCH commands at once, the second first
    quoted       bodies as quoted strings, items in another order, and chatter in between
    corrupt      UIDs that the server can't read
    cut          a UID in whose text the connection breaks, the first time
    bare         POP3 without UIDL
"""
import json
import re
import socket
import sys
import threading


def text(number):
    return (f"Subject: message {number}\r\nFrom: a@example.org\r\n\r\nr{number % 9} OK done\r\n.\r\n..two\r\n"
            f"* 1 FETCH (UID 99 BODY[] {{3}}\r\n" + "x" * (number * 100) + "\r\n").encode()


class Session:
    def __init__(self, connection, server):
        self.connection = connection
        self.lines = connection.makefile("rb")
        self.server = server
        self.waiting = []

    def say(self, line):
        self.connection.sendall(line.encode() + b"\r\n" if isinstance(line, str) else line)

    def line(self):
        line = self.lines.readline()
        if not line:
            raise ConnectionError
        line = line.decode().rstrip("\r\n")
        self.server.note(line)
        return line


class IMAP(Session):
    def run(self):
        scenario = self.server.scenario
        self.say("* OK ready")
        while True:
            tag, _, command = self.line().partition(" ")
            verb = command.split(" ")[0].upper()
            if verb == "CAPABILITY":
                self.say(f"* CAPABILITY IMAP4rev1 {scenario.get('capabilities', '')}".strip())
            elif verb in ("EXAMINE", "SELECT"):
                self.say(f"* {len(self.server.messages)} EXISTS")
                self.say(f"* OK [UIDVALIDITY {scenario.get('uidvalidity', 1)}] valid")
            elif verb == "LOGOUT":
                self.say("* BYE now")
                self.say(f"{tag} OK")
                return
            elif verb == "UID" and "BODY.PEEK[]" in command:
                self.waiting.append((tag, command))
                if not scenario.get("late") or len(self.waiting) == 2 or "," not in command and ":" not in command:
                    for one in reversed(self.waiting):
                        self.fetch(*one)
                    self.waiting = []
                continue
            elif verb == "UID" and command.startswith("UID FETCH"):
                listed = self.uids(command.split(" ")[2])
                # `n:*` is never empty while there is a message (RFC 9051 §9).
                for uid in listed or self.server.messages[-1:]:
                    self.say(f"* {uid} FETCH (UID {uid})")
            elif verb == "UID" and command.startswith("UID EXPUNGE"):
                for uid in self.uids(command.split(" ")[2]):
                    self.server.messages.remove(uid)
            elif verb == "UID" and command.startswith("UID MOVE"):
                if self.server.folder is None:
                    self.say(f"{tag} NO [TRYCREATE] no such folder")
                    continue
                for uid in self.uids(command.split(" ")[2]):
                    self.server.messages.remove(uid)
            elif verb == "CREATE":
                self.server.folder = command
            self.say(f"{tag} OK done")

    def uids(self, text):
        wanted = []
        for part in text.split(","):
            first, _, last = part.partition(":")
            top = 1 << 32 if last == "*" else int(last or first)
            wanted += [uid for uid in self.server.messages if int(first) <= uid <= top]
        return wanted

    def fetch(self, tag, command):
        scenario, refused = self.server.scenario, False
        for uid in self.uids(command.split(" ")[2]):
            if uid in scenario.get("corrupt", []):
                refused = True
                continue
            body = text(uid)
            if uid == scenario.get("cut") and not self.server.has_cut:
                self.server.has_cut = True
                self.say(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(body)) + body[:50])
                self.connection.shutdown(socket.SHUT_RDWR)
                raise ConnectionError
            if scenario.get("quoted"):
                self.say("* 7 FETCH (FLAGS (\\Seen) UID 99)")
                self.say("* LIST () \"/\" {5}\r\nUID 4")
                self.say(f'* {uid} FETCH (BODY[] "Subject: message {uid} \\"q\\"" FLAGS () UID {uid})')
            else:
                self.say(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(body)) + body + b")\r\n")
        self.say(f"{tag} NO [SERVERBUG] can't read" if refused else f"{tag} OK done")


class POP3(Session):
    def run(self):
        scenario = self.server.scenario
        marked = []
        self.say("+OK ready")
        while True:
            verb, _, argument = self.line().partition(" ")
            if verb == "CAPA":
                for line in ["+OK", "USER", "PIPELINING"] + ([] if scenario.get("bare") else ["UIDL"]) + ["."]:
                    self.say(line)
            elif verb == "UIDL" and scenario.get("bare"):
                self.say("-ERR unknown")
            elif verb == "UIDL":
                self.say("+OK")
                for number, uid in enumerate(self.server.messages, 1):
                    self.say(f"{number} id/{uid}")
                self.say(".")
            elif verb == "RETR":
                uid = self.server.messages[int(argument) - 1]
                body = b"+OK\r\n" + re.sub(rb"(?m)^\.", b"..", text(uid)) + b".\r\n"
                if uid == scenario.get("cut") and not self.server.has_cut:
                    self.server.has_cut = True
                    self.say(body[:60])
                    self.connection.shutdown(socket.SHUT_RDWR)
                    raise ConnectionError
                self.say(body)
            elif verb == "DELE":
                marked.append(self.server.messages[int(argument) - 1])
                self.say("+OK")
            elif verb == "QUIT":
                for uid in marked:
                    self.server.messages.remove(uid)
                self.say("+OK")
                return
            else:
                self.say("+OK")


class Server:
    def __init__(self, log, scenario):
        self.log = open(log, "a", buffering=1)
        self.scenario = scenario
        self.messages = list(range(1, scenario["messages"] + 1))
        self.has_cut = False
        self.folder = None

    def note(self, line):
        self.log.write(line + "\n")


def main():
    kind, log, scenario = sys.argv[1:4]
    server = Server(log, json.loads(scenario))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    print(listener.getsockname()[1], flush=True)

    def talk(connection):
        with connection:
            try:
                (IMAP if kind == "imap" else POP3)(connection, server).run()
            except OSError:
                pass

    while True:
        threading.Thread(target=talk, args=listener.accept()[:1], daemon=True).start()


main()

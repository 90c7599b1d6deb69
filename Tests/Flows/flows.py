#!/usr/bin/env python3
"""Drives the five flows through the servers of scripts/mailservers, and looks at each end.

    flows.py BINARY     the returnmill to test

Construction, success, immediate rejection, delayed rejection, user reply; then everything else that comes back. It
prints a table of what happened and what ReturnMill made of it, and ends with 1 if anything is not as it must be.
"""
import csv
import email
import email.policy
import email.utils
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from email.message import EmailMessage

from bench import CA_FILE, CARE, PORTS, RETURNS, messages, queued, submit, wait_until
from interruptions import killed_fetches, killed_forward, killed_submission
from people import DEEDS, ask_to_subscribe, multipart, part
from situations import all_situations


def is_forged(row):
    """The stranger's bounce (Flows.forge), if it is not believed."""
    return "stranger.example" in (row["from_address"] or "") and (row["verification"] or "").startswith("unverified")


class Flows:
    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        self.situations = all_situations()
        self.faults = []

    # Checks

    def check(self, is_right, what):
        if not is_right:
            self.faults.append(what)
            print(f"WRONG: {what}", flush=True)

    def say(self, text):
        print(f"==> {text}", flush=True)

    def mill(self, *arguments, code=0):
        """Runs returnmill; its standard output."""
        done = subprocess.run(
            [self.binary, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False)
        if code is not None and done.returncode != code:
            raise SystemExit(f"test-flows: returnmill {' '.join(arguments)} ended with {done.returncode}, not {code}:\n"
                             f"{done.stdout}{done.stderr}")
        return done.stdout

    def rows(self, sql, *values):
        with sqlite3.connect(f"{self.folder}/work/returnmill.sqlite") as database:
            database.row_factory = sqlite3.Row
            return database.execute(sql, values).fetchall()

    # Construction

    def configure(self):
        with open(f"{self.folder}/secret", "w") as file:
            file.write("secret\n")
        os.chmod(f"{self.folder}/secret", 0o600)
        self.write("pipeline.json", {
            "sources": [{
                "mailbox": "imaps://localhost:2993/INBOX", "user": RETURNS, "password": {"file": "secret"},
                "ca_file": CA_FILE, "name": "returns", "afterwards": {"move": "Judged"},
            }],
            "return_path": {"address": "bounces+{token}@returns.bookshop.example", "keys": "return-path.keys"},
            "dispositions": {
                "routes": {"redirect": "log", "subscribe_request": "log"},
                "targets": {"customer_service": {
                    "kind": "forward", "smtp": {"url": f"smtp://127.0.0.1:{PORTS['returns']}"},
                    "from": "mill@bookshop.example", "to": [CARE], "as": "redirect"}},
            },
            "brake": {"share": 1},
        })
        self.mill("token", "keygen", "--keys", "return-path.keys")

    def write(self, name, value):
        with open(f"{self.folder}/{name}", "w") as file:
            if isinstance(value, str):
                file.write(value)
            else:
                json.dump(value, file, indent=2)

    def subscribe(self):
        """The subscriber table: those who get letters, and those who are written to in person."""
        ask_to_subscribe("moritz@readers.example")
        wait_until(lambda: messages(RETURNS), 20, "the first request")
        self.mill("run")
        for name, is_personal in (("letters", False), ("orders", True)):
            self.subscribe_to(name, [
                (one.address, {"name": one.address.split("@")[0].title(),
                               "remark": one.remark or "Lamps. " * (1 + one.padding // 7)})
                for one in self.situations if one.personal == is_personal])

    def subscribe_to(self, name, people):
        """Imports people, each an address and the fields of their letter, and puts them on a list."""
        with open(f"{self.folder}/{name}.csv", "w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, ["email", *people[0][1]])
            table.writeheader()
            table.writerows({"email": address, **fields} for address, fields in people)
        print(self.mill("subscribers", "import", f"{name}.csv", "--list", name), end="", flush=True)

    def campaign(self, name, subscribers, send=None):
        """A campaign file: letters can be unsubscribed from, and mail about an order can't."""
        sendmail = f"{os.path.dirname(os.path.abspath(__file__))}/sendmail.py"
        campaign = {
            "name": name, "date": "2026-11-01T09:00:00Z", "list": subscribers,
            "from": "Bookshop <news@bookshop.example>", "subject": "Lamps for long evenings", "text": "letter.txt",
            "headers": {"Disposition-Notification-To": "news@bookshop.example"},
            "send": send or {"sendmail": [sendmail], "connections": 8},
        }
        if subscribers == "letters":
            campaign["list_id"] = "Letters <letters.bookshop.example>"
            campaign["unsubscribe"] = {"address": "unsubscribe+{token}@returns.bookshop.example"}
        self.write("letter.txt", "Dear {{name}},\n\nthe evenings are long, and our new lamps are here.\n\n"
                                 "{{remark}}\n\nYour bookshop\n")
        self.write(f"{name}.json", campaign)
        return f"{name}.json"

    def send_campaign(self):
        self.say(f"construction: {len(self.situations)} messages, composed from the subscriber table")
        os.environ["NOTIFY"] = " ".join(one.address for one in self.situations if one.notify)
        for name, subscribers in (("autumn", "letters"), ("order", "orders")):
            print(self.mill("compose", self.campaign(name, subscribers)), end="", flush=True)

    def forge(self):
        """A stranger mails a bounce for anna to an address that has no token."""
        anna = "anna@readers.example"
        report = EmailMessage()
        report["From"] = "Mail Delivery System <MAILER-DAEMON@stranger.example>"
        report["To"] = "news@bookshop.example"
        report["Subject"] = "Undelivered Mail Returned to Sender"
        report["Message-ID"] = "<forged@stranger.example>"
        report["Date"] = email.utils.formatdate()
        report["MIME-Version"] = "1.0"
        multipart(report, "delivery-status", [
            part("text/plain", f"<{anna}>: 550 5.1.1 User unknown\r\n"),
            part("message/delivery-status", "Reporting-MTA: dns; mx.stranger.example\r\n\r\n"
                 f"Final-Recipient: rfc822; {anna}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
                 "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n")])
        submit("returns", "", ["news@bookshop.example"], report)

    # Success, and what people do

    def people_act(self):
        self.say("success: messages arrive, and people answer, unsubscribe, complain")
        for situation in self.situations:
            if not situation.arrives:
                continue
            letter = wait_until(
                lambda address=situation.address: self.letters(address), 30, f"a letter in {situation.address}")[0]
            deed = DEEDS.get(situation.address)
            if deed:
                deed(letter, situation.address)
        self.forge()

    def letters(self, address):
        return [one for one in messages(address) if "Lamps" in str(one["Subject"]) and address in one["To"]]

    def wait_for_returns(self):
        self.say("rejection: the servers try, warn, give up")
        wait_until(lambda: queued() == 0, 60, "the servers' queues to be empty")
        wait_until(lambda: queued() == 0, 10, "the servers' queues to stay empty")

    # The nightly run

    def nightly_run(self):
        self.say("the nightly run: fetch by IMAP, judge, act")
        print(self.mill("run"), end="", flush=True)
        print(self.mill("run"), end="", flush=True)

    def verdicts(self):
        """What the database says of each address: the verdicts of its events, with the words behind them."""
        found = {}
        for row in self.rows("""
                SELECT coalesce(s.address, e.recipient) AS address, e.category || '/' || e.reason AS verdict, e.rule,
                       coalesce(e.diagnostic, m.subject, '') AS words, e.new_address, e.verification, m.from_address
                FROM events e JOIN messages m ON m.key = e.message LEFT JOIN subscribers s ON s.id = e.subscriber"""):
            found.setdefault((row["address"] or "").lower(), []).append(row)
        return found

    def judge(self):
        self.say("what happened, and what was made of it")
        found = self.verdicts()
        states = {row["address"].lower(): row["state"] for row in self.rows("SELECT address, state FROM subscribers")}
        table = []
        for situation in self.situations:
            rows = [row for row in found.pop(situation.address.lower(), []) if not is_forged(row)]
            got = Counter(row["verdict"] for row in rows)
            missing = Counter(situation.expected) - got
            surplus = [verdict for verdict in got if verdict not in situation.expected + situation.possible]
            is_right = not missing and not surplus
            state = states.get(situation.address.lower(), "active")
            self.check(is_right, f"{situation.address}: {situation.what}: expected {situation.expected}, "
                                 f"not {dict(got)}")
            self.check(state == situation.state, f"{situation.address}: expected {situation.state}, not {state}")
            if situation.new_address:
                self.check(any(row["new_address"] == situation.new_address for row in rows),
                           f"{situation.address}: new address {situation.new_address}")
            words = next((row["words"] for row in rows if row["verdict"] in situation.expected), "")
            rule = next((row["rule"] for row in rows if row["verdict"] in situation.expected), "")
            table.append((
                "" if is_right and state == situation.state else "WRONG", situation.address, situation.sender,
                situation.what, ", ".join(sorted(got)) or "nothing came back", state, rule, words))
        for address, rows in found.items():
            self.check(False, f"{address or 'nobody'}: {[(row['verdict'], row['words'][:60]) for row in rows]}")
        return table

    def print_table(self, table):
        heads = ("", "subscriber", "sender", "what happened", "verdict", "now", "rule", "what the servers wrote")
        widths = (5, 34, 7, 44, 40, 10, 24, 90)
        for row in [heads, tuple("-" * width for width in widths), *table]:
            print("  ".join(" ".join(cell.split())[:width].ljust(width) for cell, width in zip(row, widths)).rstrip())
        bounced = {(row[2], row[7]) for row in table if row[7]}
        print(f"{len(table)} situations, {len(bounced)} texts that differ, "
              f"{sum(row[0] == 'WRONG' for row in table)} wrong", flush=True)

    # User reply

    def customer_service(self):
        self.say("user reply: customer service reads, and answers")
        expected = sorted(one.address for one in self.situations if "user_reply/reply" in one.expected)
        replies = wait_until(lambda: queued() == 0 and messages(CARE), 20, "the replies to reach customer service")
        senders = sorted(email.utils.parseaddr(reply["From"])[1] for reply in replies)
        self.check(senders == expected, f"customer service has mail from {senders}, expected {expected}")
        for reply in replies:
            person = email.utils.parseaddr(reply["From"])[1]
            response = EmailMessage()
            response["From"], response["To"] = f"Customer service <{CARE}>", person
            response["Subject"] = f"Re: {reply['Subject']}"
            response["Message-ID"] = email.utils.make_msgid(domain="bookshop.example")
            response["In-Reply-To"] = reply["Message-ID"]
            response["Date"] = email.utils.formatdate()
            response.set_content("Yes, we do.\n")
            submit("Postfix", CARE, [person], response)
            wait_until(
                lambda person=person, mid=reply["Message-ID"]: any(
                    one["In-Reply-To"] == mid for one in messages(person)), 20, f"the answer to reach {person}")

    # The next campaign

    def next_campaign(self):
        self.say("the next campaign leaves the bad addresses out")
        suppressed = {row[0].lower() for row in self.rows("SELECT address FROM subscribers WHERE state = 'suppressed'")}
        expected = {one.address.lower() for one in self.situations if one.state == "suppressed"}
        self.check(suppressed == expected, f"suppressed beyond or short of: {suppressed ^ expected}")
        # Into a Maildir, to look at rather than to send.
        self.mill("compose", self.campaign("winter", "letters"), "--maildir", "winter")
        self.mill("compose", self.campaign("parcel", "orders"), "--maildir", "parcel")
        reached = set()
        for name in ("winter", "parcel"):
            for file in os.listdir(f"{self.folder}/{name}/new"):
                with open(f"{self.folder}/{name}/new/{file}", "rb") as opened:
                    letter = email.message_from_binary_file(opened, policy=email.policy.default)
                reached.add(email.utils.parseaddr(letter["To"])[1].lower())
        everybody = {one.address.lower() for one in self.situations}
        expected = everybody - suppressed
        self.check(reached == expected, f"the next campaign differs: {reached ^ expected}")
        print(f"{len(everybody)} subscribers, {len(suppressed)} left out, {len(reached)} written to")

    def run(self):
        self.configure()
        self.subscribe()
        self.send_campaign()
        self.people_act()
        self.wait_for_returns()
        self.nightly_run()
        self.print_table(self.judge())
        self.customer_service()
        self.next_campaign()
        self.say("servers are killed in the middle of a submission, a forward and a fetch; and so is the program")
        killed_submission(self)
        killed_forward(self)
        killed_fetches(self)


def main():
    binary = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="returnmill-flows-")
    flows = Flows(binary, folder)
    try:
        flows.run()
    finally:
        if os.environ.get("KEEP"):
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder)
    if flows.faults:
        print(f"\n{len(flows.faults)} faults:")
        for fault in flows.faults:
            print(f"  {fault}")
        sys.exit(1)
    print("\nAll as it must be.")


if __name__ == "__main__":
    main()

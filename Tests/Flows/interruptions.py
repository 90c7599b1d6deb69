"""Servers and the program are killed in the middle of things: the next run has lost nothing, and doubled nothing."""
import email.utils
import glob
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections import Counter

from bench import CARE, CA_FILE, FOLDER, PORTS, messages, wait_until

COUNT = 4000
USER = "bench@readers.example"
MAILDIR = f"{FOLDER}/dovecot/mail/{USER}/Maildir"


def fill(count, size=3000):
    """Puts messages into a mailbox of Dovecot's, as a delivery agent would."""
    for box in ("tmp", "new", "cur"):
        os.makedirs(f"{MAILDIR}/{box}", exist_ok=True)
    line = "Would you look into this, please, as soon as there is time?\n"
    for number in range(count):
        text = (f"From: person{number}@readers.example\nTo: news@bookshop.example\nSubject: Question {number}\n"
                f"Date: Mon, 24 Nov 2025 10:00:00 +0000\nMessage-ID: <{number}@readers.example>\n\n"
                f"r1 OK FETCH completed\n* 1 FETCH (UID 1 BODY[] {{5}}\n.\n" + line * (size // len(line)))
        with open(f"{MAILDIR}/new/{1700000000 + number}.M{number}P1.bench", "w") as file:
            file.write(text)
    subprocess.run(["chown", "-R", "5000:5000", MAILDIR], check=True)


def dovecot(command):
    """Starts Dovecot, or kills it and all that belongs to it at once."""
    configuration = f"{FOLDER}/dovecot/dovecot.conf"
    if command == "start":
        subprocess.run(["dovecot", "-c", configuration], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        wait_until(lambda: listens(2993), 10, "Dovecot to start")
        return
    with open(f"{FOLDER}/dovecot/run/master.pid") as file:
        master = int(file.read())
    kill_family(master)
    try:
        os.unlink(f"{FOLDER}/dovecot/run/master.pid")
    except FileNotFoundError:
        pass
    wait_until(lambda: not listens(2993), 10, "Dovecot to be gone")


def kill_family(master):
    """Kills a process that the bench has started, and its children, at once: nobody gets to say goodbye."""
    children = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/stat") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == master:
            children.append(int(process))
    for process in [master, *children]:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Fetch:
    """A workspace that fetches the filled mailbox by one protocol."""

    def __init__(self, flows, protocol):
        self.flows = flows
        self.name = protocol
        self.workspace = f"{flows.folder}/killed-{protocol}"
        os.makedirs(self.workspace)
        url = {"imap": "imaps://localhost:2993/INBOX", "pop3": "pop3s://localhost:2995/"}[protocol]
        with open(f"{self.workspace}/pipeline.json", "w") as file:
            json.dump({"sources": [{"mailbox": url, "user": USER, "password": {"file": f"{flows.folder}/secret"},
                                    "ca_file": CA_FILE, "name": "box"}]}, file)
        self.maildir = f"{self.workspace}/work/fetch/box"

    def start(self):
        return subprocess.Popen([self.flows.binary, "fetch"], cwd=self.workspace, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def files(self, *boxes):
        return sum((glob.glob(f"{self.maildir}/{box}/*") for box in boxes), [])

    def until_underway(self, process):
        """Waits until messages are coming in; false if it was over before."""
        while process.poll() is None:
            if len(self.files("tmp", "new")) > 100:
                return True
            time.sleep(0.0005)
        return False

    def check(self):
        subjects = Counter()
        for path in self.files("new", "cur"):
            with open(path) as file:
                subjects.update(line.strip() for line in file if line.startswith("Subject: Question"))
        lost = COUNT - len(subjects)
        doubled = sum(count - 1 for count in subjects.values())
        self.flows.check(lost == 0 and doubled == 0, f"{self.name}: {lost} messages lost, {doubled} doubled")
        self.flows.check(not self.files("tmp"), f"{self.name}: files are left in tmp")


def killed_fetches(flows):
    """The server dies, then the program dies, each while messages come in; then a fetch is let be."""
    fill(COUNT)
    for protocol in ("imap", "pop3"):
        fetch = Fetch(flows, protocol)
        process = fetch.start()
        in_time = fetch.until_underway(process)
        dovecot("kill")
        code = process.wait(timeout=120)
        flows.check(in_time and code == 1, f"{protocol}: the fetch was over ({code}) before the server was killed")
        got = len(fetch.files("new"))
        dovecot("start")

        process = fetch.start()
        fetch.until_underway(process)
        process.kill()
        process.wait()
        subprocess.run([flows.binary, "fetch", "--quiet"], cwd=fetch.workspace, stdin=subprocess.DEVNULL, check=True)
        fetch.check()
        print(f"{protocol}: server killed after {got} of {COUNT} messages, program killed after that; "
              f"{len(fetch.files('new'))} in the end", flush=True)


class Postfix:
    """One of the bench's instances, to be killed and started again."""

    def __init__(self, name, port):
        self.name, self.port = name, port
        self.folder = f"{FOLDER}/{name}"

    def kill(self):
        with open(f"{self.folder}/spool/pid/master.pid") as file:
            master = int(file.read())
        kill_family(master)
        wait_until(lambda: not listens(self.port), 10, f"Postfix ({self.name}) to be gone")

    def start(self):
        subprocess.run(["postfix", "-c", f"{self.folder}/conf", "start"], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        wait_until(lambda: listens(self.port), 10, f"Postfix ({self.name}) to start")


def run_and_kill(flows, arguments, folder, has_begun, server):
    """Starts the program, kills the server once it is under way, and lets the program end; its exit code."""
    process = subprocess.Popen([flows.binary, *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: process.poll() is not None or has_begun(), 60, f"{arguments[0]} to be under way")
    flows.check(process.poll() is None, f"{arguments[0]} was over before the server was killed")
    server.kill()
    return process.wait(timeout=300)


def counted(flows, what, name, found, expected):
    """Compares what arrived with what should have; `name` tells which one a message is. How many came twice.

    The caller says whether any may. A server that dies after it has taken a message, and before it has said so, gets
    that one again (RFC 5321 §4.2.5, §6.1), as nobody can know; and Postfix delivers again what it had delivered, and
    not yet removed from its queue, when it was killed.
    """
    counts = Counter(one for one in map(name, found) if one in expected)
    lost, doubled = len(expected) - len(counts), sum(counts.values()) - len(counts)
    flows.check(lost == 0, f"{what}: {lost} lost")
    print(f"{what}: server killed, then run again: {len(expected)} expected, {lost} lost, {doubled} doubled",
          flush=True)
    return doubled


def arrived(user, count, is_ours):
    """Waits for messages, a while at most, and for what may come after them. An instance that was killed may keep a
    message in its queue for long, so an empty queue is not waited for."""
    end = time.monotonic() + 60
    while sum(map(is_ours, messages(user))) < count and time.monotonic() < end:
        time.sleep(0.5)
    time.sleep(3)


def queue_id(message, server):
    """The id under which an instance of Postfix took a message, by its Received field."""
    for received in message.get_all("Received", []):
        found = re.search(rf"by {re.escape(server)} \(Postfix\) with E?SMTP\w* id (\w+)", " ".join(received.split()))
        if found:
            return found[1]
    return None


def killed_submission(flows):
    """The delivery server dies while a campaign is handed over; the same command is given again."""
    addresses = [f"bench+{number}@readers.example" for number in range(400)]
    flows.subscribe_to("crowd", [(address, {"name": "You", "remark": "Lamps."}) for address in addresses])
    campaign = flows.campaign("crowd", "crowd", send={"smtp": {"url": f"smtp://127.0.0.1:{PORTS['Postfix']}"}})
    server = Postfix("delivery", PORTS["Postfix"])
    before = accepted(server)
    run_and_kill(flows, ["compose", campaign], flows.folder, lambda: accepted(server) > before + 40, server)
    server.start()
    flows.mill("compose", campaign)
    arrived(USER, len(addresses), lambda one: "+" in str(one["To"]))

    def addressee(one):
        return email.utils.parseaddr(str(one["To"]))[1]

    found = messages(USER)
    doubled = counted(flows, "submission", addressee, found, addresses)
    # What came twice has one Message-ID, by which a mailbox may drop it. What the program handed over twice are those
    # in the air: it has one connection here, so one at most.
    ids = {(addressee(one), str(one["Message-ID"])) for one in found if addressee(one) in addresses}
    handed = {(addressee(one), queue_id(one, "mail.bookshop.example")) for one in found if addressee(one) in addresses}
    again = len(handed) - len(addresses)
    flows.check(len(ids) == len(addresses), f"submission: {len(ids)} Message-IDs for {len(addresses)} messages")
    flows.check(again <= 1, f"submission: {again} handed over twice, more than were in the air")
    if doubled:
        print(f"  {again} handed over twice, as it was in the air when the server died (RFC 5321 §4.2.5); "
              f"{doubled - again} delivered twice by Postfix; each with the Message-ID that it had before", flush=True)


def repeats_dropped(user):
    """How many messages the Sieve script of a mailbox has discarded as duplicates."""
    with open(f"{FOLDER}/log/dovecot") as file:
        return sum(f"({user})" in line and "discard" in line for line in file)


def accepted(server):
    """How many messages an instance says that it has taken."""
    with open(f"{FOLDER}/log/{server.name}") as file:
        return sum(": client=" in line for line in file)


def killed_forward(flows):
    """The server of customer service dies while answers are forwarded to it; the next run goes on."""
    workspace = f"{flows.folder}/killed-forward"
    box = f"{workspace}/mail"
    for name in ("new", "cur", "tmp"):
        os.makedirs(f"{box}/{name}")
    subjects = [f"Question about lamp {number}" for number in range(400)]
    for number, subject in enumerate(subjects):
        with open(f"{box}/new/{number}.lamp", "w") as file:
            file.write(f"From: person{number}@readers.example\nTo: news@bookshop.example\nSubject: {subject}\n"
                       f"Date: Mon, 24 Nov 2025 10:00:00 +0000\nMessage-ID: <lamp{number}@readers.example>\n\n"
                       "Hello, can I have this lamp in green, and what would it cost to send it to Norway?\n")
    with open(f"{workspace}/pipeline.json", "w") as file:
        json.dump({
            "sources": ["mail"],
            "dispositions": {"routes": {"user_reply": "desk"}, "targets": {"desk": {
                "kind": "forward", "smtp": {"url": f"smtp://127.0.0.1:{PORTS['returns']}"},
                "from": "mill@bookshop.example", "to": [CARE], "as": "redirect"}}},
        }, file)
    server = Postfix("returns", PORTS["returns"])
    before = accepted(server)
    run_and_kill(flows, ["run"], workspace, lambda: accepted(server) > before + 40, server)
    # Dovecot notes what it has delivered when it is done with it: let it finish what it was given.
    time.sleep(2)
    server.start()
    subprocess.run([flows.binary, "run", "--quiet"], cwd=workspace, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   check=True)
    arrived(CARE, len(subjects), lambda one: str(one["Subject"]) in subjects)
    # The mailbox drops repeats by what every forwarded message has, a key that stays the same
    # (sieve/care@bookshop.example.sieve): what was in the air is handed over twice, and is there once.
    doubled = counted(flows, "forward", lambda one: str(one["Subject"]), messages(CARE), subjects)
    flows.check(doubled == 0, f"forward: {doubled} doubled")
    print(f"  {repeats_dropped(CARE)} repeats dropped by the mailbox", flush=True)

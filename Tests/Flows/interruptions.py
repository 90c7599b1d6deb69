"""Servers and the program are killed in the middle of things: after the next run nothing is lost, nothing is doubled."""
import glob
import json
import os
import signal
import subprocess
import time
from collections import Counter

from bench import CA_FILE, FOLDER, wait_until

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
    children = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True, check=False).stdout.split()
    for process in [master, *map(int, children)]:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
    try:
        os.unlink(f"{FOLDER}/dovecot/run/master.pid")
    except FileNotFoundError:
        pass
    wait_until(lambda: not listens(2993), 10, "Dovecot to be gone")


def listens(port):
    import socket
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

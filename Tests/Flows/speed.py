#!/usr/bin/env python3
"""Fetches a large mailbox from Dovecot, by returnmill and by mbsync in turn: seconds, and memory at most.

Both have every message on the disk when they end; mbsync is timed without that, too.

    speed.py BINARY COUNT [ROUNDS]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from bench import CA_FILE
from interruptions import USER, fill

MBSYNC = """
FSync {fsync}
IMAPAccount bench
Host localhost
Port 2993
User {user}
Pass secret
SSLType IMAPS
CertificateFile {ca_file}

IMAPStore far
Account bench

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX

Channel all
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState {folder}/state-
"""


def timed(name, command, folder):
    """Runs a command: prints its seconds and the most memory it had."""
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"test-flows: {name} failed")
    print(f"{name:<26} {seconds:6.2f} s   {usage.ru_utime + usage.ru_stime:6.2f} s of CPU   "
          f"{usage.ru_maxrss / 1024:6.1f} MiB", flush=True)


def main():
    binary, count, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int((sys.argv + ["1"])[3])
    fill(count, 4000)
    folder = tempfile.mkdtemp(prefix="returnmill-speed-")
    try:
        with open(f"{folder}/secret", "w") as file:
            file.write("secret\n")
        os.chmod(f"{folder}/secret", 0o600)
        # Dovecot makes its index when it first sees the messages: not at one program's cost.
        subprocess.run(["doveadm", "-c", f"{os.path.dirname(CA_FILE)}/../dovecot/dovecot.conf", "index", "-u", USER,
                        "INBOX"], check=True, stdin=subprocess.DEVNULL)
        for number in range(1, rounds + 1):
            near, quick = f"{folder}/mbsync-{number}", f"{folder}/mbsync-quick-{number}"
            for place, fsync in ((near, "yes"), (quick, "no")):
                os.makedirs(place)
                with open(f"{place}/mbsyncrc", "w") as file:
                    file.write(MBSYNC.format(user=USER, ca_file=CA_FILE, folder=place, fsync=fsync))
            mill = f"{folder}/mill-{number}"
            os.makedirs(mill)
            with open(f"{mill}/pipeline.json", "w") as file:
                json.dump({"sources": [{"mailbox": "imaps://localhost:2993/INBOX", "user": USER, "name": "box",
                                        "password": {"file": f"{folder}/secret"}, "ca_file": CA_FILE}]}, file)
            timed(f"returnmill fetch  ({number})", [binary, "fetch"], mill)
            timed(f"mbsync            ({number})", ["mbsync", "-q", "-c", f"{near}/mbsyncrc", "all"], near)
            timed(f"  without fsync   ({number})", ["mbsync", "-q", "-c", f"{quick}/mbsyncrc", "all"], quick)
            timed(f"returnmill, again ({number})", [binary, "fetch"], mill)
            timed(f"mbsync, again     ({number})", ["mbsync", "-q", "-c", f"{near}/mbsyncrc", "all"], near)
            ours = len(os.listdir(f"{mill}/work/fetch/box/new"))
            theirs = sum(len(os.listdir(f"{near}/INBOX/{box}")) for box in ("new", "cur"))
            if ours != count or theirs != count:
                raise SystemExit(f"test-flows: {ours} and {theirs} messages, expected {count}")
            shutil.rmtree(near)
            shutil.rmtree(quick)
            shutil.rmtree(mill)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()

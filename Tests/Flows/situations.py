"""Every subscriber of the test, what happens to mail for them, and what ReturnMill has to make of it."""
from dataclasses import dataclass, field

from provider_replies import PROVIDERS

# Categories whose one event takes an address off the list.
SUPPRESS = {"hard_bounce", "unsubscribe_request", "feedback_loop"}
POSTFIX, EXIM = "Postfix", "Exim"


@dataclass
class Situation:
    """A subscriber, and what becomes of a message to them."""

    address: str
    # What happens, for the table.
    what: str
    # The verdicts that must come of it, category/reason; none when nothing comes back. Several if one brings several
    # messages, such as a warning and a bounce.
    expected: list
    # Which server sends.
    sender: str = POSTFIX
    # Verdicts that may come besides: a warning that is sent only if the machine is slow.
    possible: list = field(default_factory=list)
    # Whether the message reaches the subscriber's mailbox.
    arrives: bool = False
    # Written as a person writes, without List-Unsubscribe, to which no vacation program would answer (RFC 5230 §4.6).
    personal: bool = False
    # What the letter has for this subscriber alone, and by how many bytes it is larger.
    remark: str = ""
    padding: int = 0
    # Asks for a delivery report on success (RFC 3461).
    notify: bool = False
    new_address: str = None

    @property
    def state(self):
        """What the database must say of the address."""
        categories = {verdict.split("/")[0] for verdict in self.expected}
        if categories & SUPPRESS:
            return "suppressed"
        return "moved" if "redirect" in categories else "active"


def providers():
    """Each case of the scripted providers, by Postfix and by Exim: the bounces are theirs."""
    for domain, server in PROVIDERS.items():
        for name, (stage, reply, category, reason) in server["cases"].items():
            words = " ".join(line[4:] for line in reply.split("\n")) or "cuts the connection"
            waits = stage == "drop" or reply.startswith("4")
            for sender, mark in ((POSTFIX, ""), (EXIM, "-x")):
                # Exim says no more than that it has given up where a connection broke: "retry timeout exceeded".
                if stage == "drop" and sender == EXIM:
                    reason = "expired"
                yield Situation(
                    f"{name}{mark}@{domain}", f"{reply[:3] or '---'} {words}", [f"{category}/{reason}"], sender,
                    possible=["delivery_status/delayed"] if waits else [],
                    new_address=words[words.find("<") + 1:words.find(">")] if category == "redirect" else None)


def real():
    """What Postfix, Dovecot and Exim do by themselves."""
    readers, harbour = "readers.example", "harbour.example"
    delayed = "delivery_status/delayed"
    return [
        Situation(f"anna@{readers}", "arrives", [], arrives=True),
        Situation(f"nina@{readers}", "refused for its content (body_checks)", ["mail_block/spam_detected"],
                  remark="You have won a prize!"),
        Situation(f"gustav@{readers}", "arrives; report that it was delivered (Postfix)", ["delivery_status/delivered"],
                  arrives=True, notify=True),
        Situation(f"gerda@{readers}", "arrives by way of LMTP; report that it was relayed", ["delivery_status/relayed"],
                  arrives=True, notify=True),
        Situation(f"nobody@{readers}", "unknown user (Postfix)", ["hard_bounce/user_unknown"]),
        Situation(f"ghost@{readers}", "accepted, then refused by Dovecot: unknown user", ["hard_bounce/user_unknown"]),
        Situation(f"carla@{readers}", "accepted, then refused by Dovecot: over quota", ["soft_bounce/mailbox_full"],
                  padding=4000),
        Situation(f"tina@{readers}", "too big (SIZE)", ["message_restriction/message_too_big"], padding=250_000),
        Situation(f"grey.gwen@{readers}", "greylisted, then arrives", [], possible=[delayed], arrives=True),
        Situation(f"listed@{readers}", "client on a DNS block list", ["mail_block/bad_reputation"]),
        Situation(f"helo@{readers}", "HELO refused", ["mail_block/reverse_dns"]),
        Situation(f"dora@{readers}", "relocated", ["redirect/moved"], new_address="dora@new-home.example"),
        Situation(f"team@{readers}", "alias of an address that is gone", ["hard_bounce/user_unknown"]),
        Situation(f"lea@{readers}", "Sieve redirect to an address that is gone", ["hard_bounce/user_unknown"],
                  personal=True),
        Situation(f"bert@{readers}", "Sieve vacation, in German", ["auto_reply/vacation"], personal=True, arrives=True),
        Situation(f"paul@{readers}", "Sieve vacation that tells a new address", ["redirect/moved"], personal=True,
                  arrives=True, new_address="paul.new@new-home.example"),
        Situation(f"otto@{readers}", "Sieve reject: an MDN that is a bounce", ["mail_block/recipient_filtered"],
                  personal=True),
        Situation(f"hanna@{readers}", "replies, with quotes", ["user_reply/reply"], arrives=True),
        Situation(f"emil@{readers}", "replies in German, full quote below", ["user_reply/reply"], arrives=True),
        Situation(f"moritz@{readers}", "asks to be subscribed, and is", ["subscribe_request/subscribe"], arrives=True),
        Situation(f"ida@{readers}", "unsubscribes by List-Unsubscribe", ["unsubscribe_request/list_unsubscribe"],
                  arrives=True),
        Situation(f"rosa@{readers}", "asks in words to be removed", ["unsubscribe_request/reply"], arrives=True),
        Situation(f"jan@{readers}", "complains: feedback report (ARF)", ["feedback_loop/abuse"], arrives=True),
        Situation(f"kim@{readers}", "reads: receipt (MDN)", ["delivery_status/read"], arrives=True),
        Situation(f"iris@{harbour}", "arrives (Exim)", []),
        Situation(f"jonas@{harbour}", "arrives; report on success (Exim)", ["delivery_status/delivered"], notify=True),
        Situation(f"nobody@{harbour}", "unrouteable address (Exim)", ["hard_bounce/user_unknown"]),
        Situation(f"left@{harbour}", "refused: no longer works here", ["hard_bounce/user_unknown"]),
        Situation(f"later-left@{harbour}", "accepted, then bounced by Exim: no longer works here",
                  ["hard_bounce/user_unknown"]),
        Situation(f"inside-unknown@{harbour}", "accepted, then bounced by Exim: no such person",
                  ["hard_bounce/user_unknown"]),
        Situation(f"inside-full@{harbour}", "accepted, deferred, given up by Exim: full", ["soft_bounce/mailbox_full"],
                  possible=[delayed]),
        Situation(f"inside-forward@{harbour}", "accepted, forwarded by Exim to an address that is gone",
                  ["hard_bounce/user_unknown"]),
        Situation(f"strict@{harbour}", "sender verification fails (Exim)", ["mail_block/sender_rejected"]),
        Situation(f"callout@{harbour}", "sender callout fails (Exim)", ["mail_block/sender_rejected"]),
        Situation(f"listed@{harbour}", "client on a block list (Exim)", ["mail_block/bad_reputation"]),
        Situation(f"scanned@{harbour}", "virus found (Exim)", ["mail_block/virus_detected"]),
        Situation(f"points@{harbour}", "spam points (Exim)", ["mail_block/spam_detected"]),
        Situation(f"holiday@{harbour}", "vacation by Exim's autoreply", ["auto_reply/vacation"]),
        Situation("someone@refused.example", "connection refused until it expires (Postfix)",
                  ["delivery_status/delayed", "soft_bounce/network_error"]),
        Situation("someone-x@refused.example", "connection refused until it expires (Exim, which doesn't say why)",
                  ["soft_bounce/expired"], EXIM),
        Situation("someone@nowhere.example", "no such domain (Postfix)", ["hard_bounce/host_unknown"]),
        # Exim's words for a domain that is not there are those for a user who is not there, so the reason is a guess.
        Situation("someone-x@nowhere.example", "no such domain (Exim, which says no more than \"Unrouteable address\")",
                  ["hard_bounce/user_unknown"], EXIM),
        Situation("someone@silent.example", "null MX", ["hard_bounce/domain_refuses_mail"]),
    ]


def all_situations():
    return real() + list(providers())

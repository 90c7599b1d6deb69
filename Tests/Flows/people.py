"""What subscribers do with a message that has reached them: answer, unsubscribe, complain, confirm reading."""
import email.utils
from email.message import EmailMessage

from bench import submit


def quoted(message, mark="> "):
    text = message.get_body(("plain",)).get_content()
    return "".join(mark + line + "\n" for line in text.splitlines())


def answer(message, address, name, text, subject=None):
    """An answer as a mail program writes it."""
    reply = EmailMessage()
    reply["From"] = email.utils.formataddr((name, address))
    reply["To"] = message["Reply-To"] or message["From"]
    reply["Subject"] = subject or f"Re: {message['Subject']}"
    reply["Date"] = email.utils.formatdate()
    reply["Message-ID"] = email.utils.make_msgid(domain="readers.example")
    reply["In-Reply-To"] = reply["References"] = message["Message-ID"]
    reply.set_content(text)
    submit("readers", address, [email.utils.parseaddr(reply["To"])[1]], reply)


def reply_above_quote(message, address):
    answer(message, address, "Hanna Berg",
           "Hello,\n\nI'd like to order two of the lamps in your letter. Do you ship to Norway, and what would it "
           f"cost?\n\nKind regards\nHanna Berg\n\nOn Monday, Bookshop wrote:\n{quoted(message)}")


def reply_in_german(message, address):
    answer(message, address, "Emil Grün",
           "Guten Tag,\n\nmein Paket vom letzten Monat ist noch nicht angekommen. Können Sie bitte nachsehen, wo es "
           "bleibt?\n\nFreundliche Grüße\nEmil Grün\n\n-----Ursprüngliche Nachricht-----\n"
           f"Von: {message['From']}\nBetreff: {message['Subject']}\n\n{quoted(message, '')}",
           subject=f"AW: {message['Subject']}")


def ask_to_be_removed(message, address):
    answer(message, address, "Rosa Vieira", f"Please take me off your list.\n\nRosa\n\n{quoted(message)}")


def ask_to_subscribe(address):
    """A person who has had no letter yet."""
    request = EmailMessage()
    request["From"] = email.utils.formataddr(("Moritz Lang", address))
    request["To"] = "news@bookshop.example"
    request["Subject"] = "Subscribe"
    request["Date"] = email.utils.formatdate()
    request["Message-ID"] = email.utils.make_msgid(domain="readers.example")
    request.set_content("Hello,\n\nplease subscribe me to your newsletter.\n\nMoritz Lang\n")
    submit("readers", address, [request["To"]], request)


def unsubscribe(message, address):
    """What a mail program's button does with the mailto of List-Unsubscribe (RFC 2369, RFC 8058)."""
    links = [link.strip(" <>") for link in str(message["List-Unsubscribe"]).split(",")]
    link = next(link for link in links if link.startswith("mailto:"))
    to, _, query = link.removeprefix("mailto:").partition("?")
    fields = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
    request = EmailMessage()
    request["From"] = address
    request["To"] = email.utils.unquote(to)
    request["Subject"] = fields.get("subject", "unsubscribe").replace("%20", " ")
    request["Date"] = email.utils.formatdate()
    request["Message-ID"] = email.utils.make_msgid(domain="readers.example")
    request.set_content("")
    submit("readers", address, [to], request)


def complain(message, address):
    """The provider's feedback loop reports that the person has called it spam (RFC 5965)."""
    report = EmailMessage()
    report["From"] = "Feedback loop <fbl@readers.example>"
    report["To"] = "news@bookshop.example"
    report["Subject"] = f"FW: {message['Subject']}"
    report["Date"] = email.utils.formatdate()
    report["Message-ID"] = email.utils.make_msgid(domain="readers.example")
    report["MIME-Version"] = "1.0"
    text = part("text/plain", "This is an email abuse report for an email message received from 127.0.0.1.\r\n")
    fields = part("message/feedback-report",
                  "Feedback-Type: abuse\r\nUser-Agent: Readers-FBL/1.0\r\nVersion: 1\r\n"
                  f"Original-Mail-From: {message['Return-Path']}\r\nOriginal-Rcpt-To: {address}\r\n"
                  "Source-IP: 127.0.0.1\r\n")
    original = part("message/rfc822", message.as_string())
    multipart(report, "feedback-report", [text, fields, original])
    submit("readers", "fbl@readers.example", ["news@bookshop.example"], report)


def confirm_reading(message, address):
    """The receipt that was asked for (RFC 8098)."""
    receipt = EmailMessage()
    receipt["From"] = address
    receipt["To"] = message["Disposition-Notification-To"] or message["From"]
    receipt["Subject"] = f"Read: {message['Subject']}"
    receipt["Date"] = email.utils.formatdate()
    receipt["Message-ID"] = email.utils.make_msgid(domain="readers.example")
    receipt["MIME-Version"] = "1.0"
    text = part("text/plain", f"Your message to {address} was displayed.\r\n")
    fields = part("message/disposition-notification",
                  f"Reporting-UA: readers.example; Mailer 5.1\r\nFinal-Recipient: rfc822;{address}\r\n"
                  f"Original-Message-ID: {message['Message-ID']}\r\n"
                  "Disposition: manual-action/MDN-sent-manually; displayed\r\n")
    multipart(receipt, "disposition-notification", [text, fields])
    submit("readers", address, [email.utils.parseaddr(receipt["To"])[1]], receipt)


def part(kind, text):
    return f"Content-Type: {kind}\r\n\r\n{text}\r\n"


def multipart(message, report_type, parts):
    """A multipart/report, whose parts the email package would not let us write as they are."""
    boundary = "=_report_0001"
    body = "".join(f"--{boundary}\r\n{one}" for one in parts) + f"--{boundary}--\r\n"
    message["Content-Type"] = f'multipart/report; report-type={report_type}; boundary="{boundary}"'
    message.set_payload(body.replace("\r\n", "\n"))


# Who does what, once the message is there.
DEEDS = {
    "hanna@readers.example": reply_above_quote,
    "emil@readers.example": reply_in_german,
    "ida@readers.example": unsubscribe,
    "rosa@readers.example": ask_to_be_removed,
    "jan@readers.example": complain,
    "kim@readers.example": confirm_reading,
}

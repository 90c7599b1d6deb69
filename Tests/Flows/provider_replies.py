"""What the scripted servers answer: refusals in the manner of large providers, gateways and small hosts.

PROVIDERS maps a domain to its banner, its EHLO keywords and its CASES. A case is named by the recipient's local part and
tells when the server says no, what it says, and what ReturnMill has to make of it:

    local part: (stage, reply, category, reason)

The stage is `rcpt` (after RCPT TO), `mail` (said at RCPT, too, as a server can't know the recipient before), `data`
(after the dot), `drop` (the connection is cut after the dot), or `grey` (refused for three seconds, then accepted). A
reply of several lines is written with line feeds, and {address} stands for the recipient. `-x` at the end of a local
part makes no difference: so the same case can be asked of two senders. The category and the reason are what a
postmaster who reads the words would say, not what the program says today.
"""

PROVIDERS = {}


def provider(domain, banner, features, cases):
    PROVIDERS[domain] = {"banner": banner, "features": features, "cases": cases}


ESC = ["SIZE 52428800", "8BITMIME", "ENHANCEDSTATUSCODES", "PIPELINING"]
PLAIN = ["SIZE 20971520", "8BITMIME"]

provider("gmailish.example", "mx.gmailish.example ESMTP k9-20020a05600c1c9900 - gsmtp", ESC, {
    "nouser": ("rcpt", "550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
               "550-5.1.1 double-checking the recipient's email address for typos or\n"
               "550-5.1.1 unnecessary spaces. For more information, go to\n"
               "550 5.1.1  https://support.gmailish.example/mail/?p=NoSuchUser k9-2002 - gsmtp",
               "hard_bounce", "user_unknown"),
    "disabled": ("rcpt", "550-5.2.1 The email account that you tried to reach is disabled. Learn more at\n"
                 "550 5.2.1  https://support.gmailish.example/mail/?p=DisabledUser k9-2002 - gsmtp",
                 "soft_bounce", "mailbox_disabled"),
    "full": ("rcpt", "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\n"
             "452-4.2.2 recipient to\n"
             "452 4.2.2  https://support.gmailish.example/mail/?p=OverQuotaTemp k9-2002 - gsmtp",
             "soft_bounce", "mailbox_full"),
    "busy": ("rcpt", "450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n"
             "450-4.2.1 prevents additional messages from being delivered. Please resend your\n"
             "450-4.2.1 message at a later time. If the user is able to receive mail at that\n"
             "450 4.2.1 time, your message will be delivered. k9-2002 - gsmtp",
             "mail_block", "rate_limited"),
    "unsolicited": ("data", "550-5.7.1 [192.0.2.10      12] Our system has detected that this message is\n"
                    "550-5.7.1 likely unsolicited mail. To reduce the amount of spam sent to Gmailish,\n"
                    "550-5.7.1 this message has been blocked. Please visit\n"
                    "550 5.7.1  https://support.gmailish.example/mail/?p=UnsolicitedMessageError - gsmtp",
                    "mail_block", "spam_detected"),
    "reputation": ("data", "550-5.7.1 [192.0.2.10      18] Our system has detected that this message is\n"
                   "550-5.7.1 likely suspicious due to the very low reputation of the sending IP address.\n"
                   "550-5.7.1 To best protect our users from spam, the message has been blocked. Please\n"
                   "550 5.7.1 visit https://support.gmailish.example/mail/answer/188131 - gsmtp",
                   "mail_block", "bad_reputation"),
    "dmarc": ("data", "550-5.7.26 Unauthenticated email from bookshop.example is not accepted due to\n"
              "550-5.7.26 domain's DMARC policy. Please contact the administrator of bookshop.example\n"
              "550-5.7.26 domain if this was a legitimate mail. To learn about the DMARC initiative,\n"
              "550 5.7.26 go to https://support.gmailish.example/mail/?p=DmarcRejection - gsmtp",
              "mail_block", "authentication_failure"),
    "rate": ("data", "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating\n"
             "421-4.7.28 from your IP address. To protect our users from spam, mail sent from your IP\n"
             "421-4.7.28 address has been temporarily rate limited. Please visit\n"
             "421 4.7.28 https://support.gmailish.example/mail/?p=UnsolicitedRateLimitError - gsmtp",
             "mail_block", "rate_limited"),
    "attachment": ("data", "552-5.7.0 This message was blocked because its content presents a potential\n"
                   "552-5.7.0 security issue. Please visit\n"
                   "552 5.7.0  https://support.gmailish.example/mail/?p=BlockedMessage to review our message "
                   "content and attachment content guidelines. - gsmtp",
                   "message_restriction", "content_error"),
    "toobig": ("data", "552-5.3.4 Your message exceeded Gmailish's message size limits. Please visit\n"
               "552 5.3.4  https://support.gmailish.example/mail/?p=MaxSizeError to view our size guidelines.",
               "message_restriction", "message_too_big"),
})

provider("outlookish.example", "AM7EUR06FT062.mail.protection.outlookish.example Microsoft ESMTP MAIL Service ready",
         ["SIZE 49283072", "ENHANCEDSTATUSCODES", "8BITMIME", "PIPELINING", "DSN"], {
    "nouser": ("rcpt", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). "
               "[AM7EUR06FT062.eop-eur06.prod.protection.outlookish.example 08DE2A]",
               "hard_bounce", "user_unknown"),
    "resolver": ("rcpt", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {address} not found by "
                 "SMTP address lookup", "hard_bounce", "user_unknown"),
    "blocklist": ("mail", "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. Please contact your "
                  "Internet service provider since part of their network is on our block list (S3140).",
                  "mail_block", "bad_reputation"),
    "banned": ("rcpt", "550 5.7.511 Access denied, banned sender[192.0.2.10]. To request removal from this list please "
               "forward this message to delist@messaging.outlookish.example. AS(1410)", "mail_block", "blocked"),
    "busy": ("rcpt", "451 4.7.500 Server busy. Please try again later from [192.0.2.10]. (S77719) "
             "[DB5EUR01FT021.eop-EUR01.prod.protection.outlookish.example]", "mail_block", "rate_limited"),
    "full": ("data", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException."
             "MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception with message "
             "Cannot open mailbox.", "soft_bounce", "mailbox_full"),
    "spf": ("data", "550 5.7.23 The message was rejected because of Sender Policy Framework violation -> 550 5.7.1 "
            "Recipient rejected [SPF: fail]", "mail_block", "authentication_failure"),
    # A group that takes mail from its own organisation alone: what the server wants is that the sender logs in.
    "restricted": ("data", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery "
                   "restriction check failed because the sender was not authenticated when sending to this group",
                   "mail_block", "security_required"),
    "toobig": ("data", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
               "message_restriction", "message_too_big"),
    "loop": ("data", "554 5.4.14 Hop count exceeded - possible mail loop ATTR34 "
             "[VI1EUR04FT042.eop-eur04.prod.protection.outlookish.example]", "soft_bounce", "network_error"),
    "moved": ("rcpt", "551 5.1.6 Recipient has moved; please try <moved.box@readers.example>", "redirect", "moved"),
})

provider("yahooish.example", "mta7.am0.yahooish.example ESMTP ready", ["PIPELINING", "SIZE 41943040", "8BITMIME"], {
    "nouser": ("data", "554 delivery error: dd This user doesn't have a yahooish.example account "
               "({address}) [-5] - mta4109.mail.ne1.yahooish.example", "hard_bounce", "user_unknown"),
    "disabled": ("data", "554 30 Sorry, your message to {address} cannot be delivered. This mailbox is "
                 "disabled (554.30).", "soft_bounce", "mailbox_disabled"),
    "notfound": ("rcpt", "552 1 Requested mail action aborted, mailbox not found", "hard_bounce", "user_unknown"),
    "deferred": ("mail", "421 4.7.0 [TSS04] Messages from 192.0.2.10 temporarily deferred due to unexpected volume or "
                 "user complaints - 4.16.55.1; see https://postmaster.yahooish.example/error-codes",
                 "mail_block", "rate_limited"),
    # Says that the client is refused, and not for what.
    "forever": ("rcpt", "553 5.7.2 [TSS09] All messages from 192.0.2.10 will be permanently deferred; Retrying will NOT "
                "succeed. See https://postmaster.yahooish.example/421-ts03.html", "mail_block", "blocked"),
    "policy": ("data", "554 5.7.9 Message not accepted for policy reasons. See "
               "https://postmaster.yahooish.example/error-codes", "mail_block", "policy_violation"),
})

provider("icloudish.example", "mr21p00im-smtpin014.icloudish.example ESMTP", ESC, {
    "nouser": ("rcpt", "550 5.1.1 <{address}>: user does not exist", "hard_bounce", "user_unknown"),
    "full": ("rcpt", "552 5.2.2 <{address}>: user is over quota", "soft_bounce", "mailbox_full"),
    "inactive": ("rcpt", "550 5.1.1 <{address}>: inactive email address",
                 "soft_bounce", "mailbox_disabled"),
    "local": ("data", "554 5.7.1 [HM08] Message rejected due to local policy. Please visit "
              "https://support.icloudish.example/HT204137", "mail_block", "policy_violation"),
})

provider("gmxish.example", "gmxish.example (mxgmx015) Nemesis ESMTP Service ready", PLAIN, {
    "nouser": ("rcpt", "550-Requested action not taken: mailbox unavailable\n550 For explanation visit "
               "https://postmaster.gmxish.example/en/error-messages?ip=192.0.2.10&c=mbxu",
               "hard_bounce", "user_unknown"),
    "blocklist": ("mail", "554-gmxish.example (mxgmx015) Nemesis ESMTP Service not available\n554-No SMTP service\n"
                  "554-IP address is block listed.\n554 For explanation visit "
                  "https://postmaster.gmxish.example/en/error-messages?ip=192.0.2.10&c=bl",
                  "mail_block", "bad_reputation"),
    "full": ("rcpt", "552-Requested mail action aborted: exceeded storage allocation\n552-Quota exceeded. The "
             "recipient's mailbox is full.\n552 For explanation visit https://postmaster.gmxish.example/de/case?c=r0601",
             "soft_bounce", "mailbox_full"),
    "policy": ("data", "554-Transaction failed\n554-Reject due to policy restrictions.\n554 For explanation visit "
               "https://postmaster.gmxish.example/case?c=hi&i=ip&v=192.0.2.10", "mail_block", "policy_violation"),
})

provider("orangeish.example", "opmta1mti26nd1.orangeish.example ESMTP ABO ***", PLAIN, {
    "nouser": ("rcpt", "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
               "hard_bounce", "user_unknown"),
    "full": ("rcpt", "552 5.2.2 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]",
             "soft_bounce", "mailbox_full"),
    "spam": ("data", "550 5.7.1 Mail rejete. Mail rejected. OFR_506 [506]", "mail_block", "spam_detected"),
    # "Service refused" to this client: 999 is Orange's block. Its limits of rate have codes and words of their own.
    "later": ("rcpt", "421 4.2.1 Service refuse. Veuillez essayer plus tard. Service refused, please try later. "
              "OFR_999 [999]", "mail_block", "blocked"),
    "inactive": ("rcpt", "550 5.2.1 Cette adresse a ete desactivee, compte inactif",
                 "soft_bounce", "mailbox_disabled"),
})

provider("qqish.example", "newxmmxsza17.qqish.example MX Mail Server.", PLAIN, {
    # The words leave open whether there is such a mailbox; the page that the link leads to doesn't.
    "nouser": ("rcpt", "550 Mailbox unavailable or access denied [Mk9wZXI= IP: 192.0.2.10]. "
               "https://service.qqish.example/detail/122/169", "hard_bounce", "user_unknown"),
    "denied": ("rcpt", "550 Mailbox unavailable or access denied [Mk9wZXI= IP: 192.0.2.10]. "
               "https://service.qqish.example/detail/122/166", "mail_block", "rate_limited"),
    "notfound": ("rcpt", "550 Mailbox not found. http://service.qqish.example/cgi-bin/help?subtype=1&&id=20022&&no=1000728",
                 "hard_bounce", "user_unknown"),
    "content": ("data", "550 Mail content denied. http://service.qqish.example/cgi-bin/help?id=20022&no=1000726",
                "mail_block", "spam_detected"),
    "frequency": ("rcpt", "550 Ip frequency limited [M2FrZQ IP: 192.0.2.10]. "
                  "http://service.qqish.example/cgi-bin/help?id=20022&no=1000725", "mail_block", "rate_limited"),
})

provider("mailruish.example", "mxs.mailruish.example ESMTP ready", PLAIN, {
    "nouser": ("rcpt", "550 Message was not accepted -- invalid mailbox.  Local mailbox {address} is "
               "unavailable: user not found", "hard_bounce", "user_unknown"),
    "terminated": ("rcpt", "550 Message was not accepted -- invalid mailbox.  Local mailbox {address} "
                   "is unavailable: account is disabled", "soft_bounce", "mailbox_disabled"),
    "full": ("rcpt", "550 Message was not accepted -- invalid mailbox.  Local mailbox {address} is "
             "unavailable: mailbox is full", "soft_bounce", "mailbox_full"),
    "spam": ("data", "550 spam message rejected. Please visit http://help.mailruish.example/notspam-support/id?c=F2xWbW "
             "or report details to abuse@mailruish.example", "mail_block", "spam_detected"),
})

provider("appliance.example", "esa1.appliance.example ESMTP", PLAIN, {
    "nouser": ("rcpt", "550 #5.1.0 Address rejected.", "hard_bounce", "user_unknown"),
    "reputation": ("mail", "554-esa1.appliance.example\n554 Your access to this mail system has been rejected due to the "
                   "sending MTA's poor reputation. If you believe that this failure is in error, please contact the "
                   "intended recipient via alternate means.", "mail_block", "bad_reputation"),
    "toobig": ("data", "552 #5.3.4 message size exceeds limit", "message_restriction", "message_too_big"),
    "attachment": ("data", "554 #5.3.0 Message contains a prohibited attachment type (.exe)",
                   "message_restriction", "content_error"),
})

provider("gateway.example", "eu-smtp-inbound-1.gateway.example ESMTP; Sun, 23 Nov 2025 17:40:00 +0000", PLAIN, {
    "nouser": ("rcpt", "550 Invalid Recipient - https://community.gateway.example/docs/DOC-1369#550 "
               "[O3lYc2bGMqiqZ0fH1Rz2QA.uk126]", "hard_bounce", "user_unknown"),
    "policy": ("data", "554 Email rejected due to security policies - https://community.gateway.example/docs/DOC-1369"
               "#554 [cq3Ls].uk3", "mail_block", "policy_violation"),
    "blocked": ("data", "550 Rejected by header based manually Blocked Senders: news@bookshop.example - "
                "https://community.gateway.example/docs/DOC-1369#550", "mail_block", "sender_rejected"),
    "dnsbl": ("rcpt", "550 bl.dnsbl.example Blocked - see http://www.dnsbl.example/bl.shtml?192.0.2.10. - "
              "https://community.gateway.example/docs/DOC-1369#550", "mail_block", "bad_reputation"),
})

provider("exchange.example", "EXCH01.corp.exchange.example Microsoft ESMTP MAIL Service ready at Sun, 23 Nov 2025 "
         "17:40:00 +0000", ["SIZE 36700160", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES", "8BITMIME"], {
    "nouser": ("rcpt", "550 5.1.1 User unknown", "hard_bounce", "user_unknown"),
    "relay": ("rcpt", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
              "mail_block", "relay_denied"),
    "toobig": ("data", "552 5.3.4 Message size exceeds fixed maximum message size",
               "message_restriction", "message_too_big"),
    "resources": ("rcpt", "452 4.3.1 Insufficient system resources", "soft_bounce", "system_full"),
})

provider("small.example", "mail.small.example ESMTP", PLAIN, {
    "dnsbl": ("rcpt", "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using sbl.dnsbl.example; "
              "https://www.dnsbl.example/sbl/query/SBL123456", "mail_block", "bad_reputation"),
    "checked": ("rcpt", "550 5.1.1 sorry, no mailbox here by that name (chkuser)", "hard_bounce", "user_unknown"),
    "quota": ("data", "554 sorry, this mailbox has exceeded its quota (#5.2.2)", "soft_bounce", "mailbox_full"),
    "rcpthosts": ("rcpt", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
                  "mail_block", "relay_denied"),
    "nocode": ("rcpt", "550 No such person at this address", "hard_bounce", "user_unknown"),
    "german": ("rcpt", "550 5.1.1 Empfaenger existiert nicht / unbekannter Benutzer", "hard_bounce", "user_unknown"),
    "deutsch": ("rcpt", "550 5.2.2 Postfach des Empfaengers ist voll", "soft_bounce", "mailbox_full"),
    "utf8": ("rcpt", "550 5.1.1 Empfänger unbekannt – Postfach wurde gelöscht", "hard_bounce", "user_unknown"),
    "francais": ("rcpt", "550 Utilisateur inconnu dans notre domaine", "hard_bounce", "user_unknown"),
    "espanol": ("rcpt", "550 El buzon no existe o no esta disponible", "hard_bounce", "user_unknown"),
    "italiano": ("rcpt", "552 Casella piena: la casella del destinatario ha superato la quota",
                 "soft_bounce", "mailbox_full"),
    "portugues": ("rcpt", "550 Caixa postal inexistente", "hard_bounce", "user_unknown"),
    "polski": ("rcpt", "550 Nie ma takiego uzytkownika", "hard_bounce", "user_unknown"),
    "callout": ("rcpt", "550 5.1.7 Sender address verification failed: <> not accepted",
                "mail_block", "sender_rejected"),
    "moved": ("rcpt", "551 User not local; please try <anna.new@readers.example>", "redirect", "moved"),
    "virus": ("data", "550 5.7.1 Message infected: Eicar-Signature FOUND", "mail_block", "virus_detected"),
    "noptr": ("rcpt", "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.10]",
              "mail_block", "reverse_dns"),
    "grey": ("rcpt", "450 4.2.0 <{address}>: Recipient address rejected: Greylisted, see "
             "http://postgrey.small.example/", "soft_bounce", "greylisted"),
    "starttls": ("mail", "530 5.7.0 Must issue a STARTTLS command first", "mail_block", "security_required"),
    "drop": ("drop", "", "soft_bounce", "network_error"),
    "headers": ("data", "550 5.6.0 Message is not RFC 5322 compliant: missing Date header",
                "message_restriction", "not_rfc_compliant"),
})

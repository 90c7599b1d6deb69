require ["duplicate"];
# Forwarding is at least once: what was in the air when a server or the program died is sent again, with the same key
# (RFC 7352).
if duplicate :header "X-ReturnMill-Forwarded" { discard; stop; }

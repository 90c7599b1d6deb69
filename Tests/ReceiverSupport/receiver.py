#!/usr/bin/env python3
"""A mail or web server on loopback that behaves as badly as a test asks.

    receiver.py smtp LOG [SCRIPT]      receiver.py http LOG [SCRIPT]

It prints its port, serves until its standard input ends, and appends a line of JSON to LOG for each thing it took.
SCRIPT is JSON: a list of what to do with the first, second … message or request; the last goes for all that follow.

SMTP, an object with any of:  greeting, ehlo, auth, mail, rcpt, data, end: the reply instead of the usual one (rcpt may
be an object from recipient to reply);  hang: the step at which it says no more;  close: the step at which it hangs up
(end: after it took the message);  delay: seconds before the last reply.
HTTP, an object with any of:  status, body, headers;  hang: seconds before it answers;  close: true to hang up after
the request was taken, "before" to do so before."""
import json, os, socket, ssl, sys, threading, time

kind, log = sys.argv[1], sys.argv[2]
script = json.loads(sys.argv[3]) if len(sys.argv) > 3 else [{}]
certificate, key = os.environ.get('RECEIVER_CERT'), os.environ.get('RECEIVER_KEY')
implicit = os.environ.get('RECEIVER_TLS') == 'implicit'
context = None
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
lock = threading.Lock()
taken = 0


def next_step():
    global taken
    with lock:
        step = script[min(taken, len(script) - 1)]
        taken += 1
        return step


def write(entry):
    with lock, open(log, 'a') as out:
        out.write(json.dumps(entry) + '\n')
        out.flush()
        os.fsync(out.fileno())


class Gone(Exception):
    pass


class Mail:
    def __init__(self, connection, number):
        self.socket, self.number, self.buffer = connection, number, b''
        self.secure = False

    def line(self):
        while b'\r\n' not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise Gone
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b'\r\n')
        return line.decode('utf-8', 'surrogateescape')

    def say(self, text):
        self.socket.sendall(text.encode() + b'\r\n')

    def at(self, step, name, usual):
        if step.get('hang') == name:
            time.sleep(3600)
        if step.get('close') == name:
            raise Gone
        reply = step.get(name, usual)
        self.say(reply)
        return reply

    def secured(self):
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.secure = True

    def serve(self):
        if implicit:
            self.secured()
        step = next_step()
        begun = False
        if self.at(step, 'greeting', '220 receiver.example ESMTP')[0] != '2':
            return
        sender, recipients, user = None, [], None
        while True:
            line = self.line()
            verb = line.split(' ')[0].split(':')[0].upper()
            if verb in ('EHLO', 'HELO'):
                offers = ['receiver.example', 'SIZE 10000000', '8BITMIME', 'SMTPUTF8']
                if context and not self.secure:
                    offers.append('STARTTLS')
                if os.environ.get('RECEIVER_AUTH'):
                    offers.append('AUTH PLAIN LOGIN')
                usual = '\r\n'.join(f'250-{o}' for o in offers[:-1]) + f'\r\n250 {offers[-1]}'
                self.at(step, 'ehlo', usual)
            elif verb == 'STARTTLS':
                self.say('220 go ahead')
                self.secured()
            elif verb == 'AUTH':
                words = line.split(' ')
                if len(words) < 3:
                    self.say('334 ')
                    words.append(self.line())
                user = words[2]
                self.at(step, 'auth', '235 2.7.0 welcome')
            elif verb == 'MAIL':
                if begun:
                    step = next_step()
                begun = True
                sender, recipients = line[line.index('<') + 1:line.rindex('>')], []
                self.at(step, 'mail', '250 2.1.0 Ok')
            elif verb == 'RCPT':
                recipient = line[line.index('<') + 1:line.rindex('>')]
                reply = step.get('rcpt', '250 2.1.5 Ok')
                if isinstance(reply, dict):
                    reply = reply.get(recipient, '250 2.1.5 Ok')
                if reply[0] == '2':
                    recipients.append(recipient)
                self.at({**step, 'rcpt': reply}, 'rcpt', '')
            elif verb == 'DATA':
                if self.at(step, 'data', '354 go ahead')[0] != '3':
                    continue
                lines = []
                while (part := self.line()) != '.':
                    lines.append(part[1:] if part.startswith('.') else part)
                if step.get('end', '2')[0] == '2':
                    write({'from': sender, 'to': recipients, 'user': user, 'tls': self.secure,
                           'connection': self.number, 'message': '\n'.join(lines) + '\n'})
                time.sleep(step.get('delay', 0))
                self.at(step, 'end', '250 2.0.0 Ok: queued')
            elif verb == 'QUIT':
                self.say('221 bye')
                return
            else:
                self.say('250 Ok')


class Web:
    def __init__(self, connection, number):
        self.socket, self.number = connection, number

    def serve(self):
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        stream = self.socket.makefile('rwb')
        while True:
            first = stream.readline().decode()
            if not first:
                return
            headers = {}
            while (line := stream.readline().decode('latin-1').rstrip('\r\n')):
                name, _, value = line.partition(':')
                headers[name.lower()] = value.strip()
            step = next_step()
            if step.get('close') == 'before':
                return
            body = stream.read(int(headers.get('content-length', 0))).decode()
            entry = {'request': first.split(' ')[0:2], 'headers': headers, 'body': body, 'connection': self.number,
                     'status': step.get('status', 200), 'prompt': not step.get('hang') and not step.get('close')}
            write(entry)
            if step.get('close'):
                return
            time.sleep(step.get('hang', 0))
            answer = step.get('body', 'ok').encode()
            extra = ''.join(f'{n}: {v}\r\n' for n, v in step.get('headers', {}).items())
            stream.write(f'HTTP/1.1 {step.get("status", 200)} x\r\nContent-Length: {len(answer)}\r\n{extra}\r\n'.encode())
            stream.write(answer)
            stream.flush()


def talk(connection, number):
    try:
        (Mail if kind == 'smtp' else Web)(connection, number).serve()
    except (Gone, OSError, ValueError):
        pass
    finally:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()


def listen():
    number = 0
    while True:
        connection, _ = server.accept()
        number += 1
        threading.Thread(target=talk, args=(connection, number), daemon=True).start()


server = socket.create_server(('127.0.0.1', int(os.environ.get('RECEIVER_PORT', '0'))), backlog=128)
print(server.getsockname()[1], flush=True)
threading.Thread(target=listen, daemon=True).start()
sys.stdin.read()

"""Builds a big mbox out of a folder of messages.

Realistic, not random: every message is one of the folder's with its addresses, ids, dates, times and signatures varied,
in a mix of bounces, auto-replies, replies and complaints of a chosen mean size. The same arguments give the same file,
byte for byte."""
import bisect, gzip, itertools, math, random, re, sys

MIX = {'report': 0.78, 'auto-reply': 0.10, 'reply': 0.08, 'complaint': 0.04}


# ---- templates: the messages of a folder, whatever archive they lie in

SEPARATOR = re.compile(rb'^From [^\n]*\d\d:\d\d[^\n]*\d{4}[^\n]*\n', re.M)
HEADER_LIKE = re.compile(rb'\A(?:[\x21-\x39\x3b-\x7e]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2}')


def messages_of(path):
    data = path.read_bytes()
    if data[:2] == b'\x1f\x8b':
        data = gzip.decompress(data)
    data = data.replace(b'\r\n', b'\n')
    if SEPARATOR.match(data):
        for part in SEPARATOR.split(data)[1:]:
            yield re.sub(rb'^>(>*From )', rb'\1', part, flags=re.M).rstrip(b'\n') + b'\n'
    elif HEADER_LIKE.match(data):
        yield data.rstrip(b'\n') + b'\n'


def read_templates(folder):
    templates = []
    for path in sorted(p for p in folder.rglob('*') if p.is_file() and '/tmp/' not in str(p.relative_to(folder))):
        templates.extend(messages_of(path))
    if not templates:
        sys.exit(f'bench: {folder}: no messages found; name a folder of .eml, Maildir or mbox files with --from')
    return templates


def kind_of(message):
    head, _, body = message.partition(b'\n\n')
    head = head.lower()
    if b'feedback-report' in head or b'complaint about message' in head:
        return 'complaint'
    if b'delivery-status' in head or re.search(rb'^from:.*(mailer-daemon|postmaster|mail delivery)', head, re.M):
        return 'report'
    if re.search(rb'^(auto-submitted:.*auto-|precedence:|x-auto)', head, re.M):
        return 'auto-reply'
    return 'reply'


def weights_for(templates, mean):
    """The mix, tilted by size within each kind until the mean is right."""
    kinds = [kind_of(t) for t in templates]
    sizes = [len(t) for t in templates]
    share = {k: w for k, w in MIX.items() if k in kinds}

    def tilted(tilt):
        raw = [math.exp(max(-600.0, min(600.0, tilt * s / mean))) for s in sizes]
        total = {k: sum(r for r, kind in zip(raw, kinds) if kind == k) for k in share}
        return [share[k] * r / total[k] for r, k in zip(raw, kinds)]

    low, high = -20.0, 20.0
    for _ in range(60):
        tilt = (low + high) / 2
        weights = tilted(tilt)
        if sum(w * s for w, s in zip(weights, sizes)) / sum(weights) < mean:
            low = tilt
        else:
            high = tilt
    return tilted((low + high) / 2)


# ---- slots: what varies from one message to the next

SIGNED = rb'(?:dkim-signature|x-google-dkim-signature|arc-[a-z-]+|x-gm-message-state|x-google-smtp-source):'
TOKENS = re.compile(
    rb'(?P<signature>(?im:^)(?i:' + SIGNED + rb')[^\n]*(?:\n[ \t][^\n]*)*)'
    rb'|(?P<address>(?<![A-Za-z0-9._+=-])[A-Za-z0-9][A-Za-z0-9._+-]{1,64}(?=[@=](?:[a-z0-9-]+\.)+[a-z]{2,6}\b))'
    rb'|(?P<time>\b[0-2]\d:[0-5]\d:[0-5]\d\b)'
    rb'|(?P<day>\b[ 012]?\d (?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}))'
    rb'|(?P<id>(?<![=?])\b(?=[0-9A-Za-z]*\d[0-9A-Za-z]*\d)[0-9A-Za-z]{9,40}\b)')
NAMES_MESSAGE = re.compile(rb'(?i)(?:message-id|references|in-reply-to):[^\n]*\Z|[ \t]+<\Z')
CIPHER = re.compile(rb'[A-Za-z0-9+/=]{24,}')
ROLES = {b'mailer-daemon', b'postmaster', b'returns', b'letters', b'fbl', b'mailer_daemon', b'noreply', b'no-reply'}
GIVEN = b'ada bernard carla dieter elena farid grace hiro inga jonas karin luis maya nils olga pavel rosa sven tara uwe'.split()
FAMILY = b'quill tolley sand ferris holm weir moreau vieira brandt kern blanc aalto marsh vogt peel garnier osei rook'.split()


def encoded_text(message):
    """The ranges that are encoded text: to vary them would change what they say."""
    ranges = [m.span() for m in re.finditer(rb'=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=|(?i:charset)="?[^"\s;]+', message)]
    for start in re.finditer(rb'(?im)^content-transfer-encoding: *base64', message):
        body = message.find(b'\n\n', start.end())
        if body >= 0:
            end = message.find(b'\n--', body)
            ranges.append((body, len(message) if end < 0 else end))
    return ranges


def compile_template(message):
    """Splits a message into fixed text and slots: [(literal, kind, which)…], with equal tokens sharing a slot."""
    frozen = encoded_text(message)
    parts, slots, last = [], {}, 0

    def slot(start, end, kind):
        nonlocal last
        which = slots.setdefault((kind, message[start:end].lower()), len(slots))
        parts.append((message[last:start], kind, which, end - start))
        last = end

    boundaries = set(re.findall(rb'boundary="?([^"\s;]+)', message))
    for token in TOKENS.finditer(message):
        start, end = token.span()
        if any(a <= start < b for a, b in frozen):
            continue
        kind, text = token.lastgroup, token.group()
        if kind == 'signature':
            for run in CIPHER.finditer(message, start, end):
                slot(run.start(), run.end(), 'cipher')
        elif kind == 'address' and NAMES_MESSAGE.match(message, message.rfind(b'\n', 0, start) + 1, start):
            slot(start, end, 'id')
        elif kind == 'address' and (text.lower() in ROLES or b'letter-' in text):
            local = re.search(rb'-([A-Za-z0-9._+]+)$', text)  # a VERP return path: vary the subscriber in it
            if local:
                slot(start + local.start(1), end, 'address')
        elif kind == 'id' and any(text in b for b in boundaries):
            continue
        else:
            slot(start, end, kind)
    return parts, message[last:], len(slots)


class Generator:
    def __init__(self, templates, size, seed, people):
        self.random = random.Random(seed)
        self.templates = [compile_template(t) for t in templates]
        weights = weights_for(templates, size)
        self.cumulative = list(itertools.accumulate(weights))
        alphabet = b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
        noise = random.Random(seed + 1).randbytes(1 << 20)
        self.cipher = bytes(alphabet[b & 63] for b in noise)
        self.hex = noise[: 1 << 19].hex().encode()
        self.names = [b'%s.%s' % (g, f) for g in GIVEN for f in FAMILY]
        self.people = people

    def message(self):
        bits = self.random.getrandbits
        at = bisect.bisect(self.cumulative, self.random.random() * self.cumulative[-1])
        parts, tail, count = self.templates[min(at, len(self.templates) - 1)]
        values = [None] * count
        day, hour, out = 1 + bits(30) % 28, bits(30) % 24, []
        for literal, kind, which, length in parts:
            value = values[which]
            if value is None:
                r = bits(40)
                if kind == 'address':
                    person = r % self.people
                    value = b'%s%d' % (self.names[person % len(self.names)], person // len(self.names))
                elif kind == 'time':
                    value = b'%02d:%02d:%02d' % (hour, r % 60, (r >> 8) % 60)
                elif kind == 'day':
                    value = b'%2d ' % day if length == 3 else b'%d ' % (1 + day % 9)
                elif kind == 'id':
                    start = r % ((1 << 20) - 64)
                    value = self.hex[start:start + length]
                else:
                    start = r % ((1 << 20) - length - 1)
                    value = self.cipher[start:start + length]
                values[which] = value
            out.append(literal)
            out.append(value)
        out.append(tail)
        return b''.join(out), day, hour


QUOTED = re.compile(rb'^(>*From )', re.M)


def build(path, templates, count, size, seed):
    generator = Generator(templates, size, seed, max(1, count * 2 // 3))
    total, month = 0, b'Oct'
    with open(path, 'wb', buffering=1 << 22) as out:
        for index in range(count):
            message, day, hour = generator.message()
            if b'From ' in message:
                message = QUOTED.sub(rb'>\1', message)
            weekday = (b'Wed', b'Thu', b'Fri', b'Sat', b'Sun', b'Mon', b'Tue')[(day - 1) % 7]
            out.write(b'From MAILER-DAEMON %s %s %2d %02d:%02d:%02d 2025\n' % (
                weekday, month, day, hour, index // 60 % 60, index % 60))
            out.write(message)
            out.write(b'\n')
            total += len(message)
    return total

#!/usr/bin/env python3
"""Writes the vectors a second time, from crypto/README.md, proto/README.md and the RFCs and not from our C++.

Only Python's own library is used (its BLAKE2b knows personalisation), but for Argon2id, which comes from
libsodium. Run it from the repository root; it writes the same bytes every time. Tests do not need it.
"""
import ctypes
import ctypes.util
import hashlib
import struct

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
POLY_P = 2**130 - 5


class Source:
    """Repeatable bytes: SHA-256 of a name and a counter."""

    def __init__(self, name):
        self.name, self.count, self.held = name.encode(), 0, b""

    def take(self, size):
        while len(self.held) < size:
            self.held += hashlib.sha256(self.name + struct.pack("<Q", self.count)).digest()
            self.count += 1
        out, self.held = self.held[:size], self.held[size:]
        return out


# --- RFC 7693 with personalisation ---------------------------------------------------------------------------

def H(label, *parts, key=b""):
    state = hashlib.blake2b(digest_size=32, key=key, person=label.encode().ljust(16, b"\0"))
    for part in parts:
        state.update(struct.pack("<Q", len(part)) + part)
    return state.digest()


# --- RFC 7748 ------------------------------------------------------------------------------------------------

def x25519(scalar, u):
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    x1 = int.from_bytes(u, "little") & (2**255 - 1)
    x2, z2, x3, z3 = 1, 0, x1, 1
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = (aa - bb) % P
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
        if bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def x_pub(secret):
    return x25519(secret, (9).to_bytes(32, "little"))


# --- RFC 8032 ------------------------------------------------------------------------------------------------

D = -121665 * pow(121666, P - 2, P) % P


def ed_add(p, q):
    (x1, y1), (x2, y2) = p, q
    m = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + m, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - m, P - 2, P) % P)


def ed_base():
    y = 4 * pow(5, P - 2, P) % P
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (x if x % 2 == 0 else P - x, y)


def ed_mul(k, p):
    out = (0, 1)
    while k:
        if k & 1:
            out = ed_add(out, p)
        p, k = ed_add(p, p), k >> 1
    return out


def ed_bytes(p):
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def ed_keys(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & ~7 & (2**254 - 1) | 2**254
    return a, h[32:], ed_bytes(ed_mul(a, ed_base()))


def ed_sign(seed, message):
    a, prefix, pk = ed_keys(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    big_r = ed_bytes(ed_mul(r, ed_base()))
    k = int.from_bytes(hashlib.sha512(big_r + pk + message).digest(), "little") % L
    return big_r + ((r + k * a) % L).to_bytes(32, "little")


# --- RFC 8439 and draft-irtf-cfrg-xchacha-03 -------------------------------------------------------------------

def rotl(x, n):
    return (x << n | x >> 32 - n) & 0xFFFFFFFF


def rounds(s):
    def quarter(a, b, c, d):
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF; s[d] = rotl(s[d] ^ s[a], 16)
        s[c] = (s[c] + s[d]) & 0xFFFFFFFF; s[b] = rotl(s[b] ^ s[c], 12)
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF; s[d] = rotl(s[d] ^ s[a], 8)
        s[c] = (s[c] + s[d]) & 0xFFFFFFFF; s[b] = rotl(s[b] ^ s[c], 7)
    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)


SIGMA = list(struct.unpack("<4I", b"expand 32-byte k"))


def hchacha(key, nonce16):
    s = SIGMA + list(struct.unpack("<8I", key)) + list(struct.unpack("<4I", nonce16))
    rounds(s)
    return struct.pack("<8I", *(s[:4] + s[12:]))


def block(key, counter, nonce12):
    start = SIGMA + list(struct.unpack("<8I", key)) + [counter] + list(struct.unpack("<3I", nonce12))
    s = list(start)
    rounds(s)
    return struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(s, start)))


class XChaCha:
    def __init__(self, key, nonce):
        self.sub, self.n = hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
        one_time = block(self.sub, 0, self.n)
        self.r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
        self.s = int.from_bytes(one_time[16:32], "little")

    def stream(self, size):
        return b"".join(block(self.sub, 1 + i, self.n) for i in range((size + 63) // 64))[:size]

    def blocks(self, ad, ct):
        pad = lambda b: b + bytes(-len(b) % 16)
        data = pad(ad) + pad(ct) + struct.pack("<QQ", len(ad), len(ct))
        return [int.from_bytes(data[i:i + 16], "little") + 2**128 for i in range(0, len(data), 16)]

    def tag(self, ad, ct):
        h = 0
        for b in self.blocks(ad, ct):
            h = (h + b) * self.r % POLY_P
        return ((h + self.s) % 2**128).to_bytes(16, "little")


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def aead(key, nonce, ad, plain):
    c = XChaCha(key, nonce)
    ct = xor(plain, c.stream(len(plain)))
    return ct + c.tag(ad, ct)


# --- the envelope --------------------------------------------------------------------------------------------

BUCKETS = (4096, 16384, 65536, 262144)


def padded(plain):
    bucket = next(b for b in BUCKETS if b > len(plain))
    return plain + b"\x80" + bytes(bucket - len(plain) - 1)


class Device:
    def __init__(self, source):
        self.id, self.dh, self.pre = source.take(32), source.take(32), source.take(32)
        self.dh_pk, self.pre_pk = x_pub(self.dh), x_pub(self.pre)


def item_seed(K, group, author, seq):
    return H("kith1.item-sign", group, author.id, struct.pack("<Q", seq), key=K)


def slot_key(eph, eph_pk, author, reader, event):
    return H("kith1.slot-key", x25519(eph, reader.pre_pk), x25519(author.dh, reader.pre_pk), eph_pk,
             author.dh_pk, reader.pre_pk, author.id, reader.id, event, b"")


def body_dig(eph_pk, nonce, body):
    return H("kith1.body-dig", eph_pk, nonce, body)


def sealed_slot(key, event, bound_to, content):
    return aead(key, bytes(24), event + bound_to, content)


def put_together(eph_pk, nonce, slots, body, event, seed):
    payload = (bytes([1, 1]) + struct.pack("<HI", len(slots), len(body)) + eph_pk + nonce + b"".join(slots)
               + body)
    return payload + ed_sign(seed, H("kith1.payload", event, payload))


def below(source, bound):
    while True:
        value = struct.unpack("<I", source.take(4))[0]
        if value >= (2**32 - bound) % bound:
            return value % bound


class Recorder:
    """Hands on bytes and keeps them, so that a vector can say what sealing drew."""

    def __init__(self, source):
        self.source, self.seen = source, b""

    def take(self, size):
        out = self.source.take(size)
        self.seen += out
        return out


def seal(draw, K, group, author, seq, event, plain, readers, content=None):
    """`readers`: (device or None for one without a prekey, in audience). `content` may cheat."""
    nonce = draw.take(24)
    body = aead(H("kith1.body-key", event, key=K), nonce, event, padded(plain))
    eph = draw.take(32)
    eph_pk = x_pub(eph)
    bd = body_dig(eph_pk, nonce, body)
    slots = []
    for index, (reader, reads) in enumerate(readers):
        if reader is None:
            slots.append(draw.take(48))
            continue
        what, bound = (K, bd) if reads else (bytes(32), bytes(32))
        if content:
            what, bound = content(index, K, bd)
        slots.append(sealed_slot(slot_key(eph, eph_pk, author, reader, event), event, bound, what))
    while len(slots) % 8:
        slots.append(draw.take(48))
    for left in range(len(slots), 1, -1):
        at = below(draw, left)
        slots[left - 1], slots[at] = slots[at], slots[left - 1]
    return put_together(eph_pk, nonce, slots, body, event, item_seed(K, group, author, seq))


# --- a ciphertext that opens under two keys --------------------------------------------------------------------

def salamander(source, K1, K2, event):
    """4,096 bytes and a tag that both keys accept, both with correct padding. Solves two linear equations."""
    keys = [H("kith1.body-key", event, key=K) for K in (K1, K2)]
    while True:
        nonce = source.take(24)
        a, b = (XChaCha(key, nonce) for key in keys)
        ends = [block(c.sub, 64, c.n)[63] for c in (a, b)]
        if ends[0] == ends[1]:
            break
    fixed = bytearray(source.take(4096))
    fixed[4095] = ends[0] ^ 0x80
    while True:
        fixed[32:48] = source.take(16)
        ct = bytes(16) + bytes(16) + bytes(fixed[32:])
        total = len(a.blocks(event, ct))
        first = len(event) // 16  # the blocks that may be anything are the first two of the ciphertext
        tag = int.from_bytes(source.take(16), "little")
        rows = []
        for c in (a, b):
            rest = 0
            for i, value in enumerate(c.blocks(event, ct)):
                if i not in (first, first + 1):
                    rest += value * pow(c.r, total - i, POLY_P)
            rows.append((pow(c.r, total - first, POLY_P), pow(c.r, total - first - 1, POLY_P),
                         ((tag - c.s) % 2**128 - rest) % POLY_P))
        (p, q, u), (r, s, v) = rows
        det = pow((p * s - q * r) % POLY_P, POLY_P - 2, POLY_P)
        x, y = (u * s - q * v) * det % POLY_P, (p * v - u * r) * det % POLY_P
        if 2**128 <= x < 2**129 and 2**128 <= y < 2**129:
            ct = (x - 2**128).to_bytes(16, "little") + (y - 2**128).to_bytes(16, "little") + ct[32:]
            out = tag.to_bytes(16, "little")
            assert a.tag(event, ct) == b.tag(event, ct) == out
            return nonce, ct + out


# --- key file, words, codes --------------------------------------------------------------------------------------

def argon2id(secret, salt, memory_kib, passes):
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    out = ctypes.create_string_buffer(32)
    assert sodium.crypto_pwhash(out, ctypes.c_ulonglong(32), secret, ctypes.c_ulonglong(len(secret)), salt,
                                ctypes.c_ulonglong(passes), ctypes.c_size_t(memory_kib * 1024), 2) == 0
    return out.raw


def closed(body):
    return body + hashlib.blake2b(body, digest_size=32).digest()


def key_file(journal, mail, passphrase, salt, nonces, memory=65536, passes=3, version=1, algorithm=1, pay=True):
    header = b"KKF1" + bytes([version, algorithm, 0, 0]) + struct.pack("<II", memory, passes) + salt
    if not pay:
        return closed(header + bytes(144))
    m = argon2id(passphrase, salt, memory, passes)
    return closed(header + nonces[0] + aead(H("kith1.wrap-jour", key=m), nonces[0], header, journal)
                  + nonces[1] + aead(H("kith1.wrap-mail", key=m), nonces[1], header, mail))


WORDS = [line.strip('",\n') for line in open("crypto/word_list.inc")]


def words_of(data, count):
    bits = int.from_bytes(data, "big") >> len(data) * 8 - 11 * count
    return " ".join(WORDS[bits >> 11 * (count - 1 - i) & 2047] for i in range(count))


def seed_words(seed):
    return words_of(seed + H("kith1.word-sum", seed)[:1], 24)


ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def code(data, prefix="kith", constant=0x2BC830A3):
    bits = "".join(f"{b:08b}" for b in data)
    values = [int(bits[i:i + 5].ljust(5, "0"), 2) for i in range(0, len(bits), 5)]
    rest = 1
    for v in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values + [0] * 6:
        top, rest = rest >> 25, (rest & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            rest ^= g if top >> i & 1 else 0
    rest ^= constant
    text = "".join(ALPHABET[v] for v in values + [rest >> 5 * (5 - i) & 31 for i in range(6)])
    return prefix + "1" + "".join("-" + text[i:i + 4] for i in range(0, len(text), 4))


# --- events ------------------------------------------------------------------------------------------------------

CTL, ENV, TOMB, DEV = 1, 2, 3, 4


def event_wire(seed, kind, group, device, seq, prev, day, body, ctl_digest, lamport, bind=None, length=None,
               retention=0, flags=0, suite=1, magic=b"KTH1"):
    bind = H("kith1.body", body) if bind is None else bind
    length = len(body) if length is None else length
    header = (magic + bytes([suite, kind, flags, retention]) + group + device + struct.pack("<Q", seq) + prev
              + struct.pack("<II", day, length) + bind + ctl_digest + struct.pack("<Q", lamport))
    assert len(header) == 192
    return header + ed_sign(seed, b"KITH1SIG" + b"event".ljust(16, b"\0") + group + header) + body


def event_id(wire):
    return H("kith1.event-id", wire[:192])


def link_of(wire):
    return H("kith1.link", event_id(wire), wire[192:256])


# --- the files -------------------------------------------------------------------------------------------------

class File:
    def __init__(self, name, about):
        self.name, self.lines = name, [f"# {about}", "# Written by tests/vectors/make.py.", ""]

    def add(self, name, kind, expect, **fields):
        self.lines += [f"name: {name}", f"kind: {kind}", f"expect: {expect}"]
        for field, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                self.lines.append(f"{field.rstrip('_')}: {one.hex() if isinstance(one, bytes) else one}")
        self.lines.append("")

    def write(self):
        open(f"tests/vectors/{self.name}.txt", "w").write("\n".join(self.lines))


def envelopes():
    source = Source("envelopes")
    group, event = source.take(32), source.take(32)
    author, reader, outside = Device(source), Device(source), Device(source)
    seq, plain = 7, "Thursday. I said less than I meant to.".encode()
    place = dict(group=group, seq=seq, event=event, author=author.id, author_dh=author.dh_pk)
    f = File("envelope", "Envelopes as readers and carriers judge them.")

    draw = Recorder(source)
    K = draw.take(32)
    bind = ed_keys(item_seed(K, group, author, seq))[2]
    readers = [(author, True), (reader, True), (outside, False), (None, False)]
    payload = seal(draw, K, group, author, seq, event, plain, readers)
    f.add("sealing draws in one order and gives these bytes", "seal", "ok", **place, author_dh_secret=author.dh,
          plain=plain, random=draw.seen, reader=[author.id + author.pre_pk + b"\1", reader.id + reader.pre_pk + b"\1",
                                                 outside.id + outside.pre_pk + b"\0", source.take(32)],
          bind=bind, payload=payload)
    f.add("a reader in the audience", "envelope", "opened", **place, bind=bind, me=reader.id,
          pre_secret=reader.pre, plain=plain, payload=payload)
    base = dict(from_="a reader in the audience")
    f.add("the author's own device", "envelope", "opened", **base, me=author.id, pre_secret=author.pre)
    f.add("a device outside the audience", "envelope", "not_for_me", **base, me=outside.id,
          pre_secret=outside.pre)
    f.add("the prekey is gone", "envelope", "no_slot", **base, pre_secret=source.take(32))
    f.add("an older prekey among three", "envelope", "opened", **base,
          pre_secret=[source.take(32), source.take(32), reader.pre])
    f.add("opened as another device", "envelope", "no_slot", **base, me=outside.id)
    f.add("another group", "envelope", "could_not_read", **base, group=source.take(32))
    f.add("another place in the log", "envelope", "could_not_read", **base, seq=seq + 1)
    f.add("another event", "envelope", "no_slot", **base, event=source.take(32))
    f.add("another author device", "envelope", "no_slot", **base, author=source.take(32))
    f.add("another author key", "envelope", "no_slot", **base, author_dh=reader.dh_pk)
    f.add("another item key in the header", "envelope", "no_slot", **base, bind=ed_keys(source.take(32))[2])
    for name, offset in (("version", 0), ("suite", 1), ("number of slots", 2), ("body size", 5),
                         ("ephemeral key", 9), ("top bit of the ephemeral key", 39), ("nonce", 41),
                         ("first slot", 64), ("last slot", 64 + 8 * 48 - 1), ("body", 500),
                         ("body tag", len(payload) - 65), ("signature", len(payload) - 1)):
        mask = "80" if name.startswith("top") else "01"
        f.add(f"a flipped bit in the {name}", "envelope", "no_slot", **base, flip=f"payload {offset} {mask}")
    f.add("one byte missing", "envelope", "no_slot", **base, cut=f"payload {len(payload) - 1}")

    def cheat(name, expect, content, cheated_event=None):
        own = cheated_event or source.take(32)
        cheated = seal(source, K, group, author, seq, own, plain, readers[:3], content)
        f.add(name, "envelope", expect, **base, event=own, payload=cheated)
    other = source.take(32)
    cheat("the key tied to no body", "could_not_read", lambda i, k, bd: (k, bytes(32)))
    cheat("zeros tied to the body", "could_not_read", lambda i, k, bd: (bytes(32), bd))
    cheat("the key tied to another body", "no_slot", lambda i, k, bd: (k, source.take(32)))
    cheat("another key in this slot than in the author's", "could_not_read",
          lambda i, k, bd: (other if i == 1 else k, bd))
    cheat("the same key in every slot, by hand", "opened", lambda i, k, bd: (k, bd))

    variants(f, source, dict(group=group, author=author, seq=seq, event=event, K=K, reader=reader, outside=outside), payload)

    carried = dict(kind="carrier")
    f.add("a carrier checks it", expect="ok", event=event, bind=bind, payload=payload, **carried)
    base = dict(from_="a carrier checks it")
    f.add("carrier: another event", expect="unauthentic", **base, event=source.take(32), **carried)
    f.add("carrier: another item key", expect="unauthentic", **base, bind=ed_keys(source.take(32))[2], **carried)
    f.add("carrier: an item key of small order", expect="unauthentic", **base, bind=bytes(32), **carried)
    f.add("carrier: a flipped bit in the body", expect="unauthentic", **base, flip="payload 900 04", **carried)
    f.add("carrier: a flipped bit in a slot", expect="unauthentic", **base, flip="payload 64 80", **carried)
    f.add("carrier: nine slots", expect="malformed", **base, flip="payload 2 01", **carried)
    f.add("carrier: no slots", expect="malformed", **base, flip="payload 2 08", **carried)
    f.add("carrier: a body of no bucket", expect="malformed", **base, flip="payload 4 20", **carried)
    f.add("carrier: nothing", expect="malformed", **base, cut="payload 0", **carried)
    f.add("carrier: only the head", expect="malformed", **base, cut="payload 64", **carried)
    f.write()

    f = File("salamander", "One ciphertext that two keys open: the commitment in the header must refuse one of them.")
    K2 = source.take(32)
    nonce, body = salamander(source, K, K2, event)
    eph = source.take(32)
    eph_pk = x_pub(eph)
    bd = body_dig(eph_pk, nonce, body)
    slots = [sealed_slot(slot_key(eph, eph_pk, author, who, event), event, bd, key)
             for who, key in ((reader, K), (outside, K2))] + [source.take(48) for _ in range(6)]
    f.add("two readers, two keys, one body", "salamander", "opened could_not_read", **place, bind=bind, key_1=K,
          key_2=K2, me_1=reader.id, pre_secret_1=reader.pre, me_2=outside.id, pre_secret_2=outside.pre,
          payload=put_together(eph_pk, nonce, slots, body, event, item_seed(K, group, author, seq)))
    f.write()

    f = File("slot", "Single slots, from the author's side and from the reader's.")
    eph, bound = source.take(32), source.take(32)
    eph_pk, content = x_pub(eph), source.take(32)
    key = slot_key(eph, eph_pk, author, reader, event)
    fields = dict(event=event, author=author.id, author_dh_secret=author.dh, eph_secret=eph, reader=reader.id,
                  pre_secret=reader.pre)
    f.add("a key tied to a body", "slot", "ok", **fields, key=key, bound_to=bound, content=content,
          slot=sealed_slot(key, event, bound, content))
    base = dict(from_="a key tied to a body")
    f.add("zeros tied to none", "slot", "ok", **base, bound_to=bytes(32), content=bytes(32),
          slot=sealed_slot(key, event, bytes(32), bytes(32)))
    f.add("tied to another body", "slot", "unauthentic", **base, bound_to=source.take(32))
    f.add("a flipped bit", "slot", "unauthentic", **base, flip="slot 47 80")
    f.add("cut short", "slot", "unauthentic", **base, cut="slot 47")
    f.add("shorter than a tag", "slot", "malformed", **base, cut="slot 15")
    for what in ("event", "author", "reader", "pre_secret", "eph_secret", "author_dh_secret"):
        f.add(f"moved: another {what.replace('_', ' ')}", "slot", "unauthentic", **base, **{what: source.take(32)})
    f.write()


def variants(f, source, at, payload):
    """What a reader, who has K and so the item key, can make of a payload; signed correctly every time."""
    group, author, seq, event, K = (at[n] for n in ("group", "author", "seq", "event", "K"))
    reader, outside = at["reader"], at["outside"]
    eph_pk, nonce = payload[8:40], payload[40:64]
    slots = [payload[64 + 48 * i:112 + 48 * i] for i in range(8)]
    body = payload[64 + 8 * 48:-64]
    seed, key = item_seed(K, group, author, seq), H("kith1.body-key", event, key=K)
    as_reader, as_author, as_outside = (
        dict(from_="a reader in the audience", me=d.id, pre_secret=d.pre) for d in (reader, author, outside))

    def own_key(device, eph):  # the reader's way: its prekey secret and two public keys
        return H("kith1.slot-key", x25519(device.pre, eph), x25519(device.pre, author.dh_pk), eph, author.dh_pk,
                 device.pre_pk, author.id, device.id, event, b"")

    def find(device, eph, bound):
        key = own_key(device, eph)
        return next(i for i, s in enumerate(slots)
                    if XChaCha(key, bytes(24)).tag(event + bound, s[:32]) == s[32:])

    def made(eph=eph_pk, n=nonce, s=slots, b=body):
        return put_together(eph, n, s, b, event, seed)

    bd = body_dig(eph_pk, nonce, body)
    mine, theirs = find(reader, eph_pk, bd), find(outside, eph_pk, bytes(32))
    n2 = source.take(24)
    words = "words that the author never wrote".encode()
    other = aead(key, n2, event, padded(words))
    forged = list(slots)
    forged[mine] = sealed_slot(own_key(reader, eph_pk), event, body_dig(eph_pk, n2, other), K)
    simulated = made(n=n2, s=forged, b=other)
    f.add("a reader's forgery, to that reader", "envelope", "opened", **as_reader, plain=words, payload=simulated)
    f.add("a reader's forgery, to another reader", "envelope", "no_slot", **as_author, payload=simulated)
    f.add("a reader's forgery, to a device outside", "envelope", "not_for_me", **as_outside, payload=simulated)
    doubled = [slots[mine] if i == (mine + 1) % 8 else s for i, s in enumerate(slots)]
    f.add("the own slot twice", "envelope", "could_not_read", **as_reader, payload=made(s=doubled))
    both = list(slots)
    both[(mine + 1) % 8] = sealed_slot(own_key(reader, eph_pk), event, bytes(32), bytes(32))
    f.add("a slot for reading and one for not", "envelope", "could_not_read", **as_reader, payload=made(s=both))
    moved = [slots[mine] if i == theirs else s for i, s in enumerate(slots)]
    f.add("a reader's slot put in place of another's", "envelope", "no_slot", **as_outside, payload=made(s=moved))
    f.add("slots in another order", "envelope", "opened", **as_reader, payload=made(s=slots[::-1]))
    for name, plain in (("no padding mark", bytes(4096)), ("another padding mark", bytes(4095) + b"\x81")):
        bad = aead(key, n2, event, plain)
        bad_slots = list(slots)
        bad_slots[mine] = sealed_slot(own_key(reader, eph_pk), event, body_dig(eph_pk, n2, bad), K)
        f.add(name, "envelope", "could_not_read", **as_reader, payload=made(n=n2, s=bad_slots, b=bad))
    f.add("an ephemeral key of low order", "envelope", "no_slot", **as_reader, payload=made(eph=bytes(32)))
    f.add("an author key of low order", "envelope", "no_slot", **as_reader, author_dh=bytes(32))


def hashes_and_signatures():
    source = Source("hashes")
    f = File("hash", "H(label, parts; key) for every label, and labelled signatures.")
    for label in LABELS:
        key = source.take(32) if len(label) % 2 else b""
        parts = [source.take(n) for n in (32, 0, 5)][:1 + len(label) % 3]
        f.add(label, "hash", "ok", label=label, part=parts, **({"key": key} if key else {}), digest=H(label, *parts, key=key))
    f.add("no parts", "hash", "ok", label="kith1.bundle-key", key=bytes(32), digest=H("kith1.bundle-key", key=bytes(32)))
    seed, group = source.take(32), source.take(32)
    for label in ("event", "join", "invite-use", "device-link", "recovery"):
        message = source.take(192)
        f.add(f"signed as {label}", "sign", "ok", seed=seed, pk=ed_keys(seed)[2], label=label, group=group, message=message,
              signature=ed_sign(seed, b"KITH1SIG" + label.encode().ljust(16, b"\0") + group + message))
    base = dict(from_="signed as event")
    for label in ("join", "invite-use", "device-link", "recovery"):
        f.add(f"an event taken for {label}", "sign", "unauthentic", **base, label=label)
    f.add("another group's", "sign", "unauthentic", **base, group=source.take(32))
    f.add("a flipped bit in a signature", "sign", "unauthentic", **base, flip="signature 63 10")
    f.add("a flipped bit in what is signed", "sign", "unauthentic", **base, flip="message 0 01")
    f.write()


def events():
    source = Source("events")
    seed, other_seed, dh_pk, group = source.take(32), source.take(32), x_pub(source.take(32)), source.take(32)
    pk = ed_keys(seed)[2]
    device = H("kith1.device-id", pk, dh_pk)
    f = File("event", "Events: their bytes, ids, links and signatures, the place they take in a log, and ids made of hashes.")

    def add(name, event_kind, seq, prev, day, body=b"", bind=None, length=None, lamport=1, retention=0):
        digest = source.take(32)
        wire = event_wire(seed, event_kind, group, device, seq, prev, day, body, digest, lamport, bind, length, retention)
        f.add(name, "event", "ok", seed=seed, pk=pk, wire=wire, id=event_id(wire), link=link_of(wire),
              event_kind=event_kind, retention=retention, group=group, device=device, seq=seq, prev=prev, day=day,
              length=len(body) if length is None else length, bind=H("kith1.body", body) if bind is None else bind,
              ctl_digest=digest, lamport=lamport)
        return wire

    genesis = add("a control event at the beginning of a log", CTL, 0, group, 20700, source.take(90))
    item_pk, smallest = ed_keys(source.take(32))[2], 64 + 8 * 48 + 4096 + 16 + 64
    envelope = add("an envelope", ENV, 1, link_of(genesis), 20701, bind=item_pk, length=smallest, lamport=2)
    add("the largest envelope", ENV, 2, link_of(envelope), 20701, bind=item_pk, length=64 + 128 * 48 + 262144 + 16 + 64)
    tomb = b"".join(sorted(source.take(32) for _ in range(3)))
    add("a tombstone of three", TOMB, 2, link_of(envelope), 20702, tomb + b"\0", lamport=2**63 - 1, retention=7)
    add("a device record without a body", DEV, 2**63 - 1, source.take(32), 2**32 - 1)

    base = dict(from_="a control event at the beginning of a log")
    for name, offset in (("retention class", 7), ("group", 8), ("device", 40), ("seq", 72), ("previous link", 80), ("day", 112),
                         ("control digest", 152), ("lamport", 184), ("signature's first half", 192),
                         ("signature's second half", 230)):
        f.add(f"a flipped bit in the {name}", "event", "unauthentic", **base, flip=f"wire {offset} 01")
    for name, offset in (("hash of the body", 120), ("body", 256), ("last byte of the body", 256 + 89)):
        f.add(f"a flipped bit in the {name}", "event", "unauthentic", **base, flip=f"wire {offset} 80")
    f.add("another device's key", "event", "unauthentic", **base, pk=ed_keys(other_seed)[2])
    f.add("a key of small order", "event", "unauthentic", **base, pk=bytes(32))
    signature = genesis[192:256]
    twice = signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
    f.add("the other form of one signature", "event", "unauthentic", **base, wire=genesis[:192] + twice + genesis[256:])
    f.add("a flipped bit in the magic", "event", "malformed", **base, flip="wire 0 01")
    f.add("no kind", "event", "malformed", **base, flip="wire 5 01")
    f.add("another suite", "event", "unsupported", **base, flip="wire 4 03")
    f.add("a kind of a newer kith", "event", "unsupported", **base, flip="wire 5 04")
    f.add("a flag of a newer kith", "event", "unsupported", **base, flip="wire 6 01")
    f.add("a seq of 2^63", "event", "malformed", **base, flip="wire 79 80")
    f.add("a lamport of 2^63", "event", "malformed", **base, flip="wire 191 80")
    f.add("another size than the body's", "event", "malformed", **base, flip="wire 116 01")
    f.add("one byte missing", "event", "malformed", **base, cut=f"wire {len(genesis) - 1}")
    f.add("shorter than a header", "event", "malformed", **base, cut="wire 255")
    f.add("nothing", "event", "malformed", **base, cut="wire 0")
    f.add("one byte too many", "event", "malformed", **base, wire=genesis + b"\0")

    def made(name, expect, event_kind, body=b"", **how):
        f.add(name, "event", expect, **base,
              wire=event_wire(seed, event_kind, group, device, 1, source.take(32), 20700, body, bytes(32), 1, **how))
    made("a tombstone of nothing", "malformed", TOMB, b"\0")
    made("a tombstone without a reason", "malformed", TOMB, tomb)
    made("a tombstone out of order", "malformed", TOMB, tomb[32:64] + tomb[:32] + b"\0")
    made("a tombstone that repeats itself", "malformed", TOMB, tomb[:32] * 2 + b"\0")
    made("a tombstone of 257", "malformed", TOMB, b"".join(struct.pack(">Q", i) + bytes(24) for i in range(257)) + b"\0")
    made("an envelope with its payload inside", "malformed", ENV, bytes(smallest), bind=item_pk)
    for name, length in (("of no slots", smallest - 8 * 48), ("of nine slots", smallest + 48), ("of no bucket", smallest + 1),
                         ("above the largest", 64 + 136 * 48 + 262144 + 16 + 64)):
        made(f"an envelope {name}", "malformed", ENV, bind=item_pk, length=length)

    # `head_*`: where the log stands (none: it is empty). `today`: the reader's day.
    first = dict(pk=pk, wire=genesis, today=20700)
    f.add("the first event of a log", "follow", "ok", **first)
    f.add("the second event of a log", "follow", "ok", **dict(first, wire=envelope), head_seq=0, head_link=link_of(genesis),
          head_day=20700, head_events=1)
    base = dict(from_="the second event of a log")
    f.add("the same event again", "follow", "refused", **base, head_seq=1)
    f.add("the second without the first", "follow", "not_found", **dict(first, wire=envelope))
    f.add("a gap", "follow", "not_found", **base, wire=event_wire(seed, DEV, group, device, 2, link_of(genesis), 20701, b"",
                                                                   bytes(32), 1))
    f.add("the link of another event", "follow", "unauthentic", **base, head_link=link_of(envelope))
    f.add("the id instead of the link", "follow", "unauthentic", **base, head_link=event_id(genesis))
    resigned = genesis[:192] + ed_sign(other_seed, genesis[:192]) + genesis[256:]
    f.add("the same event under another signature before it", "follow", "unauthentic", **base, head_link=link_of(resigned))
    f.add("a first event that does not name its group", "follow", "unauthentic", **dict(
        first, wire=event_wire(seed, CTL, group, device, 0, bytes(32), 20700, b"", bytes(32), 1)))
    f.add("a day before the last one", "follow", "malformed", **base, head_day=20702)
    f.add("two days ahead", "follow", "ok", **base, today=20699)
    f.add("three days ahead", "follow", "waiting", **base, today=20698)
    f.add("the two hundredth event of a day", "follow", "ok", **base, head_day=20701, head_events=199)
    f.add("the next one", "follow", "too_large", **base, head_day=20701, head_events=200)
    f.add("the first of the next day", "follow", "ok", **base, head_events=200)

    f.add("a device id", "device_id", "ok", sign_pk=pk, dh_pk=dh_pk, device=device)
    f.add("a device id of swapped keys", "device_id", "other bytes", sign_pk=dh_pk, dh_pk=pk, device=device)
    f.add("a group id", "group_id", "ok", body=genesis[256:], group=H("kith1.group-id", genesis[256:]))
    f.add("a group id of another genesis", "group_id", "other bytes", from_="a group id", flip="body 0 01")
    f.add("a member id", "member_id", "ok", event=event_id(genesis), sign_pk=pk,
          member=H("kith1.member-id", event_id(genesis), pk))
    f.add("a member id of another enrolment", "member_id", "other bytes", from_="a member id", flip="event 31 01")
    heads = [source.take(32) for _ in range(3)]
    digest = H("kith1.ctl-digest", b"".join(sorted(heads)))
    f.add("control heads in any order", "ctl_digest", "ok", head=sorted(heads)[::-1], digest=digest)
    f.add("no control heads", "ctl_digest", "ok", digest=H("kith1.ctl-digest", b""))
    f.add("a control head missing", "ctl_digest", "other bytes", head=heads[:2], digest=digest)
    f.write()


LABELS = ["kith1." + name for name in (
    "group-id device-id event-id link body ctl-digest state item-sign body-key body-dig payload variant slot-key sas "
    "sas-commit inv-sign door-srv door-cli beacon-key beacon-tag bundle-key bundle-com backup agreement head-rec act "
    "member-id bundle-id wrap-jour wrap-mail word-sum "
    "consent ledger import data-path").split()]


def key_files():
    source = Source("key files")
    journal, mail, salt = source.take(32), source.take(32), source.take(16)
    nonces, passphrase = (source.take(24), source.take(24)), "drei kleine Möwen".encode()
    good = key_file(journal, mail, passphrase, salt, nonces)
    f = File("key_file", "Key files: what opens, what is damage, what is a wrong passphrase, what is too dear.")
    f.add("opens", "key_file", "ok", passphrase=passphrase, random=salt + nonces[0] + nonces[1], journal=journal, mail=mail, file=good)
    base = dict(from_="opens")
    f.add("the wrong passphrase", "key_file", "wrong_passphrase", **base, passphrase=b"drei kleine Moewen")
    f.add("no passphrase", "key_file", "wrong_passphrase", **base, passphrase=b"")
    for name, offset in (("magic", 0), ("version", 4), ("algorithm", 5), ("memory", 9), ("passes", 12), ("salt", 16),
                         ("first nonce", 32), ("journal key", 60), ("first tag", 103), ("mail key", 130),
                         ("second tag", 175), ("closing hash", 176), ("last byte", 207)):
        f.add(f"damaged in the {name}", "key_file", "damaged", **base, flip=f"file {offset} 10")
    for size in (0, 4, 37, 38, 176, 207):
        f.add(f"cut to {size} bytes", "key_file", "damaged", **base, cut=f"file {size}")
    f.add("one byte too many", "key_file", "damaged", **base, file=good + b"\0")
    odd = lambda **how: key_file(journal, mail, passphrase, salt, nonces, pay=False, **how)
    f.add("a newer version", "key_file", "unsupported", **base, file=odd(version=2))
    f.add("a newer algorithm", "key_file", "unsupported", **base, file=odd(algorithm=2))
    f.add("a newer and longer file", "key_file", "unsupported", **base, file=closed(odd(version=3) + bytes(9)))
    f.add("memory above the ceiling", "key_file", "unsupported", **base, file=odd(memory=262145))
    f.add("64 GiB of memory", "key_file", "unsupported", **base, file=odd(memory=67108864))
    f.add("memory below the floor", "key_file", "unsupported", **base, file=odd(memory=65535))
    f.add("passes above the ceiling", "key_file", "unsupported", **base, file=odd(passes=11))
    f.add("all passes there are", "key_file", "unsupported", **base, file=odd(passes=2**32 - 1))
    f.add("passes below the floor", "key_file", "unsupported", **base, file=odd(passes=2))
    swapped = good[:32] + good[104:176] + good[32:104]
    f.add("the two keys swapped", "key_file", "wrong_passphrase", **base, file=closed(swapped))
    f.write()


def words_and_codes():
    source = Source("words")
    f = File("words", "Recovery words, words to compare, the circle phrase.")
    for name, seed in (("zeros", bytes(32)), ("ones", b"\xff" * 32), ("some seed", source.take(32))):
        f.add(f"24 words of {name}", "seed_words", "ok", seed=seed, words=seed_words(seed))
    some = seed_words(seed).split()
    base = dict(from_="24 words of some seed", kind="seed_words")
    f.add("four letters of each, in capitals", expect="ok", **base, words=" ".join(w[:4].upper() for w in some))
    f.add("one word short", expect="malformed", **base, words=" ".join(some[1:]))
    f.add("one word more", expect="malformed", **base, words=" ".join(some + some[:1]))
    f.add("two words swapped", expect="malformed", **base, words=" ".join([some[1], some[0]] + some[2:]))
    f.add("a word of no list", expect="malformed", **base, words=" ".join(["zzzz"] + some[1:]))
    f.add("three letters are too few", expect="malformed", **base, words=" ".join([some[0][:3]] + some[1:]))
    for i in range(3):
        digest = source.take(32)
        f.add(f"words to compare {i + 1}", "sas", "ok", sas=digest, words=words_of(digest, 4))
    state, group = source.take(32), source.take(32)
    for name, s, g in (("one group", state, group), ("another state", source.take(32), group), ("another group", state, source.take(32))):
        f.add(f"circle phrase of {name}", "phrase", "ok", state=s, group=g,
              words=words_of(argon2id(s, g[:16], 262144, 3), 6))
    f.write()

    f = File("code", "Typed codes (bech32m, BIP 350).")
    data = source.take(97)
    good = code(data)
    f.add("a code", "code", "ok", bytes=data, typed=good)
    base = dict(from_="a code", kind="code")
    f.add("without dashes", expect="ok", **base, typed=good.replace("-", ""))
    f.add("in capitals with spaces", expect="ok", **base, typed=good.upper().replace("-", " "))
    f.add("no bytes", "code", "ok", bytes=b"", typed=code(b""))
    f.add("three hundred bytes", "code", "ok", bytes=bytes(range(250)) + bytes(50), typed=code(bytes(range(250)) + bytes(50)))
    f.add("one letter wrong", expect="malformed", **base, typed=good[:22] + ("q" if good[22] != "q" else "p") + good[23:])
    f.add("one letter missing", expect="malformed", **base, typed=good[:22] + good[23:])
    f.add("two letters swapped", expect="malformed", **base, typed=good[:22] + good[23] + good[22] + good[24:])
    f.add("half of it", expect="malformed", **base, typed=good[:len(good) // 2])
    f.add("nothing", expect="malformed", **base, typed="-")
    f.add("another prefix", expect="malformed", **base, typed=code(data, prefix="kin"))
    f.add("the checksum of BIP 173", expect="malformed", **base, typed=code(data, constant=1))
    f.write()


envelopes()
hashes_and_signatures()
events()
key_files()
words_and_codes()

"""Puts subscribers on the roster of a workspace's database."""
import json
import sqlite3

MASK = (1 << 64) - 1


def stable_id(name):
    """The number that the program gives to a name (Sources/Store/StableID.swift): SipHash-2-4, cut to 63 bits."""
    k0, k1 = 0x72657475726E6D69, 0x6C6C2073746F7265
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turn(x, bits):
        return ((x << bits) | (x >> (64 - bits))) & MASK

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = turn(v[1], 13) ^ v[0]
            v[0] = turn(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = turn(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = turn(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = turn(v[1], 17) ^ v[2]
            v[2] = turn(v[2], 32)

    data = name.encode()
    whole = len(data) // 8 * 8
    words = [int.from_bytes(data[at:at + 8], "little") for at in range(0, whole, 8)]
    words.append(int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56)
    for word in words:
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return (v[0] ^ v[1] ^ v[2] ^ v[3]) >> 1


def fill(database, subscribers):
    """Adds (address, list, fields) to the roster."""
    with sqlite3.connect(database) as connection:
        for address, name, fields in subscribers:
            key = address.lower()
            text = json.dumps(fields, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
            connection.execute("INSERT OR IGNORE INTO roster VALUES (?, ?, ?, ?, ?)",
                               (stable_id(key), key, address, key, text))
            connection.execute("INSERT OR IGNORE INTO memberships VALUES (?, ?)", (name, stable_id(key)))

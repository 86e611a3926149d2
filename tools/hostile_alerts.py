"""Sends a TLS 1.3 alert of any number under the keys of a real handshake, which no library does for its caller.

Python's ssl shakes hands and logs the server's secret. One record is sealed with it here (RFC 8446, 5.2 and 7.3) by
AES-256-GCM (FIPS 197, NIST SP 800-38D), for Python has no AES. For tests only: slow, and open to timing.
"""
import hashlib
import hmac
import struct

HASH = hashlib.sha384  # of TLS_AES_256_GCM_SHA384, which both ends put first


def doubled(byte):
    return (byte << 1) ^ (0x11B if byte & 0x80 else 0)


def make_sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= doubled(p)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        value = q
        for turn in range(1, 5):
            value ^= (q << turn | q >> (8 - turn)) & 0xFF
        box[p] = value ^ 0x63
        if p == 1:
            box[0] = 0x63
            return bytes(box)


SBOX = make_sbox()


def expand(key):
    words, factor = [key[n:n + 4] for n in range(0, 32, 4)], 1
    while len(words) < 60:
        word = words[-1]
        if len(words) % 8 == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ factor]) + word[1:]
            factor = doubled(factor)
        elif len(words) % 8 == 4:
            word = bytes(SBOX[b] for b in word)
        words.append(bytes(a ^ b for a, b in zip(words[-8], word)))
    return [b"".join(words[n:n + 4]) for n in range(0, 60, 4)]


def mixed(column):
    return [doubled(column[n]) ^ doubled(column[(n + 1) % 4]) ^ column[(n + 1) % 4] ^ column[(n + 2) % 4]
            ^ column[(n + 3) % 4] for n in range(4)]


def encrypt(keys, block):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for number, key in enumerate(keys[1:], 1):
        state = [SBOX[state[(n + 4 * (n % 4)) % 16]] for n in range(16)]
        if number < 14:
            state = [byte for n in range(0, 16, 4) for byte in mixed(state[n:n + 4])]
        state = [a ^ b for a, b in zip(state, key)]
    return bytes(state)


def ghash(subkey, data):
    key, total = int.from_bytes(subkey, "big"), 0
    for at in range(0, len(data), 16):
        total ^= int.from_bytes(data[at:at + 16], "big")
        product, factor = 0, key
        for bit in range(127, -1, -1):
            if total >> bit & 1:
                product ^= factor
            factor = factor >> 1 ^ (0xE1 << 120 if factor & 1 else 0)
        total = product
    return total.to_bytes(16, "big")


def seal(key, nonce, plain, header):
    """AES-256-GCM of less than a block."""
    keys = expand(key)
    hidden = bytes(a ^ b for a, b in zip(plain, encrypt(keys, nonce + struct.pack(">I", 2))))
    padded = [text + bytes(-len(text) % 16) for text in (header, hidden)]
    digest = ghash(encrypt(keys, bytes(16)), b"".join(padded) + struct.pack(">QQ", len(header) * 8, len(hidden) * 8))
    return hidden + bytes(a ^ b for a, b in zip(digest, encrypt(keys, nonce + struct.pack(">I", 1))))


def derived(secret, label, length):
    """HKDF-Expand-Label without a context (RFC 8446, 7.1), of at most one block."""
    label = b"tls13 " + label
    info = struct.pack(">HB", length, len(label)) + label + b"\0\x01"
    return hmac.new(secret, info, HASH).digest()[:length]


def server_secret(log):
    """Of what the server sends after the handshake, out of the text of a key log."""
    label = "SERVER_TRAFFIC_SECRET_0 "
    return next((bytes.fromhex(line.split()[2]) for line in log.splitlines() if line.startswith(label)), None)


def first_record(secret, number, level=2):
    """An alert as the first record that the server sends under its application keys."""
    plain = bytes([level, number, 21])
    header = struct.pack(">BHH", 23, 0x0303, len(plain) + 16)
    return header + seal(derived(secret, b"key", 32), derived(secret, b"iv", 12), plain, header)

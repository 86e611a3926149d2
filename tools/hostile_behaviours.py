"""The servers that misbehave, by name: what a client of the real world may meet, and some that it may not.

Each with the codes that are a sensible answer; "" is the answer that nothing can be told.
"""
import os
import struct

from hostile_servers import (
    DATA, HANDSHAKE, OPENSSL, after_flight, after_handshake, alert, answers, asks_for, common_name, drip, drips,
    keeps_saying, message, over_tls, pours, pours_answer, record, reset, says, server_hello, wait)

ALERTS = [0, 10, 20, 21, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 86, 90, 100, 109, 110,
          111, 112, 113, 114, 115, 116, 120, 255]

GOOD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = GOOD + b"Transfer-Encoding: chunked\r\n\r\n"
NOT_TLS = {"tls-to-plaintext-port"}
CUT = {"connection-reset", "handshake-timeout"}
LATE = {"handshake-timeout", "connection-timeout"}
AFTER = {"client-cert-missing", "upstream-timeout", "client-cert-revoked", "gateway-ocsp-unreachable"}
# What may be said of a server that makes no sense: of the network and of time, and nothing about anybody's certificate.
NO_SENSE = {"", "protocol-version-unsupported", "certificate-message-too-large"} | NOT_TLS | CUT | LATE
OPEN = {"", "client-auth-not-enforced", "upstream-timeout"} | CUT | LATE

# What an alert alone may be taken for; of the others nothing can be told.
ANY_STAGE = {44: {"client-cert-revoked"}, 45: {"client-cert-expired", "gateway-crl-expired"},
             48: {"client-cert-untrusted-issuer"}, 49: {"client-identity-not-authorised"}, 51: {"client-proof-invalid"},
             70: {"protocol-version-unsupported"}, 71: {"no-shared-cipher"}, 112: {"sni-unknown"},
             120: {"alpn-mismatch"}}
BEFORE_A_CERTIFICATE = ANY_STAGE | {0: CUT, 40: {"no-shared-cipher"}, 80: {"", "sni-unknown"},
                                    116: {"client-cert-missing"}}
AFTER_A_CERTIFICATE = ANY_STAGE | {0: CUT | {""}, 114: {"client-identity-not-authorised"}}

ALL = {
    "silence": (says(first_hear=False), LATE),
    "silence after ClientHello": (says(), LATE),
    "closes at once": (says(then=None, first_hear=False), CUT),
    "closes after ClientHello": (says(then=None), CUT),
    "resets at once": (says(then=reset, first_hear=False), CUT),
    "resets after ClientHello": (says(then=reset), CUT),
    "SSH": (says(b"SSH-2.0-OpenSSH_9.2\r\n", first_hear=False), NOT_TLS),
    "SMTP": (says(b"220 mail.test ESMTP\r\n", first_hear=False), NOT_TLS),
    "FTP": (says(b"220 ftp.test\r\n", first_hear=False), NOT_TLS),
    "POP3": (says(b"+OK ready\r\n", first_hear=False), NOT_TLS),
    "MySQL": (says(b"\x4a\0\0\0\x0a8.0.36\0" + bytes(60), first_hear=False), NOT_TLS),
    "HTTP": (says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), NOT_TLS),
    "HTTP/2 settings": (says(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"), NOT_TLS),
    "SSLv2": (says(b"\x80\x2e\x04\0\x01\0\x02"), NOT_TLS),
    "random bytes without end": (pours(bytes([7]) + os.urandom(65535)), NOT_TLS),
    "random bytes, then an end": (says(bytes([200]) + os.urandom(511), then=None), NOT_TLS),
    "zeros without end": (pours(bytes(65536)), NOT_TLS),
    "text a byte at a time": (drips(b"hello " * 1000), NOT_TLS),
    "records a byte at a time": (drips(record(HANDSHAKE, server_hello()) * 40), NO_SENSE),
    "record of 65535 bytes": (says(struct.pack(">BHH", HANDSHAKE, 0x0303, 65535) + bytes(65535)), NO_SENSE),
    "empty records without end": (pours(record(HANDSHAKE, b"") * 1000), NO_SENSE),
    "empty data records without end": (pours(record(DATA, b"") * 1000), NO_SENSE),
    "HelloRequest without end": (pours(record(HANDSHAKE, message(0, b"")) * 500), NO_SENSE),
    "tickets without end": (pours(record(HANDSHAKE, message(4, bytes(200))) * 50, record(HANDSHAKE, server_hello())), NO_SENSE),
    "ChangeCipherSpec without end": (pours(record(20, b"\x01") * 1000), NO_SENSE),
    "warnings without end": (pours(alert(90, 1) * 1000), NO_SENSE),
    "heartbeats": (says(record(24, bytes(32))), NO_SENSE),
    "record of no known type": (says(record(99, bytes(32))), NOT_TLS),
    "data before the handshake": (says(record(DATA, b"HTTP/1.1 200 OK\r\n\r\n")), NO_SENSE),
    "half a record": (says(record(HANDSHAKE, server_hello())[:20]), LATE),
    "half a record, then an end": (says(record(HANDSHAKE, server_hello())[:20], then=None), CUT),
    "ServerHello of the wrong length": (says(record(HANDSHAKE, message(2, bytes(10)))), NO_SENSE),
    "ServerHello that promises 16 MiB": (says(record(HANDSHAKE, message(2, bytes(100), 0xFFFFFF))), NO_SENSE),
    "ServerHello of an unknown version": (says(record(HANDSHAKE, server_hello(0x0305))), {"protocol-version-unsupported"}),
    "ServerHello of SSL 3": (says(record(HANDSHAKE, server_hello(0x0300))), {"protocol-version-unsupported"}),
    "ServerHello with an unknown cipher": (says(record(HANDSHAKE, server_hello(cipher=0x9999))), NO_SENSE),
    "ServerHello, then silence": (says(record(HANDSHAKE, server_hello())), LATE),
    "ServerHello, then an end": (says(record(HANDSHAKE, server_hello()), then=None), CUT),
    "ServerHello, then a reset": (says(record(HANDSHAKE, server_hello()), then=reset), CUT),
    "ServerHello without end": (pours(record(HANDSHAKE, server_hello()) * 100), NO_SENSE),
    "certificates of 5 MB": (pours(record(HANDSHAKE, bytes(16000)), record(HANDSHAKE, server_hello()) + record(
        HANDSHAKE, message(11, bytes(9000), 5 << 20))), {"certificate-message-too-large"}),
    "no certificate": (says(record(HANDSHAKE, server_hello() + message(11, bytes(3)))), NO_SENSE),
    "a certificate that is none": (says(record(HANDSHAKE, server_hello() + message(
        11, (403).to_bytes(3, "big") + (400).to_bytes(3, "big") + os.urandom(400)))), NO_SENSE),
    "certificate request of 600 kB": (pours(record(HANDSHAKE, bytes(16000)), record(HANDSHAKE, server_hello()) + record(
        HANDSHAKE, message(13, bytes(9000), 10000 * 60))), NO_SENSE),
    "10,000 CA names": (asks_for([b"\x30\0"] * 10000), AFTER | CUT | {""}),
    "64 kB of CA names": (asks_for([common_name(b"Authority %04d" % n) for n in range(2200)]), AFTER | CUT | {""}),
    "a CA name that is none": (asks_for([b"\x30\x05abc"]), NO_SENSE),
    "close_notify at once": (says(alert(0, 1), then=None), CUT),
    "flight a byte at a time": (after_flight(slowly=True), LATE | CUT),
    "silence after the flight": (after_flight(), LATE | AFTER),
    "end after the flight": (after_flight(then=None), CUT | AFTER),
    "reset after the flight": (after_flight(then=reset), CUT | AFTER),
    "noise after the flight": (after_flight(record(HANDSHAKE, os.urandom(200))), NO_SENSE),
    "second flight without end": (after_flight(record(HANDSHAKE, message(14, b"")) * 5000), NO_SENSE),
    "no answer": (over_tls(wait, client_certificate=False), OPEN),
    "end instead of an answer": (over_tls(lambda tls: None, client_certificate=False), OPEN),
    "reset instead of an answer": (over_tls(reset, client_certificate=False), OPEN),
    "200 tickets": (over_tls(answers(GOOD + b"\r\n", None), client_certificate=False, tickets=200),
                    {"client-auth-not-enforced"}),
    "header without end": (over_tls(pours_answer(b"X-More: " + b"x" * 8000 + b"\r\n", GOOD), client_certificate=False), OPEN),
    "header line without end": (over_tls(pours_answer(b"x" * 65536, GOOD + b"X-More: "), client_certificate=False), OPEN),
    "body without end": (over_tls(pours_answer(b"x" * 65536, GOOD + b"\r\n"), client_certificate=False), OPEN),
    "chunks without end": (over_tls(pours_answer(b"1\r\nx\r\n" * 10000, CHUNKED), client_certificate=False), OPEN),
    "chunk of a bad size": (over_tls(answers(CHUNKED + b"zzz\r\n"), client_certificate=False), OPEN),
    "chunk of 2^64 bytes": (over_tls(answers(CHUNKED + b"ffffffffffffffff\r\nx"), client_certificate=False), OPEN),
    "negative length": (over_tls(answers(GOOD + b"Content-Length: -1\r\n\r\n"), client_certificate=False), OPEN),
    "status 100 without end": (over_tls(pours_answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), client_certificate=False), OPEN),
    "status 999": (over_tls(answers(b"HTTP/1.1 999 What\r\n\r\n", None), client_certificate=False), OPEN),
    "no HTTP inside": (over_tls(answers(b"\0\1\2\3" * 50), client_certificate=False), OPEN),
    "HTTP/2 inside": (over_tls(answers(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"), client_certificate=False), OPEN),
    "answer a byte at a time": (over_tls(lambda tls: drip(tls, GOOD + b"X: y\r\n" * 400), client_certificate=False), OPEN),
    "control characters": (over_tls(answers(b"HTTP/1.1 400 \x1b[31m\x07\r\n\r\n\x1b]0;x\x07", None)), NO_SENSE),
}
if OPENSSL:
    ALL["renegotiation without end"] = (keeps_saying(b"R\n", "-tls1_2"), OPEN | AFTER)
    ALL["new keys without end"] = (keeps_saying(b"K\n", "-tls1_3"), OPEN | AFTER)
for number in ALERTS:
    early, late = (by_stage.get(number, {""}) for by_stage in (BEFORE_A_CERTIFICATE, AFTER_A_CERTIFICATE))
    ALL[f"alert {number} after ClientHello"] = (says(alert(number), then=None), early)
    ALL[f"alert {number} after ServerHello"] = (says(record(HANDSHAKE, server_hello()), alert(number), then=None), early)
    ALL[f"alert {number} after the flight"] = (after_flight(alert(number), then=None), late)
    ALL[f"alert {number} after the handshake"] = (after_handshake(number), late)

"""Servers that misbehave, one function each: what a client of the real world may meet, and some that it may not.

Each takes an accepted socket and the files of a minted PKI. `BEHAVIOURS` names them, with the codes that are a sensible
answer; an empty set: the program may say that it cannot tell.
"""
import os
import socket
import ssl
import struct

PATIENCE_S = 4
ENDLESS = 64 << 20  # bytes: more than any limit of a client

ALERT, HANDSHAKE, DATA = 21, 22, 23
ALERTS = [0, 10, 20, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 86, 90, 100, 109, 110, 111,
          112, 113, 114, 115, 116, 120, 255]


def record(kind, body, version=0x0303):
    return struct.pack(">BHH", kind, version, len(body)) + body


def message(kind, body, length=None):
    return bytes([kind]) + (len(body) if length is None else length).to_bytes(3, "big") + body


def alert(number, level=2):
    return record(ALERT, bytes([level, number]))


def server_hello(version=0x0303, cipher=0xC02B, extensions=b"\xff\x01\0\x01\0"):
    tail = struct.pack(">H", len(extensions)) + extensions if extensions else b""
    return message(2, struct.pack(">H", version) + os.urandom(32) + b"\0" + struct.pack(">HB", cipher, 0) + tail)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hear(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def wait(connection):
    while hear(connection):
        pass


def pour(connection, piece, most=ENDLESS):
    sent = 0
    while sent < most:
        connection.sendall(piece)
        sent += len(piece)


def drip(connection, data):
    """A byte at a time, as slowly as the client lets it: it ends the connection."""
    connection.settimeout(0.02)
    for number in range(len(data)):
        connection.sendall(data[number:number + 1])
        try:
            if not connection.recv(4096):
                return
        except socket.timeout:
            pass


def says(*pieces, then=wait, first_hear=True):
    """Hears the ClientHello, says something, and then waits, resets or closes."""
    def serve(connection, _):
        if first_hear:
            hear(connection)
        for piece in pieces:
            connection.sendall(piece)
        if then:
            then(connection)
    return serve


def pours(piece, before=b""):
    def serve(connection, _):
        hear(connection)
        connection.sendall(before)
        pour(connection, piece)
    return serve


def drips(data):
    def serve(connection, _):
        hear(connection)
        drip(connection, data)
    return serve


def context_of(pki, version=None, client_certificate=True, tickets=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "credentials/server/chain.crt", pki / "credentials/server/key.pem")
    if client_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki / "authorities/root.crt")
    if version:
        context.minimum_version = context.maximum_version = version
    if tickets is not None:
        context.num_tickets = tickets
    return context


def after_flight(*pieces, then=wait, slowly=False):
    """Sends the true first flight of TLS 1.2, up to ServerHelloDone, and then misbehaves."""
    def serve(connection, pki):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context_of(pki, ssl.TLSVersion.TLSv1_2).wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(hear(connection))
        try:
            tls.do_handshake()
        except ssl.SSLError:
            pass
        if slowly:
            return drip(connection, outgoing.read())
        connection.sendall(outgoing.read())
        hear(connection)
        for piece in pieces:
            connection.sendall(piece)
        if then:
            then(connection)
        return None
    return serve


def over_tls(act, **options):
    """Shakes hands as it should, hears the request, and then misbehaves."""
    def serve(connection, pki):
        with context_of(pki, **options).wrap_socket(connection, server_side=True) as tls:
            tls.settimeout(PATIENCE_S)
            hear(tls)
            act(tls)
    return serve


def answers(data, then=wait):
    def act(tls):
        tls.sendall(data)
        if then:
            then(tls)
    return act


def pours_answer(piece, before=b""):
    def act(tls):
        tls.sendall(before)
        pour(tls, piece)
    return act


GOOD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = GOOD + b"Transfer-Encoding: chunked\r\n\r\n"
NOT_TLS = {"tls-to-plaintext-port"}
CUT = {"connection-reset", "handshake-timeout"}
LATE = {"handshake-timeout", "connection-timeout"}
AFTER = {"client-cert-missing", "upstream-timeout", "client-cert-revoked", "gateway-ocsp-unreachable"}

BEHAVIOURS = {
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
    "records a byte at a time": (drips(record(HANDSHAKE, server_hello()) * 40), set()),
    "record of 65535 bytes": (says(struct.pack(">BHH", HANDSHAKE, 0x0303, 65535) + bytes(65535)), set()),
    "empty records without end": (pours(record(HANDSHAKE, b"") * 1000), set()),
    "empty data records without end": (pours(record(DATA, b"") * 1000), set()),
    "HelloRequest without end": (pours(record(HANDSHAKE, message(0, b"")) * 500), set()),
    "tickets without end": (pours(record(HANDSHAKE, message(4, bytes(200))) * 50, record(HANDSHAKE, server_hello())), set()),
    "ChangeCipherSpec without end": (pours(record(20, b"\x01") * 1000), set()),
    "warnings without end": (pours(alert(90, 1) * 1000), set()),
    "heartbeats": (says(record(24, bytes(32))), set()),
    "record of no known type": (says(record(99, bytes(32))), NOT_TLS),
    "data before the handshake": (says(record(DATA, b"HTTP/1.1 200 OK\r\n\r\n")), set()),
    "half a record": (says(record(HANDSHAKE, server_hello())[:20]), LATE),
    "half a record, then an end": (says(record(HANDSHAKE, server_hello())[:20], then=None), CUT),
    "ServerHello of the wrong length": (says(record(HANDSHAKE, message(2, bytes(10)))), set()),
    "ServerHello that promises 16 MiB": (says(record(HANDSHAKE, message(2, bytes(100), 0xFFFFFF))), set()),
    "ServerHello of an unknown version": (says(record(HANDSHAKE, server_hello(0x0305))), {"protocol-version-unsupported"}),
    "ServerHello of SSL 3": (says(record(HANDSHAKE, server_hello(0x0300))), {"protocol-version-unsupported"}),
    "ServerHello with an unknown cipher": (says(record(HANDSHAKE, server_hello(cipher=0x9999))), set()),
    "ServerHello, then silence": (says(record(HANDSHAKE, server_hello())), LATE),
    "ServerHello, then an end": (says(record(HANDSHAKE, server_hello()), then=None), CUT),
    "ServerHello, then a reset": (says(record(HANDSHAKE, server_hello()), then=reset), CUT),
    "ServerHello without end": (pours(record(HANDSHAKE, server_hello()) * 100), set()),
    "certificates of 5 MB": (pours(record(HANDSHAKE, bytes(16000)), record(HANDSHAKE, server_hello()) + record(
        HANDSHAKE, message(11, bytes(9000), 5 << 20))), {"certificate-message-too-large"}),
    "no certificate": (says(record(HANDSHAKE, server_hello() + message(11, bytes(3)))), set()),
    "a certificate that is none": (says(record(HANDSHAKE, server_hello() + message(
        11, (403).to_bytes(3, "big") + (400).to_bytes(3, "big") + os.urandom(400)))), set()),
    "10,000 CA names": (pours(record(HANDSHAKE, bytes(16000)), record(HANDSHAKE, server_hello()) + record(
        HANDSHAKE, message(13, bytes(9000), 10000 * 60))), set()),
    "close_notify at once": (says(alert(0, 1), then=None), CUT),
    "flight a byte at a time": (after_flight(slowly=True), LATE | CUT),
    "silence after the flight": (after_flight(), LATE | AFTER),
    "end after the flight": (after_flight(then=None), CUT | AFTER),
    "reset after the flight": (after_flight(then=reset), CUT | AFTER),
    "noise after the flight": (after_flight(record(HANDSHAKE, os.urandom(200))), set()),
    "second flight without end": (after_flight(record(HANDSHAKE, message(14, b"")) * 5000), set()),
    "no answer": (over_tls(wait, client_certificate=False), set()),
    "end instead of an answer": (over_tls(lambda tls: None, client_certificate=False), set()),
    "reset instead of an answer": (over_tls(reset, client_certificate=False), set()),
    "200 tickets": (over_tls(answers(GOOD + b"\r\n", None), client_certificate=False, tickets=200),
                    {"client-auth-not-enforced"}),
    "header without end": (over_tls(pours_answer(b"X-More: " + b"x" * 8000 + b"\r\n", GOOD), client_certificate=False), set()),
    "header line without end": (over_tls(pours_answer(b"x" * 65536, GOOD + b"X-More: "), client_certificate=False), set()),
    "body without end": (over_tls(pours_answer(b"x" * 65536, GOOD + b"\r\n"), client_certificate=False), set()),
    "chunks without end": (over_tls(pours_answer(b"1\r\nx\r\n" * 10000, CHUNKED), client_certificate=False), set()),
    "chunk of a bad size": (over_tls(answers(CHUNKED + b"zzz\r\n"), client_certificate=False), set()),
    "chunk of 2^64 bytes": (over_tls(answers(CHUNKED + b"ffffffffffffffff\r\nx"), client_certificate=False), set()),
    "negative length": (over_tls(answers(GOOD + b"Content-Length: -1\r\n\r\n"), client_certificate=False), set()),
    "status 100 without end": (over_tls(pours_answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), client_certificate=False), set()),
    "status 999": (over_tls(answers(b"HTTP/1.1 999 What\r\n\r\n", None), client_certificate=False), set()),
    "no HTTP inside": (over_tls(answers(b"\0\1\2\3" * 50), client_certificate=False), set()),
    "HTTP/2 inside": (over_tls(answers(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"), client_certificate=False), set()),
    "answer a byte at a time": (over_tls(lambda tls: drip(tls, GOOD + b"X: y\r\n" * 400), client_certificate=False), set()),
    "control characters": (over_tls(answers(b"HTTP/1.1 400 \x1b[31m\x07\r\n\r\n\x1b]0;x\x07", None)), set()),
}
for number in ALERTS:
    BEHAVIOURS[f"alert {number} after ClientHello"] = (says(alert(number), then=None), set())
    BEHAVIOURS[f"alert {number} after the flight"] = (after_flight(alert(number), then=None), set())

"""What servers that misbehave are made of: functions that give functions of an accepted socket and a minted PKI."""
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading

import hostile_alerts

PATIENCE_S = 4
ENDLESS = 64 << 20  # bytes: more than any limit of a client

ALERT, HANDSHAKE, DATA = 21, 22, 23
OPENSSL = shutil.which("openssl")


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


def after_handshake(number):
    """Shakes hands in TLS 1.3, hears the client's certificate and Finished, and says an alert."""
    def serve(connection, pki):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = context_of(pki, ssl.TLSVersion.TLSv1_3, tickets=0)
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "secrets"
            context.keylog_filename = str(log)
            incoming.write(hear(connection))
            try:
                context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
            except ssl.SSLError:
                pass
            connection.sendall(outgoing.read())
            hear(connection)
            secret = hostile_alerts.server_secret(log.read_text("ascii")) if log.exists() else None
        if secret:  # else the client speaks no TLS 1.3
            connection.sendall(hostile_alerts.first_record(secret, number))
    return serve


def in_records(data):
    return b"".join(record(HANDSHAKE, data[at:at + 16384]) for at in range(0, len(data), 16384))


def counted(data, size):
    return len(data).to_bytes(size, "big") + data


def asks_for(names):
    """The whole flight of TLS 1.2 without a signed key exchange, and a request with these DER names of authorities."""
    def serve(connection, pki):
        hear(connection)
        blocks = (pki / "credentials/server-rsa/chain.crt").read_text("ascii").split("-----END CERTIFICATE-----")[:-1]
        chain = b"".join(counted(ssl.PEM_cert_to_DER_cert(block.strip() + "\n-----END CERTIFICATE-----"), 3)
                         for block in blocks)
        issuers = b"".join(counted(one, 2) for one in names)
        asked = b"\x02\x01\x40" + counted(b"\x04\x01\x04\x03", 2) + counted(issuers, 2)
        connection.sendall(in_records(server_hello(cipher=0x9C) + message(11, counted(chain, 3)) + message(13, asked)
                                      + message(14, b"")))
        hear(connection)
    return serve


def common_name(text):
    """A distinguished name in DER with nothing but this in it."""
    value = b"\x06\x03\x55\x04\x03\x0c" + counted(text, 1)
    return b"\x30" + counted(b"\x31" + counted(b"\x30" + counted(value, 1), 1), 1)


def pass_on(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def drain(stream, word, heard):
    for line in stream:
        if word in line:
            heard.set()


def keeps_saying(command, *options):
    """A real s_server that is told the same by its terminal again and again: it renegotiates, or updates its keys."""
    def serve(connection, pki):
        with tempfile.TemporaryDirectory() as folder:
            path, files = f"{folder}/socket", pki / "credentials/server"
            child = subprocess.Popen(
                [OPENSSL, "s_server", "-unix", path, "-cert", files / "chain.crt", "-cert_chain", files / "chain.crt",
                 "-key", files / "key.pem", "-verify", "3", "-CAfile", pki / "authorities/root.crt", *options],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            try:
                while b"ACCEPT" not in child.stdout.readline():
                    pass
                shaken = threading.Event()
                threading.Thread(target=drain, args=(child.stdout, b"CIPHER is", shaken), daemon=True).start()
                behind = socket.socket(socket.AF_UNIX)
                behind.connect(path)
                there = threading.Thread(target=pass_on, args=(connection, behind), daemon=True)
                there.start()
                threading.Thread(target=pass_on, args=(behind, connection), daemon=True).start()
                while there.is_alive():
                    if shaken.is_set():  # before that, it would break off by itself
                        child.stdin.write(command)
                        child.stdin.flush()
                    there.join(0.002)
            finally:
                child.kill()
                child.communicate()
    return serve

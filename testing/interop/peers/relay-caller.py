#!/usr/bin/env python3
"""A TURN client for one call, by the standard library alone.

relay-caller.py SERVER PORT USER PASSWORD

Prints "ready RELAYED MAPPED LOCAL", each as ADDRESS:PORT. Then reads lines from standard input and
answers each with one line:
  direct ADDRESS:PORT...  sends there without the relay; "direct yes" when the other client was heard
  relay ADDRESS:PORT      sends there through the relay; "relay yes" when the other client was heard
"""
import hashlib
import hmac
import os
import select
import socket
import struct
import sys
import time

COOKIE = 0x2112A442
USERNAME, INTEGRITY, PEER, DATA, REALM, NONCE = 0x6, 0x8, 0x12, 0x13, 0x14, 0x15
RELAYED, TRANSPORT, MAPPED = 0x16, 0x19, 0x20
ALLOCATE, SEND, PERMISSION = 0x3, 0x16, 0x8
server = (sys.argv[1], int(sys.argv[2]))
user, password = sys.argv[3].encode(), sys.argv[4].encode()
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("", 0))
realm = nonce = b""
direct_heard = False
relay_heard = False


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def message(kind, attributes, key=None):
    transaction = os.urandom(12)
    length = len(attributes) + (24 if key else 0)
    whole = struct.pack("!HHI", kind, length, COOKIE) + transaction + attributes
    if key:
        whole += attribute(INTEGRITY, hmac.new(key, whole, hashlib.sha1).digest())
    return whole


def parse(data):
    found, at = {}, 20
    while at + 4 <= len(data):
        kind, length = struct.unpack("!HH", data[at : at + 4])
        found.setdefault(kind, data[at + 4 : at + 4 + length])
        at += 4 + (length + 3) // 4 * 4
    return struct.unpack("!H", data[:2])[0], found


def unmask(value):
    port = struct.unpack("!H", value[2:4])[0] ^ 0x2112
    return socket.inet_ntoa(struct.pack("!I", struct.unpack("!I", value[4:8])[0] ^ COOKIE)), port


def mask(address):
    ip = struct.unpack("!I", socket.inet_aton(address[0]))[0] ^ COOKIE
    return struct.pack("!BBHI", 0, 1, address[1] ^ 0x2112, ip)


def receive(seconds):
    global direct_heard, relay_heard
    if not select.select([sock], [], [], seconds)[0]:
        return None
    data, source = sock.recvfrom(2048)
    if data == b"direct":
        direct_heard = True
        return None
    kind, found = parse(data)
    if source == server and kind == 0x17 and found.get(DATA) == b"relayed":
        relay_heard = True
        return None
    return kind, found


def ask(kind, attributes):
    global realm, nonce
    for _ in range(8):
        key, credentials = None, b""
        if realm:
            key = hashlib.md5(user + b":" + realm + b":" + password).digest()
            credentials = attribute(USERNAME, user) + attribute(REALM, realm) + attribute(NONCE, nonce)
        sock.sendto(message(kind, attributes + credentials, key), server)
        answer = receive(1)
        if answer is None:
            continue
        if answer[0] == kind | 0x100:
            return answer[1]
        realm, nonce = answer[1].get(REALM, b""), answer[1].get(NONCE, b"")
    sys.exit("no success for request %#x" % kind)


def address(text):
    host, port = text.split(":")
    return host, int(port)


def text(pair):
    return "%s:%d" % pair


allocation = ask(ALLOCATE, attribute(TRANSPORT, b"\x11\0\0\0"))
probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
probe.connect(server)
local = (probe.getsockname()[0], sock.getsockname()[1])
print("ready", text(unmask(allocation[RELAYED])), text(unmask(allocation[MAPPED])), text(local), flush=True)
for line in sys.stdin:
    command, *peers = line.split()
    end = time.time() + (2 if command == "direct" else 8)
    if command == "relay":
        ask(PERMISSION, attribute(PEER, mask(address(peers[0]))))
    # Goes on for a moment after it has heard something, so that the other one hears it too.
    while time.time() < end:
        for peer in peers:
            if command == "direct":
                try:
                    sock.sendto(b"direct", address(peer))
                except OSError:
                    pass
            else:
                sock.sendto(message(SEND, attribute(PEER, mask(address(peer))) + attribute(DATA, b"relayed")), server)
        receive(0.1)
        if command == "relay" and relay_heard:
            end = min(end, time.time() + 1)
    heard = direct_heard if command == "direct" else relay_heard
    print(command, "yes" if heard else "no", flush=True)

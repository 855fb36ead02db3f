"""Asks a TURN server for peers that it must refuse and sends what the RFCs forbid (RFC 8489, RFC 8656).

usage: relay-peer-rules.py HOST PORT USER PASSWORD [OWN]

OWN is the IPv6 address that the server relays from, when it is one of those asked for here: clients may have it as a peer,
for the sake of other allocations, but not by ports that are not relayed.

Prints one JSON object per check, with the verdict "ok" or "BAD", and a summary. Exit status 1 when something is BAD.
Over UDP, with nothing but the standard library.
"""
import hashlib
import hmac
import ipaddress
import json
import os
import socket
import struct
import sys

HOST, PORT, USER, PASSWORD = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode(), sys.argv[4].encode()
OWN = sys.argv[5] if len(sys.argv) > 5 else None
COOKIE = bytes.fromhex("2112a442")

BINDING, ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND = 1, 3, 4, 8, 9
USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, CHANNEL_NUMBER, LIFETIME = 0x06, 0x08, 0x09, 0x0C, 0x0D
XOR_PEER_ADDRESS, REALM, NONCE, XOR_RELAYED_ADDRESS = 0x12, 0x14, 0x15, 0x16
REQUESTED_ADDRESS_FAMILY, REQUESTED_TRANSPORT, RESERVATION_TOKEN = 0x17, 0x19, 0x22
ADDITIONAL_ADDRESS_FAMILY, FINGERPRINT = 0x8000, 0x8028

# Loopback, "this network", link-local with the metadata services of clouds, multicast, reserved.
HOSTILE_V4 = ["127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1", "240.0.0.1",
              "169.254.169.254", "169.254.1.1", "100.100.100.200"]
# Private, shared, benchmarking, documentation.
INTERNAL_V4 = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.9"]
# The same in disguise (mapped, compatible, NAT64, 6to4, Teredo), and what IPv6 has of its own.
HOSTILE_V6 = ["::1", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:169.254.169.254", "::ffff:8.8.8.8",
              "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:1:2:3:4:80ff:fffe",
              "fe80::1", "fc00::1", "fec0::1", "ff02::1"]

failures = 0


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


def peer(address, port=9):
    """XOR-PEER-ADDRESS, once the transaction is known."""
    packed = ipaddress.ip_address(address).packed
    family = 1 if len(packed) == 4 else 2

    def make(transaction):
        mask = COOKIE + transaction
        return attribute(XOR_PEER_ADDRESS, struct.pack(">BBH", 0, family, port ^ 0x2112)
                         + bytes(a ^ b for a, b in zip(packed, mask)))
    return make


def channel(number):
    return attribute(CHANNEL_NUMBER, struct.pack(">HH", number, 0))


def parse(message):
    """The type and the first attribute of each kind."""
    attributes = {}
    at = 20
    while at + 4 <= len(message):
        kind, length = struct.unpack(">HH", message[at:at + 4])
        attributes.setdefault(kind, message[at + 4:at + 4 + length])
        at += 4 + length + (-length % 4)
    return struct.unpack(">H", message[:2])[0], attributes


class Client:
    """A 5-tuple of its own."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET6 if ":" in HOST else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((HOST, PORT))
        self.socket.settimeout(2)
        self.realm = self.nonce = None

    def exchange(self, packet):
        self.socket.send(packet)
        try:
            return self.socket.recv(65535)
        except OSError:
            return None

    def message(self, method, attributes, signed=True, transaction=None, tail=b"", forged=False):
        transaction = transaction or os.urandom(12)
        body = b"".join(part(transaction) if callable(part) else part for part in attributes)
        if signed and self.nonce:
            body += attribute(USERNAME, USER) + attribute(REALM, self.realm) + attribute(NONCE, self.nonce)
            key = hashlib.md5(USER + b":" + self.realm + b":" + PASSWORD).digest()
            head = struct.pack(">HH", method, len(body) + 24) + COOKIE + transaction
            right = hmac.new(key, head + body, hashlib.sha1).digest()
            body += attribute(MESSAGE_INTEGRITY, bytes(20) if forged else right)
        body += tail
        return struct.pack(">HH", method, len(body)) + COOKIE + transaction + body

    def ask(self, method, attributes, **how):
        """The error code, or "ok", or None without an answer; and the attributes of the answer."""
        code, answered = None, {}
        for _ in range(3):
            answer = self.exchange(self.message(method, attributes, **how))
            if answer is None:
                return None, {}
            kind, answered = parse(answer)
            error = answered.get(ERROR_CODE)
            code = error[2] % 8 * 100 + error[3] if kind & 0x110 == 0x110 else "ok"
            is_challenge = code == 438 or code == 401 and self.nonce is None
            if is_challenge and NONCE in answered and not how.get("forged"):
                self.realm, self.nonce = answered.get(REALM, self.realm), answered[NONCE]
            else:
                break
        return code, answered


def check(name, got, *wanted):
    global failures
    is_right = got in wanted
    failures += not is_right
    print(json.dumps({"case": name, "got": got, "want": wanted, "verdict": "ok" if is_right else "BAD"}), flush=True)


UDP = attribute(REQUESTED_TRANSPORT, b"\x11\0\0\0")
V6 = attribute(REQUESTED_ADDRESS_FAMILY, b"\2\0\0\0")


def allocated(*extra):
    client = Client()
    code, _ = client.ask(ALLOCATE, [UDP, *extra])
    check("allocate", code, "ok")
    if code != "ok":
        sys.exit(1)
    return client


def forbidden_peers():
    client = allocated()
    for number, address in enumerate(HOSTILE_V4 + INTERNAL_V4):
        check("permission " + address, client.ask(CREATE_PERMISSION, [peer(address)])[0], 403)
        check("channel " + address, client.ask(CHANNEL_BIND, [channel(0x4100 + number), peer(address)])[0], 403)
    for address in HOSTILE_V6:
        check("IPv6 peer of an IPv4 allocation " + address,
              client.ask(CREATE_PERMISSION, [peer(address)])[0], 443, 403)
    check("one forbidden peer among others",
          client.ask(CREATE_PERMISSION, [peer("8.8.8.8"), peer("127.0.0.1"), peer("8.8.4.4")])[0], 403)
    client = allocated(V6)
    for number, address in enumerate(HOSTILE_V6):
        wanted = ("ok",) if address == OWN else (403, 443)
        check("IPv6 permission " + address, client.ask(CREATE_PERMISSION, [peer(address)])[0], *wanted)
        check("IPv6 channel " + address,
              client.ask(CHANNEL_BIND, [channel(0x4100 + number), peer(address)])[0], 403, 443)
    check("IPv4 peer of an IPv6 allocation", client.ask(CREATE_PERMISSION, [peer("8.8.8.8")])[0], 443)
    client.ask(REFRESH, [attribute(LIFETIME, bytes(4))])


def channels():
    client = allocated()
    one, other = peer("8.8.8.8", 53), peer("8.8.4.4", 53)
    check("no peer", client.ask(CREATE_PERMISSION, [])[0], 400)
    for number in (0x0000, 0x3FFF, 0x5000, 0x7FFF, 0xFFFF):
        check("channel %#06x" % number, client.ask(CHANNEL_BIND, [channel(number), other])[0], 400)
    check("channel without number", client.ask(CHANNEL_BIND, [other])[0], 400)
    check("channel without peer", client.ask(CHANNEL_BIND, [channel(0x4001)])[0], 400)
    check("channel 0x4001", client.ask(CHANNEL_BIND, [channel(0x4001), one])[0], "ok")
    check("its number for another peer", client.ask(CHANNEL_BIND, [channel(0x4001), other])[0], 400)
    check("its peer by another number", client.ask(CHANNEL_BIND, [channel(0x4002), one])[0], 400)
    check("the same pair again", client.ask(CHANNEL_BIND, [channel(0x4001), one])[0], "ok")


def integrity():
    client = allocated()
    one = peer("8.8.8.8", 53)
    check("second allocation of a 5-tuple", client.ask(ALLOCATE, [UDP])[0], 437)
    check("unknown attribute that must be understood",
          client.ask(CREATE_PERMISSION, [one, attribute(0x7ABC, b"")])[0], 420)
    check("wrong integrity", client.ask(CREATE_PERMISSION, [one], forged=True)[0], 401)
    code, attributes = client.ask(REFRESH, [attribute(LIFETIME, struct.pack(">I", 600))],
                                  tail=attribute(LIFETIME, bytes(4)))
    granted = struct.unpack(">I", attributes[LIFETIME])[0] if LIFETIME in attributes else code
    check("what stands behind the integrity does not count", granted, 600)
    check("and the allocation lives on", client.ask(CREATE_PERMISSION, [one])[0], "ok")
    lifetime = attribute(LIFETIME, struct.pack(">I", 600))
    check("refresh without allocation", Client().ask(REFRESH, [lifetime])[0], 437)
    # Too short for a challenge of three times its length; told at once.
    check("refresh without anything", Client().ask(REFRESH, [], signed=False)[0], 437)


def allocations():
    client = Client()
    client.ask(ALLOCATE, [UDP], signed=False)
    request = client.message(ALLOCATE, [UDP], transaction=os.urandom(12))
    first, second = client.exchange(request), client.exchange(request)
    check("an allocation asked for twice is the same", first is not None and first == second
          and parse(first)[0] == 0x103, True)
    for name, attributes, wanted in (
            ("no transport", [], (400,)),
            ("transport 99", [attribute(REQUESTED_TRANSPORT, b"\x63\0\0\0")], (442,)),
            ("family 7", [UDP, attribute(REQUESTED_ADDRESS_FAMILY, b"\7\0\0\0")], (440, 400)),
            ("both family attributes", [UDP, attribute(REQUESTED_ADDRESS_FAMILY, b"\1\0\0\0"),
                                        attribute(ADDITIONAL_ADDRESS_FAMILY, b"\2\0\0\0")], (400,)),
            ("unknown reservation", [UDP, attribute(RESERVATION_TOKEN, b"12345678")], (508,))):
        stranger = Client()
        # A nonce first: what lacks a transport is refused before it is challenged.
        stranger.ask(ALLOCATE, [UDP], signed=False)
        check(name, stranger.ask(ALLOCATE, attributes)[0], *wanted)


def amplification():
    for name, request in (("challenge", Client().message(ALLOCATE, [UDP], signed=False)),
                          ("binding", Client().message(BINDING, [], signed=False))):
        answer = Client().exchange(request) or b""
        check("the answer is at most three times as long: " + name, 0 < len(answer) <= 3 * len(request), True)


def malformed():
    header = COOKIE + bytes(12)
    for name, packet in (
            ("short", b"\0\1"),
            ("wrong cookie", b"\0\1\0\0" + bytes(16)),
            ("odd length", b"\0\1\0\3" + COOKIE + bytes(15)),
            ("attribute that ends behind the message", b"\0\1\0\4" + header + b"\x80\x22\0\xff"),
            ("length that is not true", b"\0\1\0\x20" + header),
            ("wrong fingerprint", b"\0\1\0\x08" + header + attribute(FINGERPRINT, b"\1\2\3\4"))):
        client = Client()
        client.socket.settimeout(.3)
        answer = client.exchange(packet)
        check("silence for " + name, "silent" if answer is None else "%04x" % parse(answer)[0], "silent")


forbidden_peers()
channels()
integrity()
allocations()
amplification()
malformed()
print(json.dumps({"summary": True, "failures": failures}))
sys.exit(failures > 0)

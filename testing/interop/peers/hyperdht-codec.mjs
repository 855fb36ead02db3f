// The messages of dht-rpc and HyperDHT, written from their layout. It deliberately uses neither dht-rpc nor hyperdht, so that what it
// finds is true of the bytes. Numbers are little endian; a "uint" is one byte up to 0xfc, else 0xfd, 0xfe or 0xff and 2, 4 or 8 bytes.
import sodium from 'sodium-universal'

export const REQUEST = 0x03
export const RESPONSE = 0x13
export const INTERNAL = { PING: 0, PING_NAT: 1, FIND_NODE: 2, DOWN_HINT: 3, DELAYED_PING: 4 }
export const COMMAND = {
  PEER_HANDSHAKE: 0,
  PEER_HOLEPUNCH: 1,
  FIND_PEER: 2,
  LOOKUP: 3,
  ANNOUNCE: 4,
  UNANNOUNCE: 5,
  MUTABLE_PUT: 6,
  MUTABLE_GET: 7,
  IMMUTABLE_PUT: 8,
  IMMUTABLE_GET: 9,
  PLUGIN: 10
}

export function hash (...parts) {
  const digest = Buffer.alloc(32)
  sodium.crypto_generichash(digest, Buffer.concat(parts))
  return digest
}

export function keyPair (seed) {
  const publicKey = Buffer.alloc(32)
  const secretKey = Buffer.alloc(64)
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed)
  return { publicKey, secretKey }
}

export function sign (message, secretKey) {
  const signature = Buffer.alloc(64)
  sodium.crypto_sign_detached(signature, message, secretKey)
  return signature
}

export const verify = (signature, message, publicKey) => sodium.crypto_sign_verify_detached(signature, message, publicKey)

export class Writer {
  #parts = []

  raw (bytes) {
    this.#parts.push(Buffer.from(bytes))
    return this
  }

  u8 (n) { return this.raw([n & 0xff]) }
  u16 (n) { return this.raw([n & 0xff, n >>> 8]) }

  u32 (n) {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(n)
    return this.raw(bytes)
  }

  uint (n) {
    if (n <= 0xfc) return this.u8(n)
    if (n <= 0xffff) return this.u8(0xfd).u16(n)
    if (n <= 0xffffffff) return this.u8(0xfe).u32(n)
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(n))
    return this.u8(0xff).raw(bytes)
  }

  address ({ host, port }) { return this.raw(host.split('.').map(Number)).u16(port) }

  addresses (list) {
    this.uint(list.length)
    for (const address of list) this.address(address)
    return this
  }

  buffer (bytes) { return this.uint(bytes.length).raw(bytes) }
  done () { return Buffer.concat(this.#parts) }
}

export class Reader {
  #bytes
  #at = 0

  constructor (bytes) { this.#bytes = bytes }

  get left () { return this.#bytes.length - this.#at }

  raw (count) {
    if (this.left < count) throw new Error('the message is too short')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  u8 () { return this.raw(1)[0] }
  u16 () { return this.raw(2).readUInt16LE(0) }

  uint () {
    const first = this.u8()
    if (first <= 0xfc) return first
    if (first === 0xfd) return this.u16()
    if (first === 0xfe) return this.raw(4).readUInt32LE(0)
    return Number(this.raw(8).readBigUInt64LE(0))
  }

  address () { return { host: Array.from(this.raw(4)).join('.'), port: this.u16() } }
  addresses () { return Array.from({ length: this.uint() }, () => this.address()) }
  buffer () { return this.raw(this.uint()) }
}

// ---- packets ----

export function encodeRequest ({ tid, to, id, token, internal, command, target, value }) {
  const w = new Writer().u8(REQUEST)
  w.u8((id ? 1 : 0) | (token ? 2 : 0) | (internal ? 4 : 0) | (target ? 8 : 0) | (value ? 16 : 0))
  w.u16(tid).address(to)
  if (id) w.raw(id)
  if (token) w.raw(token)
  w.uint(command)
  if (target) w.raw(target)
  if (value) w.buffer(value)
  return w.done()
}

export function encodePong ({ tid, to, id }) {
  return new Writer().u8(RESPONSE).u8(1).u16(tid).address(to).raw(id).done()
}

export function decode (bytes) {
  const r = new Reader(bytes)
  const first = r.u8()
  if (first !== REQUEST && first !== RESPONSE) throw new Error('not a packet of the DHT: 0x' + first.toString(16))
  const flags = r.uint()
  const m = { isRequest: first === REQUEST, tid: r.u16(), to: r.address(), id: null, token: null }
  if (flags & 1) m.id = r.raw(32)
  if (flags & 2) m.token = r.raw(32)
  if (m.isRequest) {
    m.internal = (flags & 4) !== 0
    m.command = r.uint()
    m.target = flags & 8 ? r.raw(32) : null
  } else {
    m.closerNodes = flags & 4 ? r.addresses() : null
    m.error = flags & 8 ? r.uint() : 0
  }
  m.value = flags & 16 ? r.buffer() : null
  m.trailing = r.left
  return m
}

export const nodeId = (host, port) => hash(new Writer().address({ host, port }).done())
export const namespace = command => hash(hash(Buffer.from('hyperswarm/dht')), Buffer.from([command]))

// ---- records ----

export const encodePeer = ({ publicKey, relayAddresses }) => new Writer().raw(publicKey).addresses(relayAddresses).done()
export const readPeer = r => ({ publicKey: r.raw(32), relayAddresses: r.addresses() })

export function encodeAnnounce ({ peer, refresh, signature, bump }) {
  const w = new Writer().u8((peer ? 1 : 0) | (refresh ? 2 : 0) | (signature ? 4 : 0) | (bump ? 8 : 0))
  if (peer) w.raw(encodePeer(peer))
  if (refresh) w.raw(refresh)
  if (signature) w.raw(signature)
  if (bump) w.uint(bump)
  return w.done()
}

export function announceSignable (space, target, storingNode, token, peer, refresh) {
  return Buffer.concat([space, hash(target, storingNode, token, encodePeer(peer), refresh ?? Buffer.alloc(0))])
}

export function decodeLookupReply (bytes) {
  const r = new Reader(bytes)
  const peers = Array.from({ length: r.uint() }, () => readPeer(r))
  return { peers, bump: r.left ? r.uint() : 0 }
}

export const mutableSignable = (seq, value) =>
  Buffer.concat([namespace(COMMAND.MUTABLE_PUT), hash(new Writer().uint(seq).buffer(value).done())])

export const encodeMutablePut = ({ publicKey, seq, value, signature }) =>
  new Writer().raw(publicKey).uint(seq).buffer(value).raw(signature).done()

export function decodeMutableReply (bytes) {
  const r = new Reader(bytes)
  return { seq: r.uint(), value: r.buffer(), signature: r.raw(64) }
}

// ---- what passes between two peers through nodes ----

export const MODE = { FROM_CLIENT: 0, FROM_SERVER: 1, FROM_RELAY: 2, FROM_SECOND_RELAY: 3, REPLY: 4 }

export function encodeHandshake ({ mode, noise, peerAddress, relayAddress }) {
  const w = new Writer().u8((peerAddress ? 1 : 0) | (relayAddress ? 2 : 0)).uint(mode).buffer(noise)
  if (peerAddress) w.address(peerAddress)
  if (relayAddress) w.address(relayAddress)
  return w.done()
}

export function decodeHandshake (bytes) {
  const r = new Reader(bytes)
  const flags = r.uint()
  const m = { mode: r.uint(), noise: r.buffer(), peerAddress: null, relayAddress: null }
  if (flags & 1) m.peerAddress = r.address()
  if (flags & 2) m.relayAddress = r.address()
  return m
}

export function encodeHolepunch ({ mode, id, payload, peerAddress }) {
  const w = new Writer().u8(peerAddress ? 1 : 0).uint(mode).uint(id).buffer(payload)
  if (peerAddress) w.address(peerAddress)
  return w.done()
}

export function decodeHolepunch (bytes) {
  const r = new Reader(bytes)
  const flags = r.uint()
  return { mode: r.uint(), id: r.uint(), payload: r.buffer(), peerAddress: flags & 1 ? r.address() : null }
}

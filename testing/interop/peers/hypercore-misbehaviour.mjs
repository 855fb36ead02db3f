// Malice for hypercore-peer.mjs: changes what a npm replicator sends, without touching what it stores.
//
// Applies to connections made after the call. Each kind names the lie; `after` (default 0) is the number of honest data messages
// that come first, so that a lie can also hit a peer that trusts this one already.
import { randomBytes } from 'node:crypto'

const SYNC = 0; const REQUEST = 1; const CANCEL = 2; const DATA = 3; const NO_DATA = 4; const WANT = 5; const BITFIELD = 7; const RANGE = 8; const EXTENSION = 9
const LARGEST = Number.MAX_SAFE_INTEGER

function flipped (bytes, at = 0) {
  const copy = Buffer.from(bytes)
  if (copy.length > 0) copy[at % copy.length] ^= 1
  return copy
}

const withNode = (nodes, change) => nodes.map((node, i) => i === 0 ? { ...node, ...change(node) } : node)

function inFirstList (data, change) {
  for (const part of ['block', 'hash', 'seek', 'upgrade']) {
    if (data[part]?.nodes?.length) return { ...data, [part]: { ...data[part], nodes: change(data[part].nodes) } }
  }
  return data
}

// Answers that are not true: what to send in place of a data message; null sends nothing.
const lies = {
  'block': d => d.block ? { ...d, block: { ...d.block, value: flipped(d.block.value, 7) } } : d,
  'short-block': d => d.block ? { ...d, block: { ...d.block, value: d.block.value.subarray(1) } } : d,
  'block-index': d => d.block ? { ...d, block: { ...d.block, index: d.block.index + 1 } } : d,
  'far-block-index': d => d.block ? { ...d, block: { ...d.block, index: 2 ** 50 } } : d,
  'node-hash': d => inFirstList(d, nodes => withNode(nodes, node => ({ hash: flipped(node.hash) }))),
  'node-size': d => inFirstList(d, nodes => withNode(nodes, node => ({ size: node.size + 1 }))),
  'huge-node-size': d => inFirstList(d, nodes => withNode(nodes, () => ({ size: LARGEST }))),
  'node-index': d => inFirstList(d, nodes => withNode(nodes, node => ({ index: node.index + 2 }))),
  'missing-node': d => inFirstList(d, nodes => nodes.slice(1)),
  'extra-nodes': d => inFirstList(d, nodes => nodes.concat(Array.from({ length: 3000 }, () => nodes[0]))),
  'signature': d => d.upgrade ? { ...d, upgrade: { ...d.upgrade, signature: flipped(d.upgrade.signature, 20) } } : d,
  'short-signature': d => d.upgrade ? { ...d, upgrade: { ...d.upgrade, signature: Buffer.alloc(3) } } : d,
  'no-signature': d => d.upgrade ? { ...d, upgrade: { ...d.upgrade, signature: null } } : d,
  'long-upgrade': d => d.upgrade ? { ...d, upgrade: { ...d.upgrade, length: d.upgrade.length + 1 } } : d,
  'far-upgrade': d => d.upgrade ? { ...d, upgrade: { ...d.upgrade, length: 2 ** 52 } } : d,
  'fork': d => ({ ...d, fork: d.fork + 1 }),
  'unknown-request': d => ({ ...d, request: d.request + 100000 }),
  'silence': () => null
}

// Messages nobody asked for, sent as soon as the channel is open.
const floods = {
  // Asks for the first block over and over without ever reading slowly enough to be slowed down.
  'requests' (messages, peer, count) {
    for (let i = 1; i <= count; i++) messages[REQUEST].send({ id: i, fork: peer.core.state.fork, block: { index: 0, nodes: 0 }, hash: null, seek: null, upgrade: null, manifest: false, priority: 0 })
  },
  'impossible-requests' (messages, peer, count) {
    for (let i = 1; i <= count; i++) messages[REQUEST].send({ id: i, fork: peer.core.state.fork, block: { index: i % 2 ? 0 : 2 ** 51, nodes: 60 }, hash: null, seek: null, upgrade: i % 3 ? null : { start: 5, length: 2 ** 51 }, manifest: false, priority: 0 })
  },
  'cancels' (messages, peer, count) { for (let i = 1; i <= count; i++) messages[CANCEL].send({ request: i }) },
  'wants' (messages, peer, count) {
    for (let i = 0; i < count; i++) messages[WANT].send({ start: i * 32, length: 32, any: false })
    messages[WANT].send({ start: 3, length: LARGEST - 3, any: false })
  },
  'ranges' (messages, peer, count) {
    for (let i = 0; i < count; i++) messages[RANGE].send({ drop: i % 2 === 1, start: i * 2 ** 30, length: LARGEST - i * 2 ** 30 })
  },
  'far-bitfields' (messages, peer, count) {
    for (let i = 0; i < count; i++) messages[BITFIELD].send({ start: i * 2 ** 30, bitfield: new Uint32Array(4).fill(0xffffffff) })
  },
  'pushes' (messages, peer, count) {
    for (let i = 0; i < count; i++) messages[DATA].send({ request: i % 2 ? 0 : 1e6 + i, fork: peer.core.state.fork, block: { index: i, value: randomBytes(1000), nodes: [] }, hash: null, seek: null, upgrade: null, manifest: null })
  },
  'no-data' (messages, peer, count) { for (let i = 0; i < count; i++) messages[NO_DATA].send({ request: i, reason: 2 }) },
  'extensions' (messages, peer, count) { for (let i = 0; i < count; i++) messages[EXTENSION].send({ name: 'name-' + i, message: randomBytes(100) }) },
  'syncs' (messages, peer, count) {
    for (let i = 0; i < count; i++) messages[SYNC].send({ fork: i, length: 2 ** 50 + i, remoteLength: i, canUpgrade: true, uploading: true, downloading: true, hasManifest: true, allowPush: true })
  },
  // Protomux: frames that say nothing valid.
  'garbage' (messages, peer) { peer.stream.write(Buffer.concat([Buffer.from([peer.channel._localId, DATA]), Buffer.alloc(500, 0xff)])) },
  'huge-count' (messages, peer) { // a data message whose list of nodes claims a million entries
    peer.stream.write(Buffer.concat([Buffer.from([peer.channel._localId, DATA, 1, 1, 0, 0, 1, 65]), Buffer.from([0xfe, 0, 0, 0x10, 0])]))
  },
  'far-channel' (messages, peer) { peer.stream.write(Buffer.concat([Buffer.from([0, 1, 0xfe, 0, 0, 0, 0x40, 3]), Buffer.from('abc'), Buffer.from([0])])) },
  'opens' (messages, peer, count) { // channels that nobody knows
    const protocol = Buffer.from('hypercore/alpha')
    for (let i = 0; i < count; i++) peer.stream.write(Buffer.concat([Buffer.from([0, 1, 0xfd, (i + 10) & 255, (i + 10) >> 8, protocol.length]), protocol, Buffer.from([32]), randomBytes(32), randomBytes(33)]))
  },
  'big-frame' (messages, peer, count) { for (let i = 0; i < count; i++) peer.stream.write(Buffer.concat([Buffer.from([200, 3]), Buffer.alloc(16000000)])) }
}

// Lies about oneself in sync messages.
const boasts = {
  'long': s => ({ ...s, length: 2 ** 50, canUpgrade: true }),
  'fork': s => ({ ...s, fork: s.fork + 7 })
}

export function misbehave (session, { lie, flood, boast, capability, after = 0, count = 100000 }) {
  const replicator = session.core.replicator
  const makePeer = replicator._makePeer
  let honest = after
  replicator._makePeer = function (protomux) {
    let channel = null
    protomux.createChannel = function (o) {
      channel = Object.getPrototypeOf(protomux).createChannel.call(protomux, o)
      if (channel && capability) {
        const open = channel.open
        channel.open = handshake => open.call(channel, { ...handshake, capability: flipped(handshake.capability) })
      }
      return channel
    }
    const made = makePeer.call(replicator, protomux)
    delete protomux.createChannel
    if (channel === null) return made
    const { messages } = channel
    if (lie) {
      const send = messages[DATA].send
      messages[DATA].send = data => {
        const message = honest-- > 0 ? data : lies[lie](data)
        return message === null ? true : send.call(messages[DATA], message)
      }
    }
    if (boast) {
      const send = messages[SYNC].send
      messages[SYNC].send = sync => send.call(messages[SYNC], boasts[boast](sync))
    }
    if (flood) {
      const peer = channel.userData
      const onopen = peer.onopen
      peer.onopen = function (handshake) { onopen.call(peer, handshake); floods[flood](messages, peer, count) }
    }
    return made
  }
}

export const KINDS = { lies: Object.keys(lies), floods: Object.keys(floods), boasts: Object.keys(boasts) }

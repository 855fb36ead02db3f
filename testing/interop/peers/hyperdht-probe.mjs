// Checks a node byte by byte: speaks UDP with a codec of its own and needs no hyperdht.
//   node hyperdht-probe.mjs HOST:PORT [--slow]
// The node must be persistent and fresh. --slow adds the life time of tokens, 17 seconds.
import crypto from 'node:crypto'
import dgram from 'node:dgram'
import { parseArgs } from 'node:util'
import * as codec from './hyperdht-codec.mjs'
import { COMMAND, INTERNAL, MODE } from './hyperdht-codec.mjs'
import { Steps, address, check, sleep } from './hyperdht-steps.mjs'

const { values: options, positionals } = parseArgs({ options: { slow: { type: 'boolean', default: false } }, allowPositionals: true })
const node = address(positionals[0])
const nodeId = codec.nodeId(node.host, node.port)
const random = crypto.randomBytes

// How long silence must last to be silence.
const SILENCE_MS = 150

let lastTid = 1000

class Socket {
  #udp = dgram.createSocket('udp4')
  #arrived = []
  #waiting = []

  static async open () {
    const socket = new Socket()
    await new Promise(resolve => socket.#udp.bind(0, '127.0.0.1', resolve))
    socket.port = socket.#udp.address().port
    socket.id = codec.nodeId('127.0.0.1', socket.port)
    socket.#udp.on('message', (bytes, from) => socket.#receive(bytes, from))
    return socket
  }

  #receive (bytes, from) {
    const packet = { bytes, from, message: null }
    try { packet.message = codec.decode(bytes) } catch {}
    const index = this.#waiting.findIndex(waiter => waiter.matches(packet))
    if (index < 0) this.#arrived.push(packet)
    else this.#waiting.splice(index, 1)[0].resolve(packet)
  }

  send (bytes, to = node) { this.#udp.send(bytes, to.port, to.host) }

  // The first packet that matches, or null.
  wait (matches, ms = 700) {
    const index = this.#arrived.findIndex(matches)
    if (index >= 0) return Promise.resolve(this.#arrived.splice(index, 1)[0])
    return new Promise(resolve => {
      const waiter = { matches, resolve }
      this.#waiting.push(waiter)
      setTimeout(() => {
        const at = this.#waiting.indexOf(waiter)
        if (at >= 0) this.#waiting.splice(at, 1)
        resolve(null)
      }, ms)
    })
  }

  // A request of a relayed exchange.
  waitRequest (tid, ms) { return this.wait(({ message }) => message?.isRequest && message.tid === tid, ms) }

  // The response to a request, or null.
  async ask (request, ms) {
    const tid = lastTid = (lastTid + 1) & 0xffff
    this.send(codec.encodeRequest({ tid, to: node, ...request }))
    const packet = await this.wait(({ message }) => message && !message.isRequest && message.tid === tid, ms)
    return packet && { ...packet.message, from: packet.from, bytes: packet.bytes }
  }

  async expectSilence (request, why) { check(await this.ask(request, SILENCE_MS) === null, 'there was an answer to ' + why) }
  close () { this.#udp.close() }
}

// Every response names our address and the right id, and has nothing that is not expected.
function checkReply (reply, socket, { token = false, value = false, error = 0 } = {}) {
  check(reply, 'no reply')
  check(reply.trailing === 0, 'trailing bytes')
  check(reply.to.host === '127.0.0.1' && reply.to.port === socket.port, '"to" is ' + JSON.stringify(reply.to) + ', not port ' + socket.port)
  check(reply.id?.equals(nodeId), 'the id is not the hash of the address')
  check(!!reply.token === token, 'token: ' + !!reply.token)
  check(!!reply.value === value, 'value: ' + !!reply.value)
  check(reply.error === error, 'error ' + reply.error)
}

const steps = new Steps(8000)
const a = await Socket.open()
const b = await Socket.open()
const n = await Socket.open() // behaves as a node: it sends its id

const ping = { internal: true, command: INTERNAL.PING }
const findNode = (socket, target) => socket.ask({ internal: true, command: INTERNAL.FIND_NODE, target })
const names = (reply, socket) => (reply.closerNodes ?? []).some(x => x.port === socket.port)

await steps.run('ping', async () => {
  const reply = await a.ask(ping)
  checkReply(reply, a)
  check(reply.closerNodes === null, 'closer nodes in a pong')
  check(reply.bytes.length === 42 && reply.bytes[0] === 0x13 && reply.bytes[1] === 0x01, reply.bytes.toString('hex'))
})
await steps.run('ping-1000-byte-value', async () => checkReply(await a.ask({ ...ping, value: Buffer.alloc(1000) }), a))
await steps.run('ping-from-port-of-target', async () => {
  const reply = await a.ask(ping)
  check(reply.from.port === node.port, 'the reply came from port ' + reply.from.port)
})
await steps.run('find-node-without-target-ignored', () => a.expectSilence({ internal: true, command: INTERNAL.FIND_NODE }, 'it'))
await steps.run('find-node', async () => checkReply(await findNode(a, random(32)), a))
await steps.run('node-with-valid-id-is-learned', async () => {
  checkReply(await n.ask({ ...ping, id: n.id }), n)
  check(names(await findNode(a, n.id), n), 'it is not among the closer nodes')
})
await steps.run('node-with-forged-id-is-not-learned', async () => {
  checkReply(await b.ask({ ...ping, id: random(32) }), b)
  check(!names(await findNode(a, b.id), b), 'it is among the closer nodes')
})
await steps.run('ping-nat', async () => {
  const tid = 77
  a.send(codec.encodeRequest({ tid, to: node, internal: true, command: INTERNAL.PING_NAT, value: new codec.Writer().u16(b.port).done() }))
  const pong = await b.wait(({ message }) => message?.tid === tid)
  check(pong, 'no reply on the other port')
  check(pong.message.to.port === b.port, '"to" must name the port of the value, not ' + pong.message.to.port)
  check(await a.wait(({ message }) => message?.tid === tid, SILENCE_MS) === null, 'also a reply to the sender')
})
await steps.run('ping-nat-bad-value-ignored', async () => {
  const pingNat = { internal: true, command: INTERNAL.PING_NAT }
  await a.expectSilence(pingNat, 'no value')
  await a.expectSilence({ ...pingNat, value: Buffer.from([1]) }, 'one byte')
  await a.expectSilence({ ...pingNat, value: Buffer.from([0, 0]) }, 'port 0')
})
const downHint = port => ({
  internal: true, command: INTERNAL.DOWN_HINT, value: new codec.Writer().address({ host: '127.0.0.1', port }).done()
})
await steps.run('down-hint', async () => {
  checkReply(await a.ask(downHint(9)), a)
  await a.expectSilence({ ...downHint(9), value: downHint(9).value.subarray(0, 5) }, '5 bytes')
})
await steps.run('down-hint-makes-the-node-ping', async () => {
  await a.ask(downHint(n.port))
  const asked = await n.wait(({ message }) => message?.isRequest && message.internal && message.command === INTERNAL.PING)
  check(asked, 'no ping arrived')
  n.send(codec.encodePong({ tid: asked.message.tid, to: node, id: n.id }))
  await sleep(50)
  // npm drops a node that it learned within the same 5 s although it answers; both is allowed.
  const keptAfterAnswer = names(await findNode(a, n.id), n)
  checkReply(await n.ask({ ...ping, id: n.id }), n)
  return { keptAfterAnswer }
})
await steps.run('delayed-ping', async () => {
  const delayedPing = ms => ({ internal: true, command: INTERNAL.DELAYED_PING, value: new codec.Writer().u32(ms).done() })
  const started = performance.now()
  checkReply(await a.ask(delayedPing(300), 1500), a)
  const ms = performance.now() - started
  check(ms >= 290, 'after ' + ms + ' ms')
  await a.expectSilence(delayedPing(10001), 'more than the maximum')
})
await steps.run('unknown-internal-command', async () => {
  checkReply(await a.ask({ internal: true, command: 99 }), a, { error: 1 })
  const reply = await a.ask({ internal: true, command: 99, target: n.id })
  checkReply(reply, a, { error: 1 })
  check(reply.closerNodes, 'no closer nodes although there is a target')
})
await steps.run('unknown-external-command', async () => {
  checkReply(await a.ask({ command: 99 }), a, { error: 1 })
  const reply = await a.ask({ command: 300, target: n.id })
  checkReply(reply, a, { error: 1 })
  check(reply.closerNodes, 'no closer nodes although there is a target')
})
await steps.run('plugin-nobody-has-ignored', async () => {
  const value = new codec.Writer().buffer(Buffer.from('nobody')).uint(1).uint(0).uint(0).done()
  await a.expectSilence({ command: COMMAND.PLUGIN, target: random(32), value }, 'it')
})
await steps.run('garbage-ignored', async () => {
  const whole = codec.encodeRequest({ tid: 5, to: node, ...ping })
  const garbage = [Buffer.alloc(0), Buffer.from([3]), Buffer.from([0x03, 0x04]), whole.subarray(0, 9), Buffer.alloc(64, 0x80)]
  for (const first of [0x00, 0x01, 0x02, 0x04, 0x14, 0x23]) garbage.push(Buffer.concat([Buffer.from([first]), whole.subarray(1)]))
  garbage.push(Buffer.concat([Buffer.from([0xff, 1, 1]), Buffer.alloc(37)])) // a packet of a stream nobody has
  for (const bytes of garbage) a.send(bytes)
  check(await a.wait(() => true, SILENCE_MS) === null, 'there was an answer')
  checkReply(await a.ask(ping), a)
})
await steps.run('extra-trailing-bytes-tolerated', async () => {
  a.send(Buffer.concat([codec.encodeRequest({ tid: 6, to: node, ...ping }), random(5)]))
  check(await a.wait(({ message }) => message?.tid === 6), 'no reply')
})

// ---- tokens ----

const topic = random(32)
const lookup = (socket, target) => socket.ask({ command: COMMAND.LOOKUP, target })
let token = null
await steps.run('lookup-empty', async () => {
  const reply = await lookup(a, topic)
  checkReply(reply, a, { token: true })
  token = reply.token
  check(reply.closerNodes?.length > 0, 'no closer nodes although one is known')
})
await steps.run('lookup-without-target-ignored', () => a.expectSilence({ command: COMMAND.LOOKUP }, 'it'))
await steps.run('token-depends-on-host-only', async () => {
  const reply = await lookup(b, random(32))
  check(reply.token.equals(token), 'another port of the same host has another token')
})
await steps.run('invalid-token', async () => {
  const reply = await a.ask({ command: COMMAND.LOOKUP, target: topic, token: random(32) })
  checkReply(reply, a, { token: true, error: 2 })
  check(reply.token.equals(token), 'the reply has no fresh token')
  checkReply(await a.ask({ ...ping, token: random(32) }), a, { token: true, error: 2 })
})
await steps.run('valid-token-on-ping-accepted', async () => checkReply(await a.ask({ ...ping, token }), a))

// ---- topics ----

const keys = codec.keyPair(random(32))

function announcement (target, { by = keys, relays = [], refresh = null, bump = 0, space = COMMAND.ANNOUNCE } = {}) {
  const peer = { publicKey: by.publicKey, relayAddresses: relays }
  const signable = codec.announceSignable(codec.namespace(space), target, nodeId, token, peer, refresh)
  return { peer, refresh, bump, signature: codec.sign(signable, by.secretKey) }
}
const announceRequest = (target, options = {}) => ({
  command: options.command ?? COMMAND.ANNOUNCE, target, token, value: codec.encodeAnnounce(announcement(target, options))
})
const peersOf = async target => {
  const reply = await lookup(a, target)
  return reply.value ? codec.decodeLookupReply(reply.value) : { peers: [], bump: null }
}
const relay = port => ({ host: '127.0.0.1', port })

await steps.run('announce', async () => {
  const reply = await a.ask(announceRequest(topic, { relays: [relay(4321)] }))
  checkReply(reply, a)
  check(reply.closerNodes === null, 'closer nodes in the reply')
  const { peers, bump } = await peersOf(topic)
  check(peers.length === 1 && peers[0].publicKey.equals(keys.publicKey), peers.length + ' records')
  check(peers[0].relayAddresses[0].port === 4321 && bump === 0, JSON.stringify(peers[0].relayAddresses) + ' ' + bump)
})
await steps.run('announce-again-is-one-record', async () => {
  checkReply(await a.ask(announceRequest(topic, { relays: [relay(5555)] })), a)
  const { peers } = await peersOf(topic)
  check(peers.length === 1, peers.length + ' records')
  // npm keeps the relay addresses of the first as long as it is fresh; both is allowed.
  return { relayPortNow: peers[0].relayAddresses[0].port }
})
await steps.run('announce-bad-signature-ignored', async () => {
  const target = random(32)
  const message = announcement(target)
  message.signature[0] ^= 1
  await a.expectSilence({ command: COMMAND.ANNOUNCE, target, token, value: codec.encodeAnnounce(message) }, 'a wrong signature')
  await a.expectSilence(announceRequest(target, { space: COMMAND.UNANNOUNCE }), 'the signature of an unannounce')
  check((await peersOf(target)).peers.length === 0, 'it was stored')
})
await steps.run('announce-without-token-ignored', async () => {
  const target = random(32)
  const { token: left, ...request } = announceRequest(target)
  await a.expectSilence(request, 'it')
})
await steps.run('announce-bump', async () => {
  const target = random(32)
  const now = Date.now()
  checkReply(await a.ask(announceRequest(target, { bump: now })), a)
  check((await peersOf(target)).bump === now, 'the bump is not there')
  await a.ask(announceRequest(target, { bump: now - 1000 }))
  check((await peersOf(target)).bump === now, 'a lower bump won')
  await a.ask(announceRequest(target, { bump: now + 120000 }))
  check((await peersOf(target)).bump === now, 'a bump of two minutes ahead won')
})
await steps.run('announce-refresh-chain', async () => {
  const target = random(32)
  const first = random(32)
  const second = codec.hash(first)
  checkReply(await a.ask(announceRequest(target, { refresh: codec.hash(second) })), a)
  const reveal = refresh => ({ command: COMMAND.ANNOUNCE, target, token, value: codec.encodeAnnounce({ refresh }) })
  checkReply(await a.ask(reveal(second)), a)
  await a.expectSilence(reveal(second), 'what was revealed before')
  checkReply(await a.ask(reveal(first)), a)
  await a.expectSilence(reveal(random(32)), 'a random reveal')
})
const unannounceRequest = (target, options) =>
  announceRequest(target, { command: COMMAND.UNANNOUNCE, space: COMMAND.UNANNOUNCE, ...options })
await steps.run('unannounce', async () => {
  checkReply(await a.ask(unannounceRequest(topic)), a)
  check((await peersOf(topic)).peers.length === 0, 'it is still there')
  await a.expectSilence(unannounceRequest(topic, { space: COMMAND.ANNOUNCE }), 'the signature of an announce')
})

// ---- peers behind nodes: n announces itself and is reached through the node ----

const self = codec.hash(keys.publicKey)
const findPeer = () => a.ask({ command: COMMAND.FIND_PEER, target: self })
await steps.run('find-peer-empty', async () => checkReply(await findPeer(), a, { token: true }))
await steps.run('announce-self-and-find-peer', async () => {
  checkReply(await n.ask(announceRequest(self)), n)
  const reply = await findPeer()
  checkReply(reply, a, { token: true, value: true })
  const peer = codec.readPeer(new codec.Reader(reply.value))
  check(peer.publicKey.equals(keys.publicKey) && peer.relayAddresses.length === 0, 'another record')
  check((await peersOf(self)).peers.length === 1, 'a lookup does not find it')
})
const handshake = (socket, tid, target, message) =>
  socket.send(codec.encodeRequest({ tid, to: node, command: COMMAND.PEER_HANDSHAKE, target, value: codec.encodeHandshake(message) }))
const holepunch = (socket, tid, target, message) =>
  socket.send(codec.encodeRequest({ tid, to: node, command: COMMAND.PEER_HOLEPUNCH, target, value: codec.encodeHolepunch(message) }))
await steps.run('handshake-unknown-target-helps-routing', async () => {
  const value = codec.encodeHandshake({ mode: MODE.FROM_CLIENT, noise: random(100) })
  const reply = await a.ask({ command: COMMAND.PEER_HANDSHAKE, target: random(32), value })
  checkReply(reply, a)
  check(reply.closerNodes, 'no closer nodes')
})
await steps.run('handshake-relayed', async () => {
  const tid = 4242
  const noise = random(120)
  const answer = random(90)
  handshake(a, tid, self, { mode: MODE.FROM_CLIENT, noise })
  const asked = await n.waitRequest(tid)
  check(asked, 'nothing arrived at the announced socket')
  check(asked.message.command === COMMAND.PEER_HANDSHAKE && !asked.message.internal, 'another command')
  check(asked.message.to.port === n.port && asked.message.target.equals(self), '"to" or target')
  const { mode, peerAddress, ...relayed } = codec.decodeHandshake(asked.message.value)
  check(mode === MODE.FROM_RELAY && relayed.noise.equals(noise), 'mode ' + mode)
  check(peerAddress.port === a.port && relayed.relayAddress === null, 'addresses')
  handshake(n, tid, self, { mode: MODE.FROM_SERVER, noise: answer, peerAddress })
  const reply = await a.wait(({ message }) => message && !message.isRequest && message.tid === tid)
  check(reply, 'no reply at the client')
  const message = codec.decodeHandshake(reply.message.value)
  check(message.mode === MODE.REPLY && message.noise.equals(answer), 'mode ' + message.mode)
  check(message.peerAddress.port === n.port && message.relayAddress === null, 'addresses of the reply')
  check(reply.message.to.port === a.port && !reply.message.token && !reply.message.closerNodes, 'header of the reply')
})
await steps.run('handshake-second-relay', async () => {
  const tid = 4243
  handshake(b, tid, self, { mode: MODE.FROM_RELAY, noise: random(60), peerAddress: relay(a.port) })
  const asked = await n.waitRequest(tid)
  check(asked, 'nothing arrived')
  const message = codec.decodeHandshake(asked.message.value)
  check(message.mode === MODE.FROM_SECOND_RELAY && message.peerAddress.port === a.port, 'mode ' + message.mode)
  check(message.relayAddress.port === b.port, 'relay address')
})
await steps.run('handshake-explicit-relay-address', async () => {
  const tid = 4244
  handshake(a, tid, random(32), { mode: MODE.FROM_CLIENT, noise: random(60), relayAddress: relay(b.port) })
  const asked = await b.waitRequest(tid)
  check(asked, 'nothing arrived at the address in the message')
  check(codec.decodeHandshake(asked.message.value).mode === MODE.FROM_RELAY, 'mode')
})
await steps.run('holepunch-relayed', async () => {
  const tid = 4245
  const payload = random(80)
  holepunch(a, tid, self, { mode: MODE.FROM_CLIENT, id: 7, payload })
  const asked = await n.waitRequest(tid)
  check(asked, 'nothing arrived')
  const { mode, id, peerAddress, ...relayed } = codec.decodeHolepunch(asked.message.value)
  check(mode === MODE.FROM_RELAY && id === 7 && relayed.payload.equals(payload), 'mode ' + mode)
  check(peerAddress.port === a.port, 'peer address')
  holepunch(n, tid, self, { mode: MODE.FROM_SERVER, id: 0, payload, peerAddress })
  const reply = await a.wait(({ message }) => message && !message.isRequest && message.tid === tid)
  check(reply, 'no reply')
  const message = codec.decodeHolepunch(reply.message.value)
  check(message.mode === MODE.REPLY && message.peerAddress.port === n.port, 'mode ' + message.mode)
})
await steps.run('holepunch-explicit-peer-address', async () => {
  holepunch(a, 4246, random(32), { mode: MODE.FROM_CLIENT, id: 1, payload: random(80), peerAddress: relay(b.port) })
  check(await b.waitRequest(4246), 'nothing arrived at the address in the message')
})
await steps.run('unannounce-self-removes-route', async () => {
  checkReply(await n.ask(unannounceRequest(self)), n)
  checkReply(await findPeer(), a, { token: true })
})

// ---- values ----

await steps.run('immutable', async () => {
  const value = random(500)
  const target = codec.hash(value)
  const get = { command: COMMAND.IMMUTABLE_GET, target }
  const put = { command: COMMAND.IMMUTABLE_PUT, target, token, value }
  checkReply(await a.ask(get), a, { token: true })
  checkReply(await a.ask(put), a, { token: true })
  const reply = await a.ask(get)
  checkReply(reply, a, { token: true, value: true })
  check(reply.value.equals(value), 'another value')
  await a.expectSilence({ ...put, target: random(32) }, 'a wrong hash')
  await a.expectSilence({ ...put, token: null }, 'no token')
})
await steps.run('mutable', async () => {
  const { publicKey, secretKey } = codec.keyPair(random(32))
  const target = codec.hash(publicKey)
  const put = (seq, text, signedSeq = seq) => {
    const value = Buffer.from(text)
    const signature = codec.sign(codec.mutableSignable(signedSeq, value), secretKey)
    return { command: COMMAND.MUTABLE_PUT, target, token, value: codec.encodeMutablePut({ publicKey, seq, value, signature }) }
  }
  const get = seq => a.ask({ command: COMMAND.MUTABLE_GET, target, value: new codec.Writer().uint(seq).done() })
  checkReply(await get(0), a, { token: true })
  checkReply(await a.ask(put(5, 'five')), a, { token: true })
  const reply = await get(0)
  checkReply(reply, a, { token: true, value: true })
  const { seq, value } = codec.decodeMutableReply(reply.value)
  check(seq === 5 && value.toString() === 'five', seq + ' ' + value)
  checkReply(await get(5), a, { token: true, value: true })
  checkReply(await get(6), a, { token: true })
  check((await a.ask(put(5, 'other'))).error === 16, 'the same number with another value')
  check((await a.ask(put(4, 'five'))).error === 17, 'a lower number')
  await a.expectSilence(put(9, 'nine', 10), 'a wrong signature')
  checkReply(await a.ask(put(300, 'three hundred')), a, { token: true })
  check(codec.decodeMutableReply((await get(0)).value).seq === 300, 'the number 300')
  await a.expectSilence({ command: COMMAND.MUTABLE_GET, target }, 'a get without a number')
})

if (options.slow) {
  await steps.run('token-rotation', async () => {
    const fresh = (await lookup(a, topic)).token
    await sleep(6000)
    check((await a.ask({ ...ping, token: fresh })).error === 0, 'the token died within 6 s')
    await sleep(10500)
    check((await a.ask({ ...ping, token: fresh })).error === 2, 'the token lives after 16.5 s')
  }, 40000)
}
for (const socket of [a, b, n]) socket.close()
steps.end()

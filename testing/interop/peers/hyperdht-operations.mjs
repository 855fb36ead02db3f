// Every operation of npm hyperdht clients that know nothing but the given nodes.
//   node hyperdht-operations.mjs HOST:PORT[,HOST:PORT...]
import crypto from 'node:crypto'
import DHT from 'hyperdht'
import * as codec from './hyperdht-codec.mjs'
import { Steps, addresses, check, sleep } from './hyperdht-steps.mjs'

const bootstrap = addresses(process.argv[2])
const steps = new Steps(20000)
const random = crypto.randomBytes
const hex = bytes => bytes.toString('hex')

const writer = new DHT({ bootstrap, host: '127.0.0.1', ephemeral: true })
const reader = new DHT({ bootstrap, host: '127.0.0.1', ephemeral: true })

async function lookup (topic) {
  const peers = new Map()
  const counts = []
  for await (const reply of reader.lookup(topic)) {
    counts.push(reply.peers.length)
    for (const peer of reply.peers) peers.set(hex(peer.publicKey), peer.relayAddresses)
  }
  return { peers, counts }
}
async function findPeer (publicKey) {
  let found = 0
  for await (const reply of reader.findPeer(publicKey)) {
    check(reply.peer.publicKey.equals(publicKey), 'the record of another peer')
    found++
  }
  return found
}
const relays = count => Array.from({ length: count }, (_, i) => ({ host: '127.0.0.1', port: 1001 + i }))

// ---- topics ----

const topic = random(32)
const first = DHT.keyPair()
const second = DHT.keyPair()
await steps.run('bootstrap', async () => {
  await Promise.all([writer.fullyBootstrapped(), reader.fullyBootstrapped()])
  check(writer.host === '127.0.0.1', 'its own address is ' + writer.host)
  return { port: writer.port, table: writer.nodes.length }
})
await steps.run('announce', async () => {
  const query = writer.announce(topic, first, relays(1))
  await query.finished()
  check(query.closestReplies.length > 0, 'nobody to store it')
  return { stored: query.closestReplies.length }
})
await steps.run('lookup', async () => {
  const { peers, counts } = await lookup(topic)
  const stored = peers.get(hex(first.publicKey))
  check(stored, 'not found')
  check(stored.length === 1 && stored[0].host === '127.0.0.1' && stored[0].port === 1001, 'relay addresses ' + JSON.stringify(stored))
  return { replies: counts.length }
})
await steps.run('lookup-two', async () => {
  await writer.announce(topic, second, []).finished()
  const { peers } = await lookup(topic)
  check(peers.size === 2, peers.size + ' records')
})
await steps.run('relay-addresses-capped-at-3', async () => {
  const other = random(32)
  await writer.announce(other, first, relays(5)).finished()
  const stored = (await lookup(other)).peers.get(hex(first.publicKey))
  check(stored?.length === 3 && stored[2].port === 1003, JSON.stringify(stored))
})
await steps.run('lookup-at-most-20', async () => {
  const crowded = random(32)
  for (let i = 0; i < 25; i++) await writer.announce(crowded, DHT.keyPair(), []).finished()
  const { peers, counts } = await lookup(crowded)
  check(counts.every(count => count === 20), 'records in the replies: ' + counts)
  return { peers: peers.size }
})
await steps.run('unannounce', async () => {
  await writer.unannounce(topic, first)
  const { peers } = await lookup(topic)
  check(!peers.has(hex(first.publicKey)), 'still announced')
  check(peers.has(hex(second.publicKey)), 'the other record is gone too')
})
await steps.run('announce-bad-signature-ignored', async () => {
  const other = random(32)
  const query = writer.announce(other, first, [], { signAnnounce: () => Buffer.alloc(64) })
  query.on('error', () => {})
  // Nobody answers, so the query goes on for seconds.
  await Promise.race([query.finished().catch(() => {}), sleep(1200)])
  check((await lookup(other)).peers.size === 0, 'it was stored')
  query.destroy()
})

// ---- values ----

const value = random(1000)
await steps.run('immutable-put', async () => {
  const { hash, closestNodes } = await writer.immutablePut(value)
  check(hash.equals(codec.hash(value)), 'another hash')
  return { stored: closestNodes.length }
})
await steps.run('immutable-get', async () => check((await reader.immutableGet(codec.hash(value)))?.value.equals(value), 'not found'))
await steps.run('immutable-get-missing', async () => check(await reader.immutableGet(random(32)) === null, 'found'))

const keys = DHT.keyPair()
await steps.run('mutable-put', async () => ({ stored: (await writer.mutablePut(keys, Buffer.from('v1'), { seq: 1 })).closestNodes.length }))
await steps.run('mutable-get', async () => {
  const got = await reader.mutableGet(keys.publicKey)
  check(got?.seq === 1 && got.value.toString() === 'v1', 'seq ' + got?.seq)
  check(codec.verify(got.signature, codec.mutableSignable(1, got.value), keys.publicKey), 'signature')
})
await steps.run('mutable-update', async () => {
  await writer.mutablePut(keys, Buffer.from('v2'), { seq: 2 })
  const got = await reader.mutableGet(keys.publicKey)
  check(got?.seq === 2 && got.value.toString() === 'v2', 'seq ' + got?.seq)
})
await steps.run('mutable-get-newer-than-stored', async () => check(await reader.mutableGet(keys.publicKey, { seq: 3 }) === null, 'found'))

// The errors of one put at every node that has the value.
async function putErrors (seq, text) {
  const target = codec.hash(keys.publicKey)
  const data = Buffer.from(text)
  const signature = codec.sign(codec.mutableSignable(seq, data), keys.secretKey)
  const put = codec.encodeMutablePut({ publicKey: keys.publicKey, seq, value: data, signature })
  const query = writer.query({ target, command: codec.COMMAND.MUTABLE_GET, value: Buffer.from([0]) })
  await query.finished()
  const errors = new Set()
  for (const { token, from } of query.closestReplies) {
    errors.add((await writer.request({ token, target, command: codec.COMMAND.MUTABLE_PUT, value: put }, from)).error)
  }
  return [...errors].join()
}
const expectError = async (seq, text, expected) => {
  const errors = await putErrors(seq, text)
  check(errors === expected, 'errors ' + errors)
}
await steps.run('mutable-seq-reused', () => expectError(2, 'other', '16'))
await steps.run('mutable-seq-too-low', () => expectError(1, 'v1', '17'))
await steps.run('mutable-same-again', () => expectError(2, 'v2', '0'))

// ---- servers ----

const serverKeys = DHT.keyPair()
const server = writer.createServer(stream => {
  stream.on('error', () => {})
  stream.pipe(stream)
})
await steps.run('server-listen', async () => {
  await server.listen(serverKeys)
  return { relayAddresses: server.relayAddresses.length }
})
await steps.run('find-peer', async () => {
  const found = await findPeer(serverKeys.publicKey)
  check(found > 0, 'not found')
  return { found }
})
await steps.run('connect-and-echo', async () => {
  const stream = reader.connect(serverKeys.publicKey)
  stream.on('error', () => {})
  await stream.opened
  stream.write(Buffer.from('hello'))
  const answer = await new Promise((resolve, reject) => {
    stream.once('data', resolve)
    stream.once('close', () => reject(new Error('closed')))
  })
  check(answer.toString() === 'hello', 'another answer')
  stream.destroy()
})
await steps.run('server-close-unannounces', async () => {
  await server.close()
  const found = await findPeer(serverKeys.publicKey)
  check(found === 0, 'still found ' + found + ' times')
})
await steps.run('connect-unknown-peer', async () => {
  const stream = reader.connect(DHT.keyPair().publicKey)
  const code = await new Promise(resolve => {
    stream.on('error', error => resolve(error.code))
    stream.on('open', () => resolve('open'))
  })
  check(code === 'PEER_NOT_FOUND', code)
})
await steps.run('end', () => Promise.all([writer.destroy(), reader.destroy()]))
steps.end()

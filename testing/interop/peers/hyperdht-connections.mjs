// Connections between npm peers that know nothing but the given nodes: hyperdht in every way of connecting that can be had on
// loopback, and a pair of hyperswarm peers.
//   node hyperdht-connections.mjs HOST:PORT[,HOST:PORT...]
import crypto from 'node:crypto'
import { Server as RelayServer } from 'blind-relay'
import DHT from 'hyperdht'
import Hyperswarm from 'hyperswarm'
import { Steps, addresses, check } from './hyperdht-steps.mjs'

const bootstrap = addresses(process.argv[2])
const steps = new Steps(30000)

const OPEN = { firewalled: false }
// The quick check would find out that loopback is open.
const FIREWALLED = { firewalled: true, quickFirewall: false }
const NOT_LOCAL = { server: { shareLocalAddress: false }, client: { localConnection: false } }
const WAYS = {
  open: { server: OPEN, client: OPEN },
  'client-open': { server: FIREWALLED, client: OPEN, options: NOT_LOCAL },
  'server-open': { server: OPEN, client: FIREWALLED, options: NOT_LOCAL },
  lan: { server: FIREWALLED, client: FIREWALLED },
  // The first packet of the client already reaches the server, as nothing on loopback is really in its way.
  'punch-fast': { server: FIREWALLED, client: FIREWALLED, options: NOT_LOCAL },
  // Both rounds and the punching itself; each side needs answers of 4 other nodes.
  'punch-rounds': {
    server: FIREWALLED,
    client: FIREWALLED,
    options: { server: NOT_LOCAL.server, client: { ...NOT_LOCAL.client, fastOpen: false } }
  },
  // Through a third peer.
  relay: {
    server: FIREWALLED,
    client: FIREWALLED,
    options: { server: { ...NOT_LOCAL.server, holepunch: false }, client: { ...NOT_LOCAL.client, holepunch: () => false } }
  }
}

const peer = options => new DHT({ bootstrap, host: '127.0.0.1', ephemeral: true, ...options })

async function echo (stream, count) {
  const data = crypto.randomBytes(count)
  const parts = []
  let arrived = 0
  const done = new Promise((resolve, reject) => {
    stream.on('data', part => {
      parts.push(part)
      arrived += part.length
      if (arrived >= count) resolve()
    })
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('closed')))
  })
  for (let i = 0; i < count; i += 32768) stream.write(data.subarray(i, Math.min(count, i + 32768)))
  await done
  check(Buffer.concat(parts).equals(data), 'other bytes came back')
}

async function relayPeer () {
  const dht = peer(OPEN)
  const relay = new RelayServer({ createStream: options => dht.createRawStream({ ...options, framed: true }) })
  const server = dht.createServer(stream => {
    stream.on('error', () => {})
    relay.accept(stream, { id: stream.remotePublicKey }).on('error', () => {})
  })
  await server.listen(DHT.keyPair())
  return { publicKey: server.publicKey, port: dht.address().port, close: () => server.close().then(() => dht.destroy()) }
}

async function connect (way) {
  const { server: serverSide, client: clientSide, options = { server: {}, client: {} } } = WAYS[way]
  const serving = peer(serverSide)
  const dialling = peer(clientSide)
  await Promise.all([serving.fullyBootstrapped(), dialling.fullyBootstrapped()])
  const relay = way === 'relay' ? await relayPeer() : null
  const server = serving.createServer({ ...options.server, ...(relay && { relayThrough: relay.publicKey }) }, stream => {
    stream.on('error', () => {})
    stream.on('data', data => stream.write(data))
    stream.on('end', () => stream.end())
  })
  await server.listen(DHT.keyPair())

  const stream = dialling.connect(server.publicKey, options.client)
  await echo(stream, 262144)
  const { remotePort, socket } = stream.rawStream
  const serverPort = serving.io.serverSocket.address().port
  if (way === 'open' || way === 'server-open' || way === 'lan') check(remotePort === serverPort, 'not to the server socket')
  if (way.startsWith('punch')) check(remotePort !== serverPort && socket !== dialling.io.serverSocket, 'not through a hole')
  if (way === 'punch-rounds') check(dialling.stats.punches.consistent === 1 && serving.stats.punches.consistent === 1, 'no punching')
  if (relay) check(remotePort === relay.port, 'not through the relay')
  stream.end()
  await new Promise(resolve => stream.once('close', resolve))
  await server.close()
  await Promise.all([serving.destroy(), dialling.destroy()])
  if (relay) await relay.close()
}

for (const way of Object.keys(WAYS)) await steps.run(way, () => connect(way))

// ---- hyperswarm ----

// hyperswarm cannot be told a host; a node of its own keeps its sockets on loopback.
const swarm = () => new Hyperswarm({ dht: new DHT({ bootstrap, host: '127.0.0.1' }) })
const serving = swarm()
const joining = swarm()
const topic = crypto.randomBytes(32)
let connection = null
serving.on('connection', stream => {
  stream.on('error', () => {})
  stream.on('data', data => stream.write(data))
})
await steps.run('swarm-announce', async () => check(await serving.join(topic, { server: true, client: false }).flushed(), 'not announced'))
await steps.run('swarm-connect', async () => {
  const connected = new Promise(resolve => joining.once('connection', resolve))
  joining.join(topic, { server: false, client: true })
  connection = await connected
})
await steps.run('swarm-echo', () => echo(connection, 1 << 20))
await steps.run('swarm-datagram', async () => {
  const [stream] = serving.connections
  const arrived = new Promise(resolve => stream.once('message', resolve))
  await connection.send(Buffer.from('datagram'))
  check((await arrived).toString() === 'datagram', 'another message')
})
await steps.run('swarm-other-direction', async () => {
  const other = crypto.randomBytes(32)
  await joining.join(other, { server: true, client: false }).flushed()
  await serving.join(other, { server: false, client: true }).flushed()
  check(serving.connections.size === 1, serving.connections.size + ' connections between two peers')
})
await steps.run('end', async () => {
  await joining.destroy()
  await serving.destroy()
})
steps.end()

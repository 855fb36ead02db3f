// Nodes, clients and servers of npm hyperdht in one process, driven by requests; see JsonLines for how it is asked.
// Byte strings are lower-case hex, addresses "HOST:PORT". Key pairs are made from seeds of 32 bytes. What a request starts has a name
// ("as") by which others refer to it.
import DHT from 'hyperdht'
import NoiseWrap from 'hyperdht/lib/noise-wrap.js'
import SecurePayload from 'hyperdht/lib/secure-payload.js'
import readline from 'node:readline'

const hex = bytes => Buffer.from(bytes).toString('hex')
const unhex = text => Buffer.from(text, 'hex')
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
function address (text) {
  const [host, port] = text.split(':')
  return { host, port: Number(port) }
}

const KINDS = {
  // Persistent at once: no waiting until it has been up long enough.
  node: { ephemeral: false, firewalled: false },
  client: { ephemeral: true },
  // Without the quick check, which would find out that loopback is open.
  firewalled: { ephemeral: true, firewalled: true, quickFirewall: false },
  open: { ephemeral: true, firewalled: false }
}

const dhts = new Map()
const servers = new Map()
const loads = new Map()
const view = dht => ({
  address: '127.0.0.1:' + dht.address().port,
  seenAs: dht.host && dht.host + ':' + dht.port,
  nodeId: dht.id && hex(dht.id),
  isPersistent: !dht.ephemeral,
  table: dht.nodes.length
})

async function lookup (dht, topic) {
  const records = new Map()
  let replies = 0
  for await (const reply of dht.lookup(topic)) {
    replies++
    for (const { publicKey, relayAddresses } of reply.peers) {
      records.set(hex(publicKey), relayAddresses.map(({ host, port }) => host + ':' + port))
    }
  }
  return { replies, records: Object.fromEntries(records) }
}

async function echo (stream, bytes) {
  stream.on('error', () => {})
  const data = Buffer.alloc(bytes, 'peerstead')
  const parts = []
  let arrived = 0
  const done = new Promise((resolve, reject) => {
    stream.on('data', part => {
      parts.push(part)
      arrived += part.length
      if (arrived >= bytes) resolve()
    })
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('closed')))
  })
  stream.write(data)
  await done
  if (!Buffer.concat(parts).equals(data)) throw new Error('other bytes came back')
}

const commands = {
  // One node or, with a count, so many of them: NAME-0, NAME-1 and so on.
  async start ({ as, kind, bootstrap, count }) {
    const options = { ...KINDS[kind], bootstrap: bootstrap.map(address), host: '127.0.0.1' }
    const names = count ? Array.from({ length: count }, (_, i) => as + '-' + i) : [as]
    for (const name of names) {
      const dht = new DHT(options)
      dhts.set(name, dht)
      await dht.fullyBootstrapped()
    }
    return { nodes: names.map(name => view(dhts.get(name))) }
  },
  // A first node, persistent from the start.
  async bootstrapper ({ as, port }) {
    const dht = DHT.bootstrapper(port, '127.0.0.1', { host: '127.0.0.1' })
    dhts.set(as, dht)
    await dht.fullyBootstrapped()
    return view(dht)
  },
  view: ({ as }) => view(dhts.get(as)),
  async stop ({ as }) {
    await dhts.get(as).destroy()
    dhts.delete(as)
  },

  async ping ({ as, to }) {
    const { from, to: seenAs, error } = await dhts.get(as).ping(address(to))
    return { nodeId: from.id && hex(from.id), seenAs: seenAs.host + ':' + seenAs.port, error }
  },
  async findNode ({ as, target }) {
    const query = dhts.get(as).findNode(unhex(target))
    await query.finished()
    return { closest: query.closestReplies.map(({ from }) => from.host + ':' + from.port) }
  },

  async announce ({ as, topic, seed, relays }) {
    const query = dhts.get(as).announce(unhex(topic), DHT.keyPair(unhex(seed)), (relays ?? []).map(address))
    await query.finished()
    return { stored: query.closestReplies.length }
  },
  // Different peers on one topic each; returns nothing but how many. Seeds and topics are counted up from the given prefix.
  async announceMany ({ as, prefix, from, count }) {
    const dht = dhts.get(as)
    let next = from
    const worker = async () => {
      while (next < from + count) {
        const { topic, keys } = counted(prefix, next++)
        await dht.announce(topic, keys, []).finished()
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
  },
  // Which of them are not found by one lookup.
  async missing ({ as, prefix, from, count }) {
    const missing = []
    const dht = dhts.get(as)
    let next = from
    const worker = async () => {
      while (next < from + count) {
        const number = next++
        const { topic, keys } = counted(prefix, number)
        const { records } = await lookup(dht, topic)
        if (!records[hex(keys.publicKey)]) missing.push(number)
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    return { missing }
  },
  lookup: ({ as, topic }) => lookup(dhts.get(as), unhex(topic)),
  unannounce: ({ as, topic, seed }) => dhts.get(as).unannounce(unhex(topic), DHT.keyPair(unhex(seed))),
  async immutablePut ({ as, value }) {
    const { hash, closestNodes } = await dhts.get(as).immutablePut(unhex(value))
    return { hash: hex(hash), stored: closestNodes.length }
  },
  async immutableGet ({ as, hash }) {
    const got = await dhts.get(as).immutableGet(unhex(hash))
    return { value: got && hex(got.value) }
  },
  async mutablePut ({ as, seed, seq, value }) {
    const { publicKey, closestNodes } = await dhts.get(as).mutablePut(DHT.keyPair(unhex(seed)), unhex(value), { seq })
    return { publicKey: hex(publicKey), stored: closestNodes.length }
  },
  async mutableGet ({ as, publicKey, seq }) {
    const got = await dhts.get(as).mutableGet(unhex(publicKey), { seq: seq ?? 0 })
    return got ? { value: hex(got.value), seq: got.seq } : { value: null }
  },
  async findPeer ({ as, publicKey }) {
    let found = 0
    for await (const reply of dhts.get(as).findPeer(unhex(publicKey))) if (reply) found++
    return { found }
  },

  // A server that sends back what it gets. "isLocal": tell clients of its address in the local network.
  async listen ({ as, seed, isLocal }) {
    const seen = { handshakes: 0, connections: 0 }
    const server = dhts.get(as).createServer({
      shareLocalAddress: isLocal !== false,
      firewall: () => { seen.handshakes++; return false }
    }, stream => {
      seen.connections++
      stream.on('error', () => {})
      stream.pipe(stream)
    })
    await server.listen(DHT.keyPair(unhex(seed)))
    servers.set(as, { server, seen })
    return { publicKey: hex(server.publicKey), relays: server.relayAddresses.map(({ host, port }) => host + ':' + port) }
  },
  served: ({ as }) => servers.get(as).seen,
  async unlisten ({ as }) {
    await servers.get(as).server.close()
    servers.delete(as)
  },
  async connect ({ as, publicKey, bytes, isLocal, isFastOpen }) {
    const started = performance.now()
    const dht = dhts.get(as)
    const stream = dht.connect(unhex(publicKey), { localConnection: isLocal !== false, fastOpen: isFastOpen !== false })
    await echo(stream, bytes)
    const { remoteHost, remotePort } = stream.rawStream
    stream.destroy()
    return { remote: remoteHost + ':' + remotePort, ms: Math.round(performance.now() - started) }
  },
  // The beginning of a connection, message by message: the handshake through a relay, then both rounds of a hole punch.
  async handshake ({ as, publicKey, seed }) {
    const dht = dhts.get(as)
    const remote = unhex(publicKey)
    const target = DHT.hash(remote)
    const noise = new NoiseWrap(DHT.keyPair(unhex(seed)), remote)
    const message = noise.send({ error: 0, firewall: 0, udx: { reusableSocket: false, id: 7, seq: 0 }, secretStream: {} })
    for await (const { from } of dht.findPeer(remote)) {
      const answer = await dht._router.peerHandshake(target, { noise: message }, from)
      const payload = noise.recv(answer.noise)
      const { hash, holepunchSecret } = noise.final()
      const sealed = new SecurePayload(holepunchSecret)
      const { id, relays: [{ relayAddress, peerAddress }] } = payload.holepunch
      const rounds = []
      for (let round = 0, remoteToken = null; round < 2; round++) {
        const token = Buffer.alloc(32, 3)
        const punch = { error: 0, firewall: 2, round, connected: false, punching: round > 0, addresses: null, remoteAddress: null, token, remoteToken }
        const reply = await dht._router.peerHolepunch(target, { id, payload: sealed.encrypt(punch), peerAddress }, relayAddress)
        const theirs = sealed.decrypt(reply.payload)
        rounds.push({ round: theirs.round, error: theirs.error, isPunching: theirs.punching, isTokenRepeated: token.equals(theirs.remoteToken) })
        remoteToken = theirs.token
      }
      return { hash: hex(hash), streamId: payload.udx.id, isRelayed: answer.relayed, rounds }
    }
    throw new Error('no relay')
  },

  // Looks up counted topics again and again. A lookup that fails is tried once more, as applications do; "failed" counts those that
  // fail then too.
  startLoad ({ as, prefix, count }) {
    const dht = dhts.get(as)
    const load = { lookups: 0, retried: 0, failed: 0, worstMs: 0, isOver: false, errors: new Set() }
    const find = async number => {
      const { topic, keys } = counted(prefix, number)
      try {
        return (await lookup(dht, topic)).records[hex(keys.publicKey)] !== undefined
      } catch (error) {
        load.errors.add(error.code ?? error.message)
        return false
      }
    }
    const worker = async number => {
      while (!load.isOver) {
        const started = performance.now()
        if (!await find(number % count)) {
          load.retried++
          if (!await find(number % count)) load.failed++
        }
        load.worstMs = Math.max(load.worstMs, Math.round(performance.now() - started))
        load.lookups++
        number += 7
        await sleep(5)
      }
    }
    load.workers = Promise.all([0, 1, 2, 3].map(worker))
    loads.set(as, load)
  },
  // What happened since the start or the last time this was asked.
  load ({ as }) {
    const load = loads.get(as)
    const { lookups, retried, failed, worstMs, errors } = load
    Object.assign(load, { lookups: 0, retried: 0, failed: 0, worstMs: 0, errors: new Set() })
    return { lookups, retried, failed, worstMs, errors: [...errors] }
  },
  async stopLoad ({ as }) {
    const load = loads.get(as)
    load.isOver = true
    await load.workers
    return commands.load({ as })
  }
}

function counted (prefix, number) {
  const bytes = Buffer.alloc(32)
  bytes.write(prefix)
  bytes.writeUInt32BE(number, 28)
  return { topic: DHT.hash(bytes), keys: DHT.keyPair(DHT.hash(bytes)) }
}

const input = readline.createInterface({ input: process.stdin })
input.on('line', async line => {
  const { id, cmd, ...request } = JSON.parse(line)
  try {
    console.log(JSON.stringify({ id, ...await commands[cmd](request) }))
  } catch (error) {
    console.log(JSON.stringify({ id, error: (error.code ? error.code + ' ' : '') + (error.stack ?? error) }))
  }
})
input.on('close', () => process.exit(0))

// A long-lived npm hypercore peer for the replication tests: one corestore, driven by requests.
//
//   node hypercore-peer.mjs FOLDER [--primary-key HEX] [--small-wants]
//
// One JSON object {"id":N,"cmd":NAME,...} per line on standard input, one answer {"id":N,...} or {"id":N,"error":TEXT} per line on
// standard output; requests run concurrently. The process ends when its input is closed.
// Keys and hashes are lower-case hex. Connections are secret streams (Noise XX) over TCP on loopback.
//
// The content of a block is made, not sent: SHA-256 of "LABEL:INDEX" repeated up to its size. With sizes [A, B] the size of a block
// is A + (first four bytes of that hash, little endian) mod (B - A + 1).
import { createHash } from 'node:crypto'
import net from 'node:net'
import readline from 'node:readline'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import Corestore from 'corestore'
import Hypercore from 'hypercore'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import crypto from 'hypercore-crypto'
import ID from 'hypercore-id-encoding'
import { misbehave } from './hypercore-misbehaviour.mjs'

const require = createRequire(import.meta.url)
const caps = require('hypercore/lib/caps')
const { assemble, partialSignature } = require('hypercore/lib/multisig')

const { values: options, positionals } = parseArgs({
  options: { 'primary-key': { type: 'string' }, 'small-wants': { type: 'boolean', default: false } },
  allowPositionals: true
})
if (options['small-wants']) Hypercore.enable(Hypercore.SMALL_WANTS)

// npm hypercore prints what it finds of conflicts; standard output is for answers.
const answer = fields => process.stdout.write(JSON.stringify(fields) + '\n')
console.log = console.error

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const hex = bytes => Buffer.from(bytes).toString('hex')
const unhex = text => Buffer.from(text, 'hex')

const primaryKey = options['primary-key'] ? unhex(options['primary-key']) : null
const store = new Corestore(positionals[0], primaryKey ? { primaryKey, unsafe: true } : {})
await store.ready()

// ---- content ----

function block (label, index, size) {
  const hash = sha256(label + ':' + index)
  const bytes = Array.isArray(size) ? size[0] + hash.readUInt32LE(0) % (size[1] - size[0] + 1) : size
  return Buffer.alloc(bytes, hash)
}

const blocks = (r, from) => Array.from({ length: r.count }, (_, i) => block(r.label, from + i, r.size))

// Tree hash of raw blocks, computed from the blocks alone.
function treeHashOf (raws) {
  const roots = []
  raws.forEach((raw, i) => {
    let node = { index: 2 * i, size: raw.length, hash: crypto.data(raw), leaves: 1 }
    while (roots.length && roots.at(-1).leaves === node.leaves) {
      const left = roots.pop()
      node = { index: (left.index + node.index) / 2, size: left.size + node.size, hash: crypto.parent(left, node), leaves: 2 * node.leaves }
    }
    roots.push(node)
  })
  return crypto.tree(roots)
}

// ---- cores ----

const cores = new Map() // by key
const signers = new Map() // key pairs of multi-signer cores, by core key

function core (r) {
  const c = cores.get(r.key)
  if (!c) throw new Error('core ' + r.key + ' is not open')
  return c
}

const encryption = r => r.encryptionKey ? { key: unhex(r.encryptionKey) } : null

async function keep (c, r) {
  await c.ready()
  c.seen = { appended: 0, truncated: [], verificationErrors: [], invalidRequests: 0, conflicts: 0, uploaded: 0, downloaded: 0, extension: [] }
  c.on('append', () => c.seen.appended++)
  c.on('truncate', (to, fork) => c.seen.truncated.push([to, fork]))
  c.on('verification-error', error => c.seen.verificationErrors.push(error.code))
  c.on('invalid-request', () => c.seen.invalidRequests++)
  c.on('conflict', () => c.seen.conflicts++)
  c.on('upload', () => c.seen.uploaded++)
  c.on('download', () => c.seen.downloaded++)
  c.extension = c.registerExtension('peerstead-test', { encoding: 'utf8', onmessage: text => c.seen.extension.push(text) })
  cores.set(hex(c.key), c)
  return info({ key: hex(c.key) })
}

async function info (r) {
  const c = cores.get(r.key)
  return {
    key: hex(c.key), z32: c.id, discoveryKey: hex(c.discoveryKey), length: c.length, fork: c.fork, byteLength: c.byteLength,
    contiguousLength: c.contiguousLength, padding: c.padding, writable: c.writable, compat: c.core.compat,
    treeHash: c.length > 0 && !(await c.has(c.length - 1)) ? null : hex(await c.treeHash()),
    stored: c.core.bitfield.countSet(0, Math.max(c.length, 1)), peers: c.peers.length, seen: c.seen
  }
}

async function raws (c, from, to) {
  const found = []
  for (let i = from; i < to; i++) found.push(await c.has(i) ? await c.get(i, { raw: true }) : null)
  return found
}

async function until (condition, r) {
  const end = Date.now() + (r.millis ?? 30000)
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('not within ' + (r.millis ?? 30000) + ' ms: ' + JSON.stringify(cores.has(r.key) ? await info(r) : connections()))
    await sleep(3)
  }
}

// ---- connections ----

const streams = new Set()
const ended = []
let server = null

function attach (socket, isInitiator) {
  socket.setNoDelay(true)
  const stream = new NoiseSecretStream(isInitiator, socket)
  const entry = { stream, socket, error: null }
  streams.add(entry)
  stream.on('error', error => { entry.error = error.code ?? error.message })
  stream.on('close', () => {
    streams.delete(entry)
    ended.push({ error: entry.error, received: socket.bytesRead, sent: socket.bytesWritten })
  })
  store.replicate(stream)
  return stream
}

function connections () {
  const open = [...streams].map(({ stream, socket }) => ({
    initiator: stream.isInitiator, remotePublicKey: stream.remotePublicKey ? hex(stream.remotePublicKey) : null, received: socket.bytesRead, sent: socket.bytesWritten
  }))
  return { open, ended }
}

// ---- requests ----

const commands = {
  // Opens or creates a writable core: by corestore name, or from a key pair seed; compat cores and multi-signer cores from a seed.
  async create (r) {
    if (r.name) {
      const space = r.namespace ? store.namespace(r.namespace) : store
      return keep(space.get({ name: r.name, encryption: encryption(r) }), r)
    }
    const keyPair = crypto.keyPair(sha256(r.seed))
    if (!r.compat) return keep(store.get({ keyPair, encryption: encryption(r) }), r)
    const first = Hypercore.createCore(store.storage, { keyPair, compat: true }) // corestore only opens such cores
    await first.ready()
    await first.close()
    return keep(store.get({ key: keyPair.publicKey, keyPair, encryption: encryption(r) }), r)
  },

  // A core with a manifest of another version, or with user data or linked cores in it.
  async createManifest (r) {
    const keyPair = crypto.keyPair(sha256(r.seed))
    const manifest = { version: r.version, signers: [{ publicKey: keyPair.publicKey }] }
    if (r.userData) manifest.userData = unhex(r.userData)
    if (r.linked) manifest.linked = r.linked.map(unhex)
    return keep(store.get({ manifest, keyPair }), r)
  },

  // A static core: nobody can append, the manifest names the tree. Starts with the blocks of another core.
  async createStatic (r) { return keep(await store.staticify(core(r)), {}) },

  // A core of several signers, of which a quorum must sign.
  async createMultisig (r) {
    const keyPairs = Array.from({ length: r.signers }, (_, i) => crypto.keyPair(sha256(r.seed + ':' + i)))
    const manifest = { version: 1, allowPatch: r.allowPatch ?? false, quorum: r.quorum, signers: keyPairs.map(k => ({ publicKey: k.publicKey })) }
    const made = await keep(store.get({ manifest }), r)
    signers.set(made.key, keyPairs)
    return made
  },

  // Appends to a core of several signers; "by" are the numbers of those who sign. With "ahead" the last of them has signed so many
  // blocks more (a patch).
  async appendMultisig (r) {
    const c = core(r)
    const draft = store.get({ name: 'draft of ' + r.key })
    await draft.ready()
    const list = blocks(r, c.length)
    const length = c.length + list.length
    await draft.append(blocks({ ...r, count: length + (r.ahead ?? 0) - draft.length }, draft.length))
    const sign = async (signer, at) => crypto.sign(caps.treeSignable(c.key, await draft.treeHash(at), at, c.fork), signers.get(r.key)[signer].secretKey)
    const partial = []
    for (const signer of r.by) {
      const isAhead = r.ahead && signer === r.by.at(-1)
      partial.push(isAhead
        ? await partialSignature(draft.core, signer, length, length + r.ahead, await sign(signer, length + r.ahead))
        : { signer, signature: await sign(signer, length), patch: 0, nodes: null })
    }
    await c.append(list, { signature: assemble(partial) })
    return info(r)
  },

  open: r => keep(store.get({ key: ID.decode(r.key), encryption: encryption(r) }), r),

  async close (r) {
    await core(r).close()
    cores.delete(r.key)
    return {}
  },

  // Appends in batches of at most "batch" blocks and 8 MB.
  async append (r) {
    const c = core(r)
    for (let left = r.count; left > 0;) {
      const list = []
      let bytes = 0
      while (list.length < Math.min(left, r.batch ?? 1024) && bytes < 8e6) {
        list.push(block(r.label, c.length + list.length, r.size))
        bytes += list.at(-1).length
      }
      await c.append(list)
      left -= list.length
      if (r.everyMillis) await sleep(r.everyMillis)
    }
    return info(r)
  },

  async appendBytes (r) { await core(r).append(r.blocks.map(unhex)); return info(r) },
  async truncate (r) { await core(r).truncate(r.length); return info(r) },
  async clear (r) { await core(r).clear(r.from, r.to); return info(r) },
  info: r => info({ key: hex(core(r).key) }),
  async update (r) { await core(r).update({ wait: true }); return info(r) },

  async download (r) {
    await core(r).download({ start: r.from, end: r.to, linear: r.linear ?? false }).done()
    return info(r)
  },

  // Downloads everything from now on and waits for a length.
  async follow (r) {
    const c = core(r)
    c.download({ start: 0, end: -1, linear: r.linear ?? false })
    await until(() => c.length >= r.length && c.contiguousLength >= r.length && c.fork >= (r.fork ?? 0), r)
    return info(r)
  },

  async awaitLength (r) {
    const c = core(r)
    await until(() => c.length >= r.length && c.fork >= (r.fork ?? 0), r)
    return info(r)
  },

  async awaitPeers (r) { const c = core(r); await until(() => c.peers.length === r.peers, r); return info(r) },

  // What a program that only wants one block does.
  async get (r) {
    const value = await core(r).get(r.index, { timeout: r.millis ?? 20000 })
    return { bytes: value.length, sha256: hex(sha256(value)) }
  },

  async seek (r) {
    const found = await core(r).seek(r.bytes, { timeout: r.millis ?? 20000 })
    return found ? { index: found[0], offset: found[1] } : { index: -1, offset: -1 }
  },

  // SHA-256 of each block that is here, null for the others: as the session reads them, or as they are stored.
  async digests (r) {
    const c = core(r)
    const found = []
    for (let i = r.from; i < r.to; i++) found.push(await c.has(i) ? hex(sha256(await c.get(i, { raw: r.raw ?? false }))) : null)
    return { digests: found }
  },

  async computedTreeHash (r) { const c = core(r); return { treeHash: hex(treeHashOf(await raws(c, 0, c.length))) } },
  extensionBroadcast (r) { core(r).extension.broadcast(r.text); return {} },
  async awaitExtension (r) { const c = core(r); await until(() => c.seen.extension.length >= r.count, r); return { texts: c.seen.extension } },

  // From the next connection on this core is served with malice; see hypercore-misbehaviour.mjs.
  misbehave (r) { misbehave(core(r), r); return {} },

  async listen () {
    server = net.createServer(socket => attach(socket, false))
    await new Promise((resolve, reject) => { server.once('error', reject); server.listen(0, '127.0.0.1', resolve) })
    return { port: server.address().port }
  },

  async dial (r) {
    const socket = net.connect(r.port, '127.0.0.1')
    await new Promise((resolve, reject) => { socket.once('error', reject); socket.once('connect', resolve) })
    const done = store.findingPeers()
    const stream = attach(socket, true)
    const isOpen = await stream.opened
    setTimeout(done, 300)
    if (!isOpen) throw new Error('the handshake failed')
    return { remotePublicKey: hex(stream.remotePublicKey) }
  },

  connections,
  async awaitEnded (r) { await until(() => ended.length >= r.count, r); return connections() },

  async disconnect () {
    for (const { stream } of [...streams]) stream.destroy()
    await until(() => streams.size === 0, {})
    return connections()
  },

  memory () { return { rss: process.memoryUsage.rss() } }
}

const input = readline.createInterface({ input: process.stdin })
input.on('line', async line => {
  const { id, cmd, ...request } = JSON.parse(line)
  try {
    if (!commands[cmd]) throw new Error('unknown command ' + cmd)
    answer({ id, ...await commands[cmd](request) })
  } catch (error) {
    answer({ id, error: error.stack ?? String(error) })
  }
})
input.on('close', () => process.exit(0))

// automerge-repo clients under remote control: the same program runs against any sync server that speaks the protocol.
//
// One JSON object per line on standard input: {"id":N,"cmd":NAME,...}. One answer per line on standard output, in order of
// completion: {"id":N,...} or {"id":N,"error":TEXT}. Commands run concurrently; every wait has a timeout in milliseconds.
// A repo is one device: a peer with its own documents, and with a folder its own storage.
import readline from 'node:readline'
import * as A from '@automerge/automerge'
import { Repo, isValidAutomergeUrl, parseAutomergeUrl } from '@automerge/automerge-repo'
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket'
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs'

const RETRY_MILLIS = 200 // the adapter's own default is 5 s
const repos = new Map()
const failures = [] // errors nobody waited for: sockets that were refused, for example

process.on('uncaughtException', e => failures.push(String(e?.message ?? e)))
process.on('unhandledRejection', e => failures.push(String(e?.message ?? e)))

const documentId = url => isValidAutomergeUrl(url) ? parseAutomergeUrl(url).documentId : url
const sameHeads = (a, b) => a.length === b.length && a.every((h, i) => h === b[i])
const headsOf = handle => [...A.getHeads(handle.doc())].sort()

// Resolves as soon as ready() is true. Looks again after every event of the client and at least every 20 ms.
async function until (what, timeout, ready) {
  const end = performance.now() + timeout
  for (;;) {
    const value = await ready()
    if (value) return value
    if (performance.now() > end) throw new Error(`not within ${timeout} ms: ${what()}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

// The adapter tries to connect again even after disconnect(), by a timer it set before. This one stays away.
class Adapter extends WebSocketClientAdapter {
  isCut = false

  connect (peerId, metadata) { if (!this.isCut) super.connect(peerId, metadata) }
}

class Device {
  constructor (r) {
    this.adapter = r.url ? new Adapter(r.url, RETRY_MILLIS) : null
    this.serverHeads = new Map() // documentId -> heads that the server last announced
    this.acknowledged = new Map() // documentId -> every head the server ever announced
    this.announcements = new Map() // documentId -> number of messages with heads from the server
    this.ephemeral = []
    this.remote = []
    this.handles = new Map()
    this.repo = new Repo({
      network: this.adapter ? [this.adapter] : [],
      ...(r.folder ? { storage: new NodeFSStorageAdapter(r.folder) } : {}),
      ...(r.peerId ? { peerId: r.peerId } : {}),
      sharePolicy: async () => true,
      enableRemoteHeadsGossiping: r.gossip ?? false
    })
    this.repo.synchronizer.on('sync-state', ({ documentId, syncState }) => {
      const heads = syncState.theirHeads
      if (!heads) return
      this.serverHeads.set(documentId, [...heads].sort())
      const known = this.acknowledged.get(documentId) ?? new Set()
      for (const h of heads) known.add(h)
      this.acknowledged.set(documentId, known)
    })
  }

  handle (url) {
    const h = this.handles.get(documentId(url))
    if (!h) throw new Error('not opened here: ' + url)
    return h
  }

  keep (handle) {
    if (!this.handles.has(handle.documentId)) {
      this.handles.set(handle.documentId, handle)
      handle.on('ephemeral-message', m => this.ephemeral.push({ url: handle.url, from: m.senderId, message: m.message }))
      handle.on('remote-heads', m => this.remote.push({ url: handle.url, storageId: m.storageId, heads: m.heads }))
    }
    return handle
  }

  isAcknowledged (handle) {
    const theirs = this.serverHeads.get(handle.documentId)
    return theirs !== undefined && sameHeads(theirs, headsOf(handle))
  }
}

const device = r => {
  const d = repos.get(r.repo)
  if (!d) throw new Error('no repo ' + r.repo)
  return d
}

// Sets a value at a path of keys and indexes; {"counter":n} and {"text":[index,delete,insert]} are the two special values.
function assign (doc, path, value) {
  let target = doc
  for (const key of path.slice(0, -1)) target = target[key]
  const key = path.at(-1)
  if (value !== null && typeof value === 'object' && 'counter' in value) {
    if (target[key] instanceof A.Counter) target[key].increment(value.counter)
    else target[key] = new A.Counter(value.counter)
  } else if (value !== null && typeof value === 'object' && 'text' in value) {
    A.splice(doc, path, ...value.text)
  } else if (key === '+') {
    target.push(value)
  } else {
    target[key] = value
  }
}

const commands = {
  async open (r) {
    if (repos.has(r.repo)) throw new Error('repo exists: ' + r.repo)
    const d = new Device(r)
    repos.set(r.repo, d)
    if (d.adapter) {
      await until(() => 'connection of ' + r.repo + ' (' + failures.join('; ') + ')', r.timeout, () => d.repo.peers.length > 0)
      d.server = d.repo.peers[0]
    }
    return { peerId: d.repo.peerId, server: d.server ?? null, storageId: (await d.repo.storageId()) ?? null }
  },
  // Opens without waiting for a server: for servers that refuse.
  async openUnanswered (r) {
    repos.set(r.repo, new Device(r))
    return {}
  },
  // A device that goes away: everything is flushed to its folder and the socket is closed.
  async close (r) {
    const d = device(r)
    await d.repo.flush()
    // The adapter asserts that it has a socket; a device that was disconnected before has none.
    if (d.adapter) d.adapter.isCut = true
    if (d.adapter?.socket) await d.repo.shutdown()
    repos.delete(r.repo)
    return {}
  },
  async disconnect (r) {
    const { adapter } = device(r)
    adapter.isCut = true
    if (adapter.socket) adapter.disconnect()
    return {}
  },
  async connect (r) {
    const d = device(r)
    d.adapter.isCut = false
    d.adapter.connect(d.repo.peerId, { storageId: await d.repo.storageId(), isEphemeral: false })
    await until(() => 'connection of ' + r.repo, r.timeout, () => d.repo.peers.length > 0)
    return {}
  },
  async peers (r) { return { peers: device(r).repo.peers } },
  async create (r) {
    const d = device(r)
    const urls = r.contents.map(content => d.keep(d.repo.create(content)).url)
    return { urls }
  },
  // A board document that links to one document per card.
  async createBoard (r) {
    const d = device(r)
    const cards = Array.from({ length: r.cards }, (_, i) =>
      d.keep(d.repo.create({ title: 'Card ' + i, text: `What card ${i} says, in ${i % 7 + 3} words or more.`, color: ['yellow', 'green', 'blue'][i % 3], done: false })).url)
    const board = d.keep(d.repo.create({ title: 'Board', cards })).url
    for (let i = 0; i < cards.length; i += 10) d.handle(cards[i]).change(c => { c.done = true; c.title = 'Done ' + i })
    return { board, cards }
  },
  // Finds every document; the slowest decides. Unavailable ones are reported, not thrown.
  async find (r) {
    const d = device(r)
    const started = performance.now()
    const states = {}
    await Promise.all(r.urls.map(async url => {
      try {
        d.keep(await d.repo.find(url, { signal: AbortSignal.timeout(r.timeout) }))
        states[url] = 'ready'
      } catch (e) {
        states[url] = /unavailable/.test(e.message) ? 'unavailable' : 'failed: ' + e.message
      }
    }))
    return { states, millis: performance.now() - started }
  },
  // Forgets the local copy, so that the next find asks the server again.
  async forget (r) {
    const d = device(r)
    for (const url of r.urls) { await d.repo.removeFromCache(documentId(url)); d.handles.delete(documentId(url)) }
    return {}
  },
  async change (r) {
    const handle = device(r).handle(r.url)
    handle.change(doc => { for (const { path, value } of r.set) assign(doc, path, value) }, r.message ? { message: r.message } : {})
    return { heads: headsOf(handle) }
  },
  async json (r) { return { json: JSON.parse(JSON.stringify(device(r).handle(r.url).doc())) } },
  async heads (r) { const d = device(r); return { heads: r.urls.map(url => headsOf(d.handle(url))) } },
  async history (r) { return { hashes: A.getChangesMetaSince(device(r).handle(r.url).doc(), []).map(c => c.hash) } },
  async serverHeads (r) { return { heads: device(r).serverHeads.get(documentId(r.url)) ?? null } },
  // Waits until the server has announced exactly the heads that this device has, for every document.
  async awaitAcknowledged (r) {
    const d = device(r)
    const started = performance.now()
    const open = () => r.urls.filter(url => !d.isAcknowledged(d.handle(url)))
    await until(() => `${open().length} of ${r.urls.length} documents acknowledged, such as ${open()[0]}`, r.timeout, () => open().length === 0)
    return { millis: performance.now() - started }
  },
  // Waits until this device has the given heads of a document.
  async awaitHeads (r) {
    const handle = device(r).handle(r.url)
    await until(() => `heads ${r.heads} of ${r.url}, has ${headsOf(handle)}`, r.timeout, () => sameHeads(r.heads, headsOf(handle)))
    return {}
  },
  // Waits until this device has all the given changes of each document: {url: [hash, ...]}.
  async awaitChanges (r) {
    const d = device(r)
    const open = () => Object.entries(r.changes).filter(([url, hashes]) => !A.hasHeads(d.handle(url).doc(), hashes))
    await until(() => `changes of ${open().length} documents, such as ${open()[0]}`, r.timeout, () => open().length === 0)
    return {}
  },
  async broadcast (r) { const h = device(r).handle(r.url); for (const m of r.messages) h.broadcast(m); return {} },
  async ephemeral (r) {
    const d = device(r)
    await until(() => `${r.atLeast} ephemeral messages, have ${d.ephemeral.length}`, r.timeout, () => d.ephemeral.length >= r.atLeast)
    return { messages: d.ephemeral }
  },
  async subscribeRemotes (r) { device(r).repo.subscribeToRemotes(r.storageIds); return {} },
  async remoteHeads (r) {
    const d = device(r)
    const found = () => d.remote.filter(m => m.storageId === r.storageId && documentId(m.url) === documentId(r.url))
    await until(() => `remote heads of ${r.storageId}`, r.timeout, () => found().length > 0)
    return { heads: found() }
  },
  // Edits as fast as it can until stopped or until the connection is gone for good; answers at once.
  async startWriting (r) {
    const d = device(r)
    const handle = d.handle(r.url)
    d.writing = true
    d.written = 0
    void (async () => {
      while (d.writing) {
        handle.change(doc => { doc.entries.push(`${r.repo}:${d.written}`) })
        d.written++
        await new Promise(resolve => setTimeout(resolve, r.everyMillis))
      }
    })()
    return {}
  },
  // Everything the server has acknowledged so far: all announced heads that this device knows, and their ancestors.
  async stopWriting (r) {
    const d = device(r)
    d.writing = false
    const handle = d.handle(r.url)
    const known = new Map(A.getChangesMetaSince(handle.doc(), []).map(({ hash, deps }) => [hash, deps]))
    const acknowledged = new Set()
    const stack = [...(d.acknowledged.get(handle.documentId) ?? [])].filter(h => known.has(h))
    while (stack.length) {
      const h = stack.pop()
      if (acknowledged.has(h)) continue
      acknowledged.add(h)
      stack.push(...known.get(h))
    }
    return { written: d.written, acknowledged: [...acknowledged] }
  },
  async acknowledgedCount (r) { return { count: device(r).acknowledged.get(documentId(r.url))?.size ?? 0 } },
  async failures () { return { failures: failures.splice(0) } }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const r = JSON.parse(line)
  commands[r.cmd](r)
    .then(answer => ({ id: r.id, ...answer }), e => ({ id: r.id, error: String(e?.message ?? e) }))
    .then(answer => process.stdout.write(JSON.stringify(answer) + '\n'))
}
process.exit(0)

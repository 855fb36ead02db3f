// A long-lived peer for the engine's comparison tests: executes edits with the npm package on request.
//
// One JSON object per line on standard input, one answer per line on standard output, in order:
//   {"cmd":"reset"}                                  forget every document and sync state
//   {"cmd":"steps","steps":[...]}                    execute steps, answer one result per step (see step())
//   {"cmd":"describe","doc":D,"at":[[head,..],..]}   heads, changes, saves and typed view, now and at earlier heads
//   {"cmd":"decode","bytes":HEX}                     the fields and operations of a change
//   {"cmd":"open","bytes":HEX,"incremental":HEX?}    load bytes and describe the result without keeping it
// A request that throws is answered with {"error":TEXT}. After a panic of the WebAssembly module the process ends with
// status 70, because the module's memory can no longer be trusted.
//
// Bytes are lower-case hex. Integers are decimal text, doubles are the hex of their eight big-endian bytes.
import readline from 'node:readline'
import * as A from '@automerge/automerge'

// The sync functions of the package copy the whole state per call; the ones below them do not.
const { ApiHandler } = await import(new URL('../low_level.js', import.meta.resolve('@automerge/automerge')).href)

const hex = bytes => Buffer.from(bytes).toString('hex')
const unhex = text => new Uint8Array(Buffer.from(text, 'hex'))
const fresh = actor => A.getBackend(A.init({ actor }))
const reading = '00'.repeat(16)

const docs = new Map()
const states = new Map()

function integer (text) {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

function scalar (type, value) {
  switch (type) {
    case 'int': case 'uint': return integer(value)
    case 'counter': return Number(value)
    case 'timestamp': return new Date(Number(value))
    case 'f64': return Buffer.from(value, 'hex').readDoubleBE()
    case 'bytes': return unhex(value)
    default: return value
  }
}

function show (type, value) {
  switch (type) {
    case 'int': case 'uint': case 'counter': return String(value)
    case 'timestamp': return String(value.getTime())
    case 'f64': return bits(value)
    case 'bytes': return hex(value)
    default: return value
  }
}

const bits = number => { const b = Buffer.alloc(8); b.writeDoubleBE(number); return hex(b) }

// Mark values and the content of blocks carry no type in the npm view: a number may be an int, a uint, a double or a
// counter. Numbers are compared as doubles.
function showPlain (v) {
  if (v instanceof Uint8Array) return { bytes: hex(v) }
  if (v instanceof Date) return { timestamp: String(v.getTime()) }
  if (typeof v === 'number' || typeof v === 'bigint') return { number: bits(Number(v)) }
  if (v instanceof A.ImmutableString) return v.val
  if (v instanceof A.Counter) return { number: bits(v.value) }
  if (Array.isArray(v)) return v.map(showPlain)
  return v !== null && typeof v === 'object' ? showAll(v) : v
}

const showAll = o => Object.fromEntries(Object.entries(o).map(([k, v]) => [k, showPlain(v)]))

const EMPTY = { map: () => ({}), list: () => [], text: () => '' }

function edit (d, o) {
  switch (o.op) {
    case 'put': return d.put(o.obj, o.key, scalar(o.type, o.value), o.type)
    case 'insert': return d.insert(o.obj, o.key, scalar(o.type, o.value), o.type)
    case 'make': return d.putObject(o.obj, o.key, EMPTY[o.type]())
    case 'makeInsert': return d.insertObject(o.obj, o.key, EMPTY[o.type]())
    case 'delete': return d.delete(o.obj, o.key)
    case 'increment': return d.increment(o.obj, o.key, Number(o.value))
    case 'splice': return d.splice(o.obj, o.key, o.del, o.value)
    case 'mark': return d.mark(o.obj, { start: o.key, end: o.end, expand: o.expand }, o.name, scalar(o.type, o.value), o.type)
    case 'unmark': return d.unmark(o.obj, { start: o.key, end: o.end, expand: o.expand }, o.name)
    case 'splitBlock': return d.splitBlock(o.obj, o.key, o.value)
    case 'updateBlock': return d.updateBlock(o.obj, o.key, o.value)
    case 'joinBlock': return d.joinBlock(o.obj, o.key)
    default: throw new Error('unknown edit ' + o.op)
  }
}

function doc (name) {
  const d = docs.get(name)
  if (!d) throw new Error('no document ' + name)
  return d
}

function keep (name, d) {
  docs.get(name)?.free()
  docs.set(name, d)
}

function commit (d, s) {
  const errors = []
  s.ops.forEach((o, i) => {
    try { edit(d, o) } catch (e) { if (isPanic(e)) throw e; errors.push([i, String(e.message ?? e)]) }
  })
  const hash = d.commit(s.message ?? undefined, s.time)
  return { hash: hash ?? null, failed: errors.map(e => e[0]), errors }
}

const change = (d, hash) => hash ? hex(d.getChangeByHash(hash)) : null

// One step of a script. Every step that writes answers with the hash and the bytes of the change it made.
function step (s) {
  switch (s.do) {
    case 'new': keep(s.doc, fresh(s.actor)); return {}
    case 'fork': keep(s.doc, doc(s.from).fork(s.actor)); return {}
    case 'sync': return converse(s)
    case 'merge': doc(s.doc).merge(doc(s.from)); return { heads: doc(s.doc).getHeads() }
    case 'apply': { // changes of another document, chosen by row, in any order: some may have to wait for others
      const rows = doc(s.from).getChanges([])
      doc(s.doc).applyChanges(s.rows.map(r => rows[r]))
      return { heads: doc(s.doc).getHeads(), missing: doc(s.doc).getMissingDeps([]) }
    }
    case 'commit': { const d = doc(s.doc); const r = commit(d, s); return { ...r, change: change(d, r.hash) } }
    case 'changeAt': {
      const d = doc(s.doc)
      d.isolate(s.heads)
      const r = commit(d, s)
      d.integrate()
      return { ...r, change: change(d, r.hash) }
    }
    case 'empty': { const d = doc(s.doc); const hash = d.emptyChange(s.message ?? undefined, s.time); return { hash, change: change(d, hash) } }
    case 'reload': keep(s.doc, A.getBackend(A.load(doc(s.doc).save(), { actor: s.actor }))); return {}
    case 'since': return { bytes: hex(doc(s.doc).saveSince(s.heads)) }
    case 'cursor': { const c = doc(s.doc).getCursor(s.obj, s.key, undefined, s.move); return { cursor: c, position: doc(s.doc).getCursorPosition(s.obj, c) } }
    case 'cursorPosition': return { position: doc(s.doc).getCursorPosition(s.obj, s.cursor) }
    case 'diff': return { patches: doc(s.doc).diff(s.before, s.after) }
    default: throw new Error('unknown step ' + s.do)
  }
}

const CONTAINERS = new Set(['map', 'list', 'text', 'table'])

// With overlapping marks of one name, marks() of the npm package can leave out what its own spans() shows.
function isComplete (marks, spans) {
  let position = 0
  for (const s of spans) {
    const start = position
    position += s.type === 'block' ? 1 : s.value.length
    for (const [name, value] of Object.entries(s.marks ?? {})) {
      const shown = JSON.stringify(showPlain(value))
      if (!marks.some(m => m.name === name && m.start <= start && m.end >= position && JSON.stringify(showPlain(m.value)) === shown)) return false
    }
  }
  return true
}

// Every value with the id of its operation; the values of a conflict ascend, the winner is the last.
function view (d, obj, heads) {
  const at = prop => d.getAll(obj, prop, heads).map(([type, value, id]) =>
    CONTAINERS.has(type) ? { type, id: value, ...view(d, value, heads) } : { type, value: show(type, value), id })
  const type = d.objInfo(obj, heads).type
  if (type === 'text') {
    const found = d.spans(obj, heads)
    const marks = d.marks(obj, heads)
    const spans = found.map(s => s.type === 'block' ? { block: showAll(s.value) }
      : { text: s.value, marks: showAll(s.marks ?? {}) })
    return { text: d.text(obj, heads), length: d.length(obj, heads), spans, marks: isComplete(marks, found) ? marks.map(m => ({ name: m.name, start: m.start, end: m.end, value: showPlain(m.value) })) : null }
  }
  if (type === 'list') return { items: Array.from({ length: d.length(obj, heads) }, (_, i) => at(i)) }
  return { entries: d.keys(obj, heads).map(k => [k, at(k)]) }
}

const describe = (d, at) => ({
  heads: d.getHeads(),
  hashes: d.getChangesMeta([]).map(c => c.hash),
  save: hex(d.save()),
  plain: hex(d.saveNoCompress()),
  view: view(d, '_root'),
  past: (at ?? []).map(heads => view(d, '_root', heads))
})

function open (bytes, incremental) {
  const d = bytes ? A.getBackend(A.load(unhex(bytes), { actor: reading })) : fresh(reading)
  try {
    if (incremental) d.loadIncremental(unhex(incremental))
    return describe(d)
  } finally { d.free() }
}

function syncDecode (message) {
  const m = A.decodeSyncMessage(unhex(message))
  return {
    version: message.slice(0, 2),
    heads: m.heads,
    need: m.need,
    have: m.have.map(h => ({ lastSync: h.lastSync, bloom: hex(h.bloom) })),
    changes: m.changes.map(c => c[8] === 0 ? { document: open(hex(c)).plain } : { change: hex(c) })
  }
}

const persisted = state => ApiHandler.encodeSyncState(state)

function syncState (name, isReconnect) {
  let state = states.get(name) ?? ApiHandler.initSyncState()
  if (isReconnect) {
    const restored = ApiHandler.decodeSyncState(persisted(state))
    state.free()
    state = restored
  }
  states.set(name, state)
  return state
}

// Takes part in a conversation that the other engine has had with itself: generates each message, compares it with the
// other engine's and receives the other engine's. Document chunks are compared by content, their compression differs.
function converse (s) {
  const sides = [[doc(s.left), syncState(s.leftState, s.reconnect)], [doc(s.right), syncState(s.rightState, s.reconnect)]]
  const generated = []
  const differences = []
  s.messages.forEach((theirs, i) => {
    const [d, state] = sides[i % 2]
    const message = d.generateSyncMessage(state)
    const ours = message ? hex(message) : null
    generated.push(ours)
    if (ours !== theirs) {
      const a = ours && syncDecode(ours)
      const b = theirs && syncDecode(theirs)
      if (JSON.stringify(a) !== JSON.stringify(b)) differences.push({ message: i, npm: a, other: b })
    }
    if (theirs) { const [to, toState] = sides[1 - i % 2]; to.receiveSyncMessage(toState, unhex(theirs)) }
  })
  return {
    generated,
    differences,
    leftHeads: sides[0][0].getHeads(),
    rightHeads: sides[1][0].getHeads(),
    leftState: hex(persisted(sides[0][1])),
    rightState: hex(persisted(sides[1][1]))
  }
}

const isPanic = e => e instanceof WebAssembly.RuntimeError || /recursive use|unreachable|panicked/.test(String(e?.message ?? e))

const commands = {
  reset () { for (const d of docs.values()) d.free(); for (const s of states.values()) s.free(); docs.clear(); states.clear(); return {} },
  steps: r => ({ results: r.steps.map(step) }),
  describe: r => describe(doc(r.doc), r.at),
  open: r => open(r.bytes, r.incremental),
  decode (r) {
    // Numbers above 2^53 cannot be decoded to JavaScript numbers.
    try { return { change: { ...A.decodeChange(unhex(r.bytes)), hash: undefined } } } catch { return { change: r.bytes } }
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  let answer
  let panicked = false
  try { answer = commands[request.cmd](request) } catch (e) {
    panicked = isPanic(e)
    answer = { error: String(e?.message ?? e), panic: panicked }
  }
  process.stdout.write(JSON.stringify({ id: request.id, ...answer }) + '\n')
  if (panicked) process.exit(70)
}

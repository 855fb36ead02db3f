// The Node half of the engine comparison: what every npm peer shares.
//
// A peer script is started as a fresh process for each scenario:
//
//   node --expose-gc PEER.mjs SCENARIO CONFIG.json [TRACE]
//
// and writes one JSON object per measurement to standard output. The Java half (EngineChild) follows
// the same policy with the same names, so that the orchestrator can put both into one table.
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export const config = process.argv[3] ? JSON.parse(readFileSync(process.argv[3], "utf8")) : {}

/** Path of a file in the run's working folder. */
export const workFile = (name) => join(config.workFolder, name)

/** Writes one measurement. */
export function report(variant, metric, value, extra = {}) {
  process.stdout.write(JSON.stringify({ variant, metric, value, ...extra }) + "\n")
}

/** Reads a trace in the compact form written by the orchestrator (see TraceFile.java). */
export function readTrace(name) {
  const bytes = readFileSync(workFile(`${name}.trace`))
  let at = 0
  const u32 = () => {
    const value = bytes.readUInt32LE(at)
    at += 4
    return value
  }
  const text = () => {
    const length = u32()
    const value = bytes.toString("utf8", at, at + length)
    at += length
    return value
  }
  if (u32() !== 0x43525450) throw new Error("not a trace file")
  const agents = u32()
  const endContent = text()
  const transactions = new Array(u32())
  for (let i = 0; i < transactions.length; i++) {
    const agent = u32()
    const parents = new Array(u32())
    for (let p = 0; p < parents.length; p++) parents[p] = u32()
    const patches = new Array(u32())
    for (let p = 0; p < patches.length; p++) patches[p] = [u32(), u32(), text()]
    transactions[i] = { agent, parents, patches }
  }
  return { agents, endContent, transactions }
}

/** Reads a list of byte strings: count, then length and bytes of each (32-bit little endian). */
export function readList(name) {
  const bytes = readFileSync(workFile(name))
  const items = new Array(bytes.readUInt32LE(0))
  let at = 4
  for (let i = 0; i < items.length; i++) {
    const length = bytes.readUInt32LE(at)
    items[i] = new Uint8Array(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return items
}

/** Writes what readList reads. */
export function writeList(name, items) {
  let size = 4
  for (const item of items) size += 4 + item.length
  const bytes = Buffer.alloc(size)
  bytes.writeUInt32LE(items.length, 0)
  let at = 4
  for (const item of items) {
    bytes.writeUInt32LE(item.length, at)
    bytes.set(item, at + 4)
    at += 4 + item.length
  }
  writeFileSync(workFile(name), bytes)
}

export const readBytes = (name) => new Uint8Array(readFileSync(workFile(name)))
export const hasFile = (name) => existsSync(workFile(name))
export const writeBytes = (name, bytes) => writeFileSync(workFile(name), bytes)

/** Small seeded generator (mulberry32), the same in the Java half: all peers edit at the same places. */
export function random(seed) {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

/**
 * The single-character edits of the "one remote change" scenario: four insertions, then one deletion,
 * each at a random place.
 */
export function characterEdits(count, length, seed) {
  const next = random(seed)
  const edits = []
  for (let i = 0; i < count; i++) {
    if (i % 5 === 4) {
      edits.push([next() % length, 1, ""])
      length--
    } else {
      edits.push([next() % (length + 1), 0, String.fromCharCode(97 + (next() % 26))])
      length++
    }
  }
  return edits
}

/** The edits of one side of the "diverged documents" scenario: short words in, a few characters out. */
export function wordEdits(count, length, seed) {
  const next = random(seed)
  const edits = []
  for (let i = 0; i < count; i++) {
    if (i % 4 === 3) {
      edits.push([next() % (length - 3), 3, ""])
      length -= 3
    } else {
      edits.push([next() % (length + 1), 0, "peer "])
      length += 5
    }
  }
  return edits
}

export function collectGarbage() {
  if (global.gc) {
    global.gc()
    global.gc()
  }
}

/** Resident memory now and at its peak, in bytes, from the operating system. */
export function memory() {
  const status = readFileSync("/proc/self/status", "utf8")
  const field = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024
  return { resident: field("VmRSS"), peak: field("VmHWM") }
}

const cpuMicros = () => {
  const usage = process.cpuUsage()
  return usage.user + usage.system
}

/** Runs body once and returns its processor time (all threads of the process) and elapsed time in ms. */
export function time(body) {
  const cpu = cpuMicros()
  const wall = process.hrtime.bigint()
  const result = body()
  const wallMillis = Number(process.hrtime.bigint() - wall) / 1e6
  return { result, cpuMillis: (cpuMicros() - cpu) / 1e3, wallMillis }
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/**
 * Measures a whole operation: the first run of the process is the cold figure; then warm-up runs, then
 * measured runs, whose median is the warm figure. Stops early when the scenario's time is used up; an
 * operation too slow for a second run has only its cold figure.
 */
export function measure(variant, setUp, body, check) {
  const started = performance.now()
  const runs = []
  for (let i = 0; i < 1 + config.warmups + config.samples; i++) {
    if (i > 0 && (performance.now() - started + runs[i - 1].wallMillis) / 1e3 > config.budgetSeconds) break
    const prepared = setUp()
    collectGarbage()
    const run = time(() => body(prepared))
    if (check) check(run.result, prepared)
    runs.push(run)
    run.result = undefined
  }
  report(variant, "cold_cpu_ms", runs[0].cpuMillis, { n: 1 })
  report(variant, "cold_wall_ms", runs[0].wallMillis, { n: 1 })
  const warm = runs.length > 1 + config.warmups ? runs.slice(1 + config.warmups) : runs.slice(-1)
  report(variant, "cpu_ms", median(warm.map((r) => r.cpuMillis)), { n: warm.length })
  report(variant, "wall_ms", median(warm.map((r) => r.wallMillis)), { n: warm.length })
}

/**
 * Measures an operation done again and again on one document. The first quarter is the warm-up, its
 * first operations the cold figure. Stops when the scenario's time is used up.
 */
export function measureEach(variant, items, body) {
  const micros = new Float64Array(items.length)
  const started = performance.now()
  let done = 0
  const cold = Math.min(20, items.length)
  let cpuStart = cpuMicros()
  const warmFrom = Math.floor(items.length / 4)
  let cpuWarm = cpuStart
  let warmAt = 0
  for (; done < items.length; done++) {
    const elapsed = performance.now() - started
    if (elapsed / 1e3 > config.budgetSeconds) break
    if (warmAt === 0 && done > 0 && (done === warmFrom || elapsed / 1e3 > config.budgetSeconds / 4)) {
      warmAt = done
      cpuWarm = cpuMicros()
    }
    const wall = process.hrtime.bigint()
    body(items[done])
    micros[done] = Number(process.hrtime.bigint() - wall) / 1e3
    if (done === cold - 1) report(variant, "cold_cpu_us_each", (cpuMicros() - cpuStart) / cold, { n: cold })
  }
  const n = done - warmAt
  const sorted = micros.slice(warmAt, done).sort()
  report(variant, "cpu_us_each", (cpuMicros() - cpuWarm) / n, { n })
  report(variant, "p50_us", sorted[Math.floor(n * 0.5)], { n })
  report(variant, "p99_us", sorted[Math.min(n - 1, Math.floor(n * 0.99))], { n })
}

/** Runs body for each item until the time is used up; returns the totals and how many were done. */
export function untilSpent(items, body) {
  const deadline = performance.now() + config.budgetSeconds * 1e3
  let done = 0
  const run = time(() => {
    for (; done < items.length; done++) {
      if ((done & 15) === 0 && performance.now() > deadline) break
      body(items[done])
    }
  })
  return { ...run, done }
}

/** Measures orphans: the first `count` changes, handed over one by one, the last one first. */
export function measureOrphans(changes, open, apply, check) {
  for (const count of config.orphanCounts) {
    if (count > changes.length) continue
    const reversed = changes.slice(0, count).reverse()
    const document = open()
    collectGarbage()
    const run = untilSpent(reversed, (change) => apply(document, change))
    report(String(count), "cpu_ms", run.cpuMillis, { n: run.done })
    report(String(count), "wall_ms", run.wallMillis, { n: run.done })
    if (run.done < count) break
    check(document, count)
  }
}

/** Measures what holding one loaded document costs: resident memory and JavaScript heap. */
export function measureRetained(variant, open) {
  collectGarbage()
  const before = memory()
  const heapBefore = process.memoryUsage().heapUsed
  const document = open()
  const peak = memory().peak
  collectGarbage()
  const after = memory()
  report(variant, "retained_rss_bytes", after.resident - before.resident)
  report(variant, "retained_heap_bytes", process.memoryUsage().heapUsed - heapBefore)
  report(variant, "peak_rss_bytes", peak - before.resident)
  return document
}

/** A plain string edited as the trace says; what every peer must arrive at for the first n transactions. */
export function replayText(trace, n) {
  let text = ""
  for (let i = 0; i < n; i++) {
    for (const [at, del, ins] of trace.transactions[i].patches) text = text.slice(0, at) + ins + text.slice(at + del)
  }
  return text
}

/**
 * Replays a trace of several agents: each transaction is made in a document that holds exactly its
 * parents' merged state.
 *
 * With few agents each has a document of its own (an agent's transactions are totally ordered, so it only
 * ever learns). With many, a document stays open as long as a transaction still builds on its last one.
 *
 * The peer gives: create(agent), fork(document, agent) (a copy in which agent goes on), adopt(document,
 * agent) (the same document handed to agent; returns the document to use), free(document),
 * learn(document, indexes) (applies the recorded changes of these transactions, ascending), and
 * edit(document, patches, agent) which records the next change.
 */
export function replayConcurrent(trace, peer) {
  if (trace.agents <= 8) replayByAgent(trace, peer)
  else replayByTip(trace, peer)
}

function editAfterParents(transactions, index, state, peer) {
  const { agent, parents, patches } = transactions[index]
  const missing = []
  const stack = [...parents]
  while (stack.length > 0) {
    const i = stack.pop()
    if (state.known[i]) continue
    state.known[i] = 1
    missing.push(i)
    stack.push(...transactions[i].parents)
  }
  if (missing.length > 0) peer.learn(state.document, missing.sort((a, b) => a - b))
  peer.edit(state.document, patches, agent)
  state.known[index] = 1
}

function replayByAgent({ transactions }, peer) {
  const states = []
  transactions.forEach(({ agent }, index) => {
    states[agent] ??= { document: peer.create(agent), known: new Uint8Array(transactions.length) }
    editAfterParents(transactions, index, states[agent], peer)
  })
  for (const state of states) if (state) peer.free(state.document)
}

function replayByTip({ transactions }, peer) {
  const children = new Int32Array(transactions.length)
  for (const { parents } of transactions) for (const parent of parents) children[parent]++
  const open = new Map()
  transactions.forEach(({ agent, parents }, index) => {
    let state
    const from = parents.find((parent) => children[parent] === 1) ?? parents[0]
    if (from === undefined) {
      state = { document: peer.create(agent), known: new Uint8Array(transactions.length) }
    } else if (children[from] === 1) {
      state = open.get(from)
      state.document = peer.adopt(state.document, agent)
      open.delete(from)
    } else {
      const origin = open.get(from)
      state = { document: peer.fork(origin.document, agent), known: origin.known.slice() }
    }
    editAfterParents(transactions, index, state, peer)
    open.set(index, state)
    for (const parent of parents) children[parent]--
    for (const i of [...parents, index]) {
      if (children[i] === 0 && open.has(i)) {
        peer.free(open.get(i).document)
        open.delete(i)
      }
    }
  })
}

/**
 * A transaction's patches made to fit a text of the given length. Only a trace that starts in several places
 * needs it: its beginnings meet in an order that every algorithm chooses differently from the one recorded.
 */
export function fitting(patches, length) {
  const result = []
  for (const [at, del, ins] of patches) {
    const from = Math.min(at, length)
    const gone = Math.min(del, length - from)
    if (gone > 0 || ins !== "") result.push([from, gone, ins])
    length += ins.length - gone
  }
  return result.length > 0 ? result : [[0, 0, " "]]
}

export function expectEqual(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: wrong result`)
}

/** Runs the scenario named on the command line. */
export async function main(scenarios) {
  const scenario = scenarios[process.argv[2]]
  if (!scenario) {
    report("", "unsupported", 1)
    return
  }
  await scenario()
  report("", "process_peak_rss_bytes", memory().peak)
}

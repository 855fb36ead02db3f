// Peerstead's cores and npm hypercore side by side, in one run on one machine.
//
//   node bench-hypercore.mjs [--quick] [--only REGEX] [--pairs npm-npm,ours-ours,...] [--csv FILE] [--work FOLDER] [--repeat N] [--warm]
//
// Build the benchmarks first: ./mvnw -q -pl testing/benchmarks -am package -DskipTests. Prints Markdown tables.
// Every measurement runs in processes that were just started: writer, sender and receiver each have one of their own, on loopback TCP.
// CPU is user + system time of the whole process (JIT, garbage collector and RocksDB's threads included) from /proc while the work
// runs, so this runs on Linux. What a process has to do:
//
//   append   create a core and append blocks: one by one (the next after the answer to the last), 64 in flight, or in batches
//   serve    open a prepared store and answer whoever connects
//   fetch    open cores by key in an empty store, connect, download all blocks; with --warm the processes have done the same once
//            before with other cores, on the same connection
//   idle     open cores of a prepared store and keep them open
//
// `bench-hypercore.mjs child MODE ...` is the npm side of that, `benchmarks.jar core-child MODE ...` ours; both speak the same lines.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const self = fileURLToPath(import.meta.url)
const here = path.dirname(self)
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const say = fields => console.log(JSON.stringify(fields))

const { values: options, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    pairs: { type: 'string', default: 'npm-npm,ours-ours,npm-ours,ours-npm' },
    csv: { type: 'string', default: '' },
    work: { type: 'string', default: os.tmpdir() },
    repeat: { type: 'string', default: '1' },
    jar: { type: 'string', default: path.join(here, '../../benchmarks/target/benchmarks.jar') },
    // of a child
    folder: { type: 'string' },
    cores: { type: 'string', default: '1' },
    blocks: { type: 'string', default: '0' },
    bytes: { type: 'string', default: '100' },
    batch: { type: 'string', default: '1' },
    flight: { type: 'string', default: '1' },
    port: { type: 'string' },
    keys: { type: 'string' },
    warm: { type: 'boolean', default: false },
    warmup: { type: 'string' },
    linear: { type: 'boolean', default: false }
  },
  allowPositionals: true
})

// ---- the npm side ----

async function child (mode) {
  const { default: Corestore } = await import('corestore')
  const { default: NoiseSecretStream } = await import('@hyperswarm/secret-stream')
  const { randomBytes } = await import('node:crypto')
  const [cores, count, bytes, batch, flight] = ['cores', 'blocks', 'bytes', 'batch', 'flight'].map(name => Number(options[name]))

  const lines = []
  let wake = () => {}
  readline.createInterface({ input: process.stdin }).on('line', line => { lines.push(line); wake() }).on('close', () => process.exit(1))
  const command = async () => { while (!lines.length) await new Promise(resolve => { wake = resolve }); return lines.shift() }

  // Content that does not compress and costs next to nothing to make.
  const pool = randomBytes(1 << 20)
  const block = i => {
    const at = (i * 7919) % (pool.length - bytes)
    const value = Buffer.from(pool.subarray(at, at + bytes))
    value.writeUInt32LE(i, 0)
    return value
  }

  const store = new Corestore(options.folder, { primaryKey: Buffer.alloc(32, 7), unsafe: true })
  await store.ready()

  async function fill (core) {
    if (batch > 1) {
      for (let done = 0; done < count;) {
        const list = []
        while (list.length < batch && done < count) list.push(block(done++))
        await core.append(list)
      }
    } else if (flight > 1) {
      let next = 0
      await Promise.all(Array.from({ length: flight }, async () => { while (next < count) await core.append(block(next++)) }))
    } else {
      for (let i = 0; i < count; i++) await core.append(block(i))
    }
  }

  async function appended () {
    const made = []
    for (let i = 0; i < cores; i++) {
      const core = store.get({ name: 'bench-' + i })
      await core.ready()
      await fill(core)
      made.push({ key: core.key.toString('hex'), length: core.length, treeHash: (await core.treeHash()).toString('hex') })
      if (cores > 1) await core.close()
    }
    return { cores: made }
  }

  const sockets = []
  const secret = (isInitiator, socket) => {
    socket.setNoDelay(true)
    sockets.push(socket)
    const stream = new NoiseSecretStream(isInitiator, socket)
    stream.on('error', () => {})
    store.replicate(stream)
    return stream
  }
  const traffic = () => sockets.reduce((sum, s) => ({ received: sum.received + s.bytesRead, sent: sum.sent + s.bytesWritten }), { received: 0, sent: 0 })

  async function fetched (keys) {
    const opened = fs.readFileSync(keys, 'utf8').trim().split('\n').map(key => store.get({ key: Buffer.from(key, 'hex') }))
    await Promise.all(opened.map(core => core.ready()))
    const found = store.findingPeers()
    if (sockets.length === 0) await secret(true, net.connect(Number(options.port), '127.0.0.1')).opened
    setTimeout(found, 500)
    await Promise.all(opened.map(async core => {
      await core.update({ wait: true })
      while (core.length < count) await new Promise(resolve => core.once('append', resolve))
      await core.download({ start: 0, end: count, linear: options.linear }).done()
    }))
    const result = { blocks: opened.reduce((sum, core) => sum + core.contiguousLength, 0), ...traffic() }
    result.treeHash = (await opened[0].treeHash()).toString('hex')
    return result
  }

  const kept = []
  async function idle () {
    for (let i = 0; i < cores; i++) kept.push(store.get({ name: 'bench-' + i }))
    await Promise.all(kept.map(core => core.ready()))
    return memory()
  }

  async function memory () {
    for (let i = 0; i < 3; i++) { global.gc(); await sleep(100) }
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, heap: heapUsed + external }
  }

  const ready = { event: 'ready' }
  if (mode === 'serve') {
    const server = net.createServer(socket => secret(false, socket))
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    ready.port = server.address().port
  }
  if (mode === 'idle') Object.assign(ready, await memory())
  say(ready)
  for (;;) {
    const line = await command()
    if (line === 'go') say({ event: 'done', ...await ({ append: appended, fetch: () => fetched(options.keys), idle })[mode]() })
    else if (line === 'warm') say({ event: 'warm', ...await fetched(options.warmup) })
    else { await store.close(); process.exit(0) }
  }
}

// ---- the comparison ----

const JAVA = ['--enable-native-access=ALL-UNNAMED', '--sun-misc-unsafe-memory-access=allow', '-XX:+UseCompactObjectHeaders', '-XX:+UseG1GC', '-Xms32m', '-XX:GCTimeRatio=4', '-XX:G1HeapRegionSize=1m']

class Child {
  constructor (kind, mode, args) {
    const [program, first] = kind === 'npm'
      ? [process.execPath, ['--no-warnings', '--expose-gc', self, 'child', mode]]
      : [process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin/java') : 'java', [...JAVA, '-jar', options.jar, 'core-child', mode]]
    this.process = spawn(program, [...first, ...Object.entries(args).flatMap(([name, value]) => value === true ? ['--' + name] : value === false ? [] : ['--' + name, String(value)])], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.add(this.process)
    this.exit = new Promise(resolve => this.process.on('exit', () => { children.delete(this.process); resolve() }))
    this.events = []
    this.wake = () => {}
    readline.createInterface({ input: this.process.stdout }).on('line', line => { this.events.push(JSON.parse(line)); this.wake() })
    this.exit.then(() => this.wake())
    this.name = kind + ' ' + mode
  }

  async event (name, seconds = 900) {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const at = this.events.findIndex(event => event.event === name)
      if (at !== -1) return this.events.splice(at, 1)[0]
      if (this.process.exitCode !== null || this.process.signalCode !== null) throw new Error(this.name + ' ended')
      if (Date.now() > end) { this.process.kill('SIGKILL'); throw new Error(this.name + ' took more than ' + seconds + ' s') }
      await Promise.race([new Promise(resolve => { this.wake = resolve }), sleep(1000)])
    }
  }

  tell (line) { this.process.stdin.write(line + '\n') }

  cpuMillis () {
    const fields = fs.readFileSync(`/proc/${this.process.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  writtenBytes () { return Number(/^write_bytes: (\d+)/m.exec(fs.readFileSync(`/proc/${this.process.pid}/io`, 'utf8'))[1]) }

  async quit () { this.tell('quit'); await this.exit }
}

function size (folder) {
  let sum = 0
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) sum += fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).blocks * 512
  }
  return sum
}

const children = new Set()
const root = positionals[0] === 'child' ? '' : fs.mkdtempSync(path.join(options.work, 'bench-hypercore-'))
let folders = 0
const fresh = () => { const f = path.join(root, String(folders++)); fs.mkdirSync(f); return f }

async function append (kind, shape) {
  const folder = fresh()
  const writer = new Child(kind, 'append', { folder, ...shape })
  await writer.event('ready')
  const [cpu, started] = [writer.cpuMillis(), performance.now()]
  writer.tell('go')
  const done = await writer.event('done')
  const result = { wall: performance.now() - started, cpu: writer.cpuMillis() - cpu, written: writer.writtenBytes(), ...done }
  await writer.quit()
  result.disk = size(folder)
  result.folder = folder
  return result
}

const prepared = new Map() // stores to serve from, made once for each kind and shape

async function prepare (kind, shape) {
  const id = kind + JSON.stringify(shape)
  if (!prepared.has(id)) prepared.set(id, await append(kind, { batch: Math.max(2, Math.min(1000, Math.floor(8e6 / shape.bytes))), ...shape }))
  return prepared.get(id)
}

async function replicate (from, to, shape, linear) {
  const source = await prepare(from, options.warm ? { ...shape, cores: 2 * shape.cores } : shape)
  const keys = path.join(root, 'keys')
  const warmup = path.join(root, 'warmup')
  fs.writeFileSync(keys, source.cores.slice(0, shape.cores).map(core => core.key).join('\n'))
  fs.writeFileSync(warmup, source.cores.slice(shape.cores).map(core => core.key).join('\n'))
  const sender = new Child(from, 'serve', { folder: source.folder })
  const { port } = await sender.event('ready')
  const folder = fresh()
  const receiver = new Child(to, 'fetch', { folder, keys, warmup, port, blocks: shape.blocks, linear })
  await receiver.event('ready')
  let before = { sent: 0, received: 0 }
  if (options.warm) {
    receiver.tell('warm')
    before = await receiver.event('warm')
  }
  const [sent, received, started] = [sender.cpuMillis(), receiver.cpuMillis(), performance.now()]
  receiver.tell('go')
  const done = await receiver.event('done')
  const result = { wall: performance.now() - started, sender: sender.cpuMillis() - sent, receiver: receiver.cpuMillis() - received }
  const total = shape.blocks * shape.cores
  if (done.blocks !== total || done.treeHash !== source.cores[0].treeHash) throw new Error('incomplete: ' + JSON.stringify(done))
  result.wire = (done.received - before.received - total * shape.bytes) / total
  result.asked = (done.sent - before.sent) / total
  await receiver.quit()
  await sender.quit()
  result.disk = size(folder) / total / (options.warm ? 2 : 1)
  fs.rmSync(folder, { recursive: true })
  return result
}

async function idle (kind, cores) {
  const source = await prepare(kind, { cores, blocks: 1, bytes: 100 })
  const holder = new Child(kind, 'idle', { folder: source.folder, cores })
  const before = await holder.event('ready')
  holder.tell('go')
  const after = await holder.event('done')
  await holder.quit()
  return { rss: (after.rss - before.rss) / cores / 1024, heap: (after.heap - before.heap) / cores / 1024, total: after.rss / 2 ** 20 }
}

const appends = options.quick
  ? [['100 B, one by one', { blocks: 2000, bytes: 100 }], ['100 B, 64 in flight', { blocks: 5000, bytes: 100, flight: 64 }], ['100 B, batches of 1,000', { blocks: 20000, bytes: 100, batch: 1000 }],
      ['64 KiB, one by one', { blocks: 200, bytes: 65536 }], ['64 KiB, batches of 32', { blocks: 512, bytes: 65536, batch: 32 }]]
  : [['100 B, one by one', { blocks: 10000, bytes: 100 }], ['100 B, 64 in flight', { blocks: 50000, bytes: 100, flight: 64 }], ['100 B, batches of 1,000', { blocks: 200000, bytes: 100, batch: 1000 }],
      ['64 KiB, one by one', { blocks: 2000, bytes: 65536 }], ['64 KiB, batches of 32', { blocks: 4096, bytes: 65536, batch: 32 }]]
const copies = options.quick
  ? [['10,000 x 100 B', { cores: 1, blocks: 10000, bytes: 100 }, false], ['10,000 x 100 B, linear', { cores: 1, blocks: 10000, bytes: 100 }, true], ['64 MiB of 64 KiB', { cores: 1, blocks: 1024, bytes: 65536 }, false], ['100 cores of 10 x 100 B', { cores: 100, blocks: 10, bytes: 100 }, false]]
  : [['100,000 x 100 B', { cores: 1, blocks: 100000, bytes: 100 }, false], ['100,000 x 100 B, linear', { cores: 1, blocks: 100000, bytes: 100 }, true], ['1 GiB of 64 KiB', { cores: 1, blocks: 16384, bytes: 65536 }, false], ['1,000 cores of 10 x 100 B', { cores: 1000, blocks: 10, bytes: 100 }, false]]
const idleCores = options.quick ? 1000 : 10000

const median = xs => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)]
const show = v => typeof v !== 'number' ? v : Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1) : v.toFixed(2)
const csv = []

async function runs (name, pair, measure) {
  const results = []
  for (let i = 0; i < Number(options.repeat); i++) {
    try {
      const result = await measure()
      results.push(result)
      csv.push([name, pair, ...Object.entries(result).filter(([, v]) => typeof v === 'number').map(([k, v]) => k + '=' + v)].join(';'))
      console.error(csv.at(-1))
    } catch (error) {
      console.error(name, pair, error.message)
      for (const child of children) child.kill('SIGKILL')
    }
  }
  if (results.length === 0) return null
  return Object.fromEntries(Object.keys(results[0]).filter(key => typeof results[0][key] === 'number').map(key => [key, median(results.map(r => r[key]))]))
}

const table = (head, rows) => console.log(['', `| ${head.join(' | ')} |`, `|${head.map((_, i) => i === 0 ? '---' : '---:').join('|')}|`, ...rows.map(row => `| ${row.map(show).join(' | ')} |`)].join('\n'))
const wanted = name => new RegExp(options.only).test(name)
const ratio = (ours, npm) => ours === undefined || npm === undefined || npm === 0 ? '–' : (ours / npm).toFixed(2) + 'x'
const cell = (v, ...path) => v === null || v === undefined ? '–' : path.map(key => show(v[key])).join(' / ')

async function compare () {
  console.log(`${os.cpus().length} x ${os.cpus()[0].model}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, Node.js ${process.version}, ${new Date().toISOString().slice(0, 16)}Z, load average ${os.loadavg()[0].toFixed(1)}`)
  const pairs = options.pairs.split(',')
  const kinds = ['npm', 'ours'].filter(kind => options.pairs.includes(kind))

  const rows = []
  for (const [name, shape] of appends.filter(([name]) => wanted('append ' + name))) {
    const found = {}
    for (const kind of kinds) {
      found[kind] = await runs('append ' + name, kind, async () => {
        const r = await append(kind, shape)
        fs.rmSync(r.folder, { recursive: true })
        return { cpu: r.cpu * 1000 / shape.blocks, wall: r.wall * 1000 / shape.blocks, disk: r.disk / shape.blocks, written: r.written / shape.blocks }
      })
    }
    rows.push([name, cell(found.npm, 'cpu'), cell(found.ours, 'cpu'), ratio(found.ours?.cpu, found.npm?.cpu), cell(found.npm, 'wall'), cell(found.ours, 'wall'), cell(found.npm, 'disk'), cell(found.ours, 'disk')])
  }
  if (rows.length) table(['Append, per block', 'npm CPU µs', 'our CPU µs', 'ours to npm', 'npm wall µs', 'our wall µs', 'npm disk B', 'our disk B'], rows)

  for (const [name, shape, linear] of copies.filter(([name]) => wanted('copy ' + name))) {
    const copied = []
    let base = null
    for (const pair of pairs) {
      const r = await runs('copy ' + name, pair, () => replicate(...pair.split('-'), shape, linear))
      if (pair === 'npm-npm') base = r
      copied.push([pair.replace('-', ' to '), cell(r, 'receiver'), ratio(r?.receiver, base?.receiver), cell(r, 'sender'), ratio(r?.sender, base?.sender), cell(r, 'wall'), cell(r, 'wire'), cell(r, 'asked'), cell(r, 'disk')])
    }
    table([name, 'receiver CPU ms', 'to npm', 'sender CPU ms', 'to npm', 'wall ms', 'overhead B/block', 'asked B/block', 'disk B/block'], copied)
    for (const [id, made] of prepared) { fs.rmSync(made.folder, { recursive: true }); prepared.delete(id) }
  }

  if (wanted('idle')) {
    const held = []
    for (const kind of kinds) {
      const r = await runs('idle', kind, () => idle(kind, idleCores))
      held.push([kind, cell(r, 'rss'), cell(r, 'heap'), cell(r, 'total')])
    }
    table([`${idleCores.toLocaleString('en')} open idle cores`, 'RSS KiB per core', 'heap KiB per core', 'RSS MiB of the process'], held)
  }
  if (options.csv) fs.writeFileSync(options.csv, csv.join('\n') + '\n')
  fs.rmSync(root, { recursive: true })
  process.exit(0)
}

if (positionals[0] === 'child') await child(positionals[1])
else await compare()

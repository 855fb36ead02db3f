// Peerstead and the npm sync servers side by side, in one run on one machine.
//
//   node bench-sync-server.mjs [--quick] [--seconds N] [--only NAME]
//
// Peerstead is started with the launcher, as a user starts it; build it first (./peerstead build). Prints a Markdown table. All servers get the same client programs, one server runs at a time, all on loopback.
// Rows: start-up; a second device receives a board of 201 documents; sync round trips; memory with stored documents.
// Server CPU is user + system time of the server process from /proc, so this runs on Linux.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as A from '@automerge/automerge'
import { RawClient, newDocumentId } from './raw-client.mjs'

const self = fileURLToPath(import.meta.url)
const here = path.dirname(self)
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const median = xs => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)]
const quantile = (xs, q) => [...xs].sort((a, b) => a - b)[Math.min(xs.length - 1, Math.floor(xs.length * q))]

const { values: options, positionals } = parseArgs({
  options: {
    only: { type: 'string' }, quick: { type: 'boolean', default: false }, seconds: { type: 'string' }, url: { type: 'string' }, board: { type: 'string' }
  },
  allowPositionals: true
})

// A process of its own: connects with a new, empty automerge-repo client and times the arrival of the whole board.
async function secondDevice () {
  const { Repo } = await import('@automerge/automerge-repo')
  const { WebSocketClientAdapter } = await import('@automerge/automerge-repo-network-websocket')
  const started = performance.now()
  const repo = new Repo({ network: [new WebSocketClientAdapter(options.url)] })
  const board = await repo.find('automerge:' + options.board)
  const cards = await Promise.all(board.doc().cards.map(id => repo.find('automerge:' + id)))
  const complete = cards.every((c, i) => c.doc().title === 'Card ' + i)
  console.log(JSON.stringify({ documents: cards.length + 1, complete, millis: performance.now() - started }))
  process.exit(0)
}

function freePort () {
  return new Promise(resolve => { const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)) }) })
}

class Server {
  constructor (name, folder, port) { Object.assign(this, { name, folder, port }) }

  get url () { return `ws://127.0.0.1:${this.port}` + (this.name === 'Peerstead' ? '/sync' : '') }

  command () {
    if (this.name !== 'Peerstead') return [process.execPath, ['--no-warnings', path.join(here, 'reference-server.mjs'), this.name === 'npm published' ? 'published' : 'current']]
    return [path.join(here, '../../../peerstead'), ['up', '--data', path.join(this.folder, 'data'), '--http-port', String(this.port), '--peer-port', '0']]
  }

  // Resolves with the milliseconds from the start of the process to the answer to the first join.
  async start () {
    const [program, args] = this.command()
    const log = fs.openSync(path.join(this.folder, 'server.log'), 'a')
    const started = performance.now()
    this.process = spawn(program, args, { stdio: ['ignore', log, log], env: { ...process.env, PORT: String(this.port), DATA_DIR: path.join(this.folder, 'data') } })
    this.ended = new Promise(resolve => this.process.on('exit', resolve))
    for (;;) {
      const probe = new RawClient('probe')
      // A join that comes too early is never answered by the npm servers, so each probe has little patience.
      const answered = await Promise.race([probe.connect(this.url).then(() => true, () => false), sleep(200)])
      if (answered) { const millis = performance.now() - started; probe.close(); return millis }
      probe.close()
      await sleep(5)
      if (this.process.exitCode !== null || performance.now() - started > 60000) throw new Error(this.name + ' did not start, see ' + this.folder)
    }
  }

  async stop () { this.process.kill('SIGTERM'); await this.ended }

  cpuMillis () {
    const fields = fs.readFileSync(`/proc/${this.process.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  residentMiB () { return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.process.pid}/status`, 'utf8'))[1]) / 1024 }
}

function card (i) {
  return A.from({ title: 'Card ' + i, text: `What card ${i} says, in ${i % 7 + 3} words or more.`, color: ['yellow', 'green', 'blue'][i % 3], done: false })
}

// Stores documents through a few sockets, each with a few documents in flight.
async function store (server, documents) {
  const ids = documents.map(() => newDocumentId())
  const sockets = 4
  await Promise.all(Array.from({ length: sockets }, async (_, s) => {
    const client = await new RawClient('store-' + s).connect(server.url)
    const mine = ids.map((id, i) => [id, documents[i]]).filter((_, i) => i % sockets === s)
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (let next = mine.pop(); next; next = mine.pop()) { client.add(...next); await client.push(next[0]); client.docs.delete(next[0]) }
    }))
    client.close()
  }))
  return ids
}

async function storeBoard (server) {
  const cards = await store(server, Array.from({ length: 200 }, (_, i) => card(i)))
  const [board] = await store(server, [A.from({ title: 'Board', cards })])
  return board
}

async function receiveBoard (server, board) {
  const before = server.cpuMillis()
  const child = spawn(process.execPath, ['--no-warnings', self, 'second-device', '--url', server.url, '--board', board], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of child.stdout) text += chunk
  const result = JSON.parse(text)
  if (result.documents !== 201 || !result.complete) throw new Error('incomplete board: ' + text)
  return { millis: result.millis, cpu: server.cpuMillis() - before }
}

// Every connection edits its own document and waits for the server's heads before the next edit.
async function roundTrips (server, connections, millis) {
  const clients = await Promise.all(Array.from({ length: connections }, async (_, i) => {
    const client = await new RawClient('editor-' + i).connect(server.url)
    client.id = newDocumentId()
    client.add(client.id, card(i))
    await client.push(client.id)
    return client
  }))
  const latencies = []
  let end = performance.now() + millis / 2 // warm-up
  let measuring = false
  const edit = async client => {
    for (let n = 0; performance.now() < end; n++) {
      client.change(client.id, d => { d.n = n })
      const started = performance.now()
      await client.push(client.id)
      if (measuring) latencies.push(performance.now() - started)
    }
  }
  await Promise.all(clients.map(edit))
  measuring = true
  const before = server.cpuMillis()
  const started = performance.now()
  end = started + millis
  await Promise.all(clients.map(edit))
  const seconds = (performance.now() - started) / 1000
  const cpu = server.cpuMillis() - before
  clients.forEach(c => c.close())
  return { perSecond: latencies.length / seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), cpuPerTrip: cpu / latencies.length }
}

async function measure (name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sync-bench-'))
  const row = {}
  const newServer = async () => { const f = path.join(folder, 'server-' + Math.random().toString(36).slice(2)); fs.mkdirSync(f); return new Server(name, f, await freePort()) }
  const starts = []
  for (let i = 0; i < (options.quick ? 1 : 3); i++) {
    const server = await newServer()
    starts.push(await server.start())
    row['RSS after start, no documents (MiB)'] = server.residentMiB()
    await server.stop()
  }
  row['start to first answered join (ms)'] = median(starts)

  let server = await newServer()
  await server.start()
  const board = await storeBoard(server)
  await sleep(1000)
  await server.stop()
  await server.start()
  const first = await receiveBoard(server, board)
  row['second device receives 201 documents, server just restarted (ms)'] = first.millis
  const runs = []
  for (let i = 0; i < (options.quick ? 2 : 5); i++) runs.push(await receiveBoard(server, board))
  row['second device receives 201 documents (ms)'] = median(runs.map(r => r.millis))
  row['server CPU for that (ms)'] = median(runs.map(r => r.cpu))
  await server.stop()

  server = await newServer()
  await server.start()
  for (const connections of [1, 16]) {
    const r = await roundTrips(server, connections, options.seconds ? Number(options.seconds) * 1000 : options.quick ? 1500 : 5000)
    const label = `${connections} connection${connections > 1 ? 's' : ''}`
    row[`sync round trips per second, ${label}`] = r.perSecond
    row[`round trip p50 / p99, ${label} (ms)`] = [r.p50, r.p99]
    row[`server CPU per round trip, ${label} (ms)`] = r.cpuPerTrip
  }
  await server.stop()

  server = await newServer()
  await server.start()
  let stored = 0
  for (const total of options.quick ? [1000] : [1000, 10000]) {
    const started = performance.now()
    const before = server.cpuMillis()
    const batch = total - stored
    await store(server, Array.from({ length: batch }, (_, i) => card(i)))
    row[`documents stored per second, up to ${total}`] = batch / ((performance.now() - started) / 1000)
    row[`server CPU per stored document, up to ${total} (ms)`] = (server.cpuMillis() - before) / batch
    stored = total
    await sleep(2000)
    row[`RSS after storing ${total} documents (MiB)`] = server.residentMiB()
    await server.stop()
    row[`start with ${total} stored documents (ms)`] = await server.start()
    row[`RSS after a restart with ${total} stored documents (MiB)`] = server.residentMiB()
  }
  await server.stop()
  fs.rmSync(folder, { recursive: true, force: true })
  return row
}

async function compare () {
  const names = ['Peerstead', 'npm current', 'npm published'].filter(n => !options.only || n === options.only)
  const columns = []
  for (const name of names) { console.error('measuring ' + name); columns.push(await measure(name)); console.error(JSON.stringify(columns.at(-1))) }
  const show = v => Array.isArray(v) ? v.map(show).join(' / ') : v === undefined ? '' : v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2)
  console.log(`${os.cpus().length} x ${os.cpus()[0].model}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, Node.js ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
  console.log('')
  console.log(`| | ${names.join(' | ')} |`)
  console.log(`|---|${names.map(() => '---:').join('|')}|`)
  for (const label of Object.keys(columns[0])) console.log(`| ${label} | ${columns.map(c => show(c[label])).join(' | ')} |`)
  process.exit(0)
}

if (positionals[0] === 'second-device') await secondDevice()
else await compare()

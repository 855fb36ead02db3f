// npm @automerge/automerge: the reference implementation, Rust compiled to WebAssembly.
//
// Variant "api" is the documented JavaScript API (it keeps a JavaScript object up to date, so it always
// computes patches); "core" calls the WebAssembly document underneath, without patches.
// The scenario "prepare" writes the files that every Automerge peer reads.
import * as Automerge from "@automerge/automerge"
import {
  characterEdits, config, expectEqual, fitting, main, measure, measureEach, measureOrphans, measureRetained, readBytes,
  readList, readTrace, replayConcurrent, replayText, report, time, untilSpent, wordEdits, writeBytes, writeList,
} from "./harness.mjs"

const AUTHOR = "aa".repeat(16)
const REMOTE = "bb".repeat(16)
const OTHER = "cc".repeat(16)
const READER = "ee".repeat(16)

const core = (document) => Automerge.getBackend(document)
const empty = (actor) => core(Automerge.init({ actor }))
const loadCore = (bytes, actor) => core(Automerge.load(bytes, { actor }))
const textId = (handle) => handle.getWithType("/", "text")[1]
const textOf = (handle) => handle.text(textId(handle))

function createText(handle) {
  const id = handle.putObject("/", "text", "")
  handle.commit(null, 0)
  return id
}

function edit(handle, id, [at, del, ins]) {
  handle.splice(id, at, del, ins)
}

const fullLength = () => readTrace(config.trace).endContent.length

function prepare() {
  const trace = readTrace(config.trace)
  const one = empty(AUTHOR)
  const oneId = one.putObject("/", "text", "")
  for (const { patches } of trace.transactions) for (const patch of patches) edit(one, oneId, patch)
  one.commit(null, 0)
  expectEqual(textOf(one), trace.endContent, "one transaction")
  writeBytes("one.automerge", one.save())

  const many = empty(AUTHOR)
  const manyId = createText(many)
  for (const { patches } of trace.transactions) {
    for (const patch of patches) edit(many, manyId, patch)
    many.commit(null, 0)
  }
  expectEqual(textOf(many), trace.endContent, "one transaction per edit")
  writeBytes("many.automerge", many.save())
  writeList("many.changes", many.getChanges([]))

  const length = trace.endContent.length
  const remote = many.fork(REMOTE)
  const base = remote.getHeads()
  for (const patch of characterEdits(config.remoteChanges, length, 1)) {
    edit(remote, manyId, patch)
    remote.commit(null, 0)
  }
  writeList("remote.changes", remote.getChanges(base))
  writeBytes("remote.txt", Buffer.from(textOf(remote), "utf8"))

  const sides = [[AUTHOR, 2], [OTHER, 3]].map(([actor, seed]) => {
    const side = many.fork(actor)
    for (const patch of wordEdits(config.divergedChanges, length, seed)) {
      edit(side, manyId, patch)
      side.commit(null, 0)
    }
    writeBytes(`diverged-${seed}.automerge`, side.save())
    writeList(`diverged-${seed}.changes`, side.getChanges(base))
    return side
  })
  sides[0].merge(sides[1])
  writeBytes("diverged.txt", Buffer.from(textOf(sides[0]), "utf8"))

  for (const name of config.concurrentTraces) prepareConcurrent(name)
}

function prepareConcurrent(name) {
  const trace = readTrace(name)
  const root = empty("00".repeat(16))
  const id = createText(root)
  const changes = [root.getLastLocalChange()]
  const actor = (agent) => (agent + 1).toString(16).padStart(32, "0")
  replayConcurrent(trace, {
    create: (agent) => root.fork(actor(agent)),
    fork: (document, agent) => document.fork(actor(agent)),
    adopt: (document, agent) => {
      if (document.getActorId() === actor(agent)) return document
      const copy = document.fork(actor(agent))
      document.free()
      return copy
    },
    free: (document) => document.free(),
    learn: (document, indexes) => document.applyChanges(indexes.map((i) => changes[i + 1])),
    edit: (document, patches) => {
      for (const patch of fitting(patches, document.length(id))) edit(document, id, patch)
      if (!document.commit(null, 0)) throw new Error(`${name}: a transaction without effect`)
      changes.push(document.getLastLocalChange())
    },
  })
  const final = empty(READER)
  final.applyChanges(changes)
  report(name, "equals_trace", textOf(final) === trace.endContent ? 1 : 0)
  writeList(`${name}.changes`, changes)
  writeBytes(`${name}.txt`, Buffer.from(textOf(final), "utf8"))
  writeBytes(`${name}.automerge`, final.save())
}

function localOne() {
  const trace = readTrace(config.trace)
  measure("core", () => empty(AUTHOR), (handle) => {
    const id = handle.putObject("/", "text", "")
    for (const { patches } of trace.transactions) for (const patch of patches) edit(handle, id, patch)
    handle.commit(null, 0)
    return handle
  }, (handle) => {
    expectEqual(textOf(handle), trace.endContent, "local")
    handle.free()
  })
}

function localOneApi() {
  const trace = readTrace(config.trace)
  measure("api", () => Automerge.change(Automerge.init({ actor: AUTHOR }), (d) => { d.text = "" }), (document) =>
    Automerge.change(document, { time: 0 }, (d) => {
      for (const { patches } of trace.transactions)
        for (const [at, del, ins] of patches) Automerge.splice(d, ["text"], at, del, ins)
    }), (document) => {
    expectEqual(document.text, trace.endContent, "local")
    Automerge.free(document)
  })
}

function localEach() {
  const trace = readTrace(config.trace)
  measure("core", () => empty(AUTHOR), (handle) => {
    const id = createText(handle)
    for (const { patches } of trace.transactions) {
      for (const patch of patches) edit(handle, id, patch)
      handle.commit(null, 0)
    }
    return handle
  }, (handle) => {
    expectEqual(textOf(handle), trace.endContent, "local")
    handle.free()
  })
}

function localEachApi() {
  const trace = readTrace(config.trace)
  let document = Automerge.change(Automerge.init({ actor: AUTHOR }), (d) => { d.text = "" })
  const run = untilSpent(trace.transactions, ({ patches }) => {
    document = Automerge.change(document, { time: 0 }, (d) => {
      for (const [at, del, ins] of patches) Automerge.splice(d, ["text"], at, del, ins)
    })
  })
  report("api", "cpu_ms", run.cpuMillis, { n: 1 })
  report("api", "wall_ms", run.wallMillis, { n: 1 })
  if (run.done < trace.transactions.length) report("api", "stopped_after", run.done, { n: run.done })
}

function applyAll() {
  const changes = readList("many.changes")
  const { endContent } = readTrace(config.trace)
  measure("core", () => empty(READER), (handle) => {
    handle.applyChanges(changes)
    return handle
  }, (handle) => {
    expectEqual(textOf(handle), endContent, "apply")
    handle.free()
  })
}

function applyAllApi() {
  const changes = readList("many.changes")
  const { endContent } = readTrace(config.trace)
  measure("api", () => Automerge.init({ actor: READER }), (document) => Automerge.applyChanges(document, changes)[0], (document) => {
    expectEqual(document.text, endContent, "apply")
    Automerge.free(document)
  })
}

function remote() {
  const changes = readList("remote.changes")
  const bytes = readBytes("many.automerge")
  const expected = Buffer.from(readBytes("remote.txt")).toString("utf8")
  const handle = loadCore(bytes, READER)
  measureEach("core", changes, (change) => handle.applyChanges([change]))
  if (handle.getHeads()[0] === Automerge.decodeChange(changes.at(-1)).hash) expectEqual(textOf(handle), expected, "remote")
  handle.free()
}

function remotePatches() {
  const changes = readList("remote.changes")
  let document = Automerge.load(readBytes("many.automerge"), { actor: READER })
  let patches = 0
  measureEach("patches", changes, (change) => {
    document = Automerge.applyChanges(document, [change], { patchCallback: (p) => { patches += p.length } })[0]
  })
  if (patches === 0) throw new Error("no patches")
}

function load(name) {
  const { endContent } = readTrace(config.trace)
  const bytes = readBytes(`${name}.automerge`)
  measure("api", () => null, () => Automerge.load(bytes, { actor: READER }), (document) => {
    expectEqual(document.text, endContent, "load")
    Automerge.free(document)
  })
}

function retained(name) {
  const bytes = readBytes(`${name}.automerge`)
  const document = measureRetained("core", () => Automerge.load(bytes, { actor: READER }))
  report("core", "text_length", document.text.length)
}

function save(name) {
  const handle = loadCore(readBytes(`${name}.automerge`), READER)
  let size = 0
  measure("core", () => null, () => { size = handle.save().length })
  report("core", "size_bytes", size)
  report("core", "raw_size_bytes", handle.saveNoCompress().length)
}

function merge() {
  const base = readBytes("diverged-2.automerge")
  const other = readBytes("diverged-3.automerge")
  const expected = Buffer.from(readBytes("diverged.txt")).toString("utf8")
  measure("core", () => [loadCore(base, AUTHOR), loadCore(other, OTHER)], ([a, b]) => {
    a.merge(b)
    return [a, b]
  }, ([a, b]) => {
    expectEqual(textOf(a), expected, "merge")
    a.free()
    b.free()
  })
}

function concurrent(name) {
  const changes = readList(`${name}.changes`)
  const expected = Buffer.from(readBytes(`${name}.txt`)).toString("utf8")
  measure("core", () => empty(READER), (handle) => {
    handle.applyChanges(changes)
    return handle
  }, (handle) => {
    expectEqual(textOf(handle), expected, name)
    handle.free()
  })
}

function orphans() {
  const trace = readTrace(config.trace)
  measureOrphans(readList("many.changes"), () => empty(READER), (handle, change) => handle.applyChanges([change]),
    (handle, count) => expectEqual(textOf(handle), replayText(trace, count - 1), "orphans"))
}

await main({
  prepare,
  "local-one": localOne,
  "local-one-api": localOneApi,
  "local-each": localEach,
  "local-each-api": localEachApi,
  "apply-all": applyAll,
  "apply-all-api": applyAllApi,
  remote,
  "remote-patches": remotePatches,
  "load-one": () => load("one"),
  "load-many": () => load("many"),
  "save-one": () => save("one"),
  "save-many": () => save("many"),
  merge,
  concurrent: () => concurrent(process.argv[4]),
  orphans,
  "retained-one": () => retained("one"), "retained-many": () => retained("many"),
})

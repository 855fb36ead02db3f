// Loro: Rust compiled to WebAssembly. Saves are snapshots with the whole history.
import { LoroDoc } from "loro-crdt"
import { gzipSync } from "node:zlib"
import {
  characterEdits, config, expectEqual, fitting, hasFile, main, measure, measureEach, measureOrphans, measureRetained, readBytes,
  readList, readTrace, replayConcurrent, replayText, report, wordEdits, writeBytes, writeList,
} from "./harness.mjs"

function open(peerId) {
  const document = new LoroDoc()
  document.setPeerId(BigInt(peerId))
  return document
}

const textOf = (document) => document.getText("text").toString()

function edit(text, [at, del, ins]) {
  if (del > 0) text.delete(at, del)
  if (ins !== "") text.insert(at, ins)
}

/** Commits the batches one by one and returns the update message of each. */
function recordUpdates(document, batches) {
  const updates = []
  const text = document.getText("text")
  for (const patches of batches) {
    const before = document.oplogVersion()
    for (const patch of patches) edit(text, patch)
    document.commit()
    updates.push(document.export({ mode: "update", from: before }))
    before.free()
  }
  return updates
}

function loadNew(bytes, peerId) {
  const document = open(peerId)
  document.import(bytes)
  return document
}

function prepare() {
  const trace = readTrace(config.trace)
  const one = open(1)
  const oneText = one.getText("text")
  for (const { patches } of trace.transactions) for (const patch of patches) edit(oneText, patch)
  one.commit()
  writeBytes("one.loro", one.export({ mode: "snapshot" }))
  const many = open(1)
  writeList("many.loro.updates", recordUpdates(many, trace.transactions.map((t) => t.patches)))
  expectEqual(textOf(many), trace.endContent, "one transaction per edit")
  const saved = many.export({ mode: "snapshot" })
  writeBytes("many.loro", saved)

  const length = trace.endContent.length
  writeList("remote.loro.updates", recordUpdates(loadNew(saved, 2), characterEdits(config.remoteChanges, length, 1).map((p) => [p])))
  for (const seed of [2, 3]) {
    const side = loadNew(saved, seed)
    recordUpdates(side, wordEdits(config.divergedChanges, length, seed).map((p) => [p]))
    writeBytes(`diverged-${seed}.loro`, side.export({ mode: "snapshot" }))
  }
  for (const name of config.concurrentTraces) prepareConcurrent(name)
}

function prepareConcurrent(name) {
  const trace = readTrace(name)
  // Learning concurrent branches one after the other takes Loro many minutes on the largest trace.
  if (name === "egwalker-A2") return
  const updates = []
  replayConcurrent(trace, {
    create: (agent) => open(agent + 1),
    fork: (document, agent) => {
      const copy = document.fork()
      copy.setPeerId(BigInt(agent + 1))
      return copy
    },
    adopt: (document, agent) => {
      document.setPeerId(BigInt(agent + 1))
      return document
    },
    free: (document) => document.free(),
    learn: (document, indexes) => document.importBatch(indexes.map((i) => updates[i])),
    edit: (document, patches) => updates.push(recordUpdates(document, [fitting(patches, document.getText("text").length)])[0]),
  })
  const final = open(999999)
  final.importBatch(updates)
  report(name, "equals_trace", textOf(final) === trace.endContent ? 1 : 0)
  writeList(`${name}.loro.updates`, updates)
  writeBytes(`${name}.loro.txt`, Buffer.from(textOf(final), "utf8"))
}

function localOne() {
  const trace = readTrace(config.trace)
  measure("", () => open(1), (document) => {
    const text = document.getText("text")
    for (const { patches } of trace.transactions) for (const patch of patches) edit(text, patch)
    document.commit()
    return document
  }, (document) => {
    expectEqual(textOf(document), trace.endContent, "local")
    document.free()
  })
}

/** Without a subscriber, or with one, for whom each transaction is encoded, as the Automerge peers always do. */
function localEach(isObserved) {
  const trace = readTrace(config.trace)
  measure("", () => {
    const document = open(1)
    if (isObserved) document.subscribeLocalUpdates(() => {})
    return document
  }, (document) => {
    const text = document.getText("text")
    for (const { patches } of trace.transactions) {
      for (const patch of patches) edit(text, patch)
      document.commit()
    }
    return document
  }, (document) => {
    expectEqual(textOf(document), trace.endContent, "local")
    document.free()
  })
}

function applyAll() {
  const updates = readList("many.loro.updates")
  const { endContent } = readTrace(config.trace)
  measure("", () => open(9), (document) => {
    document.importBatch(updates)
    return document
  }, (document) => {
    expectEqual(textOf(document), endContent, "apply")
    document.free()
  })
}

function remote() {
  const updates = readList("remote.loro.updates")
  const bytes = readBytes("many.loro")
  const quiet = loadNew(bytes, 9)
  textOf(quiet)
  measureEach("", updates, (update) => quiet.import(update))
}

function remotePatches() {
  const updates = readList("remote.loro.updates")
  const bytes = readBytes("many.loro")
  const observed = loadNew(bytes, 9)
  let events = 0
  observed.getText("text").subscribe((event) => { events += event.events.length })
  measureEach("", updates, (update) => observed.import(update))
}

function load(name) {
  const { endContent } = readTrace(config.trace)
  const bytes = readBytes(`${name}.loro`)
  // Loro decodes lazily, so its content is read once.
  measure("", () => null, () => {
    const document = loadNew(bytes, 9)
    expectEqual(textOf(document), endContent, "load")
    return document
  }, (document) => document.free())
}

function retained(name) {
  const bytes = readBytes(`${name}.loro`)
  const document = measureRetained("", () => {
    const loaded = loadNew(bytes, 9)
    textOf(loaded)
    return loaded
  })
  report("", "text_length", textOf(document).length)
}

function save(name) {
  const bytes = readBytes(`${name}.loro`)
  let saved
  // A snapshot of an unchanged document is served from a cache, so each run first makes one small edit.
  measure("", () => {
    const document = loadNew(bytes, 9)
    document.getText("text").insert(0, "x")
    document.commit()
    return document
  }, (document) => {
    saved = document.export({ mode: "snapshot" })
    return document
  }, (document) => document.free())
  report("", "size_bytes", saved.length)
  report("", "gzip_size_bytes", gzipSync(saved).length)
}

function merge() {
  const a = readBytes("diverged-2.loro")
  const b = readBytes("diverged-3.loro")
  let length
  measure("", () => {
    const sides = [loadNew(a, 2), loadNew(b, 3)]
    sides.forEach(textOf)
    return sides
  }, ([left, right]) => {
    left.import(right.export({ mode: "update", from: left.oplogVersion() }))
    return [left, right]
  }, ([left, right]) => {
    length ??= textOf(left).length
    expectEqual(textOf(left).length, length, "merge")
    left.free()
    right.free()
  })
}

function concurrent(name) {
  if (!hasFile(`${name}.loro.updates`)) {
    report("", "unsupported", 1)
    return
  }
  const updates = readList(`${name}.loro.updates`)
  const expected = Buffer.from(readBytes(`${name}.loro.txt`)).toString("utf8")
  measure("", () => open(9), (document) => {
    document.importBatch(updates)
    return document
  }, (document) => {
    expectEqual(textOf(document), expected, name)
    document.free()
  })
}

function orphans() {
  const trace = readTrace(config.trace)
  measureOrphans(readList("many.loro.updates"), () => open(9), (document, update) => document.import(update),
    (document, count) => expectEqual(textOf(document), replayText(trace, count), "orphans"))
}

await main({
  prepare,
  "local-one": localOne,
  "local-each": () => localEach(false),
  "local-each-updates": () => localEach(true),
  "apply-all": applyAll,
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

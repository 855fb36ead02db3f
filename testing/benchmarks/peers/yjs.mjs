// Yjs: plain JavaScript, its default garbage collection on (deleted content is not kept).
// Updates and saves use encoding version 1 (its default) unless the variant says v2.
import * as Y from "yjs"
import { gzipSync } from "node:zlib"
import {
  characterEdits, config, expectEqual, fitting, main, measure, measureEach, measureOrphans, measureRetained, readBytes,
  readList, readTrace, replayConcurrent, replayText, report, wordEdits, writeBytes, writeList,
} from "./harness.mjs"

function open(clientId) {
  const document = new Y.Doc()
  document.clientID = clientId
  return document
}

const textOf = (document) => document.getText("text").toString()

function edit(text, [at, del, ins]) {
  if (del > 0) text.delete(at, del)
  if (ins !== "") text.insert(at, ins)
}

const editAll = (document, patches) => {
  const text = document.getText("text")
  document.transact(() => { for (const patch of patches) edit(text, patch) })
}

/** Applies the transactions one by one and returns the update message of each. */
function recordUpdates(document, batches) {
  const updates = []
  const listener = (update) => updates.push(update)
  document.on("update", listener)
  for (const patches of batches) editAll(document, patches)
  document.off("update", listener)
  return updates
}

function loadNew(bytes, clientId) {
  const document = open(clientId)
  Y.applyUpdate(document, bytes)
  return document
}

function prepare() {
  const trace = readTrace(config.trace)
  const one = open(1)
  editAll(one, trace.transactions.flatMap((t) => t.patches))
  writeBytes("one.yjs", Y.encodeStateAsUpdate(one))
  writeBytes("one.yjs2", Y.encodeStateAsUpdateV2(one))
  const many = open(1)
  writeList("many.yjs.updates", recordUpdates(many, trace.transactions.map((t) => t.patches)))
  expectEqual(textOf(many), trace.endContent, "one transaction per edit")
  const saved = Y.encodeStateAsUpdate(many)
  writeBytes("many.yjs", saved)
  writeBytes("many.yjs2", Y.encodeStateAsUpdateV2(many))

  const length = trace.endContent.length
  writeList("remote.yjs.updates", recordUpdates(loadNew(saved, 2), characterEdits(config.remoteChanges, length, 1).map((p) => [p])))
  for (const seed of [2, 3]) {
    const side = loadNew(saved, seed)
    recordUpdates(side, wordEdits(config.divergedChanges, length, seed).map((p) => [p]))
    writeBytes(`diverged-${seed}.yjs`, Y.encodeStateAsUpdate(side))
  }
  for (const name of config.concurrentTraces) prepareConcurrent(name)
}

function prepareConcurrent(name) {
  const trace = readTrace(name)
  const updates = []
  // A document that receives updates under its own client id takes another one, so it has the agent's id
  // only while that agent edits.
  const nobody = 999999
  replayConcurrent(trace, {
    create: () => open(nobody),
    fork: (document) => loadNew(Y.encodeStateAsUpdate(document), nobody),
    adopt: (document) => document,
    free: (document) => document.destroy(),
    learn: (document, indexes) => indexes.forEach((i) => Y.applyUpdate(document, updates[i])),
    edit: (document, patches, agent) => {
      document.clientID = agent + 1
      updates.push(recordUpdates(document, [fitting(patches, document.getText("text").length)])[0])
      document.clientID = nobody
    },
  })
  const final = open(nobody)
  for (const update of updates) Y.applyUpdate(final, update)
  report(name, "equals_trace", textOf(final) === trace.endContent ? 1 : 0)
  writeList(`${name}.yjs.updates`, updates)
  writeBytes(`${name}.yjs.txt`, Buffer.from(textOf(final), "utf8"))
}

function localOne() {
  const trace = readTrace(config.trace)
  measure("", () => open(1), (document) => {
    const text = document.getText("text")
    document.transact(() => {
      for (const { patches } of trace.transactions) for (const patch of patches) edit(text, patch)
    })
    return document
  }, (document) => expectEqual(textOf(document), trace.endContent, "local"))
}

function localEach() {
  const trace = readTrace(config.trace)
  measure("", () => open(1), (document) => {
    for (const { patches } of trace.transactions) editAll(document, patches)
    return document
  }, (document) => expectEqual(textOf(document), trace.endContent, "local"))
}

// With a listener each transaction is also encoded, as the Automerge peers always do.
function localEachUpdates() {
  const trace = readTrace(config.trace)
  measure("", () => open(1), (document) => {
    let bytes = 0
    document.on("update", (update) => { bytes += update.length })
    for (const { patches } of trace.transactions) editAll(document, patches)
    if (bytes === 0) throw new Error("no updates")
    return document
  }, (document) => expectEqual(textOf(document), trace.endContent, "local"))
}

function applyAll() {
  const updates = readList("many.yjs.updates")
  const { endContent } = readTrace(config.trace)
  measure("", () => open(9), (document) => {
    document.transact(() => { for (const update of updates) Y.applyUpdate(document, update) })
    return document
  }, (document) => expectEqual(textOf(document), endContent, "apply"))
}

function remote() {
  const updates = readList("remote.yjs.updates")
  const bytes = readBytes("many.yjs")
  const quiet = loadNew(bytes, 9)
  quiet.getText("text")
  measureEach("", updates, (update) => Y.applyUpdate(quiet, update))
}

function remotePatches() {
  const updates = readList("remote.yjs.updates")
  const bytes = readBytes("many.yjs")
  const observed = loadNew(bytes, 9)
  let deltas = 0
  observed.getText("text").observe((event) => { deltas += event.delta.length })
  measureEach("", updates, (update) => Y.applyUpdate(observed, update))
  if (deltas === 0) throw new Error("no deltas")
}

function load(name) {
  const { endContent } = readTrace(config.trace)
  const bytes = readBytes(`${name}.yjs`)
  measure("", () => null, () => loadNew(bytes, 9), (document) => expectEqual(textOf(document), endContent, "load"))
}

function retained(name) {
  const bytes = readBytes(`${name}.yjs`)
  const document = measureRetained("", () => loadNew(bytes, 9))
  report("", "text_length", textOf(document).length)
}

function save(name) {
  const document = loadNew(readBytes(`${name}.yjs`), 9)
  let bytes
  measure("", () => null, () => { bytes = Y.encodeStateAsUpdate(document) })
  report("", "size_bytes", bytes.length)
  report("", "gzip_size_bytes", gzipSync(bytes).length)
  bytes = Y.encodeStateAsUpdateV2(document)
  report("v2", "size_bytes", bytes.length)
  report("v2", "gzip_size_bytes", gzipSync(bytes).length)
}

function merge() {
  const a = readBytes("diverged-2.yjs")
  const b = readBytes("diverged-3.yjs")
  let length
  measure("", () => [loadNew(a, 2), loadNew(b, 3)], ([left, right]) => {
    Y.applyUpdate(left, Y.encodeStateAsUpdate(right, Y.encodeStateVector(left)))
    return left
  }, (left) => {
    length ??= textOf(left).length
    expectEqual(textOf(left).length, length, "merge")
  })
}

function concurrent(name) {
  const updates = readList(`${name}.yjs.updates`)
  const expected = Buffer.from(readBytes(`${name}.yjs.txt`)).toString("utf8")
  measure("", () => open(9), (document) => {
    document.transact(() => { for (const update of updates) Y.applyUpdate(document, update) })
    return document
  }, (document) => expectEqual(textOf(document), expected, name))
}

function orphans() {
  const trace = readTrace(config.trace)
  measureOrphans(readList("many.yjs.updates"), () => open(9), (document, update) => Y.applyUpdate(document, update),
    (document, count) => expectEqual(textOf(document), replayText(trace, count), "orphans"))
}

await main({
  prepare,
  "local-one": localOne,
  "local-each": localEach,
  "local-each-updates": localEachUpdates,
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

// A client of automerge-repo's WebSocket protocol without automerge-repo: no throttling, one socket, any number of
// documents. For load measurements, where the repo's own 100 ms throttle would hide the server.
import { randomBytes, createHash } from 'node:crypto'
import * as A from '@automerge/automerge'
import { encode, decode } from 'cbor-x'
import { WebSocket } from 'ws'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

function base58check (bytes) {
  const sha = b => createHash('sha256').update(b).digest()
  const all = Buffer.concat([bytes, sha(sha(bytes)).subarray(0, 4)])
  let n = BigInt('0x' + all.toString('hex'))
  let text = ''
  while (n > 0n) { text = ALPHABET[Number(n % 58n)] + text; n /= 58n }
  for (const b of all) { if (b !== 0) break; text = '1' + text }
  return text
}

/** A new document id: base58check of the 16 bytes of a random UUID. */
export function newDocumentId () {
  const bytes = randomBytes(16)
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return base58check(bytes)
}

const same = (a, b) => a !== undefined && a.length === b.length && a.every((h, i) => h === b[i])

export class RawClient {
  constructor (peerId) {
    this.peerId = peerId
    this.docs = new Map() // documentId -> {doc, state, waiting}
  }

  connect (url) {
    return new Promise((resolve, reject) => {
      this.socket = new WebSocket(url)
      this.socket.binaryType = 'nodebuffer'
      this.socket.on('error', reject)
      this.socket.on('close', () => reject(new Error('closed before the handshake')))
      this.socket.on('open', () => this.send({ type: 'join', senderId: this.peerId, peerMetadata: { isEphemeral: true }, supportedProtocolVersions: ['1'] }))
      this.socket.on('message', bytes => {
        const m = decode(bytes)
        if (m.type === 'peer') { this.server = m.senderId; resolve(this) } else if (m.type === 'sync') this.receive(m)
      })
    })
  }

  send (message) { this.socket.send(encode(message)) }

  close () { this.socket.removeAllListeners('message'); this.socket.terminate() }

  /** Adds a document of ours. */
  add (documentId, doc) { this.docs.set(documentId, { doc, state: A.initSyncState(), waiting: null }) }

  /** Sends what the server needs and resolves once it has announced our heads. */
  push (documentId) {
    const d = this.docs.get(documentId)
    return new Promise(resolve => {
      d.waiting = resolve
      this.generate(documentId, d)
    })
  }

  change (documentId, f) { const d = this.docs.get(documentId); d.doc = A.change(d.doc, { time: 0 }, f) }

  generate (documentId, d) {
    const [state, message] = A.generateSyncMessage(d.doc, d.state)
    d.state = state
    if (message) this.send({ type: 'sync', senderId: this.peerId, targetId: this.server, documentId, data: message })
  }

  receive (m) {
    const d = this.docs.get(m.documentId)
    if (!d) return
    const [doc, state] = A.receiveSyncMessage(d.doc, d.state, new Uint8Array(m.data))
    d.doc = doc
    d.state = state
    if (d.waiting && same(state.theirHeads, A.getHeads(doc))) {
      const resolve = d.waiting
      d.waiting = null
      resolve()
    }
    this.generate(m.documentId, d)
  }
}

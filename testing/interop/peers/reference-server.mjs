// The servers that Peerstead is compared with, bound to loopback.
//
//   PORT=... DATA_DIR=... node reference-server.mjs published   the npm package automerge-repo-sync-server as published
//   PORT=... DATA_DIR=... node reference-server.mjs current     the same configuration on the current automerge-repo
//
// Prints "Listening on port N" when it accepts connections.
import http from 'node:http'
import net from 'node:net'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) { return listen.call(this, port, '127.0.0.1', ...rest) }

if (process.argv[2] === 'published') {
  await import('@automerge/automerge-repo-sync-server/src/index.js')
} else if (process.argv[2] === 'current') {
  const { WebSocketServer } = await import('ws')
  const { Repo } = await import('@automerge/automerge-repo')
  const { WebSocketServerAdapter } = await import('@automerge/automerge-repo-network-websocket')
  const { NodeFSStorageAdapter } = await import('@automerge/automerge-repo-storage-nodefs')
  const server = http.createServer()
  new Repo({
    network: [new WebSocketServerAdapter(new WebSocketServer({ server }))],
    storage: new NodeFSStorageAdapter(process.env.DATA_DIR),
    peerId: 'reference-server',
    sharePolicy: async () => false,
    enableRemoteHeadsGossiping: process.env.GOSSIP === 'true'
  })
  server.listen(Number(process.env.PORT), () => console.log(`Listening on port ${server.address().port}`))
} else {
  console.error('usage: reference-server.mjs published|current')
  process.exit(2)
}

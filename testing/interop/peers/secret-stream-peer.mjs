// Sends back every message that arrives on a secret stream; see JsonLines for how it is asked.
//   {"id":N,"cmd":"listen"} -> {"port"}    {"id":N,"cmd":"dial","port":P} -> {}    {"id":N,"cmd":"state"} -> {"open","ended":[{"error"}],"mirrored","keepAlives"}
import net from 'node:net'
import readline from 'node:readline'
import NoiseSecretStream from '@hyperswarm/secret-stream'

const state = { open: 0, ended: [], mirrored: 0, keepAlives: 0 }

function mirror (socket, isInitiator) {
  socket.setNoDelay(true)
  const stream = new NoiseSecretStream(isInitiator, socket)
  let error = null
  stream.on('open', () => { state.open++ })
  stream.on('error', e => { error = e.code ?? e.message })
  stream.on('close', () => { state.ended.push({ error }) })
  stream.on('data', message => {
    if (message.byteLength === 0) { state.keepAlives++; return }
    state.mirrored++
    stream.write(Buffer.from(message))
  })
  return stream
}

const commands = {
  async listen () {
    const server = net.createServer(socket => mirror(socket, false))
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    return { port: server.address().port }
  },
  async dial ({ port }) {
    const socket = net.connect(port, '127.0.0.1')
    await new Promise((resolve, reject) => { socket.once('error', reject); socket.once('connect', resolve) })
    await mirror(socket, true).opened
    return {}
  },
  state: () => state
}

const input = readline.createInterface({ input: process.stdin })
input.on('line', async line => {
  const { id, cmd, ...request } = JSON.parse(line)
  try {
    console.log(JSON.stringify({ id, ...await commands[cmd](request) }))
  } catch (error) {
    console.log(JSON.stringify({ id, error: String(error) }))
  }
})
input.on('close', () => process.exit(0))

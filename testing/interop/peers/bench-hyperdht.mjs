// An npm hyperdht seed that the DHT benchmark measures; started by `benchmarks.jar dht`.
//
//   node --expose-gc bench-hyperdht.mjs PORT
//
// Prints `ready PORT`, answers the line `memory` with `memory HEAP-BYTES` (after a collection; buffers included) and ends with its input.
import readline from 'node:readline'
import DHT from 'hyperdht'

const port = Number(process.argv[2])
const node = DHT.bootstrapper(port, '127.0.0.1')
await node.fullyBootstrapped()
console.log(`ready ${node.address().port}`)

for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line === 'memory') {
    global.gc()
    global.gc()
    const { heapUsed, external } = process.memoryUsage()
    console.log(`memory ${heapUsed + external}`)
  }
}
await node.destroy()
process.exit(0)

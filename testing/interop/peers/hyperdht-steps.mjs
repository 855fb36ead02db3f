// What the programs that check a DHT step by step share. Each step is one line {"op","ok","ms","detail"|"error"} on standard output,
// the last line is {"summary":true,"ok","failed"}; the program ends with 0 when every step succeeded, else with 1.

export const emit = fields =>
  process.stdout.write(JSON.stringify(fields, (_, v) => v?.type === 'Buffer' ? Buffer.from(v.data).toString('hex') : v) + '\n')

export function check (isTrue, message) {
  if (!isTrue) throw new Error(message)
}

export function address (text) {
  const [host, port] = text.split(':')
  check(host.startsWith('127.'), text + ' is not on loopback')
  return { host, port: Number(port) }
}

export const addresses = text => text.split(',').map(address)

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

async function within (promise, ms, what) {
  let timer
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(what + ' took more than ' + ms + ' ms')), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export class Steps {
  #limitMs
  #failed = []

  constructor (limitMs) { this.#limitMs = limitMs }

  async run (op, body, limitMs = this.#limitMs) {
    const started = performance.now()
    const result = { op, ok: true }
    try {
      result.detail = await within(Promise.resolve().then(body), limitMs, op)
    } catch (error) {
      result.ok = false
      result.error = (error.code ? error.code + ' ' : '') + error.message
      this.#failed.push(op)
    }
    result.ms = Math.round(performance.now() - started)
    emit(result)
  }

  end () {
    emit({ summary: true, ok: this.#failed.length === 0, failed: this.#failed })
    process.exit(this.#failed.length === 0 ? 0 : 1)
  }
}

process.on('uncaughtException', error => {
  emit({ op: 'uncaught', ok: false, error: error.stack })
  process.exit(1)
})

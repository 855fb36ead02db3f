// Two RTCPeerConnections in headless Chromium that may use nothing but relayed candidates exchange payloads on a data
// channel through a TURN server. Prints one JSON object; exit status 0 when every byte came back over relays.
//
//   node relay-chromium.mjs --url turn:127.0.0.1:3478?transport=udp --user NAME --credential PASSWORD
//     [--bytes 1048576] [--timeout SECONDS]
//
// The driver is playwright-core; the browser is the one of the system (--chromium /usr/bin/chromium).
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    user: { type: 'string' },
    credential: { type: 'string' },
    bytes: { type: 'string', default: '1048576' },
    timeout: { type: 'string', default: '30' },
    chromium: { type: 'string' }
  }
})

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  // Lets Chromium use loopback as a network; needed only where the machine has no other interface.
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // The certificate of the test signs itself; without this, turns: ends with ICE error 701.
  '--ignore-certificate-errors'
]

// Runs in the page.
async function connect ({ url, username, credential, total, limit }) {
  const errors = []
  const server = { urls: url, username, credential }
  const open = () => new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' })
  const here = open()
  const there = open()
  for (const [from, to] of [[here, there], [there, here]]) {
    from.onicecandidate = event => {
      if (event.candidate) to.addIceCandidate(event.candidate).catch(error => errors.push(String(error)))
    }
    from.onicecandidateerror = event => errors.push(`${event.errorCode} ${event.errorText} ${event.url}`)
  }
  const within = promise => Promise.race([promise, new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('timeout')), limit)
  })])
  const refused = new Promise((resolve, reject) => {
    here.onicegatheringstatechange = () => {
      if (here.iceGatheringState === 'complete' && !here.localDescription.sdp.includes('typ relay')) {
        reject(new Error('no relayed candidate'))
      }
    }
  })

  let received = 0
  let corrupt = 0
  const arrived = new Promise(resolve => {
    there.ondatachannel = ({ channel }) => {
      channel.binaryType = 'arraybuffer'
      channel.onmessage = ({ data }) => {
        if (typeof data === 'string') {
          channel.send(data)
          return
        }
        const bytes = new Uint8Array(data)
        for (let i = 0; i < bytes.length; i++) {
          if (bytes[i] !== ((received + i) * 31 & 255)) corrupt++
        }
        received += bytes.length
        if (received >= total) resolve()
      }
    }
  })

  let error = null
  let selected = null
  const roundTrips = []
  try {
    const channel = here.createDataChannel('payload')
    channel.binaryType = 'arraybuffer'
    const opened = new Promise(resolve => { channel.onopen = resolve })
    await here.setLocalDescription(await here.createOffer())
    await there.setRemoteDescription(here.localDescription)
    await there.setLocalDescription(await there.createAnswer())
    await here.setRemoteDescription(there.localDescription)
    await within(Promise.race([opened, refused]))
    for (let i = 0; i < 20; i++) {
      const started = performance.now()
      await within(new Promise(resolve => {
        channel.onmessage = resolve
        channel.send('ping ' + i)
      }))
      roundTrips.push(performance.now() - started)
    }
    channel.bufferedAmountLowThreshold = 1 << 18
    for (let sent = 0; sent < total;) {
      const bytes = Uint8Array.from({ length: Math.min(16_384, total - sent) }, (_, i) => (sent + i) * 31 & 255)
      if (channel.bufferedAmount > 1 << 20) {
        await within(new Promise(resolve => { channel.onbufferedamountlow = resolve }))
      }
      channel.send(bytes)
      sent += bytes.length
    }
    await within(arrived)
    const stats = await here.getStats()
    const transport = [...stats.values()].find(stat => stat.type === 'transport')
    const pair = stats.get(transport.selectedCandidatePairId)
    const local = stats.get(pair.localCandidateId)
    selected = {
      local: local.candidateType,
      remote: stats.get(pair.remoteCandidateId).candidateType,
      relayProtocol: local.relayProtocol
    }
  } catch (failure) {
    error = String(failure.message ?? failure)
  }
  here.close()
  there.close()
  roundTrips.sort((a, b) => a - b)
  const isRelayed = selected?.local === 'relay' && selected?.remote === 'relay'
  return {
    pass: error === null && corrupt === 0 && received === total && isRelayed,
    error,
    bytes: received,
    corrupt,
    selected,
    medianRoundTripMillis: roundTrips[roundTrips.length >> 1] ?? null,
    errors: errors.slice(0, 6)
  }
}

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = values.chromium ?? candidates.find(path => existsSync(path))
let result = { pass: false }
let browser
try {
  browser = await chromium.launch({ executablePath, args: FLAGS, headless: true })
  const page = await browser.newPage()
  await page.goto('about:blank')
  result = await page.evaluate(connect, {
    url: values.url,
    username: values.user,
    credential: values.credential,
    total: Number(values.bytes),
    limit: Number(values.timeout) * 1000
  })
  result.browser = browser.version()
} catch (error) {
  result = { pass: false, error: String(error.message ?? error), errors: [] }
} finally {
  await browser?.close()
}
console.log(JSON.stringify({ url: values.url, ...result }))
process.exit(result.pass ? 0 : 1)

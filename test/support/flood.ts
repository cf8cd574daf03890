/** Sends pipelined PINGs to a port of loopback as fast as it takes them, and reads no answer: `bun flood.ts PORT`. */
import { connectTo } from './tcp.ts'

const peer = await connectTo(Number(process.argv[2]))
peer.pause()
const pings = Buffer.from('PING\r\n'.repeat(10_000))
for (;;) {
  if (peer.unsent === 0) peer.write(pings)
  await new Promise(setImmediate)
}

/** Sends pipelined PINGs to a port of loopback as fast as it takes them, and reads no answer: `bun flood.ts PORT`. */
import { connectTo } from './tcp.ts'

const peer = await connectTo(Number(process.argv[2]))
const pings = Buffer.from('PING\r\n'.repeat(10_000))

function fill(): void {
  while (peer.unsent === 0) peer.write(pings)
}

peer.pause()
peer.onSent = fill
fill()

/** Opens connections that say nothing, prints how many are open, and keeps them until it is ended. */
import { loadOptions } from './recorder.ts'

/** Below every proxy's accept backlog. */
const AT_A_TIME = 100

const options = loadOptions()
let open = 0

async function openOne(): Promise<void> {
  await Bun.connect({
    hostname: '127.0.0.1',
    port: options.port,
    socket: {
      data: () => {},
      close: () => {
        console.error('idle: the proxy closed a connection')
        process.exit(1)
      },
    },
  })
  open++
}

while (open < options.connections) {
  const count = Math.min(AT_A_TIME, options.connections - open)
  await Promise.all(Array.from({ length: count }, openOne))
}
console.log(open)
process.stdin.on('data', () => {}).on('end', () => process.exit(0)) // the bench is gone

import { JsonLine, type Protocol, type StockClient } from './redis-clients.ts'
import { type Comparison, SCRIPT } from './redis-script-table.ts'

/** The script's replies, each beside its command, and as comparable as its step says; only steps all of whose words are there. */
export async function runScript(
  client: StockClient,
  port: number,
  protocol: Protocol,
  isThere: (word: string) => boolean = () => true,
): Promise<string[]> {
  const steps = SCRIPT.filter(({ args }) => args.every(isThere))
  const replies = await client.run(
    port,
    protocol,
    steps.map(({ args }) => args),
  )
  return steps.map(({ args, compare }, i) => `${args.join(' ')} => ${shown(replies[i], compare)}`)
}

function shown(reply: unknown, compare: Comparison): string {
  if (compare === 'kind') return kindOf(reply)
  return JSON.stringify(compare === 'unordered' ? sorted(reply) : reply)
}

/** The lists in it, in an order that does not depend on theirs. */
function sorted(value: unknown): unknown {
  if (value instanceof JsonLine) return sorted(JSON.parse(value.line))
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(item)).toSorted()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]))
}

function kindOf(reply: unknown): string {
  if (reply instanceof JsonLine) return /^[["{]/.exec(reply.line)?.[0] ?? 'a number'
  if (Array.isArray(reply)) return 'a list'
  return typeof reply === 'object' && reply !== null
    ? `an object with ${Object.keys(reply)}`
    : typeof reply
}

// A network filter of one's own: greets each connection, counts the lines that come, and lets everything pass.
// Started with: tsproxy -c configs/custom-filter.yaml --filter configs/my-filter.ts
import {
  type Connection,
  defineNetworkFilter,
  defineStats,
  FilterStatus,
  type ReadBuffer,
  type ReadFilter,
  type ReadFilterCallbacks,
  v,
} from 'tsproxy'

const STATS = defineStats({ greeted: 'counter', lines: 'counter' })
const NEWLINE = 10

/** One per connection. What it needs is handed in: nothing is looked up while bytes flow. */
class Greeter implements ReadFilter {
  readonly #greeting: Uint8Array
  readonly #stats: Float64Array
  #connection!: Connection

  constructor(greeting: Uint8Array, stats: Float64Array) {
    this.#greeting = greeting
    this.#stats = stats
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#connection = callbacks.connection
  }

  onNewConnection(): FilterStatus {
    this.#stats[STATS.index.greeted]!++
    this.#connection.write(this.#greeting, false)
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    for (const byte of buffer.first) if (byte === NEWLINE) this.#stats[STATS.index.lines]!++
    return FilterStatus.Continue
  }
}

export default defineNetworkFilter({
  name: 'example.filters.network.my_filter',
  configType: 'example.filters.network.MyFilter',
  configSchema: () => v.object({ greeting: v.pipe(v.string(), v.maxLength(100)) }),
  isTerminalFilter: false,
  createFilterFactory(config, context) {
    // Runs once per worker and listener.
    const greeting = new TextEncoder().encode(`${config.greeting}\n`)
    const stats = context.stats.block('my_filter.', STATS)
    return (filterManager) => filterManager.addReadFilter(new Greeter(greeting, stats))
  },
})

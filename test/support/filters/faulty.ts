import {
  type Connection,
  ConnectionEvent,
  defineNetworkFilter,
  type FactoryContext,
  FilterStatus,
  type ReadBuffer,
  type ReadFilter,
  type ReadFilterCallbacks,
  v,
} from 'tsproxy'

/** A filter for tests of faults: it throws, or brings its worker down, when a connection says so, or from the start. */
class Faulty implements ReadFilter {
  readonly #fromTheStart: boolean
  readonly #context: FactoryContext
  #connection!: Connection
  #throwsAtClose = false

  constructor(fromTheStart: boolean, context: FactoryContext) {
    this.#fromTheStart = fromTheStart
    this.#context = context
  }

  initializeReadFilterCallbacks({ connection }: ReadFilterCallbacks): void {
    this.#connection = connection
    connection.addConnectionCallbacks(this)
  }

  onNewConnection(): FilterStatus {
    if (this.#fromTheStart) throw new Error('thrown in onNewConnection')
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    const text = new TextDecoder().decode(buffer.first)
    if (text === 'throw') throw new Error('thrown in onData')
    if (text === 'throw later') this.#context.timers.createTimer(this, this.#connection).enable(10)
    if (text === 'throw at the end') this.#throwsAtClose = true
    if (text === 'reject') void Promise.reject(new Error('rejected without an owner'))
    if (text === 'block') blockMs(4000)
    if (text === 'die') {
      setImmediate(() => {
        throw new Error('thrown without an owner')
      })
    }
    return FilterStatus.Continue
  }

  onTimer(): void {
    throw new Error('thrown in a timer')
  }

  onEvent(event: ConnectionEvent): void {
    if (this.#throwsAtClose && event !== ConnectionEvent.Connected) {
      throw new Error('thrown at the end')
    }
  }

  onAboveWriteBufferHighWatermark(): void {}
  onBelowWriteBufferLowWatermark(): void {}
}

/** Holds the thread. */
function blockMs(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

export default defineNetworkFilter({
  name: 'test.faulty',
  configType: 'test.Faulty',
  configSchema: () => v.object({ from_the_start: v.optional(v.boolean(), false) }),
  isTerminalFilter: false,
  createFilterFactory: (config, context) => (filterManager) =>
    filterManager.addReadFilter(new Faulty(config.from_the_start, context)),
})

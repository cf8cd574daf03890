import { defineNetworkFilter, FilterStatus, type ReadBuffer, type ReadFilter, v } from 'tsproxy'

/** A filter for tests of faults: it throws, or brings its worker down, when a connection says so. */
class Faulty implements ReadFilter {
  initializeReadFilterCallbacks(): void {}

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    const text = new TextDecoder().decode(buffer.first)
    if (text === 'throw') throw new Error('thrown in onData')
    if (text === 'die') {
      setImmediate(() => {
        throw new Error('thrown without an owner')
      })
    }
    return FilterStatus.Continue
  }
}

export default defineNetworkFilter({
  name: 'test.faulty',
  configType: 'test.Faulty',
  configSchema: () => v.object({}),
  isTerminalFilter: false,
  createFilterFactory: () => (filterManager) => filterManager.addReadFilter(new Faulty()),
})

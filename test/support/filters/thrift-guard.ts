// A thrift filter of one's own: refuses the methods that its config names.
import {
  defineThriftFilter,
  ExceptionType,
  FilterStatus,
  list,
  message,
  type ThriftCall,
  type ThriftFilter,
  text,
} from 'tsproxy'

class Guard implements ThriftFilter {
  readonly #denied: ReadonlySet<string>

  constructor(denied: readonly string[]) {
    this.#denied = new Set(denied)
  }

  onCall(call: ThriftCall): FilterStatus {
    const { methodName } = call.metadata
    if (!this.#denied.has(methodName)) return FilterStatus.Continue
    call.sendLocalReply(ExceptionType.UnknownMethod, `${methodName} is not for you`, false)
    return FilterStatus.StopIteration
  }
}

export default defineThriftFilter({
  name: 'example.filters.thrift.guard',
  configType: 'example.filters.thrift.Guard',
  configSchema: () => message('example.filters.thrift.Guard', { denied: list(text()) }),
  isTerminalFilter: false,
  createThriftFilter: ({ denied }) => new Guard(denied),
})

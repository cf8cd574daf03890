import type { ThriftLimits } from '../codec/thrift/limits.ts'

/** How replies are read for one filter config. */
export interface ReplySettings {
  readonly limits: ThriftLimits
  readonly preservesHeaderCase: boolean
  /** Results that are not converted are not looked into. */
  readonly passesBodies: boolean
}

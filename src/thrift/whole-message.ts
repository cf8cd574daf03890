import type { MessageMetadata } from '../codec/thrift/message.ts'

/** A message as it came: all of its bytes, side by side. */
export interface WholeMessage {
  readonly metadata: MessageMetadata
  readonly bytes: Uint8Array
  /** Of the message, with what its transport puts around it. */
  readonly start: number
  readonly end: number
  /** Where the struct stands, arguments or result: `bytes`, or what they inflate to. */
  readonly bodyBytes: Uint8Array
  readonly bodyStart: number
  readonly bodyEnd: number
  /** False: it is as long as its frame says, and nobody has looked into it. */
  readonly isChecked: boolean
}

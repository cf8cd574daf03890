/** What a message is; the numbers are the wire's. */
export const MessageType = { Call: 1, Reply: 2, Exception: 3, Oneway: 4 } as const
export type MessageType = (typeof MessageType)[keyof typeof MessageType]

/** What a value is; the numbers are the binary protocol's. `Void` and what has no name here cannot be read or written. */
export const FieldType = {
  Stop: 0,
  Void: 1,
  Bool: 2,
  Byte: 3,
  Double: 4,
  I16: 6,
  I32: 8,
  I64: 10,
  String: 11,
  Struct: 12,
  Map: 13,
  Set: 14,
  List: 15,
} as const
export type FieldType = (typeof FieldType)[keyof typeof FieldType]

/** How messages are told apart on a connection; the numbers are those of Envoy's config. */
export const TransportType = { Auto: 0, Framed: 1, Unframed: 2, Header: 3 } as const
export type TransportType = (typeof TransportType)[keyof typeof TransportType]

/** How values are written; the numbers are those of Envoy's config, which has no JSON. */
export const ProtocolType = {
  Auto: 0,
  Binary: 1,
  LaxBinary: 2,
  Compact: 3,
  Twitter: 4,
  Json: 5,
} as const
export type ProtocolType = (typeof ProtocolType)[keyof typeof ProtocolType]

/** What a reply holds: its result (or nothing), or one of the exceptions that the service declares. */
export const ReplyType = { None: 0, Success: 1, Error: 2 } as const
export type ReplyType = (typeof ReplyType)[keyof typeof ReplyType]

/** Why a call failed outside the service's own exceptions: the `type` of a TApplicationException. */
export const ExceptionType = {
  Unknown: 0,
  UnknownMethod: 1,
  InvalidMessageType: 2,
  WrongMethodName: 3,
  BadSequenceId: 4,
  MissingResult: 5,
  InternalError: 6,
  ProtocolError: 7,
  InvalidTransform: 8,
  InvalidProtocol: 9,
  UnsupportedClientType: 10,
  LoadShedding: 11,
  Timeout: 12,
  InjectedFailure: 13,
  ChecksumMismatch: 14,
  Interruption: 15,
} as const
export type ExceptionType = (typeof ExceptionType)[keyof typeof ExceptionType]

/** Envoy's names, as logs, statistics and error texts have them; by number. */
export const TRANSPORT_NAMES: readonly string[] = ['auto', 'framed', 'unframed', 'header']
export const PROTOCOL_NAMES: readonly string[] = [
  'auto',
  'binary',
  'binary/non-strict',
  'compact',
  'twitter',
  'json',
]
export const MESSAGE_TYPE_NAMES: readonly string[] = ['', 'call', 'reply', 'exception', 'oneway']

/** Replies that the proxy makes itself. */
export const OK = line('+OK')
export const PONG = line('+PONG')
export const QUEUED = line('+QUEUED')
export const EMPTY_ARRAY = line('*0')

export function line(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(`${text}\r\n`, 'latin1'))
}

export function integerReply(value: number): Uint8Array {
  return line(`:${value}`)
}

export function bulkReply(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([line(`$${bytes.length}`), bytes, CRLF])
}

export function arrayReply(elements: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([line(`*${elements.length}`), ...elements])
}

const CRLF = line('')

import type { Client } from './client.ts'

/** A copy of an argument. */
export function argument(client: Client, index: number): Uint8Array {
  const { bytes, start, args } = client.request
  return bytes.slice(start + args[2 * index]!, start + args[2 * index + 1]!)
}

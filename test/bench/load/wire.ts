/** The bytes that the generators and our own upstream exchange: one byte asks, its value says for what. */

/** Asks for TINY_REPLY. */
export const TINY_REQUEST = Buffer.from('t')
export const TINY_REPLY = Buffer.from('pong\r\n')

/** Asks for BULK_BYTES zero bytes. */
export const BULK_REQUEST = Buffer.from('b')
export const BULK_BYTES = 10_000_000

/** Asks how many connections the upstream has open; the answer is a decimal number and a line feed. */
export const COUNT_REQUEST = Buffer.from('c')

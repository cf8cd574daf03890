/** Slots of a redis cluster: a key's slot is its CRC16 modulo this. */
export const REDIS_SLOTS = 16384

const POLYNOMIAL = 0x1021

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL
  return crc
})

/** CRC16/XMODEM, as redis cluster has it. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0
  for (let at = start; at < end; at++) {
    crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >>> 8) ^ bytes[at]!]!
  }
  return crc
}

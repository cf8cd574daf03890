/**
 * Cuts a value to `:Z` bytes of UTF-8; a negative limit is none. Unlike Envoy it never leaves half a character behind,
 * which would make the line, and a JSON log, unreadable to UTF-8 readers.
 */
export function truncate(text: string, maxBytes: number): string {
  if (maxBytes < 0 || text.length * 3 <= maxBytes) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

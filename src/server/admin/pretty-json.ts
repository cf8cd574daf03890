/** What protobuf's JSON printer escapes and JSON.stringify does not. */
const ESCAPED = /[<>\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\ufeff]/g

/** JSON as Envoy's admin prints a message: one space a level, protobuf's escapes, a newline at the end. */
export function prettyJson(value: unknown): string {
  const json = JSON.stringify(value, null, 1)
  return `${json.replace(ESCAPED, escapeChar)}\n`
}

function escapeChar(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

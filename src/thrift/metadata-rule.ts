import { RE2JS } from 're2js'
import { decodeJsonValue, type JsonValue } from '../codec/protobuf/json-value.ts'
import { regexMatcher } from '../config/schema/matcher.ts'
import { message } from '../config/schema/message.ts'
import { convert, type Schema } from '../config/schema/schema.ts'
import { enumOf, orNull, text } from '../config/schema/values.ts'
import type { StreamInfo } from '../network/stream-info.ts'

/** Longer values are left out, as in Envoy. */
const MAX_VALUE_BYTES = 8192

/** What a rule writes: `KeyValuePair` of header_to_metadata and payload_to_metadata. */
export interface MetadataEntry {
  readonly namespace: string
  readonly key: string
  /** Takes the place of what was found; empty: that itself. */
  readonly value: string
  /** Null: what was found stays as it is. */
  readonly rewrite: RegexRewrite | null
  /** `PROTOBUF_VALUE`: what was found is a `google.protobuf.Value` in bytes, nearly always under base64. */
  readonly type: 'STRING' | 'NUMBER' | 'PROTOBUF_VALUE'
  readonly isBase64: boolean
}

/** RE2's syntax; `\1` in the substitution is the first group. */
export interface RegexRewrite {
  readonly pattern: string
  readonly substitution: string
}

/** A rule's two entries. Neither may be left out with the other. */
export interface MetadataRule {
  readonly onPresent: MetadataEntry | null
  readonly onMissing: MetadataEntry | null
}

export function metadataEntry(
  protoName: string,
  namespace: string,
  hasEncoding: boolean,
): Schema<MetadataEntry> {
  const rewrite = message('envoy.type.matcher.v3.RegexMatchAndSubstitute', {
    pattern: regexMatcher(),
    substitution: text(),
  })
  const entries = {
    metadataNamespace: text(),
    key: text(),
    value: text(),
    regexValueRewrite: orNull(rewrite),
    type: enumOf(['STRING', 'NUMBER']),
  }
  const encoded = message(protoName, {
    ...entries,
    type: enumOf(['STRING', 'NUMBER', 'PROTOBUF_VALUE']),
    encode: enumOf(['NONE', 'BASE64']),
  })
  const inner = hasEncoding ? encoded : message(protoName, entries)
  return convert(inner, (raw) => ({
    namespace: raw.metadataNamespace || namespace,
    key: raw.key,
    value: raw.value,
    rewrite: raw.regexValueRewrite,
    type: raw.type,
    isBase64: 'encode' in raw && raw.encode === 'BASE64',
  }))
}

/** What is wrong with the pair of entries of a rule; null: nothing. */
export function ruleProblem(what: string, { onPresent, onMissing }: MetadataRule): string | null {
  if (onPresent === null && onMissing === null) {
    return `${what} has neither "on_present" nor "on_missing"`
  }
  return onMissing !== null && onMissing.value === ''
    ? 'Cannot specify on_missing rule with empty value'
    : null
}

/** Writes an entry into the metadata that logs and routes read. */
export class MetadataWriter {
  readonly #entry: MetadataEntry
  readonly #pattern: RE2JS | null
  readonly #replacement: readonly (string | number)[]

  constructor(entry: MetadataEntry) {
    const { rewrite } = entry
    this.#entry = entry
    this.#pattern = rewrite === null ? null : RE2JS.compile(rewrite.pattern)
    this.#replacement = rewrite === null ? [] : parseSubstitution(rewrite.substitution)
  }

  /** `found` is text: what the header or field held; a value of the rule's own goes before it. */
  write(info: StreamInfo, found: string): void {
    const { namespace, key, value } = this.#entry
    const made = this.#made(value === '' ? found : value)
    if (made === null) return
    info.dynamicMetadata ??= {}
    const known = info.dynamicMetadata[namespace]
    if (known === undefined) info.dynamicMetadata[namespace] = { [key]: made }
    else known[key] = made
  }

  /** Null: nothing is written. */
  #made(source: string): JsonValue {
    let text = source
    if (text === '' || Buffer.byteLength(text) >= MAX_VALUE_BYTES) return null
    if (this.#pattern !== null) text = replaceAll(this.#pattern, text, this.#replacement)
    if (this.#entry.isBase64) {
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return null
      const bytes = Buffer.from(text, 'base64')
      if (this.#entry.type === 'PROTOBUF_VALUE') return decodeJsonValue(bytes) ?? null
      text = bytes.toString()
    }
    if (this.#entry.type === 'PROTOBUF_VALUE') return decodeJsonValue(Buffer.from(text)) ?? null
    if (this.#entry.type === 'STRING') return text
    const number = Number(text)
    return text.trim() === '' || Number.isNaN(number) ? null : number
  }
}

export function metadataWriter(entry: MetadataEntry | null): MetadataWriter | null {
  return entry === null ? null : new MetadataWriter(entry)
}

/** Texts, and numbers of groups, as they stand in a substitution: `\1` is the first group, `\\` a backslash. */
function parseSubstitution(substitution: string): readonly (string | number)[] {
  const parts = substitution.split(/\\([0-9\\])/)
  return parts.map((part, index) => {
    if (index % 2 === 0) return part
    return part === '\\' ? part : Number(part)
  })
}

/** Every match of the expression becomes the substitution. */
function replaceAll(pattern: RE2JS, text: string, parts: readonly (string | number)[]): string {
  const matcher = pattern.matcher(text)
  let made = ''
  let at = 0
  while (matcher.find()) {
    made += text.slice(at, matcher.start())
    for (const part of parts) made += typeof part === 'string' ? part : (matcher.group(part) ?? '')
    at = matcher.end()
  }
  return made + text.slice(at)
}

import { contentOf, type DerElement, DerTag, objectId, within } from './der.ts'

/** Short names of attribute types, as the TLS library prints them. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.46': 'dnQualifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

const COMMON_NAME = '2.5.4.3'

interface Attribute {
  readonly type: string
  readonly value: string
}

/** A distinguished name: lists of attributes, most of them of one. */
type Name = readonly (readonly Attribute[])[]

export function readName(element: DerElement): Name {
  const sets: Attribute[][] = []
  const reader = within(element)
  while (!reader.done) {
    const set = within(reader.expect(DerTag.Set))
    const attributes: Attribute[] = []
    while (!set.done) {
      const pair = within(set.expect(DerTag.Sequence))
      const type = objectId(pair.expect(DerTag.ObjectId))
      attributes.push({ type, value: directoryString(pair.next()) })
    }
    sets.push(attributes)
  }
  return sets
}

/** As RFC 2253 writes it: the most special first, special characters escaped. */
export function printName(name: Name): string {
  return name
    .toReversed()
    .map((set) =>
      set.map(({ type, value }) => `${ATTRIBUTES[type] ?? type}=${escapeValue(value)}`).join('+'),
    )
    .join(',')
}

/** The first common name; '' without one. */
export function commonName(name: Name): string {
  return name.flat().find(({ type }) => type === COMMON_NAME)?.value ?? ''
}

function directoryString(element: DerElement): string {
  const bytes = contentOf(element)
  if (element.tag === DerTag.Utf8String) return new TextDecoder().decode(bytes)
  if (element.tag === DerTag.BmpString) return wide(bytes, 2)
  if (element.tag === DerTag.UniversalString) return wide(bytes, 4)
  return Buffer.from(bytes).toString('latin1')
}

function wide(bytes: Uint8Array, size: 2 | 4): string {
  let text = ''
  for (let at = 0; at + size <= bytes.length; at += size) {
    let code = 0
    for (let i = 0; i < size; i++) code = code * 256 + bytes[at + i]!
    text += code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
  }
  return text
}

function escapeValue(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replace(/[^ -~]/gu, (char) =>
      [...new TextEncoder().encode(char)]
        .map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join(''),
    )
}

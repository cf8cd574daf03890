import { contentOf, type DerElement, DerError, DerReader, DerTag, objectId, within } from './der.ts'
import { commonName, printName, readName } from './name.ts'

export type SanType = 'EMAIL' | 'DNS' | 'URI' | 'IP_ADDRESS' | 'OTHER_NAME'

export interface SubjectAltName {
  readonly type: SanType
  /** An IP address in text; of an other name what its string says, '' if it is none. */
  readonly value: string
  /** Of an other name: the identifier of its type. */
  readonly objectId: string
}

/** What a proxy wants to know of a certificate. */
export interface Certificate {
  /** RFC 2253: `CN=a,O=b`. */
  readonly subject: string
  readonly issuer: string
  readonly commonName: string
  /** Hexadecimal, lower case, two digits a byte. */
  readonly serialNumber: string
  readonly validFromMs: number
  readonly validToMs: number
  readonly subjectAltNames: readonly SubjectAltName[]
  /** The extension is there, be it empty: then the common name is no name of the host. */
  readonly hasSubjectAltNames: boolean
  readonly isCa: boolean
  /** It limits the names below it. */
  readonly hasNameConstraints: boolean
  /** Identifiers of the uses it is restricted to; null: not restricted. */
  readonly extendedKeyUsage: readonly string[] | null
}

const BASIC_CONSTRAINTS = '2.5.29.19'
const SUBJECT_ALT_NAME = '2.5.29.17'
const NAME_CONSTRAINTS = '2.5.29.30'
const EXTENDED_KEY_USAGE = '2.5.29.37'

/** Context-specific tags of the body of a certificate. */
const VERSION = 0xa0
const EXTENSIONS = 0xa3

/** Reads an X.509 certificate in DER. Throws a DerError for anything else. */
export function parseCertificate(der: Uint8Array): Certificate {
  const certificate = within(new DerReader(der).expect(DerTag.Sequence))
  const body = within(certificate.expect(DerTag.Sequence))
  body.optional(VERSION)
  const serial = body.expect(DerTag.Integer)
  body.expect(DerTag.Sequence)
  const issuer = readName(body.expect(DerTag.Sequence))
  const validity = within(body.expect(DerTag.Sequence))
  const validFromMs = readTime(validity.next())
  const validToMs = readTime(validity.next())
  const subject = readName(body.expect(DerTag.Sequence))
  body.expect(DerTag.Sequence)
  const extensions = new Map<string, DerElement>()
  while (!body.done) {
    const element = body.next()
    if (element.tag === EXTENSIONS) readExtensions(element, extensions)
  }
  const altNames = extensions.get(SUBJECT_ALT_NAME)
  return {
    subject: printName(subject),
    issuer: printName(issuer),
    commonName: commonName(subject),
    serialNumber: serialText(contentOf(serial)),
    validFromMs,
    validToMs,
    subjectAltNames: altNames === undefined ? [] : readAltNames(altNames),
    hasSubjectAltNames: altNames !== undefined,
    isCa: readIsCa(extensions.get(BASIC_CONSTRAINTS)),
    hasNameConstraints: extensions.has(NAME_CONSTRAINTS),
    extendedKeyUsage: readKeyUsage(extensions.get(EXTENDED_KEY_USAGE)),
  }
}

function readExtensions(element: DerElement, into: Map<string, DerElement>): void {
  const list = within(within(element).expect(DerTag.Sequence))
  while (!list.done) {
    const extension = within(list.expect(DerTag.Sequence))
    const id = objectId(extension.expect(DerTag.ObjectId))
    extension.optional(DerTag.Boolean)
    into.set(id, extension.expect(DerTag.OctetString))
  }
}

function readIsCa(extension: DerElement | undefined): boolean {
  if (extension === undefined) return false
  const flag = within(within(extension).expect(DerTag.Sequence)).optional(DerTag.Boolean)
  return flag !== null && contentOf(flag)[0] !== 0
}

function readKeyUsage(extension: DerElement | undefined): readonly string[] | null {
  if (extension === undefined) return null
  const list = within(within(extension).expect(DerTag.Sequence))
  const uses: string[] = []
  while (!list.done) uses.push(objectId(list.expect(DerTag.ObjectId)))
  return uses
}

/** Tags of the kinds of GeneralName that have a use here. */
const OTHER_NAME = 0xa0
const TEXT_NAMES: Readonly<Record<number, SanType>> = { 129: 'EMAIL', 130: 'DNS', 134: 'URI' }
const IP_NAME = 0x87

function readAltNames(extension: DerElement): SubjectAltName[] {
  const list = within(within(extension).expect(DerTag.Sequence))
  const names: SubjectAltName[] = []
  while (!list.done) {
    const element = list.next()
    const type = TEXT_NAMES[element.tag]
    if (type !== undefined) {
      names.push({ type, value: Buffer.from(contentOf(element)).toString('latin1'), objectId: '' })
    } else if (element.tag === IP_NAME) {
      names.push({ type: 'IP_ADDRESS', value: ipText(contentOf(element)), objectId: '' })
    } else if (element.tag === OTHER_NAME) {
      names.push(readOtherName(element))
    }
  }
  return names
}

function readOtherName(element: DerElement): SubjectAltName {
  const reader = within(element)
  const id = objectId(reader.expect(DerTag.ObjectId))
  const value = within(reader.next()).next()
  const isText = value.tag === DerTag.Utf8String || (value.tag >= 0x12 && value.tag <= 0x16)
  const text = isText ? new TextDecoder().decode(contentOf(value)) : ''
  return { type: 'OTHER_NAME', value: text, objectId: id }
}

/** The canonical text; '' for anything but 4 or 16 bytes. */
function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return ''
  const groups = Array.from({ length: 8 }, (_, i) => bytes[i * 2]! * 256 + bytes[i * 2 + 1]!)
  const text = groups.map((group) => group.toString(16)).join(':')
  const zeros = [...text.matchAll(/\b0(:0)+\b/g)].map(([match]) => match)
  const longest = zeros.reduce((best, one) => (one.length > best.length ? one : best), '')
  if (longest === '') return text
  const at = text.indexOf(longest)
  const before = text.slice(0, at).replace(/:$/, '')
  const after = text.slice(at + longest.length).replace(/^:/, '')
  return `${before}::${after}`
}

function readTime(element: DerElement): number {
  const text = Buffer.from(contentOf(element)).toString('latin1')
  const isUtc = element.tag === DerTag.UtcTime
  const match = (
    isUtc ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
  ).exec(text)
  if (match === null) throw new DerError('a time in another form')
  const [year = 0, month = 1, ...rest] = match.slice(1).map(Number)
  const fullYear = isUtc ? (year < 50 ? 2000 + year : 1900 + year) : year
  const [day = 1, hour = 0, minute = 0, second = 0] = rest
  return Date.UTC(fullYear, month - 1, day, hour, minute, second)
}

function serialText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes)
    .toString('hex')
    .replace(/^(00)+(?=.)/, '')
  return hex === '' ? '00' : hex
}

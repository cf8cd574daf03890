import { createHash, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'

/** Certificates for tests, made here so that none expires: X.509 in DER by hand, signed by node:crypto. */
export interface TestCertificate {
  readonly name: string
  /** PEM. */
  readonly certificate: string
  readonly privateKey: string
  readonly der: Uint8Array
  readonly key: KeyObject
  /** SHA-256 of the certificate, hexadecimal. */
  readonly fingerprint: string
}

export interface CertificateOptions {
  /** Common name, and the whole subject unless that is given. */
  readonly name: string
  /** [attribute type, value], the least special first. */
  readonly subject?: readonly (readonly [string, string])[]
  /** `DNS:a.test`, `URI:spiffe://a`, `IP:127.0.0.1`, `EMAIL:a@b.c`. */
  readonly altNames?: readonly string[]
  /** Null: signed by itself. */
  readonly issuer?: TestCertificate | null
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly isCa?: boolean
  readonly keyType?: 'ec' | 'rsa' | 'ed25519'
  readonly rsaBits?: number
  /** Identifiers of uses. */
  readonly extendedKeyUsage?: readonly string[]
  readonly nameConstraints?: boolean
}

export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

const COMMON_NAME = '2.5.4.3'
const ALT_NAME_TAGS = { EMAIL: 0x81, DNS: 0x82, URI: 0x86, IP: 0x87 } as const

let nextSerial = 0x1000

export function makeCertificate(options: CertificateOptions): TestCertificate {
  const { name, issuer = null, keyType = 'ec' } = options
  const { privateKey: key, publicKey } = makeKey(keyType, options.rsaBits ?? 2048)
  const signer = issuer?.key ?? key
  const algorithm = signatureAlgorithm(signer)
  const serial = nextSerial++
  const body = sequence(
    tlv(0xa0, integer([2])),
    integer([serial >> 8, serial & 0xff]),
    algorithm,
    distinguishedName(issuer === null ? subjectOf(options) : [[COMMON_NAME, issuer.name]]),
    sequence(
      time(options.notBefore ?? new Date('2020-01-01T00:00:00Z')),
      time(options.notAfter ?? new Date('2120-01-01T00:00:00Z')),
    ),
    distinguishedName(subjectOf(options)),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions(options))),
  )
  const hash = signer.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const der = sequence(body, algorithm, bitString(sign(hash, body, signer)))
  return {
    name,
    certificate: pem('CERTIFICATE', der),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    der: new Uint8Array(der),
    key,
    fingerprint: createHash('sha256').update(der).digest('hex'),
  }
}

export function makeAuthority(name: string): TestCertificate {
  return makeCertificate({ name, isCa: true })
}

/** A revocation list of an authority, in PEM. */
export function makeCrl(authority: TestCertificate, revoked: readonly TestCertificate[]): string {
  const algorithm = signatureAlgorithm(authority.key)
  const entries = revoked.map(({ der }) => {
    const serial = [...Buffer.from(new X509Certificate(der).serialNumber, 'hex')]
    return sequence(integer(serial), time(new Date('2021-01-01T00:00:00Z')))
  })
  const body = sequence(
    integer([1]),
    algorithm,
    distinguishedName([[COMMON_NAME, authority.name]]),
    time(new Date('2020-01-01T00:00:00Z')),
    time(new Date('2120-01-01T00:00:00Z')),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
  )
  return pem('X509 CRL', sequence(body, algorithm, bitString(sign('sha256', body, authority.key))))
}

function makeKey(keyType: 'ec' | 'rsa' | 'ed25519', modulusLength: number) {
  if (keyType === 'rsa') return generateKeyPairSync('rsa', { modulusLength })
  if (keyType === 'ed25519') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function signatureAlgorithm(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'rsa') {
    return sequence(objectId('1.2.840.113549.1.1.11'), tlv(0x05, Buffer.alloc(0)))
  }
  return sequence(
    objectId(key.asymmetricKeyType === 'ed25519' ? '1.3.101.112' : '1.2.840.10045.4.3.2'),
  )
}

function subjectOf({ name, subject }: CertificateOptions) {
  return subject ?? ([[COMMON_NAME, name]] as const)
}

function extensions(options: CertificateOptions): Buffer[] {
  const list: Buffer[] = []
  if (options.isCa === true) {
    list.push(extension('2.5.29.19', sequence(tlv(0x01, Buffer.from([0xff])))))
    list.push(extension('2.5.29.15', bitString(Buffer.from([0x06]), 1)))
  }
  if (options.altNames !== undefined) {
    list.push(extension('2.5.29.17', sequence(...options.altNames.map(altName))))
  }
  if (options.extendedKeyUsage !== undefined) {
    list.push(extension('2.5.29.37', sequence(...options.extendedKeyUsage.map(objectId))))
  }
  if (options.nameConstraints === true) {
    const subtree = sequence(tlv(0x82, Buffer.from('a.test')))
    list.push(extension('2.5.29.30', sequence(tlv(0xa0, subtree))))
  }
  return list
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tlv(0x04, value))
}

function altName(text: string): Buffer {
  const at = text.indexOf(':')
  const type = text.slice(0, at) as keyof typeof ALT_NAME_TAGS
  const value = text.slice(at + 1)
  return tlv(ALT_NAME_TAGS[type], type === 'IP' ? ipBytes(value) : Buffer.from(value, 'latin1'))
}

function ipBytes(ip: string): Buffer {
  if (!ip.includes(':')) return Buffer.from(ip.split('.').map(Number))
  const [head = '', tail = ''] = ip.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

function distinguishedName(attributes: readonly (readonly [string, string])[]): Buffer {
  return sequence(
    ...attributes.map(([type, value]) =>
      tlv(0x31, sequence(objectId(type), tlv(0x0c, Buffer.from(value)))),
    ),
  )
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  const isUtc = date.getUTCFullYear() < 2050
  return tlv(isUtc ? 0x17 : 0x18, Buffer.from(isUtc ? digits.slice(2) : digits))
}

function integer(bytes: readonly number[]): Buffer {
  return tlv(0x02, Buffer.from(bytes))
}

function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return tlv(0x03, Buffer.concat([Buffer.from([unused]), bytes]))
}

function objectId(id: string): Buffer {
  const [first = 0, second = 0, ...rest] = id.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const groups = [part & 0x7f]
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return tlv(0x06, Buffer.from(bytes))
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(parts))
}

function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}

function pem(kind: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`
}

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { dataSource } from '../../../config/schema/data-source.ts'
import { message } from '../../../config/schema/message.ts'
import {
  convert,
  INVALID,
  type Invalid,
  isRecord,
  type Problems,
  type Schema,
} from '../../../config/schema/schema.ts'
import { ignored, orNull } from '../../../config/schema/values.ts'
import { parsePkcs12 } from '../../../network/pkcs12.ts'
import { refusalOf } from './library-check.ts'
import { pemBlocks } from './pem.ts'

/** A certificate to show, and its key: PEM texts, the key in clear. */
export interface CertificateConfig {
  readonly chain: string
  readonly privateKey: string
  /** Its file, or `<inline>`. */
  readonly path: string
  readonly keyType: KeyType
}

type KeyType = 'rsa' | 'ec' | 'ed25519'

const INLINE = '<inline>'
const MIN_RSA_BITS = 2048
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

/** `TlsCertificate`. Files are read, keys opened and compared with their certificate when the config is read. */
export function tlsCertificate(): Schema<CertificateConfig | null> {
  const inner = message('envoy.extensions.transport_sockets.tls.v3.TlsCertificate', {
    certificateChain: orNull(dataSource()),
    privateKey: orNull(dataSource()),
    pkcs12: orNull(dataSource()),
    password: orNull(dataSource()),
    /** Has no effect on a certificate that is not a secret. */
    watchedDirectory: ignored(),
    signedCertificateTimestamp: ignored(),
  })
  return convert(inner, (raw, problems, input) => {
    const password = raw.password === null ? null : decode(raw.password)
    // A client may have an empty one: it shows none. Of a server's stage 2 says what is missing.
    if (Object.values(raw).every((value) => value === null)) return null
    if (raw.pkcs12 !== null) return fromPkcs12(raw.pkcs12, password, problems, input)
    if (raw.certificateChain === null || raw.privateKey === null) {
      problems.add('missing-required', [], 'expected certificate_chain and private_key', input)
      return INVALID
    }
    const chain = decode(raw.certificateChain)
    const key = openKey(decode(raw.privateKey), password, problems)
    if (key === INVALID) return INVALID
    return checkedPair(chain, key, problems, input)
  })
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}

function fromPkcs12(
  base64: string,
  password: string | null,
  problems: Problems,
  input: unknown,
): CertificateConfig | Invalid {
  const rivals = ['certificate_chain', 'private_key'].filter(
    (field) => isRecord(input) && input[field] != null,
  )
  for (const field of rivals) {
    problems.add('rule-violated', [field], `"${field}" stands beside "pkcs12", which has both`, '')
  }
  if (rivals.length > 0) return INVALID
  const made = parsePkcs12(Buffer.from(base64, 'base64'), password ?? '')
  if (typeof made === 'string') {
    problems.add('rule-violated', ['pkcs12'], `this cannot be opened: ${made}`, '')
    return INVALID
  }
  return checkedPair(made.certificateChain, createPrivateKey(made.privateKey), problems, input)
}

function openKey(pem: string, password: string | null, problems: Problems): KeyObject | Invalid {
  try {
    return createPrivateKey(password === null ? pem : { key: pem, passphrase: password })
  } catch {
    const message = pem.includes('ENCRYPTED')
      ? `this key cannot be opened with ${password === null ? 'no password' : 'this password'}`
      : 'this is no private key in PEM'
    problems.add('rule-violated', ['private_key'], message, '')
    return INVALID
  }
}

function checkedPair(
  chain: string,
  key: KeyObject,
  problems: Problems,
  input: unknown,
): CertificateConfig | Invalid {
  const field = isRecord(input) && input['pkcs12'] != null ? 'pkcs12' : 'certificate_chain'
  const problem = (message: string, at = field): Invalid => {
    problems.add('rule-violated', [at], message, '')
    return INVALID
  }
  let leaf: X509Certificate
  try {
    for (const pem of pemBlocks(chain, 'CERTIFICATE').slice(1)) new X509Certificate(pem)
    leaf = new X509Certificate(chain)
  } catch {
    return problem('this is no certificate in PEM')
  }
  const keyType = keyTypeOf(leaf.publicKey)
  if (keyType === null) {
    return problem('the key is neither RSA nor Ed25519 nor ECDSA on P-256, P-384 or P-521')
  }
  const { modulusLength = MIN_RSA_BITS } = leaf.publicKey.asymmetricKeyDetails ?? {}
  if (modulusLength < MIN_RSA_BITS) {
    return problem(`an RSA key needs ${MIN_RSA_BITS} bits at least, this one has ${modulusLength}`)
  }
  if (!leaf.checkPrivateKey(key)) {
    return problem(
      'this key is not that of the certificate',
      field === 'pkcs12' ? field : 'private_key',
    )
  }
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const refusal = refusalOf({ certificateChain: chain, privateKey })
  if (refusal !== '') return problem(`the TLS library does not take it: ${refusal}`)
  return { chain, privateKey, path: pathOf(input, field), keyType }
}

function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyType | null {
  if (asymmetricKeyType === 'rsa' || asymmetricKeyType === 'ed25519') return asymmetricKeyType
  const curve = asymmetricKeyDetails?.namedCurve ?? ''
  return asymmetricKeyType === 'ec' && CURVES.has(curve) ? 'ec' : null
}

/** The file of a DataSource field, for those who look at certificates. */
export function pathOf(input: unknown, field: string): string {
  const source = isRecord(input) ? input[field] : null
  const filename = isRecord(source) ? source['filename'] : null
  return typeof filename === 'string' ? filename : INLINE
}

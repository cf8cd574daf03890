import type { ClientHello } from '../../../codec/tls/client-hello.ts'
import type { TlsContext } from '../../../network/tls-context.ts'
import type { TlsCertificate } from '../../../network/tls-info.ts'

/** A certificate that a server can show, ready to be shown. */
export interface ServerCertificate {
  readonly context: TlsContext
  readonly certificate: TlsCertificate
  readonly isEcdsa: boolean
}

const TLS12 = 0x0303
const TLS13 = 0x0304
const ECDSA_SECP256R1_SHA256 = 0x0403
const SECP256R1 = 23
/** ECDSA suites of TLS 1.2 and below that the library has. */
const ECDSA_SUITES = new Set([0xc009, 0xc00a, 0xc023, 0xc02b, 0xc02c, 0xcca9])

/**
 * Chooses a certificate as Envoy does: by the name that the client asks for (whole, then with a wildcard for its first label; case
 * counts), among those ECDSA before RSA if the client can, else the first, or with a full scan the first that suits.
 */
export class CertificateSelector {
  readonly #certificates: readonly ServerCertificate[]
  readonly #byName = new Map<string, ServerCertificate[]>()
  readonly #fullScan: boolean
  readonly #maxIsTls13: boolean

  constructor(
    certificates: readonly ServerCertificate[],
    options: { readonly fullScan: boolean; readonly maxIsTls13: boolean },
  ) {
    this.#certificates = certificates
    this.#fullScan = options.fullScan
    this.#maxIsTls13 = options.maxIsTls13
    for (const one of certificates) for (const name of namesOf(one)) this.#addName(name, one)
  }

  /** `hello` null: it cannot be read, and the library will say so. */
  choose(hello: ClientHello | null): ServerCertificate {
    const first = this.#certificates[0]!
    if (hello === null || this.#certificates.length === 1) return first
    const wantsEcdsa = isEcdsaCapable(hello, this.#maxIsTls13)
    const { serverName } = hello
    if (serverName === '') return pick(this.#certificates, wantsEcdsa) ?? first
    const dot = serverName.indexOf('.', 1)
    const isNamed = dot > 0 && dot < serverName.length - 1
    const byName =
      pick(this.#byName.get(serverName) ?? [], wantsEcdsa) ??
      (isNamed ? pick(this.#byName.get(serverName.slice(dot)) ?? [], wantsEcdsa) : null)
    if (byName !== null) return byName
    return this.#fullScan ? (pick(this.#certificates, wantsEcdsa) ?? first) : first
  }

  /** Of two certificates of one kind for one name the earlier counts. */
  #addName(name: string, one: ServerCertificate): void {
    const key = name.startsWith('*.') ? name.slice(1) : name
    const known = this.#byName.get(key)
    if (known === undefined) this.#byName.set(key, [one])
    else if (!known.some(({ isEcdsa }) => isEcdsa === one.isEcdsa)) known.push(one)
  }
}

/** The common name counts only without the extension. */
function namesOf({ certificate: { parsed } }: ServerCertificate): readonly string[] {
  if (!parsed.hasSubjectAltNames) return parsed.commonName === '' ? [] : [parsed.commonName]
  return parsed.subjectAltNames.filter(({ type }) => type === 'DNS').map(({ value }) => value)
}

/** A client that can ECDSA takes RSA too, if there is nothing else. */
function pick(from: readonly ServerCertificate[], wantsEcdsa: boolean): ServerCertificate | null {
  const exact = from.find(({ isEcdsa }) => isEcdsa === wantsEcdsa)
  if (exact !== undefined) return exact
  return (wantsEcdsa ? from.find(({ isEcdsa }) => !isEcdsa) : undefined) ?? null
}

function isEcdsaCapable(hello: ClientHello, maxIsTls13: boolean): boolean {
  if (maxIsTls13 && hello.version === TLS12 && hello.supportedVersions.length > 0) {
    return hello.signatureAlgorithms.includes(ECDSA_SECP256R1_SHA256)
  }
  return (
    hello.supportedGroups.includes(SECP256R1) &&
    hello.cipherSuites.some((suite) => ECDSA_SUITES.has(suite))
  )
}

/** Which group the server will choose: its own order counts, or the client's if it is told so. 0: not known. */
export function chooseGroup(
  hello: ClientHello,
  groups: readonly number[],
  preferClient: boolean,
): number {
  const [first, second] = preferClient
    ? [hello.supportedGroups, groups]
    : [groups, hello.supportedGroups]
  const isTls13 = hello.supportedVersions.includes(TLS13)
  return first.find((group) => second.includes(group) && (isTls13 || group < 1000)) ?? 0
}

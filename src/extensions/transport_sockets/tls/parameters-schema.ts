import { message } from '../../../config/schema/message.ts'
import { convert, INVALID, type Problems, type Schema } from '../../../config/schema/schema.ts'
import { enumOf, list, text } from '../../../config/schema/values.ts'
import type { TlsVersion } from '../../../network/tls-context.ts'
import { readCiphers } from './cipher-suites.ts'
import { isTaken } from './library-check.ts'

/** `TlsParameters`, in the library's terms. */
export interface TlsParameters {
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  readonly ciphers: string
  /** Names in order of preference. */
  readonly groups: readonly string[]
  readonly signatureAlgorithms: readonly string[]
}

const PACKAGE = 'envoy.extensions.transport_sockets.tls.v3'
const DEFAULT_GROUPS = ['X25519', 'P-256']

const VERSIONS = {
  TLSv1_0: 'TLSv1',
  TLSv1_1: 'TLSv1.1',
  TLSv1_2: 'TLSv1.2',
  TLSv1_3: 'TLSv1.3',
} as const

const PROTOCOLS = ['TLS_AUTO', 'TLSv1_0', 'TLSv1_1', 'TLSv1_2', 'TLSv1_3'] as const

/** `newest`: what TLS_AUTO stands for as a maximum. */
export function tlsParameters(newest: TlsVersion): Schema<TlsParameters> {
  const inner = message(`${PACKAGE}.TlsParameters`, {
    tlsMinimumProtocolVersion: enumOf(PROTOCOLS),
    tlsMaximumProtocolVersion: enumOf(PROTOCOLS),
    cipherSuites: list(text()),
    ecdhCurves: list(text()),
    signatureAlgorithms: list(text()),
  })
  return convert(inner, (raw, problems) => {
    const { tlsMinimumProtocolVersion: min, tlsMaximumProtocolVersion: max } = raw
    const before = problems.issues.length
    const ciphers = readCiphers(raw.cipherSuites, problems)
    checkNames('ecdh_curves', raw.ecdhCurves, 'groups', problems)
    checkNames('signature_algorithms', raw.signatureAlgorithms, 'signatureAlgorithms', problems)
    if (problems.issues.length > before) return INVALID
    return {
      minVersion: min === 'TLS_AUTO' ? 'TLSv1.2' : VERSIONS[min],
      maxVersion: max === 'TLS_AUTO' ? newest : VERSIONS[max],
      ciphers,
      groups: raw.ecdhCurves.length > 0 ? raw.ecdhCurves : DEFAULT_GROUPS,
      signatureAlgorithms: raw.signatureAlgorithms,
    }
  })
}

function checkNames(
  field: string,
  names: readonly string[],
  option: 'groups' | 'signatureAlgorithms',
  problems: Problems,
): void {
  for (const [index, name] of names.entries()) {
    if (isTaken({ [option]: name })) continue
    const what = option === 'groups' ? 'curve' : 'signature algorithm'
    problems.add('rule-violated', [field, index], `no ${what} is called "${name}"`, name)
  }
}

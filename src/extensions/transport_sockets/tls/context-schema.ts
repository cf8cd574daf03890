import { message } from '../../../config/schema/message.ts'
import {
  convert,
  INVALID,
  isRecord,
  type Problems,
  type Schema,
} from '../../../config/schema/schema.ts'
import {
  bool,
  durationMs,
  enumOf,
  list,
  number,
  only,
  orElse,
  orNull,
  text,
} from '../../../config/schema/values.ts'
import type { TlsVersion } from '../../../network/tls-context.ts'
import { type CertificateConfig, tlsCertificate } from './certificate-schema.ts'
import { type TlsParameters, tlsParameters } from './parameters-schema.ts'
import { type ValidationContext, validationContext } from './validation-schema.ts'

/** What both sides have: `CommonTlsContext`. */
export interface CommonTlsContext {
  readonly tlsParams: TlsParameters
  readonly tlsCertificates: readonly CertificateConfig[]
  /** Null: peers are not looked at. */
  readonly validationContext: ValidationContext | null
  readonly alpnProtocols: readonly string[]
}

/** `UpstreamTlsContext`. */
export interface UpstreamTlsContext {
  readonly common: CommonTlsContext
  /** '': none is sent. */
  readonly sni: string
  /** The endpoint's hostname goes before `sni`. */
  readonly autoHostSni: boolean
  /** The certificate must be for the name that was sent. */
  readonly autoSniSanValidation: boolean
  /** Sessions kept to be resumed; 0: none. */
  readonly maxSessionKeys: number
}

/** `DownstreamTlsContext`. */
export interface DownstreamTlsContext {
  readonly common: CommonTlsContext
  readonly sessionTickets: boolean
  readonly sessionTimeoutSeconds: number
  readonly fullScanCertsOnSniMismatch: boolean
  readonly preferClientCiphers: boolean
}

const PACKAGE = 'envoy.extensions.transport_sockets.tls.v3'

export function upstreamTlsContext(): Schema<UpstreamTlsContext> {
  const inner = message(`${PACKAGE}.UpstreamTlsContext`, {
    commonTlsContext: orElse(commonTlsContext('TLSv1.2'), {}),
    sni: text(),
    autoHostSni: bool(),
    autoSniSanValidation: bool(),
    /** Never granted: TLS 1.3 has none, and for TLS 1.2 the library has it off. */
    allowRenegotiation: only(false),
    maxSessionKeys: orNull(number()),
    enforceRsaKeyUsage: only(false),
  })
  return convert(inner, (raw, problems, input) => {
    const { commonTlsContext: common, maxSessionKeys, ...rest } = raw
    if (common.tlsCertificates.length > 1) {
      const path = ['common_tls_context', 'tls_certificates']
      problems.add('rule-violated', path, 'a client shows one certificate at most', '')
      return INVALID
    }
    const hasCa = (common.validationContext?.trustedCa ?? '') !== ''
    if (raw.autoSniSanValidation && !hasCa) {
      const message = '"auto_sni_san_validation" needs validation_context.trusted_ca'
      problems.add('rule-violated', ['auto_sni_san_validation'], message, input)
      return INVALID
    }
    const { autoHostSni, autoSniSanValidation, sni } = rest
    return { common, sni, autoHostSni, autoSniSanValidation, maxSessionKeys: maxSessionKeys ?? 1 }
  })
}

export function downstreamTlsContext(): Schema<DownstreamTlsContext> {
  const inner = message(`${PACKAGE}.DownstreamTlsContext`, {
    commonTlsContext: orElse(commonTlsContext('TLSv1.3'), {}),
    requireClientCertificate: bool(),
    disableStatelessSessionResumption: bool(),
    /** There is no cache of sessions: only tickets resume one. */
    disableStatefulSessionResumption: bool(),
    sessionTimeoutMs: durationMs(0),
    ocspStaplePolicy: enumOf(['LENIENT_STAPLING']),
    fullScanCertsOnSniMismatch: bool(),
    preferClientCiphers: bool(),
  })
  return convert(inner, (raw, problems, input) => {
    const common = withClientRule(
      raw.commonTlsContext,
      raw.requireClientCertificate,
      problems,
      input,
    )
    if (common === null) return INVALID
    return {
      common,
      sessionTickets: !raw.disableStatelessSessionResumption,
      sessionTimeoutSeconds: Math.floor(raw.sessionTimeoutMs / 1000),
      fullScanCertsOnSniMismatch: raw.fullScanCertsOnSniMismatch,
      preferClientCiphers: raw.preferClientCiphers,
    }
  })
}

/** Envoy would take the rule and let everybody in. */
function withClientRule(
  common: CommonTlsContext,
  isRequired: boolean,
  problems: Problems,
  input: unknown,
): CommonTlsContext | null {
  const { validationContext: validation } = common
  if (!isRequired) return common
  if (validation === null) {
    const message =
      '"require_client_certificate" without a validation_context lets in clients without a certificate: say whom to trust'
    problems.add('rule-violated', ['require_client_certificate'], message, input)
    return null
  }
  return { ...common, validationContext: { ...validation, requireCertificate: true } }
}

function commonTlsContext(newest: TlsVersion): Schema<CommonTlsContext> {
  const inner = message(`${PACKAGE}.CommonTlsContext`, {
    tlsParams: orElse(tlsParameters(newest), {}),
    tlsCertificates: list(tlsCertificate()),
    validationContext: orNull(validationContext()),
    alpnProtocols: list(alpnProtocol()),
  })
  return convert(inner, (common, problems, input) => {
    const secrets = isRecord(input) ? input['tls_certificate_sds_secret_configs'] : null
    if (common.tlsCertificates.length > 0 && Array.isArray(secrets) && secrets.length > 0) {
      const message = 'certificates are given here or as secrets, not both'
      problems.add('rule-violated', ['tls_certificates'], message, '')
      return INVALID
    }
    const tlsCertificates = common.tlsCertificates.filter((one) => one !== null)
    return { ...common, tlsCertificates }
  })
}

/** A byte of length goes before it on the wire. */
function alpnProtocol(): Schema<string> {
  return convert(text(), (protocol, problems) => {
    if (Buffer.byteLength(protocol) <= 255) return protocol
    problems.add('rule-violated', [], 'an ALPN protocol has 255 bytes at most', protocol)
    return INVALID
  })
}

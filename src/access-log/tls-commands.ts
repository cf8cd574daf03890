import type { Certificate, SanType } from '../codec/x509/certificate.ts'
import type { StreamInfo } from '../network/stream-info.ts'
import type { TlsCertificate, TlsInfo } from '../network/tls-info.ts'
import { type Command, TextCommand } from './command.ts'
import { DateFormat } from './date-format.ts'

type ReadTls = (tls: TlsInfo) => string | null
type ReadCertificate = (certificate: Certificate) => string

const DEFAULT_TIME = '%Y-%m-%dT%H:%M:%E3SZ'

/** What follows `DOWNSTREAM_` or `UPSTREAM_`. */
const CONNECTION: Readonly<Record<string, ReadTls>> = {
  TLS_VERSION: (tls) => tls.version,
  TLS_CIPHER: (tls) => tls.cipher,
  TLS_GROUP: (tls) => tls.group,
  TLS_SESSION_ID: (tls) => tls.sessionId,
  SERVER_NAME: (tls) => tls.serverName,
  PEER_FINGERPRINT_1: ({ peer }) => peer?.fingerprint('sha1') ?? null,
  PEER_FINGERPRINT_256: ({ peer }) => peer?.fingerprint('sha256') ?? null,
  // The library shows the first certificate of the peer's chain only.
  PEER_CHAIN_FINGERPRINTS_1: ({ peer }) => peer?.fingerprint('sha1') ?? null,
  PEER_CHAIN_FINGERPRINTS_256: ({ peer }) => peer?.fingerprint('sha256') ?? null,
  PEER_CHAIN_SERIALS: ({ peer }) => peer?.parsed.serialNumber ?? null,
  PEER_CERT: ({ peer }) => peer && encodeURIComponent(peer.pem()),
}

/** What follows `PEER_` or `LOCAL_`. */
const CERTIFICATE: Readonly<Record<string, ReadCertificate>> = {
  SUBJECT: (certificate) => certificate.subject,
  ISSUER: (certificate) => certificate.issuer,
  SERIAL: (certificate) => certificate.serialNumber,
  DNS_SAN: (certificate) => altNames(certificate, 'DNS'),
  URI_SAN: (certificate) => altNames(certificate, 'URI'),
  EMAIL_SAN: (certificate) => altNames(certificate, 'EMAIL'),
  IP_SAN: (certificate) => altNames(certificate, 'IP_ADDRESS'),
  OTHERNAME_SAN: (certificate) => altNames(certificate, 'OTHER_NAME'),
}

const TIMES: Readonly<Record<string, (certificate: Certificate) => number>> = {
  CERT_V_START: (certificate) => certificate.validFromMs,
  CERT_V_END: (certificate) => certificate.validToMs,
}

/** The commands that speak of a connection's TLS; null for any other. */
export function tlsCommand(name: string, argument: string): Command | null {
  const [, side = '', rest = ''] = /^(DOWNSTREAM|UPSTREAM)_(.+)$/.exec(name) ?? []
  if (side === '') return null
  const read = readerOf(rest, argument)
  if (read === null) return null
  const tlsOf = side === 'DOWNSTREAM' ? ofDownstream : ofUpstream
  return new TextCommand((info) => {
    const tls = tlsOf(info)
    return tls === null ? null : read(tls) || null
  })
}

function ofDownstream(info: StreamInfo): TlsInfo | null {
  return info.tls
}

function ofUpstream(info: StreamInfo): TlsInfo | null {
  return info.upstream?.tls ?? null
}

function readerOf(name: string, argument: string): ReadTls | null {
  const connection = CONNECTION[name]
  if (connection !== undefined) return connection
  const [, whose = '', what = ''] = /^(PEER|LOCAL)_(.+)$/.exec(name) ?? []
  if (whose === '') return null
  const certificateOf = whose === 'PEER' ? peerOf : localOf
  const time = TIMES[what]
  if (time !== undefined) {
    const date = new DateFormat(argument || DEFAULT_TIME, false)
    return (tls) => {
      const certificate = certificateOf(tls)
      return certificate && date.format(time(certificate.parsed))
    }
  }
  const read = CERTIFICATE[what]
  if (read === undefined) return null
  return (tls) => {
    const certificate = certificateOf(tls)
    return certificate && read(certificate.parsed)
  }
}

function peerOf(tls: TlsInfo): TlsCertificate | null {
  return tls.peer
}

function localOf(tls: TlsInfo): TlsCertificate | null {
  return tls.local
}

function altNames({ subjectAltNames }: Certificate, type: SanType): string {
  return subjectAltNames
    .filter((name) => name.type === type)
    .map(({ value }) => value)
    .join(',')
}

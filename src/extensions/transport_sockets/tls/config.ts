import { parseCertificate } from '../../../codec/x509/certificate.ts'
import {
  defineDownstreamTransportSocket,
  defineUpstreamTransportSocket,
} from '../../../extension/define.ts'
import type { CertificateFile, TlsCertificates } from '../../../upstream/upstream-context.ts'
import { ClientTlsFactory } from './client-transport-socket.ts'
import {
  type CommonTlsContext,
  downstreamTlsContext,
  upstreamTlsContext,
} from './context-schema.ts'
import { derOf, pemBlocks } from './pem.ts'
import { ServerTlsFactory } from './server-transport-socket.ts'

const NAME = 'envoy.transport_sockets.tls'
const PACKAGE = 'envoy.extensions.transport_sockets.tls.v3'

/** Ends TLS: clients' bytes come out in clear. */
export const downstreamTls = defineDownstreamTransportSocket({
  name: NAME,
  configType: `${PACKAGE}.DownstreamTlsContext`,
  configSchema: downstreamTlsContext,
  createTransportSocketFactory: (config, scope) => new ServerTlsFactory(config, scope),
  certificates: ({ common }) => certificatesOf(common),
})

/** Speaks TLS to a cluster's hosts. */
export const upstreamTls = defineUpstreamTransportSocket({
  name: NAME,
  configType: `${PACKAGE}.UpstreamTlsContext`,
  configSchema: upstreamTlsContext,
  createUpstreamTransportSocketFactory: (config, scope) => new ClientTlsFactory(config, scope),
  certificates: ({ common }) => certificatesOf(common),
})

function certificatesOf({ tlsCertificates, validationContext }: CommonTlsContext): TlsCertificates {
  const { trustedCa = '', trustedCaPath = '' } = validationContext ?? {}
  return {
    trusted: trustedCa === '' ? [] : [certificateFile(trustedCa, trustedCaPath)],
    shown: tlsCertificates.map(({ chain, path }) => certificateFile(chain, path)),
  }
}

/** The first certificate of a PEM text. */
function certificateFile(pem: string, path: string): CertificateFile {
  return { path, certificate: parseCertificate(derOf(pemBlocks(pem, 'CERTIFICATE')[0]!)) }
}

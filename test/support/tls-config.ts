import type { TestCertificate } from './certificates.ts'

/** Pieces of Envoy configs for tests of TLS. */

const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3'

/** An item of `tls_certificates`. */
export function pair({ certificate, privateKey }: TestCertificate) {
  return {
    certificate_chain: { inline_string: certificate },
    private_key: { inline_string: privateKey },
  }
}

/** `validation_context`, as a part of `common_tls_context`. */
export function trust({ certificate }: TestCertificate, fields: object = {}) {
  return { validation_context: { trusted_ca: { inline_string: certificate }, ...fields } }
}

export function downstreamTls(common: object, fields: object = {}) {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TYPE}.DownstreamTlsContext`,
      common_tls_context: common,
      ...fields,
    },
  }
}

export function upstreamTls(common: object, fields: object = {}) {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: { '@type': `${TYPE}.UpstreamTlsContext`, common_tls_context: common, ...fields },
  }
}

import { expect, test } from 'bun:test'
import {
  chainErrorText,
  isNoCertificate,
  libraryFailure,
} from '../../../../src/extensions/transport_sockets/tls/failure-text.ts'

const SSL = 'SSL routines:OPENSSL_internal:'

test.each([
  [`error:1000009c:${SSL}HTTP_REQUEST`, `|268435612:${SSL}HTTP_REQUEST`],
  [
    `error:10000070:${SSL}BAD_PACKET_LENGTH`,
    `|268435568:${SSL}BAD_PACKET_LENGTH|268435595:${SSL}DECRYPTION_FAILED_OR_BAD_RECORD_MAC`,
  ],
  [
    `error:100000c0:${SSL}PEER_DID_NOT_RETURN_A_CERTIFICATE`,
    `|268435648:${SSL}PEER_DID_NOT_RETURN_A_CERTIFICATE:peer did not provide required client certificate`,
  ],
  ['something else', '|0:something else'],
])('%s is told as Envoy tells it', (text, told) => {
  expect(libraryFailure(text)).toBe(`TLS_error:${told}:TLS_error_end`)
})

test('a hello that is refused is told apart from a later alert', () => {
  const alert = `error:10000410:${SSL}SSLV3_ALERT_HANDSHAKE_FAILURE`
  expect(libraryFailure(alert)).not.toContain('HANDSHAKE_FAILURE_ON_CLIENT_HELLO')
  expect(libraryFailure(alert, true)).toBe(
    `TLS_error:|268436496:${SSL}SSLV3_ALERT_HANDSHAKE_FAILURE|268435610:${SSL}HANDSHAKE_FAILURE_ON_CLIENT_HELLO:TLS_error_end`,
  )
})

test('a missing certificate is told apart from other failures', () => {
  expect(isNoCertificate(`error:100000c0:${SSL}PEER_DID_NOT_RETURN_A_CERTIFICATE`)).toBe(true)
  expect(isNoCertificate(`error:1000009c:${SSL}HTTP_REQUEST`)).toBe(false)
})

test('errors of a chain have the sentences of the library, be they unknown', () => {
  expect(chainErrorText('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).toBe(
    'unable to get local issuer certificate',
  )
  expect(chainErrorText('SOME_NEW_ERROR')).toBe('some new error')
})

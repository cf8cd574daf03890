import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority, makeCertificate, makeCrl } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { needs } from '../support/require.ts'
import { connectTo, listenTcp, type TcpTestServer } from '../support/tcp.ts'
import {
  cluster,
  echoFilter,
  listener,
  socketAddress,
  tcpProxyFilter,
} from '../support/tcp-config.ts'
import { connectTls, listenTls, showing, type TlsTestServer } from '../support/tls.ts'
import { downstreamTls, pair, trust, upstreamTls } from '../support/tls-config.ts'

setDefaultTimeout(30_000)

const ca = makeAuthority('ca')
const evil = makeAuthority('evil')
const served = makeCertificate({
  name: 'served',
  issuer: ca,
  altNames: ['DNS:a.test', 'IP:127.0.0.1'],
})
const rsa = makeCertificate({ name: 'rsa', issuer: ca, altNames: ['DNS:rsa.test'], keyType: 'rsa' })
const me = makeCertificate({ name: 'me', issuer: ca, altNames: ['URI:spiffe://me'] })
const stranger = makeCertificate({ name: 'stranger', issuer: evil })
const revoked = makeCertificate({ name: 'revoked', issuer: ca })

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsproxy-tls-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function tlsListener(
  name: string,
  filter: object,
  common: object,
  fields: object = {},
  chain: object = {},
) {
  const socket = downstreamTls({ tls_certificates: [pair(served)], ...common }, fields)
  return listener(name, [filter], {
    stat_prefix: name,
    filter_chains: [{ filters: [filter], transport_socket: socket, ...chain }],
  })
}

function logTo(path: string, format: string) {
  const type = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog'
  const log_format = { text_format_source: { inline_string: `${format}\n` } }
  return { access_log: [{ name: 'log', typed_config: { '@type': type, path, log_format } }] }
}

describe('TLS from clients', () => {
  let proxy: TestProxy
  let upstream: TcpTestServer
  let log = ''

  beforeAll(async () => {
    log = join(folder, 'down.log')
    upstream = listenTcp({
      onPeer: (peer) => {
        peer.onBytes = (bytes) => peer.write(bytes)
      },
    })
    const format =
      '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_PEER_SUBJECT% %DOWNSTREAM_LOCAL_SUBJECT% %DOWNSTREAM_PEER_URI_SAN% [%DOWNSTREAM_TRANSPORT_FAILURE_REASON%]'
    const logged = tcpProxyFilter('up', logTo(log, format))
    const required = { require_client_certificate: true }
    const accept = { trust_chain_verification: 'ACCEPT_UNTRUSTED' }
    const v13 = { tls_minimum_protocol_version: 'TLSv1_3' }
    proxy = await startProxy(
      {
        static_resources: {
          listeners: [
            tlsListener('echo', echoFilter(), { alpn_protocols: ['h2', 'redis'] }),
            tlsListener('proxied', tcpProxyFilter('up'), {}),
            tlsListener('required', logged, trust(ca), required),
            tlsListener('untrusted', echoFilter(), trust(ca, accept), required),
            tlsListener(
              'revoking',
              echoFilter(),
              trust(ca, { crl: { inline_string: makeCrl(ca, [revoked]) } }),
            ),
            tlsListener('newest', echoFilter(), { tls_params: v13 }),
            tlsListener('both', echoFilter(), { tls_certificates: [pair(served), pair(rsa)] }),
            tlsListener(
              'timely',
              echoFilter(),
              {},
              {},
              { transport_socket_connect_timeout: '0.2s' },
            ),
            tlsListener('greeting', tcpProxyFilter('greeter'), {}),
          ],
          clusters: [
            cluster('up', [socketAddress(upstream.port)]),
            cluster('greeter', [socketAddress(greeter.port)]),
          ],
        },
      },
      { concurrency: 1, args: ['--file-flush-interval-msec', '20'] },
    )
  })
  const greeter = listenTcp({ onPeer: (peer) => peer.write('220 ready\r\n') })
  afterAll(async () => {
    await proxy.stop()
    upstream.stop()
    greeter.stop()
  })

  test('goes through filters as plain bytes', async () => {
    const client = await connectTls(proxy.port('echo'), {
      ca: ca.certificate,
      servername: 'a.test',
      rejectUnauthorized: true,
    })
    client.socket.write('ping')
    await client.sees('ping')
    client.socket.end()
    await client.over()
    expect(client.error).toBe('')
    await proxy.showsStats({
      'listener.echo.downstream_cx_active': 0,
      'listener.echo.ssl.connection_error': 0,
    })
  })

  test('half-closes in both directions', async () => {
    const at = upstream.peers.length
    const client = await connectTls(proxy.port('proxied'))
    client.socket.write('hello')
    const peer = await upstream.peer(at)
    await client.sees('hello')
    client.socket.end()
    await eventually(() => peer.ended)
    peer.write(' and late')
    await client.sees('hello and late')
    expect(client.ended).toBe(false)
    peer.finish()
    await client.over()
    await proxy.showsStats({
      'listener.proxied.downstream_cx_active': 0,
      'cluster.up.upstream_cx_active': 0,
    })
  })

  test('lets a server speak first', async () => {
    const client = await connectTls(proxy.port('greeting'))
    await client.sees('220 ready')
    client.socket.destroy()
  })

  test('agrees on a protocol, or on none', async () => {
    const offers = [['redis', 'h2'], ['redis'], ['other']]
    const agreed = await Promise.all(
      offers.map(async (ALPNProtocols) => {
        const client = await connectTls(proxy.port('echo'), { ALPNProtocols })
        const { alpnProtocol } = client.socket
        client.socket.destroy()
        return alpnProtocol || null
      }),
    )
    expect(agreed).toEqual(['h2', 'redis', null])
  })

  test('of an old version is refused where it is not wanted', async () => {
    const old = await connectTls(proxy.port('newest'), { maxVersion: 'TLSv1.2' })
    expect(old.error).toContain('PROTOCOL_VERSION')
    const client = await connectTls(proxy.port('newest'))
    expect(client.socket.getProtocol()).toBe('TLSv1.3')
    client.socket.destroy()
    await proxy.showsStats({
      'listener.newest.ssl.connection_error': 1,
      'listener.newest.ssl.versions.TLSv1.3': 1,
      'listener.newest.ssl.curves.X25519': 1,
    })
  })

  test('shows the certificate that suits the name', async () => {
    const subjects = await Promise.all(
      ['rsa.test', 'a.test', 'none.test'].map(async (servername) => {
        const client = await connectTls(proxy.port('both'), { servername })
        const { subject } = client.socket.getPeerCertificate()
        client.socket.destroy()
        return subject.CN
      }),
    )
    expect(subjects).toEqual(['rsa', 'served', 'served'])
  })

  test('that is none is answered with an alert, and counted', async () => {
    const client = await connectTo(proxy.port('proxied'))
    client.write('PING\r\nPING\r\n')
    await eventually(() => client.ended || client.closed)
    expect(Buffer.from(client.text, 'latin1').subarray(0, 3).toString('hex')).toBe('150301')
    client.close()
    await proxy.showsStats({ 'listener.proxied.ssl.connection_error': 1 })
  })

  test('that ends in the middle of the hello leaves nothing behind', async () => {
    for (const end of ['finish', 'reset'] as const) {
      const client = await connectTo(proxy.port('proxied'))
      client.write(Uint8Array.of(22, 3, 1))
      await eventually(() => client.unsent === 0)
      client[end]()
    }
    await proxy.showsStats({
      'listener.proxied.downstream_cx_active': 0,
      'cluster.up.upstream_cx_active': 0,
    })
  })

  test('that is slow to begin is cut off', async () => {
    const silent = await connectTo(proxy.port('timely'))
    const half = await connectTo(proxy.port('timely'))
    half.write(Uint8Array.of(22, 3, 1, 0))
    const good = await connectTls(proxy.port('timely'))
    await eventually(() => silent.ended && half.ended)
    good.socket.write('still here')
    await good.sees('still here')
    good.socket.destroy()
    silent.close()
    half.close()
    await proxy.showsStats({
      'listener.timely.downstream_cx_transport_socket_connect_timeout': 2,
      'listener.timely.downstream_cx_active': 0,
    })
  })

  test('with a certificate that is required: none, a good one, a bad one', async () => {
    const port = proxy.port('required')
    const none = await connectTls(port, { maxVersion: 'TLSv1.2' })
    expect(none.error).not.toBe('')
    const good = await connectTls(port, showing(me))
    good.socket.write('hello')
    await good.sees('hello')
    good.socket.destroy()
    upstream.peers.at(-1)!.finish()
    const bad = await connectTls(port, showing(stranger))
    bad.socket.write('hello')
    await bad.over()
    expect(bad.text).toBe('')
    await proxy.showsStats({
      'listener.required.ssl.handshake': 1,
      'listener.required.ssl.fail_verify_no_cert': 1,
      'listener.required.ssl.fail_verify_error': 1,
      'listener.required.ssl.sigalgs.ecdsa_secp256r1_sha256': 1,
    })
    await eventually(() => existsSync(log) && readFileSync(log, 'utf8').split('\n').length > 3)
    const lines = readFileSync(log, 'utf8').trim().split('\n')
    expect(lines).toContain('TLSv1.3 CN=me CN=served spiffe://me [-]')
    expect(
      lines.filter((line) => line.includes('unable_to_get_local_issuer_certificate')),
    ).toHaveLength(1)
    expect(
      lines.filter((line) => line.includes('peer_did_not_provide_required_client_certificate')),
    ).toHaveLength(1)
  })

  test('with a certificate that is only counted', async () => {
    const client = await connectTls(proxy.port('untrusted'), showing(stranger))
    client.socket.write('hello')
    await client.sees('hello')
    client.socket.destroy()
    const none = await connectTls(proxy.port('untrusted'))
    await none.over()
    expect(none.text).toBe('')
    await proxy.showsStats({
      'listener.untrusted.ssl.fail_verify_error': 1,
      'listener.untrusted.ssl.handshake': 1,
    })
  })

  test('with a certificate that was revoked', async () => {
    const bad = await connectTls(proxy.port('revoking'), showing(revoked))
    await bad.over()
    const good = await connectTls(proxy.port('revoking'), showing(me))
    good.socket.write('hello')
    await good.sees('hello')
    good.socket.destroy()
  })

  test.if(needs('openssl'))('from openssl, which is resumed', async () => {
    const session = join(folder, 'session')
    const ask = async (how: string) => {
      const child = Bun.spawn(
        [
          'openssl',
          's_client',
          '-connect',
          `127.0.0.1:${proxy.port('echo')}`,
          '-tls1_2',
          how,
          session,
          '-quiet',
          '-no_ign_eof',
        ],
        { stdin: 'pipe', stdout: 'pipe', stderr: 'ignore' },
      )
      child.stdin.write('hello\n')
      await child.stdin.flush()
      let answer = ''
      for await (const chunk of child.stdout) {
        answer += Buffer.from(chunk).toString()
        if (answer.includes('hello')) child.stdin.end()
      }
      await child.exited
      return answer.includes('hello')
    }
    const before =
      (await proxy.stats('ssl.session_reused'))['listener.echo.ssl.session_reused'] ?? 0
    expect(await ask('-sess_out')).toBe(true)
    expect(await ask('-sess_in')).toBe(true)
    await proxy.showsStats({ 'listener.echo.ssl.session_reused': before + 1 })
  })

  test('is listed by the admin page, with the end of each certificate', async () => {
    const { certificates } = JSON.parse(await proxy.admin('/certs')) as {
      certificates: { ca_cert: object[]; cert_chain: Record<string, unknown>[] }[]
    }
    expect(certificates).toHaveLength(9)
    expect(certificates[2]!.ca_cert).toHaveLength(1)
    expect(certificates[2]!.cert_chain[0]).toMatchObject({
      path: '<inline>',
      subject_alt_names: [{ dns: 'a.test' }, { ip_address: '127.0.0.1' }],
      valid_from: '2020-01-01T00:00:00Z',
      expiration_time: '2120-01-01T00:00:00Z',
    })
    const name =
      'listener.required.ssl.certificate.unnamed_cert_e3b0c442.expiration_unix_time_seconds'
    await proxy.showsStats({ [name]: Date.UTC(2120, 0, 1) / 1000 })
    expect((await proxy.stats('days_until'))['server.days_until_first_cert_expiring']).toBeLessThan(
      36525,
    )
  })
})

describe('TLS to hosts', () => {
  let proxy: TestProxy
  let log = ''
  const hosts: TlsTestServer[] = []
  const plain = listenTcp({ onPeer: (peer) => peer.write('hello\n') })
  const silent = listenTcp()

  beforeAll(async () => {
    log = join(folder, 'up.log')
    const host = async (certificate = served, options = {}) => {
      const made = await listenTls(certificate, options, (peer) => {
        peer.socket.write('hi\n')
        peer.socket.on('end', () => peer.socket.end('bye'))
      })
      hosts.push(made)
      return made.port
    }
    const good = await host()
    const choosy = await host(served, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: ca.certificate,
    })
    const only13 = await host(served, { minVersion: 'TLSv1.3' })
    const other = await host(stranger)
    const expired = await host(
      makeCertificate({ name: 'old', issuer: ca, notAfter: new Date('2021-01-01') }),
    )
    const named = (exact: string) => ({
      match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact } }],
    })
    const v13 = { tls_params: { tls_maximum_protocol_version: 'TLSv1_3' } }
    const targets: Readonly<Record<string, readonly [number, object, object?]>> = {
      good: [good, trust(ca), { sni: 'a.test' }],
      misnamed: [good, trust(ca, named('b.test'))],
      named: [good, trust(ca, named('a.test'))],
      pinned: [good, { validation_context: { verify_certificate_hash: [served.fingerprint] } }],
      auto: [good, trust(ca), { sni: 'b.test', auto_sni_san_validation: true }],
      shown: [choosy, { ...trust(ca), tls_certificates: [pair(me)] }],
      unshown: [choosy, trust(ca)],
      old: [only13, trust(ca)],
      new: [only13, { ...trust(ca), ...v13 }],
      stranger: [other, trust(ca)],
      anybody: [other, {}],
      expired: [expired, trust(ca)],
      lenient: [expired, trust(ca, { allow_expired_certificate: true })],
      plain: [plain.port, trust(ca)],
      silent: [silent.port, trust(ca)],
    }
    const format =
      '%UPSTREAM_CLUSTER% %RESPONSE_FLAGS% %UPSTREAM_TLS_VERSION% %UPSTREAM_PEER_SUBJECT% [%UPSTREAM_TRANSPORT_FAILURE_REASON%]'
    proxy = await startProxy(
      {
        static_resources: {
          listeners: Object.keys(targets).map((name) =>
            listener(name, [
              tcpProxyFilter(name, { max_connect_attempts: 1, ...logTo(log, format) }),
            ]),
          ),
          clusters: Object.entries(targets).map(([name, [port, common, fields = {}]]) =>
            cluster(name, [socketAddress(port)], {
              connect_timeout: '1s',
              transport_socket: upstreamTls(common, fields),
            }),
          ),
        },
      },
      { concurrency: 1, args: ['--file-flush-interval-msec', '20'] },
    )
  })
  afterAll(async () => {
    await proxy.stop()
    for (const host of hosts) host.stop()
    plain.stop()
    silent.stop()
  })

  /** What a client gets that connects there. */
  async function ask(name: string): Promise<string> {
    const client = await connectTo(proxy.port(name))
    await eventually(() => client.text !== '' || client.ended || client.closed)
    client.close()
    return client.text
  }

  test.each(['good', 'named', 'pinned', 'shown', 'new', 'anybody', 'lenient'])(
    'is spoken: %s',
    async (name) => {
      expect(await ask(name)).toBe('hi\n')
      await proxy.showsStats({ [`cluster.${name}.ssl.handshake`]: 1 })
    },
  )

  const FAILED =
    'TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:'
  const DEPTH = '_X509_verify_cert:_certificate_verification_error_at_depth_0:'
  test.each([
    [
      'misnamed',
      'fail_verify_san',
      `${FAILED}_SAN_matcher,_certificate_SANs_are_[a.test,127.0.0.1]:TLS_error_end`,
    ],
    [
      'auto',
      'fail_verify_san',
      `${FAILED}_SAN_matcher,_certificate_SANs_are_[a.test,127.0.0.1]:TLS_error_end`,
    ],
    [
      'stranger',
      'fail_verify_error',
      `${FAILED}${DEPTH}_unable_to_get_local_issuer_certificate:TLS_error_end`,
    ],
    ['expired', 'fail_verify_error', `${FAILED}${DEPTH}_certificate_has_expired:TLS_error_end`],
    [
      'unshown',
      'connection_error',
      'TLS_error:|268436496:SSL_routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE:TLS_error_end',
    ],
    [
      'old',
      'connection_error',
      'TLS_error:|268436526:SSL_routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION:TLS_error_end',
    ],
    [
      'plain',
      'connection_error',
      'TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end',
    ],
  ])('is refused, in the words of the library: %s', async (name, stat, reason) => {
    expect(await ask(name)).toBe('')
    await proxy.showsStats({
      [`cluster.${name}.ssl.${stat}`]: 1,
      [`cluster.${name}.upstream_cx_connect_fail`]: 1,
      [`cluster.${name}.upstream_cx_active`]: 0,
    })
    await eventually(() => readFileSync(log, 'utf8').includes(`${name} UF,URX - - [${reason}]`))
  })

  test('is waited for until connect_timeout', async () => {
    expect(await ask('silent')).toBe('')
    await proxy.showsStats({
      'cluster.silent.upstream_cx_connect_timeout': 1,
      'cluster.silent.upstream_cx_destroy_local': 1,
      'cluster.silent.upstream_cx_active': 0,
    })
    await eventually(() => silent.peers[0]!.ended || silent.peers[0]!.closed)
  })

  test('is logged with version and peer, and resumed by the next', async () => {
    expect(await ask('good')).toBe('hi\n')
    await eventually(() => readFileSync(log, 'utf8').includes('good - TLSv1.2 CN=served [-]'))
    const { 'cluster.good.ssl.session_reused': reused } = await proxy.stats('session_reused')
    expect(reused).toBeGreaterThan(0)
  })

  test('is closed with the client, and says so', async () => {
    const at = hosts[0]!.peers.length
    const client = await connectTo(proxy.port('good'))
    await client.sees('hi\n')
    client.finish()
    await eventually(() => hosts[0]!.peers[at]!.ended)
    await client.sees('hi\nbye')
    await eventually(() => client.ended)
    client.close()
    await proxy.showsStats({ 'cluster.good.upstream_cx_active': 0 })
  })
})

describe('a reader that does not read', () => {
  test('is waited for with bounded memory, over TLS on both sides', async () => {
    const body = Buffer.alloc(40_000_000, 'b')
    const host = await listenTls(served, {}, (peer) => {
      peer.socket.write(body)
      peer.socket.on('end', () => peer.socket.end())
    })
    const limit = { per_connection_buffer_limit_bytes: 64 * 1024 }
    const proxy = await startProxy(
      {
        static_resources: {
          listeners: [{ ...tlsListener('in', tcpProxyFilter('up'), {}), ...limit }],
          clusters: [
            cluster('up', [socketAddress(host.port)], {
              ...limit,
              transport_socket: upstreamTls({}),
            }),
          ],
        },
      },
      { concurrency: 1 },
    )
    const base = proxy.rss()
    const client = await connectTls(proxy.port('in'))
    client.keeps = false
    client.socket.pause()
    await eventually(
      async () =>
        ((await proxy.stats('paused'))['cluster.up.upstream_flow_control_paused_reading_total'] ??
          0) > 0,
    )
    const held = proxy.rss() - base
    expect(held).toBeLessThan(24 * 1024 * 1024)
    client.socket.resume()
    await eventually(() => client.length === body.length, 20_000)
    client.socket.destroy()
    await proxy.showsStats({ 'listener.in.downstream_cx_active': 0 })
    await proxy.stop()
    host.stop()
  })
})

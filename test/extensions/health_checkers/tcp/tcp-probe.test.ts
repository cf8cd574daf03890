import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { tcpHealthChecker } from '../../../../src/extensions/health_checkers/tcp/config.ts'
import type { TcpHealthCheck } from '../../../../src/extensions/health_checkers/tcp/schema.ts'
import { isMatch } from '../../../../src/extensions/health_checkers/tcp/tcp-probe.ts'
import { ipAddress } from '../../../../src/network/address.ts'
import type { HealthCheckerContext } from '../../../../src/upstream/health-checker.ts'
import { UpstreamHost } from '../../../../src/upstream/upstream-host.ts'
import type { FakeClientConnection } from '../../../support/fake-client-connection.ts'
import { hostData } from '../../../support/fake-host.ts'
import { UpstreamThread } from '../../../support/upstream-thread.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A probe of one host, the connections that it made, and what it said. */
function probing(config: Partial<TcpHealthCheck> = {}, reuseConnection = true) {
  const thread = new UpstreamThread()
  const data = hostData(0)
  const cluster = thread.addCluster({}, [data])
  const results: string[] = []
  const checker = tcpHealthChecker.createHealthChecker(
    { send: null, receive: [], proxyProtocolConfig: null, ...config },
    { cluster, reuseConnection } as unknown as HealthCheckerContext,
  )
  const target = {
    host: new UpstreamHost(data, cluster, thread.hostTable, null),
    address: ipAddress('10.0.0.9', 99),
    hostname: '',
  }
  const probe = checker.createProbe(target, {
    onProbeSuccess: () => results.push('success'),
    onProbeFailure: (failure) => results.push(failure),
  })
  return { probe, results, dialled: thread.dialled as readonly FakeClientConnection[] }
}

const PING = { send: base64('PING'), receive: [base64('OK'), base64('bye')] }

describe('a TCP check without a payload', () => {
  test('succeeds with the connection, which it closes', () => {
    const { probe, results, dialled } = probing({ send: base64('ignored') })
    for (let i = 0; i < 2; i++) {
      probe.start()
      dialled[i]!.open()
    }
    expect(results).toEqual(['success', 'success'])
    expect(dialled.map(({ options }) => options.address)).toEqual([
      ipAddress('10.0.0.9', 99),
      ipAddress('10.0.0.9', 99),
    ])
    expect(dialled.map(({ closeReason, sent }) => ({ closeReason, sent }))).toEqual([
      { closeReason: '', sent: '' },
      { closeReason: '', sent: '' },
    ])
  })

  test('fails when nobody is there', () => {
    const { probe, results, dialled } = probing()
    probe.start()
    dialled[0]!.fail()
    expect(results).toEqual(['NETWORK'])
  })

  test('gives the connection up when time is up, and says nothing', () => {
    const { probe, results, dialled } = probing()
    probe.start()
    probe.onTimeout()
    expect(dialled[0]!.closeReason).toBe('')
    expect(results).toEqual([])
  })
})

describe('a TCP check with a payload', () => {
  test('sends, and waits for all parts in their order', () => {
    const { probe, results, dialled } = probing(PING)
    probe.start()
    dialled[0]!.open()
    expect(dialled[0]!.sent).toBe('PING')
    for (const text of ['O', 'K and', ' by']) dialled[0]!.receive(text)
    expect(results).toEqual([])
    dialled[0]!.receive('e.')
    expect(results).toEqual(['success'])
  })

  test('asks again on the same connection', () => {
    const { probe, results, dialled } = probing(PING)
    for (let i = 0; i < 3; i++) {
      probe.start()
      if (i === 0) dialled[0]!.open()
      dialled[0]!.receive('OK bye')
    }
    expect(results).toEqual(['success', 'success', 'success'])
    expect(dialled.length).toBe(1)
    expect(dialled[0]!.sent).toBe('PINGPINGPING')
  })

  test('does not take what came after an answer for the next one', () => {
    const { probe, results, dialled } = probing(PING)
    probe.start()
    dialled[0]!.open()
    dialled[0]!.receive('OK bye')
    dialled[0]!.receive('OK bye')
    probe.start()
    expect(results).toEqual(['success'])
    dialled[0]!.receive('no')
    expect(results).toEqual(['success'])
  })

  test('has a connection for each check without reuse_connection', () => {
    const { probe, results, dialled } = probing(PING, false)
    for (let i = 0; i < 2; i++) {
      probe.start()
      dialled[i]!.open()
      dialled[i]!.receive('OK bye')
    }
    expect(results).toEqual(['success', 'success'])
    expect(dialled[0]!.closeReason).toBe('')
  })

  test('fails when the host closes, also between two checks', () => {
    const { probe, results, dialled } = probing(PING)
    probe.start()
    dialled[0]!.open()
    dialled[0]!.closeByPeer()
    probe.start()
    dialled[1]!.open()
    dialled[1]!.receive('OK bye')
    dialled[1]!.closeByPeer()
    expect(results).toEqual(['NETWORK', 'success', 'NETWORK'])
  })

  test('begins each connection with a PROXY header', () => {
    const v1 = probing({ ...PING, proxyProtocolConfig: { version: 'V1' } })
    const v2 = probing({ ...PING, proxyProtocolConfig: { version: 'V2' } })
    for (const { probe, dialled } of [v1, v2]) {
      probe.start()
      dialled[0]!.open()
      dialled[0]!.receive('OK bye')
      probe.start()
    }
    expect(v1.dialled[0]!.sent).toBe('PROXY UNKNOWN\r\nPINGPING')
    expect(v2.dialled[0]!.sent).toBe('\r\n\r\n\0\r\nQUIT\n\x20\0\0\0PINGPING')
  })

  test('is silent once it is closed', () => {
    const { probe, results, dialled } = probing(PING)
    probe.start()
    dialled[0]!.open()
    probe.close()
    dialled[0]!.receive('OK bye')
    expect(results).toEqual([])
    expect(dialled[0]!.closeReason).toBe('')
  })
})

test('parts match where a search for one after the other finds them', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 })
  const part = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(text, fc.array(part, { maxLength: 3 }), (bytes, parts) => {
      const expected = new RegExp(parts.join('.*'), 's').test(bytes)
      const buffers = parts.map((one) => Buffer.from(one))
      expect(isMatch(Buffer.from(bytes), buffers)).toBe(expected)
    }),
  )
})

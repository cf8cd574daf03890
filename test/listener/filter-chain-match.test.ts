import { describe, expect, test } from 'bun:test'
import type { CidrRange } from '../../src/config/schema/address.ts'
import type { FilterChainMatch } from '../../src/config/schema/listener.ts'
import { type ConnectionFacts, matchFilterChain } from '../../src/listener/filter-chain-match.ts'
import { type Address, ipAddress } from '../../src/network/address.ts'

const NONE: FilterChainMatch = {
  destinationPort: null,
  prefixRanges: [],
  directSourcePrefixRanges: [],
  sourceType: 'ANY',
  sourcePrefixRanges: [],
  sourcePorts: [],
  serverNames: [],
  transportProtocol: '',
  applicationProtocols: [],
}

function range(text: string): CidrRange {
  const [ip = '', length] = text.split('/')
  return { ip, family: ip.includes(':') ? 6 : 4, prefixLength: Number(length) }
}

type Facts = Partial<ConnectionFacts>
type Chains = Readonly<Record<string, Partial<FilterChainMatch> | null>>

/** The name of the chain that takes a connection to 10.1.2.3:443 from 192.0.2.7:5555, unless `facts` say otherwise. */
function chosen(chains: Chains, facts: Facts = {}): string | null {
  const entries = Object.entries(chains).map(([chain, match]) => ({
    chain,
    match: match === null ? null : { ...NONE, ...match },
  }))
  const remote = facts.remote ?? ipAddress('192.0.2.7', 5555)
  return matchFilterChain(entries, {
    local: ipAddress('10.1.2.3', 443),
    remote,
    directRemote: remote,
    serverName: '',
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    ...facts,
  })
}

test('a chain that asks for nothing takes everything', () => {
  expect(chosen({ all: null })).toBe('all')
  expect(chosen({ all: {} })).toBe('all')
  expect(chosen({})).toBeNull()
})

describe('each criterion takes the most specific chain', () => {
  test('destination_port: exact before any', () => {
    const chains = { any: {}, exact: { destinationPort: 443 }, other: { destinationPort: 80 } }
    expect(chosen(chains)).toBe('exact')
    expect(chosen(chains, { local: ipAddress('10.1.2.3', 9) })).toBe('any')
  })

  test('prefix_ranges: the longest prefix that holds the local address', () => {
    const chains = {
      any: {},
      ten: { prefixRanges: [range('10.0.0.0/8')] },
      longer: { prefixRanges: [range('11.0.0.0/8'), range('10.1.2.0/24')] },
      elsewhere: { prefixRanges: [range('10.9.0.0/16')] },
    }
    expect(chosen(chains)).toBe('longer')
    expect(chosen(chains, { local: ipAddress('10.7.7.7', 443) })).toBe('ten')
    expect(chosen(chains, { local: ipAddress('9.9.9.9', 443) })).toBe('any')
  })

  test('prefix_ranges of the other family never hold', () => {
    const chains = {
      six: { prefixRanges: [range('::/0')] },
      deep: { prefixRanges: [range('2001:db8::/33')] },
    }
    expect(chosen(chains)).toBeNull()
    expect(chosen(chains, { local: ipAddress('2001:db8::1', 443) })).toBe('deep')
    expect(chosen(chains, { local: ipAddress('2001:db8:8000::1', 443) })).toBe('six')
  })

  test('server_names: exact, then the longest wildcard, then none; without regard to case', () => {
    const chains = {
      none: {},
      wild: { serverNames: ['*.example.com'] },
      wilder: { serverNames: ['*.com'] },
      exact: { serverNames: ['x.org', 'A.Example.com'] },
    }
    const by = (serverName: string) => chosen(chains, { serverName })
    expect(by('a.example.com')).toBe('exact')
    expect(by('b.example.com')).toBe('wild')
    expect(by('c.b.example.com')).toBe('wild')
    expect(by('example.com')).toBe('wilder')
    expect(by('example.net')).toBe('none')
    expect(by('')).toBe('none')
  })

  test('transport_protocol: exact before any', () => {
    const chains = { any: {}, tls: { transportProtocol: 'tls' } }
    expect(chosen(chains, { transportProtocol: 'tls' })).toBe('tls')
    expect(chosen(chains)).toBe('any')
  })

  test('application_protocols: the first of the client that any chain has', () => {
    const chains = {
      none: {},
      http1: { applicationProtocols: ['http/1.1'] },
      http2: { applicationProtocols: ['h3', 'h2'] },
    }
    const by = (...applicationProtocols: string[]) => chosen(chains, { applicationProtocols })
    expect(by('h2', 'http/1.1')).toBe('http2')
    expect(by('spdy', 'http/1.1', 'h2')).toBe('http1')
    expect(by('spdy')).toBe('none')
  })

  test('direct_source_prefix_ranges: the TCP peer, whatever the source is said to be', () => {
    const chains = { any: {}, balancer: { directSourcePrefixRanges: [range('172.16.0.0/12')] } }
    expect(chosen(chains, { directRemote: ipAddress('172.16.9.9', 1) })).toBe('balancer')
    expect(
      chosen(chains, { remote: ipAddress('172.16.9.9', 1), directRemote: ipAddress('1.1.1.1', 1) }),
    ).toBe('any')
  })

  test.each<[string, Address, string]>([
    ['loopback', ipAddress('127.0.0.1', 1), 'local'],
    ['another of 127.0.0.0/8, as Envoy has it', ipAddress('127.9.9.9', 1), 'external'],
    ['loopback of IPv6', ipAddress('::1', 1), 'local'],
    ['the same address', ipAddress('10.1.2.3', 1), 'local'],
    ['a pipe', { kind: 'pipe', path: '' }, 'local'],
    ['another machine', ipAddress('192.0.2.7', 1), 'external'],
  ])('source_type: %s', (_, remote, expected) => {
    const chains = {
      any: {},
      local: { sourceType: 'SAME_IP_OR_LOOPBACK' },
      external: { sourceType: 'EXTERNAL' },
    } as const
    expect(chosen(chains, { remote })).toBe(expected)
    expect(chosen({ any: {} }, { remote })).toBe('any')
  })

  test('source_prefix_ranges, then source_ports', () => {
    const near = [range('192.0.2.0/24')]
    const chains = {
      any: {},
      near: { sourcePrefixRanges: near },
      port: { sourcePrefixRanges: near, sourcePorts: [5555, 6666] },
    }
    expect(chosen(chains)).toBe('port')
    expect(chosen(chains, { remote: ipAddress('192.0.2.7', 1) })).toBe('near')
    expect(chosen(chains, { remote: ipAddress('8.8.8.8', 5555) })).toBe('any')
  })
})

describe('there is no way back', () => {
  test('from a port to a server name that only another chain has', () => {
    const chains = {
      a: { destinationPort: 443, serverNames: ['a.com'] },
      b: { serverNames: ['b.com'] },
    }
    expect(chosen(chains, { serverName: 'a.com' })).toBe('a')
    expect(chosen(chains, { serverName: 'b.com' })).toBeNull()
    expect(chosen(chains, { serverName: 'b.com', local: ipAddress('10.1.2.3', 80) })).toBe('b')
  })

  test('from the longest prefix to a shorter one', () => {
    const chains = {
      long: { prefixRanges: [range('10.1.0.0/16')], sourcePorts: [1] },
      short: { prefixRanges: [range('10.0.0.0/8')] },
    }
    expect(chosen(chains)).toBeNull()
  })

  test('from a specific source type to any', () => {
    const chains = { local: { sourceType: 'EXTERNAL', sourcePorts: [1] }, any: {} } as const
    expect(chosen(chains)).toBeNull()
  })
})

test('a unix socket counts as 255.255.255.255', () => {
  const local: Address = { kind: 'pipe', path: '/x' }
  expect(chosen({ ten: { prefixRanges: [range('10.0.0.0/8')] } }, { local })).toBeNull()
  expect(chosen({ all: { prefixRanges: [range('0.0.0.0/0')] } }, { local })).toBe('all')
  expect(chosen({ all: {} }, { local })).toBe('all')
})

import { expect, test } from 'bun:test'
import { cares } from '../../../../../src/extensions/network/dns_resolver/cares/config.ts'
import type { CaresDnsResolverConfig } from '../../../../../src/extensions/network/dns_resolver/cares/schema.ts'
import { ipAddress } from '../../../../../src/network/address.ts'
import type { ResolvedAddress } from '../../../../../src/network/dns-resolver.ts'
import { TimerWheel } from '../../../../../src/network/timers.ts'
import { systemRandom } from '../../../../../src/random.ts'
import { StatsAggregator } from '../../../../../src/stats/aggregate.ts'
import { StatsStore } from '../../../../../src/stats/store.ts'
import { systemTime } from '../../../../../src/time-source.ts'
import { DnsServer } from '../../../../support/dns-server.ts'

test('asks the servers of its config and counts below dns.cares.', async () => {
  const server = await DnsServer.start()
  server.setAddresses('a.test', 'A', ['10.0.0.1'], 12)
  const config: CaresDnsResolverConfig = {
    resolvers: [ipAddress('127.0.0.1', server.port)],
    useResolversAsFallback: false,
    filterUnroutableFamilies: false,
    dnsResolverOptions: { useTcpForDnsLookups: false, noDefaultSearchDomain: true },
    udpMaxQueries: 0,
    queryTimeoutSeconds: 1,
    queryTries: 1,
    rotateNameservers: false,
    maxUdpChannelDurationMs: 0,
  }
  const aggregator = new StatsAggregator()
  const stats = new StatsStore({
    thread: 'main_thread',
    announce: (message) => aggregator.onAnnouncement('main_thread', message),
  })
  const onFault = (error: unknown) => {
    throw error
  }
  const timers = new TimerWheel(systemTime, onFault)
  const resolver = cares.createDnsResolver(config, {
    network: { timers, timeSource: systemTime, onFault },
    random: systemRandom,
    stats,
  })
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  resolver.resolve('a.test', 'V4_ONLY', {
    onDnsResolved: (addresses: readonly ResolvedAddress[], ttl) => resolve([addresses, ttl]),
    onDnsFailure: reject,
  })
  expect(await promise).toEqual([[{ ip: '10.0.0.1', family: 4 }], 12])
  const counted = aggregator.counters().filter(({ value }) => value > 0)
  expect(counted.map(({ name }) => name)).toEqual(['dns.cares.resolve_total'])
  server.stop()
})

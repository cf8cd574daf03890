import { defineDnsResolver } from '../../../../extension/define.ts'
import { DNS_RESOLVER_STATS } from '../../../../network/dns-resolver-stats.ts'
import { StubResolver, type StubResolverSettings } from '../../../../network/stub-resolver.ts'
import { type CaresDnsResolverConfig, caresSchema } from './schema.ts'

/** What c-ares does, under its name: the system's servers or given ones, each query anew. */
export const cares = defineDnsResolver({
  name: 'envoy.network.dns_resolver.cares',
  configType: 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
  configSchema: caresSchema,
  createDnsResolver(config, { network, random, stats }) {
    const block = stats.block('dns.cares.', DNS_RESOLVER_STATS)
    return new StubResolver(settingsOf(config), network, random, block)
  },
})

function settingsOf(config: CaresDnsResolverConfig | null): StubResolverSettings {
  return {
    servers: (config?.resolvers ?? []).filter((server) => server.kind === 'ip'),
    serversAreFallback: config?.useResolversAsFallback ?? false,
    timeoutMs: (config?.queryTimeoutSeconds ?? 5) * 1000,
    tries: config?.queryTries ?? 4,
    useTcp: config?.dnsResolverOptions.useTcpForDnsLookups ?? false,
    rotate: config?.rotateNameservers ?? false,
    noSearch: config?.dnsResolverOptions.noDefaultSearchDomain ?? false,
    filterUnroutable: config?.filterUnroutableFamilies ?? false,
  }
}

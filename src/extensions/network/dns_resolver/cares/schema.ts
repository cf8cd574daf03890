import type { InferOutput } from 'valibot'
import { address } from '../../../../config/schema/address.ts'
import { message } from '../../../../config/schema/message.ts'
import {
  bool,
  durationMs,
  ignored,
  list,
  number,
  orElse,
} from '../../../../config/schema/values.ts'

export type CaresDnsResolverConfig = InferOutput<ReturnType<typeof caresSchema>>

export function caresSchema() {
  const options = message('envoy.config.core.v3.DnsResolverOptions', {
    useTcpForDnsLookups: bool(),
    noDefaultSearchDomain: bool(),
  })
  return message('envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig', {
    /** They replace the system's servers; empty: those. */
    resolvers: list(address({ protocol: 'any' })),
    /** The system's servers first, `resolvers` when there are none. */
    useResolversAsFallback: bool(),
    /** Skip the families for which this machine has no address. */
    filterUnroutableFamilies: bool(),
    dnsResolverOptions: orElse(options, {}),
    /** Queries on one UDP socket; 0: no limit. */
    udpMaxQueries: number(0),
    /** Of one try. */
    queryTimeoutSeconds: number(5),
    queryTries: number(4),
    rotateNameservers: bool(),
    /** After so long a new socket is used; 0 is never. */
    maxUdpChannelDurationMs: durationMs(0),
    /** c-ares' own affairs: each try of ours has a socket of its own, and there is no cache. */
    reinitChannelOnTimeout: ignored(),
    qcacheMaxTtl: ignored(),
    edns0MaxPayloadSize: ignored(),
  })
}

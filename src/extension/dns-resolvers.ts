import type { ExtensionConfig } from '../config/schema/extension.ts'
import type { DnsResolver } from '../network/dns-resolver.ts'
import type { Registry } from '../registry.ts'
import type { DnsResolverContext, DnsResolverFactory } from './define.ts'

const DEFAULT_DNS_RESOLVER = 'envoy.network.dns_resolver.cares'

/** The resolvers of one thread. The bootstrap's is shared by all who bring none of their own. */
export class DnsResolvers {
  readonly #registry: Registry
  readonly #context: DnsResolverContext
  readonly #defaultConfig: ExtensionConfig | null
  #default: DnsResolver | null = null

  constructor(
    registry: Registry,
    context: DnsResolverContext,
    defaultConfig: ExtensionConfig | null,
  ) {
    this.#registry = registry
    this.#context = context
    this.#defaultConfig = defaultConfig
  }

  /** For a cluster or cache with this config; null: it has none. */
  of(config: ExtensionConfig | null): DnsResolver {
    if (config !== null) return this.#create(config)
    this.#default ??= this.#create(this.#defaultConfig)
    return this.#default
  }

  #create(config: ExtensionConfig | null): DnsResolver {
    const name = config?.factory ?? DEFAULT_DNS_RESOLVER
    const factory = this.#registry.byName('envoy.network.dns_resolver', name)
    if (factory === null) throw new Error(`no DNS resolver "${name}"`)
    const { createDnsResolver } = factory as DnsResolverFactory
    return createDnsResolver(config?.config ?? null, this.#context)
  }
}

import { addressText } from '../network/address.ts'
import type { HostData } from './host.ts'

/**
 * What a host is hashed by: `hash_key` in its `envoy.lb` metadata, else its hostname where that is wanted, else its address.
 * As in Envoy, a hostname that is wanted and empty stays empty.
 */
export function hashKeyOf(host: HostData, useHostname: boolean): string {
  const { hash_key: key } = host.metadata?.['envoy.lb'] ?? {}
  if (typeof key === 'string' && key !== '') return key
  return useHostname ? host.hostname : addressText(host.address)
}

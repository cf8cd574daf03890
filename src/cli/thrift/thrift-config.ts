import { addressYaml, endpointsYaml, hasNames, itemYaml } from '../config-text.ts'
import type { ThriftOptions, ThriftWire } from './thrift-options.ts'

const TYPES = 'type.googleapis.com/envoy.extensions.filters.network.thrift_proxy.v3'

/** The YAML that a command line stands for: commented, and right for Envoy too, which has no JSON protocol and takes it for AUTO. */
export function thriftConfig(options: ThriftOptions): string {
  const { admin, hosts } = options
  const count = hosts.length === 1 ? 'one server' : `${hosts.length} servers, taken in turn`
  return [
    `# Thrift for ${who(options.downstream)}. Behind it: ${count}, spoken to ${how(options)}.`,
    ...(admin === null ? [] : ['admin:', `  address: ${addressYaml(admin)}`]),
    'static_resources:',
    '  listeners:',
    ...listener(options),
    '  clusters:',
    ...cluster(options),
    '',
  ].join('\n')
}

function who(wire: ThriftWire): string {
  const words = named(wire)
  return words === '' ? 'clients of any kind' : `${words} clients`
}

function how({ upstream }: ThriftOptions): string {
  const words = named(upstream)
  return words === '' ? 'as each client speaks' : `in ${words}`
}

function named({ transport, protocol }: ThriftWire): string {
  return [transport, protocol].filter((word) => word !== 'auto').join(' ')
}

function listener({ listen, downstream }: ThriftOptions): readonly string[] {
  const filter = [
    'stat_prefix: thrift # names the stats: /stats?filter=thrift.thrift',
    ...wireFields(downstream),
    'route_config:',
    '  name: thrift',
    '  routes:',
    "    - match: { method_name: '' } # every method; one of its own: method_name or service_name",
    '      route: { cluster: thrift }',
  ]
  return itemYaml('    ', [
    'name: thrift',
    `address: ${addressYaml(listen)}`,
    ...ownMetadata(downstream),
    'filter_chains:',
    '  - filters:',
    '      - name: envoy.filters.network.thrift_proxy',
    '        typed_config:',
    `          '@type': ${TYPES}.ThriftProxy`,
    ...filter.map((line) => `          ${line}`),
  ])
}

function cluster({ hosts, upstream }: ThriftOptions): readonly string[] {
  const fields = wireFields(upstream)
  const options = [
    'typed_extension_protocol_options: # what the hosts speak',
    '  envoy.filters.network.thrift_proxy:',
    `    '@type': ${TYPES}.ThriftProtocolOptions`,
    ...fields.map((line) => `    ${line}`),
  ]
  return itemYaml('    ', [
    'name: thrift',
    'connect_timeout: 1s',
    `type: ${hasNames(hosts) ? 'STRICT_DNS' : 'STATIC'}`,
    ...ownMetadata(upstream),
    ...(fields.length === 0 ? [] : options),
    ...endpointsYaml('thrift', hosts),
  ])
}

function wireFields({ transport, protocol }: ThriftWire): readonly string[] {
  return [
    ...(transport === 'auto' ? [] : [`transport: ${transport.toUpperCase()}`]),
    ...(protocol === 'auto' || protocol === 'json'
      ? []
      : [`protocol: ${protocol.toUpperCase().replace('-', '_')}`]),
  ]
}

function ownMetadata({ protocol }: ThriftWire): readonly string[] {
  if (protocol !== 'json') return []
  return [
    'metadata:',
    '  filter_metadata: # Envoy passes over this: it has no such protocol',
    '    tsproxy.thrift: { protocol: JSON }',
  ]
}

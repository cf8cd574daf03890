/** The starter configs of `tsproxy init`: at most 25 lines, right for Envoy too, one for each thing that this binary serves. */
export const STARTERS = {
  tcp: `# yaml-language-server: $schema=tsproxy.schema.json
# A TCP proxy. Try it: tsproxy -c proxy.yaml, and connect to port 10000. The schema comes from: tsproxy schema > tsproxy.schema.json
admin:
  address: { socket_address: { address: 127.0.0.1, port_value: 9901 } }
static_resources:
  listeners:
    - name: ingress
      address: { socket_address: { address: 127.0.0.1, port_value: 10000 } } # where clients connect
      filter_chains:
        - filters:
            - name: envoy.filters.network.tcp_proxy
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: ingress # names the stats: /stats?filter=tcp.ingress
                cluster: service
  clusters:
    - name: service
      connect_timeout: 1s
      load_assignment:
        cluster_name: service
        endpoints:
          - lb_endpoints: # one entry per server, taken in turn
              - endpoint:
                  address: { socket_address: { address: 127.0.0.1, port_value: 8080 } }
`,
  redis: `# yaml-language-server: $schema=tsproxy.schema.json
# Two redis servers that look like one. Try it: tsproxy -c proxy.yaml, then redis-cli -p 6400. The schema: tsproxy schema > tsproxy.schema.json
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } } # tsproxy tap redis shows the traffic
static_resources:
  listeners:
    - name: redis
      address: { socket_address: { address: 127.0.0.1, port_value: 6400 } } # where clients connect
      filter_chains:
        - filters:
            - name: envoy.filters.network.redis_proxy
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
                stat_prefix: redis # names the stats: /stats?filter=redis.redis
                settings: { op_timeout: 5s, enable_hashtagging: true } # {1}:name and {1}:mail stay together
                prefix_routes: { catch_all_route: { cluster: redis } } # other keys elsewhere: routes: [{ prefix, cluster }]
  clusters:
    - name: redis
      connect_timeout: 1s
      lb_policy: MAGLEV # the shard of a key, by its hash
      load_assignment:
        cluster_name: redis
        endpoints:
          - lb_endpoints: # one entry per redis: each holds its own part of the keys
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 6379 } } }
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 6380 } } }
`,
  thrift: `# yaml-language-server: $schema=tsproxy.schema.json
# A proxy before a thrift server, the tutorial's say. Try it: tsproxy -c proxy.yaml, and call port 9190. The schema: tsproxy schema > tsproxy.schema.json
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } } # tsproxy tap thrift shows the traffic
static_resources:
  listeners:
    - name: thrift
      address: { socket_address: { address: 127.0.0.1, port_value: 9190 } } # where clients connect, in any transport and protocol
      filter_chains:
        - filters:
            - name: envoy.filters.network.thrift_proxy
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy
                stat_prefix: thrift # names the stats: /stats?filter=thrift.thrift
                route_config:
                  routes: # the first that matches: by method_name, or by service_name of a multiplexed client
                    - { match: { method_name: '' }, route: { cluster: thrift } } # '' is every method
  clusters:
    - name: thrift # spoken to as each client speaks; for servers that know one transport and protocol, take away the #
      connect_timeout: 1s
      # typed_extension_protocol_options: { envoy.filters.network.thrift_proxy: { '@type': type.googleapis.com/envoy.extensions.filters.network.thrift_proxy.v3.ThriftProtocolOptions, transport: FRAMED, protocol: BINARY } }
      load_assignment:
        cluster_name: thrift
        endpoints:
          - lb_endpoints: # one entry per server, taken in turn
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 9090 } } }
`,
  'redis-tcp': `# yaml-language-server: $schema=tsproxy.schema.json
# A proxy before a redis. Try it: tsproxy -c proxy.yaml, then redis-cli -p 6380 ping. The schema: tsproxy schema > tsproxy.schema.json
admin:
  address: { socket_address: { address: 127.0.0.1, port_value: 9901 } }
static_resources:
  listeners:
    - name: redis
      address: { socket_address: { address: 127.0.0.1, port_value: 6380 } } # where clients connect
      filter_chains:
        - filters:
            - name: envoy.filters.network.tcp_proxy
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: redis # names the stats: /stats?filter=tcp.redis
                cluster: redis
  clusters:
    - name: redis
      connect_timeout: 1s
      load_assignment:
        cluster_name: redis
        endpoints:
          - lb_endpoints: # the redis itself; a second one would take every other connection
              - endpoint:
                  address: { socket_address: { address: 127.0.0.1, port_value: 6379 } }
`,
} as const

export type StarterName = keyof typeof STARTERS

export const STARTER_NAMES = Object.keys(STARTERS) as readonly StarterName[]

import type { GenericSchema } from 'valibot'
import { fileAccessLogSchema } from '../../../src/extensions/access_loggers/file/schema.ts'
import { stderrAccessLogSchema } from '../../../src/extensions/access_loggers/stderr/schema.ts'
import { stdoutAccessLogSchema } from '../../../src/extensions/access_loggers/stdout/schema.ts'
import { redisClusterSchema } from '../../../src/extensions/clusters/redis/schema.ts'
import { connectionLimitSchema } from '../../../src/extensions/filters/network/connection_limit/schema.ts'
import { directResponseSchema } from '../../../src/extensions/filters/network/direct_response/schema.ts'
import { echoSchema } from '../../../src/extensions/filters/network/echo/schema.ts'
import { localRateLimitSchema } from '../../../src/extensions/filters/network/local_ratelimit/schema.ts'
import {
  redisProxyClusters,
  redisProxySchema,
} from '../../../src/extensions/filters/network/redis_proxy/schema.ts'
import {
  type TcpProxy,
  tcpProxySchema,
} from '../../../src/extensions/filters/network/tcp_proxy/schema.ts'
import {
  thriftProxyClusters,
  thriftProxySchema,
} from '../../../src/extensions/filters/network/thrift_proxy/schema.ts'
import { headerToMetadataSchema } from '../../../src/extensions/filters/thrift/header_to_metadata/schema.ts'
import { payloadToMetadataSchema } from '../../../src/extensions/filters/thrift/payload_to_metadata/schema.ts'
import { thriftRouterSchema } from '../../../src/extensions/filters/thrift/router/schema.ts'
import { healthCheckEventFileSinkSchema } from '../../../src/extensions/health_check/event_sink/file/schema.ts'
import { redisHealthCheckSchema } from '../../../src/extensions/health_checkers/redis/schema.ts'
import { tcpHealthCheckSchema } from '../../../src/extensions/health_checkers/tcp/schema.ts'
import { thriftHealthCheckSchema } from '../../../src/extensions/health_checkers/thrift/schema.ts'
import { clusterProvidedSchema } from '../../../src/extensions/load_balancing_policies/cluster_provided/schema.ts'
import { leastRequestSchema } from '../../../src/extensions/load_balancing_policies/least_request/schema.ts'
import { maglevSchema } from '../../../src/extensions/load_balancing_policies/maglev/schema.ts'
import { randomSchema } from '../../../src/extensions/load_balancing_policies/random/schema.ts'
import { ringHashSchema } from '../../../src/extensions/load_balancing_policies/ring_hash/schema.ts'
import { roundRobinSchema } from '../../../src/extensions/load_balancing_policies/round_robin/schema.ts'
import { caresSchema } from '../../../src/extensions/network/dns_resolver/cares/schema.ts'
import { dogStatsdSchema } from '../../../src/extensions/stat_sinks/dog_statsd/schema.ts'
import { statsdSchema } from '../../../src/extensions/stat_sinks/statsd/schema.ts'
import { rawBufferSchema } from '../../../src/extensions/transport_sockets/raw_buffer/schema.ts'
import {
  downstreamTlsContext,
  upstreamTlsContext,
} from '../../../src/extensions/transport_sockets/tls/context-schema.ts'
import { redisProtocolOptions } from '../../../src/redis/protocol-options.ts'
import { type Factory, Registry } from '../../../src/registry.ts'
import { thriftProtocolOptions } from '../../../src/thrift/protocol-options.ts'

const NETWORK = 'envoy.extensions.filters.network'
const POLICIES = 'envoy.extensions.load_balancing_policies'

/** A registry of the schemas alone: what the config's stages need, without the code that runs connections. */
export function schemaRegistry(): Registry {
  return new Registry().register(
    filter('echo', `${NETWORK}.echo.v3.Echo`, echoSchema, true),
    filter('direct_response', `${NETWORK}.direct_response.v3.Config`, directResponseSchema, true),
    filter(
      'connection_limit',
      `${NETWORK}.connection_limit.v3.ConnectionLimit`,
      connectionLimitSchema,
      false,
    ),
    filter(
      'local_ratelimit',
      `${NETWORK}.local_ratelimit.v3.LocalRateLimit`,
      localRateLimitSchema,
      false,
    ),
    Object.assign(filter('tcp_proxy', `${NETWORK}.tcp_proxy.v3.TcpProxy`, tcpProxySchema, true), {
      clusters: (config: TcpProxy) => config.clusters.map(({ name }) => name),
    }),
    Object.assign(
      filter('redis_proxy', `${NETWORK}.redis_proxy.v3.RedisProxy`, redisProxySchema, true),
      { clusters: redisProxyClusters },
    ),
    Object.assign(
      filter('thrift_proxy', `${NETWORK}.thrift_proxy.v3.ThriftProxy`, thriftProxySchema, true),
      { clusters: thriftProxyClusters },
    ),
    thriftFilter(
      'header_to_metadata',
      `${NETWORK}.thrift_proxy.filters.header_to_metadata.v3.HeaderToMetadata`,
      headerToMetadataSchema,
    ),
    thriftFilter(
      'payload_to_metadata',
      `${NETWORK}.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata`,
      payloadToMetadataSchema,
    ),
    thriftFilter('router', `${NETWORK}.thrift_proxy.router.v3.Router`, thriftRouterSchema),
    factory(
      'envoy.access_loggers',
      'file',
      'envoy.extensions.access_loggers.file.v3.FileAccessLog',
      fileAccessLogSchema,
    ),
    factory(
      'envoy.access_loggers',
      'stdout',
      'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
      stdoutAccessLogSchema,
    ),
    factory(
      'envoy.access_loggers',
      'stderr',
      'envoy.extensions.access_loggers.stream.v3.StderrAccessLog',
      stderrAccessLogSchema,
    ),
    {
      ...factory('envoy.stats_sinks', '', 'envoy.config.metrics.v3.StatsdSink', statsdSchema),
      name: 'envoy.stat_sinks.statsd',
    },
    {
      ...factory('envoy.stats_sinks', '', 'envoy.config.metrics.v3.DogStatsdSink', dogStatsdSchema),
      name: 'envoy.stat_sinks.dog_statsd',
    },
    factory(
      'envoy.load_balancing_policies',
      'round_robin',
      `${POLICIES}.round_robin.v3.RoundRobin`,
      roundRobinSchema,
    ),
    factory(
      'envoy.load_balancing_policies',
      'least_request',
      `${POLICIES}.least_request.v3.LeastRequest`,
      leastRequestSchema,
    ),
    factory(
      'envoy.load_balancing_policies',
      'ring_hash',
      `${POLICIES}.ring_hash.v3.RingHash`,
      ringHashSchema,
    ),
    factory(
      'envoy.load_balancing_policies',
      'maglev',
      `${POLICIES}.maglev.v3.Maglev`,
      maglevSchema,
    ),
    factory(
      'envoy.load_balancing_policies',
      'random',
      `${POLICIES}.random.v3.Random`,
      randomSchema,
    ),
    factory(
      'envoy.clusters',
      'redis',
      'envoy.extensions.clusters.redis.v3.RedisClusterConfig',
      redisClusterSchema,
    ),
    {
      ...factory(
        'envoy.load_balancing_policies',
        'cluster_provided',
        `${POLICIES}.cluster_provided.v3.ClusterProvided`,
        clusterProvidedSchema,
      ),
      choosesFrom: 'lists',
    } as Factory,
    factory(
      'envoy.health_checkers',
      'tcp',
      'envoy.config.core.v3.HealthCheck.TcpHealthCheck',
      tcpHealthCheckSchema,
    ),
    factory(
      'envoy.health_checkers',
      'redis',
      'envoy.extensions.health_checkers.redis.v3.Redis',
      redisHealthCheckSchema,
    ),
    factory(
      'envoy.health_checkers',
      'thrift',
      'envoy.extensions.health_checkers.thrift.v3.Thrift',
      thriftHealthCheckSchema,
    ),
    redisProtocolOptions,
    thriftProtocolOptions,
    {
      ...factory(
        'envoy.health_check.event_sinks',
        '',
        'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink',
        healthCheckEventFileSinkSchema,
      ),
      name: 'envoy.health_check.event_sink.file',
    },
    factory(
      'envoy.network.dns_resolver',
      'cares',
      'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
      caresSchema,
    ),
    ...(['downstream', 'upstream'] as const).map((direction) => ({
      ...factory(
        `envoy.transport_sockets.${direction}`,
        '',
        'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
        rawBufferSchema,
      ),
      name: 'envoy.transport_sockets.raw_buffer',
    })),
    {
      ...factory(
        'envoy.transport_sockets.downstream',
        '',
        'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
        downstreamTlsContext,
      ),
      name: 'envoy.transport_sockets.tls',
    },
    {
      ...factory(
        'envoy.transport_sockets.upstream',
        '',
        'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        upstreamTlsContext,
      ),
      name: 'envoy.transport_sockets.tls',
    },
  )
}

function filter(
  name: string,
  configType: string,
  schema: () => GenericSchema,
  isTerminalFilter: boolean,
) {
  return { ...factory('envoy.filters.network', name, configType, schema), isTerminalFilter }
}

function thriftFilter(name: string, configType: string, schema: () => GenericSchema): Factory {
  const made = factory('envoy.thrift_proxy.filters', name, configType, schema)
  return { ...made, name: `envoy.filters.thrift.${name}` }
}

function factory(
  category: string,
  name: string,
  configType: string,
  configSchema: () => GenericSchema,
): Factory {
  return { category, name: `${category}.${name}`, configType, configSchema }
}

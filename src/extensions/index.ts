import { redisProtocolOptions } from '../redis/protocol-options.ts'
import type { Factory } from '../registry.ts'
import { thriftProtocolOptions } from '../thrift/protocol-options.ts'
import { fileAccessLog } from './access_loggers/file/config.ts'
import { stderrAccessLog } from './access_loggers/stderr/config.ts'
import { stdoutAccessLog } from './access_loggers/stdout/config.ts'
import { redisCluster } from './clusters/redis/config.ts'
import { connectionLimit } from './filters/network/connection_limit/config.ts'
import { directResponse } from './filters/network/direct_response/config.ts'
import { echo } from './filters/network/echo/config.ts'
import { localRateLimit } from './filters/network/local_ratelimit/config.ts'
import { redisProxy } from './filters/network/redis_proxy/config.ts'
import { tcpProxy } from './filters/network/tcp_proxy/config.ts'
import { thriftProxy } from './filters/network/thrift_proxy/config.ts'
import { headerToMetadata } from './filters/thrift/header_to_metadata/config.ts'
import { payloadToMetadata } from './filters/thrift/payload_to_metadata/config.ts'
import { thriftRouter } from './filters/thrift/router/config.ts'
import { healthCheckEventFileSink } from './health_check/event_sink/file/config.ts'
import { redisHealthChecker } from './health_checkers/redis/config.ts'
import { tcpHealthChecker } from './health_checkers/tcp/config.ts'
import { thriftHealthChecker } from './health_checkers/thrift/config.ts'
import { clusterProvided } from './load_balancing_policies/cluster_provided/config.ts'
import { leastRequest } from './load_balancing_policies/least_request/config.ts'
import { maglev } from './load_balancing_policies/maglev/config.ts'
import { random } from './load_balancing_policies/random/config.ts'
import { ringHash } from './load_balancing_policies/ring_hash/config.ts'
import { roundRobin } from './load_balancing_policies/round_robin/config.ts'
import { cares } from './network/dns_resolver/cares/config.ts'
import { dogStatsd } from './stat_sinks/dog_statsd/config.ts'
import { statsd } from './stat_sinks/statsd/config.ts'
import { downstreamRawBuffer, upstreamRawBuffer } from './transport_sockets/raw_buffer/config.ts'
import { downstreamTls, upstreamTls } from './transport_sockets/tls/config.ts'

/** Every extension in the binary. To add one: write its folder, then its line here. */
export const builtinExtensions: readonly Factory[] = [
  // network filters
  echo,
  directResponse,
  connectionLimit,
  localRateLimit,
  tcpProxy,
  redisProxy,
  thriftProxy,
  // thrift filters
  headerToMetadata,
  payloadToMetadata,
  thriftRouter,
  // clusters
  redisCluster,
  // load balancing policies
  roundRobin,
  leastRequest,
  clusterProvided,
  random,
  ringHash,
  maglev,
  // health checks
  tcpHealthChecker,
  redisHealthChecker,
  thriftHealthChecker,
  healthCheckEventFileSink,
  // options of clusters
  redisProtocolOptions,
  thriftProtocolOptions,
  // DNS resolvers
  cares,
  // transport sockets
  downstreamRawBuffer,
  upstreamRawBuffer,
  downstreamTls,
  upstreamTls,
  // access loggers
  fileAccessLog,
  stdoutAccessLog,
  stderrAccessLog,
  // stats sinks
  statsd,
  dogStatsd,
]

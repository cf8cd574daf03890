/** A matcher takes the inputs of what it matches, which its message does not tell. */
const MATCHING_INPUTS: readonly string[] = [
  'envoy.matching.common_inputs',
  'envoy.matching.generic_proxy_request_input.input',
  'envoy.matching.http.input',
  'envoy.matching.network.input',
  'envoy.matching.stat_matching_data.input',
  'envoy.matching.stat_tag_matching_data.input',
  'envoy.matching.transport_socket.input',
]

/**
 * Which category of extensions a field takes, from the `extension-category` notes in Envoy's API and from
 * what its factories look for. Fields that Envoy finds by name, or not before they are used, are left out.
 */
export const CATEGORY_OF_FIELD: Readonly<Record<string, readonly string[]>> = {
  'envoy.config.accesslog.v3.AccessLog.typed_config': ['envoy.access_loggers'],
  'envoy.config.accesslog.v3.ExtensionFilter.typed_config': [
    'envoy.access_loggers.extension_filters',
  ],
  'envoy.config.bootstrap.v3.Bootstrap.bootstrap_extensions': ['envoy.bootstrap'],
  'envoy.config.bootstrap.v3.Bootstrap.default_regex_engine': ['envoy.regex_engines'],
  'envoy.config.bootstrap.v3.Bootstrap.listener_manager': ['envoy.listener_manager_impl'],
  'envoy.config.bootstrap.v3.Bootstrap.typed_dns_resolver_config': ['envoy.network.dns_resolver'],
  'envoy.config.bootstrap.v3.FatalAction.config': ['envoy.fatal_action'],
  'envoy.config.bootstrap.v3.Watchdog.WatchdogAction.config': ['envoy.guarddog_actions'],
  'envoy.config.cluster.v3.Cluster.typed_dns_resolver_config': ['envoy.network.dns_resolver'],
  'envoy.config.cluster.v3.Cluster.transport_socket': ['envoy.transport_sockets.upstream'],
  'envoy.config.cluster.v3.Cluster.TransportSocketMatch.transport_socket': [
    'envoy.transport_sockets.upstream',
  ],
  'envoy.config.cluster.v3.Filter.typed_config': ['envoy.filters.upstream_network'],
  'envoy.config.core.v3.ApiConfigSource.config_validators': ['envoy.config.validators'],
  'envoy.config.core.v3.BindConfig.local_address_selector': [
    'envoy.upstream.local_address_selector',
  ],
  'envoy.config.core.v3.HealthCheck.event_logger': ['envoy.health_check.event_sinks'],
  'envoy.config.core.v3.HealthCheck.CustomHealthCheck.typed_config': ['envoy.health_checkers'],
  'envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.stateful_formatter': [
    'envoy.http.stateful_header_formatters',
  ],
  'envoy.config.core.v3.SubstitutionFormatString.formatters': ['envoy.formatter'],
  'envoy.config.listener.v3.Filter.typed_config': ['envoy.filters.network'],
  'envoy.config.listener.v3.FilterChain.transport_socket': ['envoy.transport_sockets.downstream'],
  'envoy.config.listener.v3.Listener.ConnectionBalanceConfig.extend_balance': [
    'envoy.network.connection_balance',
  ],
  'envoy.config.listener.v3.ListenerFilter.typed_config': [
    'envoy.filters.listener',
    'envoy.filters.udp_listener',
    'envoy.filters.quic_listener',
  ],
  'envoy.config.listener.v3.QuicProtocolOptions.connection_debug_visitor_config': [
    'envoy.quic.connection_debug_visitor',
  ],
  'envoy.config.listener.v3.QuicProtocolOptions.connection_id_generator_config': [
    'envoy.quic.connection_id_generator',
  ],
  'envoy.config.listener.v3.QuicProtocolOptions.crypto_stream_config': [
    'envoy.quic.server.crypto_stream',
  ],
  'envoy.config.listener.v3.QuicProtocolOptions.proof_source_config': ['envoy.quic.proof_source'],
  'envoy.config.listener.v3.QuicProtocolOptions.server_preferred_address_config': [
    'envoy.quic.server_preferred_address',
  ],
  'envoy.config.listener.v3.UdpListenerConfig.udp_packet_packet_writer_config': [
    'envoy.udp_packet_writer',
  ],
  'envoy.config.metrics.v3.StatsSink.typed_config': ['envoy.stats_sinks'],
  'envoy.config.overload.v3.ResourceMonitor.typed_config': ['envoy.resource_monitors'],
  'envoy.config.rbac.v3.Permission.matcher': ['envoy.rbac.matchers'],
  'envoy.config.rbac.v3.Permission.uri_template': ['envoy.path.match'],
  'envoy.config.rbac.v3.Principal.custom': ['envoy.rbac.principals'],
  'envoy.config.rbac.v3.RBAC.AuditLoggingOptions.AuditLoggerConfig.audit_logger': [
    'envoy.rbac.audit_loggers',
  ],
  'envoy.config.route.v3.ClusterSpecifierPlugin.extension': [
    'envoy.router.cluster_specifier_plugin',
  ],
  'envoy.config.route.v3.InternalRedirectPolicy.predicates': ['envoy.internal_redirect_predicates'],
  'envoy.config.route.v3.RateLimit.Action.extension': [
    'envoy.rate_limit_descriptors',
    'envoy.matching.http.input',
  ],
  'envoy.config.route.v3.RetryPolicy.retry_options_predicates': ['envoy.retry_options_predicates'],
  'envoy.config.route.v3.RetryPolicy.RetryHostPredicate.typed_config': [
    'envoy.retry_host_predicates',
  ],
  'envoy.config.route.v3.RetryPolicy.RetryPriority.typed_config': ['envoy.retry_priorities'],
  'envoy.config.route.v3.RouteAction.early_data_policy': ['envoy.route.early_data_policy'],
  'envoy.config.route.v3.RouteAction.path_rewrite_policy': ['envoy.path.rewrite'],
  'envoy.config.route.v3.RouteMatch.path_match_policy': ['envoy.path.match'],
  'envoy.config.trace.v3.OpenTelemetryConfig.resource_detectors': [
    'envoy.tracers.opentelemetry.resource_detectors',
  ],
  'envoy.config.trace.v3.OpenTelemetryConfig.sampler': ['envoy.tracers.opentelemetry.samplers'],
  'envoy.config.trace.v3.Tracing.Http.typed_config': ['envoy.tracers'],
  'envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig.formatters': [
    'envoy.formatter',
  ],
  'envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig.formatters': [
    'envoy.formatter',
  ],
  'envoy.extensions.clusters.dns.v3.DnsCluster.typed_dns_resolver_config': [
    'envoy.network.dns_resolver',
  ],
  'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig.typed_dns_resolver_config': [
    'envoy.network.dns_resolver',
  ],
  'envoy.extensions.filters.http.cache.v3.CacheConfig.typed_config': ['envoy.http.cache'],
  'envoy.extensions.filters.http.cache_v2.v3.CacheV2Config.typed_config': ['envoy.http.cache_v2'],
  'envoy.extensions.filters.http.compressor.v3.Compressor.compressor_library': [
    'envoy.compression.compressor',
  ],
  'envoy.extensions.filters.http.credential_injector.v3.CredentialInjector.credential': [
    'envoy.http.injected_credentials',
  ],
  'envoy.extensions.filters.http.decompressor.v3.Decompressor.decompressor_library': [
    'envoy.compression.decompressor',
  ],
  'envoy.extensions.filters.http.geoip.v3.Geoip.provider': ['envoy.geoip_providers'],
  'envoy.extensions.filters.http.stateful_session.v3.StatefulSession.session_state': [
    'envoy.http.stateful_session',
  ],
  'envoy.extensions.filters.network.generic_proxy.v3.GenericProxy.codec_config': [
    'envoy.generic_proxy.codecs',
  ],
  'envoy.extensions.filters.network.generic_proxy.v3.GenericProxy.filters': [
    'envoy.generic_proxy.filters',
  ],
  'envoy.extensions.filters.network.geoip.v3.Geoip.provider': ['envoy.geoip_providers'],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.early_header_mutation_extensions':
    ['envoy.http.early_header_mutation'],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.original_ip_detection_extensions':
    ['envoy.http.original_ip_detection'],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.http_filters':
    ['envoy.filters.http'],
  'envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension.typed_config': [
    'envoy.request_id',
  ],
  'envoy.extensions.filters.network.thrift_proxy.v3.ThriftFilter.typed_config': [
    'envoy.thrift_proxy.filters',
  ],
  'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.SessionFilter.typed_config': [
    'envoy.filters.udp.session',
  ],
  'envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig.resource_detectors': [
    'envoy.tracers.opentelemetry.resource_detectors',
  ],
  'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.custom_validator_config':
    ['envoy.tls.cert_validator'],
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.http_filters': [
    'envoy.filters.http.upstream',
  ],
  'envoy.extensions.transport_sockets.tap.v3.Tap.transport_socket': [
    'envoy.transport_sockets.upstream',
    'envoy.transport_sockets.downstream',
  ],
  'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport.transport_socket':
    ['envoy.transport_sockets.upstream'],
  'envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport.transport_socket':
    ['envoy.transport_sockets.upstream'],
  'envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport.transport_socket':
    ['envoy.transport_sockets.upstream'],
  'envoy.extensions.transport_sockets.tcp_stats.v3.Config.transport_socket': [
    'envoy.transport_sockets.upstream',
    'envoy.transport_sockets.downstream',
  ],
  'xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate.input': MATCHING_INPUTS,
  'xds.type.matcher.v3.Matcher.MatcherTree.input': MATCHING_INPUTS,
  'envoy.type.matcher.v3.StringMatcher.custom': ['envoy.string_matcher'],
  'envoy.config.core.v3.HttpService.formatters': ['envoy.formatter'],
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig.formatters': [
    'envoy.formatter',
  ],
}

/** Messages that only carry an extension: the field that holds them says its category. */
export const CARRIERS: ReadonlySet<string> = new Set([
  'envoy.config.core.v3.TypedExtensionConfig',
  'envoy.config.core.v3.TransportSocket',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
  'xds.core.v3.TypedExtensionConfig',
])

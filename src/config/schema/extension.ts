/** A typed extension config: which factory, and what its schema made of `typed_config`. JSON-safe. */
export interface ExtensionConfig {
  /** The label that the user gave. */
  readonly name: string
  /** The factory that takes it, `envoy.filters.network.echo`. */
  readonly factory: string
  readonly config: unknown
}

/** As `envoy.config.accesslog.v3.AccessLog`. */
export interface AccessLogConfig extends ExtensionConfig {
  /** Typed `AccessLogFilter`, or null: `access-log/filter.ts` builds it. */
  readonly filter: unknown
}

import type { Metadata, StreamInfo } from '../network/stream-info.ts'
import type { Command } from './command.ts'
import { jsonValue } from './json-value.ts'
import { truncate } from './truncate.ts'

type ReadMetadata = (info: StreamInfo) => Metadata | null

/** The types of %METADATA(TYPE:...)%. Those of HTTP routes have none on a connection. */
const SOURCES: Readonly<Record<string, ReadMetadata>> = {
  DYNAMIC: (info) => info.dynamicMetadata,
  CLUSTER: (info) => info.upstreamCluster?.metadata ?? null,
  UPSTREAM_HOST: (info) => info.upstream?.host?.metadata ?? null,
  LISTENER: (info) => info.listenerMetadata,
  LISTENER_FILTER_CHAIN: (info) => info.filterChainMetadata,
  ROUTE: () => null,
  VIRTUAL_HOST: () => null,
}

/** `argument`: namespace and keys, parted by colons. */
export function metadataCommand(source: string, argument: string, maxBytes: number): Command {
  const [namespace = '', ...path] = argument.split(':')
  return new MetadataCommand(SOURCES[source]!, namespace, path, maxBytes)
}

/** %METADATA(TYPE:namespace:key...)%: the type comes first in the argument. */
export function typedMetadataCommand(argument: string, maxBytes: number): Command {
  const colon = argument.indexOf(':')
  const source = colon < 0 ? argument : argument.slice(0, colon)
  return metadataCommand(source, colon < 0 ? '' : argument.slice(colon + 1), maxBytes)
}

class MetadataCommand implements Command {
  readonly #read: ReadMetadata
  readonly #namespace: string
  readonly #path: readonly string[]
  readonly #maxBytes: number

  constructor(read: ReadMetadata, namespace: string, path: readonly string[], maxBytes: number) {
    this.#read = read
    this.#namespace = namespace
    this.#path = path
    this.#maxBytes = maxBytes
  }

  text(info: StreamInfo): string | null {
    const value = this.#value(info)
    if (value === undefined || value === null) return null
    return truncate(typeof value === 'string' ? value : jsonValue(value), this.#maxBytes)
  }

  /** Only strings are cut: a number or a list that lacks its end would be another value. */
  json(info: StreamInfo): string {
    const value = this.#value(info)
    return typeof value === 'string'
      ? JSON.stringify(truncate(value, this.#maxBytes))
      : jsonValue(value)
  }

  #value(info: StreamInfo): unknown {
    return metadataValue(this.#read(info), this.#namespace, this.#path)
  }
}

/** What stands at a path of a namespace; undefined when there is nothing. An empty path is the whole namespace. */
export function metadataValue(
  metadata: Metadata | null,
  namespace: string,
  path: readonly string[],
): unknown {
  let value: unknown = own(metadata, namespace)
  for (const key of path) value = own(value, key)
  return value
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return undefined
  }
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

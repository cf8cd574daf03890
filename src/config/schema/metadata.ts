import { message } from './message.ts'
import { convert, isRecord, type Schema } from './schema.ts'
import { mapOf, struct } from './values.ts'

/** `core.v3.Metadata.filter_metadata`: namespace → struct. As `network/stream-info.ts` has it. */
export type MetadataConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** `core.v3.Metadata`. Typed metadata is kept for nobody: no filter of ours reads it. */
export function metadata(): Schema<MetadataConfig> {
  const inner = message('envoy.config.core.v3.Metadata', { filterMetadata: mapOf(struct()) })
  return convert(inner, ({ filterMetadata }) => filterMetadata)
}

/** The `envoy.lb` namespace of a metadata_match, null if there is none or it is empty. */
export function lbMetadata(
  metadata: MetadataConfig | null,
): Readonly<Record<string, unknown>> | null {
  const { 'envoy.lb': match } = metadata ?? {}
  return isRecord(match) && Object.keys(match).length > 0 ? match : null
}

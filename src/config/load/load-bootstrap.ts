import { messageType } from './api-table.ts'
import { MessageChecker } from './check-message.ts'
import { Decoder, type MessageValue } from './decode-message.ts'
import type { Diagnostic, Path } from './diagnostic.ts'
import { checkEnvoyRules } from './envoy-rules/check-envoy-rules.ts'
import { mergeMessage } from './merge.ts'
import { parseJson } from './parse-json.ts'
import { type ParsedYaml, parseYaml } from './parse-yaml.ts'
import { Place, type Span, spanOf } from './place.ts'
import { Reporter } from './reporter.ts'
import { decodeText, formatOf, readSource, SourceText, UnreadableSource } from './source-text.ts'
import { SyntaxIssue, type TreeNode } from './tree.ts'

const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap'

export interface LoadOptions {
  /** Fields and enum values that Envoy does not know are warnings (`--allow-unknown-static-fields`). */
  allowUnknownStaticFields: boolean
  /** `--service-node` and `--service-cluster`, which stand for `node.id` and `node.cluster`. */
  serviceNode?: string
  serviceCluster?: string
  /** Config types of tsproxy's own extensions, of which the API table knows nothing: their fields are taken as they are. */
  ownTypes?: ReadonlySet<string>
}

/** `-` is standard input and `<...>` a text without a file; without `text` the file is read. */
export interface ConfigSource {
  file: string
  text?: string | Uint8Array
}

export interface LoadedBootstrap {
  /**
   * Canonical proto-JSON: snake_case names, enums as names, durations as given (`1.5s`), wrappers bare,
   * bytes in base64, numbers (64-bit ones that are not safe as decimal strings), `Any` as
   * `{'@type', ...fields}`. What was refused is left out.
   */
  value: Record<string, unknown>
  diagnostics: Diagnostic[]
  /** The place of a path, or of its nearest ancestor that is in the text. */
  locate(path: Path, at?: 'key' | 'value'): Span
  sourceLine(file: string, line: number): string | undefined
}

/**
 * Reads a bootstrap and says all that Envoy would refuse in it, each at its place. `overlay` is merged
 * over `base` as `--config-yaml` is. Never throws for what a source holds or fails to hold.
 */
export function loadBootstrap(
  base: ConfigSource | null,
  overlay: ConfigSource | null,
  options: LoadOptions,
): LoadedBootstrap {
  const reporter = new Reporter()
  const type = messageType(BOOTSTRAP)
  const loaded = [base, overlay]
    .filter((source) => source !== null)
    .map((source) => loadSource(source, reporter, options))
  const sources = loaded.map((one) => one.source)
  const [first, second] = loaded
  const value = first?.value ?? {}
  const place = first?.place ?? emptyPlace(new SourceText('<no config>', ''))
  if (second !== undefined) mergeMessage(type, value, place, second.value, second.place)
  if (loaded.every((one) => one.isWhole)) {
    new MessageChecker(reporter).check(type, value, place)
    checkEnvoyRules(value, place, reporter, options)
  }
  return {
    value,
    diagnostics: reporter.finish(),
    locate: (path, at = 'value') => locate(place, path, at),
    sourceLine: (file, line) => sources.find((source) => source.file === file)?.line(line),
  }
}

interface Loaded {
  source: SourceText
  value: MessageValue
  place: Place
  /** False if it could not be read or parsed: then nothing else can be said of it. */
  isWhole: boolean
}

function loadSource(given: ConfigSource, reporter: Reporter, options: LoadOptions): Loaded {
  let source = new SourceText(given.file, '')
  try {
    const text =
      typeof given.text === 'string' ? given.text : decodeText(given.text ?? readSource(given.file))
    source = new SourceText(given.file, text)
    const parsed = parse(source)
    reportIgnored(source, parsed, reporter)
    const decoder = new Decoder(source, reporter, {
      allowUnknownFields: options.allowUnknownStaticFields,
      ownTypes: options.ownTypes ?? new Set(),
    })
    return { source, ...decoder.decodeRoot(BOOTSTRAP, rootOf(parsed)), isWhole: true }
  } catch (error) {
    reportUnusable(error, source, reporter)
    return { source, value: {}, place: emptyPlace(source), isWhole: false }
  }
}

function parse(source: SourceText): ParsedYaml {
  const format = formatOf(source.file)
  if (format === 'yaml') return parseYaml(source.text)
  if (format === 'json') return parseJson(source.text)
  const kind = format === 'binary' ? 'binary protobuf (.pb)' : 'text protobuf (.pb_text)'
  throw new UnreadableSource(`is ${kind}, which is not implemented: use YAML or JSON`)
}

function rootOf(parsed: ParsedYaml): TreeNode {
  if (parsed.root === null) throw new SyntaxIssue('the config is empty', 0)
  return parsed.root
}

/** What Envoy leaves out without a word, and nobody writes on purpose. */
function reportIgnored(source: SourceText, parsed: ParsedYaml, reporter: Reporter): void {
  if (parsed.ignoredFrom >= 0 && source.text.trimEnd().length > parsed.ignoredFrom + 3) {
    reporter.atRange(source, parsed.ignoredFrom, parsed.ignoredFrom + 1, [], {
      severity: 'warning',
      code: 'ignored-text',
      message: 'Envoy reads one value and ignores the text from here on',
    })
  }
  for (const { key, start, end, keptStart } of parsed.duplicates) {
    const { line } = source.position(keptStart)
    reporter.atRange(source, start, end, [], {
      severity: 'warning',
      code: 'duplicate-key',
      message: `the key "${key}" is given again in line ${line}, and only that one counts`,
    })
  }
}

function reportUnusable(error: unknown, source: SourceText, reporter: Reporter): void {
  if (error instanceof SyntaxIssue) {
    const start = Math.min(error.offset, source.text.length)
    reporter.atRange(source, start, error.endOffset, [], { code: 'syntax', message: error.message })
  } else if (error instanceof UnreadableSource) {
    const name = source.file === '-' ? 'standard input' : `"${source.file}"`
    reporter.atRange(source, 0, 0, [], { code: 'unreadable', message: `${name} ${error.message}` })
  } else {
    throw error
  }
}

function locate(root: Place, path: Path, at: 'key' | 'value'): Span {
  const { place, found } = root.descend(path)
  const isKey = at === 'key' || !found
  return isKey
    ? spanOf(place.source, place.keyStart, place.keyEnd)
    : spanOf(place.source, place.start, place.end)
}

function emptyPlace(source: SourceText): Place {
  return new Place(source, 0, 1, 0, 1)
}

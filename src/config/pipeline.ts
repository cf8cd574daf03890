import type { BaseIssue } from 'valibot'
import type { Registry } from '../registry.ts'
import { checkConfig } from './checks/check-config.ts'
import type { Remark } from './checks/remark.ts'
import { findMessage } from './load/api-table.ts'
import { type Diagnostic, type Path, renderPath, type Severity } from './load/diagnostic.ts'
import { isDefault } from './load/is-default.ts'
import type { LoadedBootstrap } from './load/load-bootstrap.ts'
import { type Bootstrap, bootstrap } from './schema/bootstrap.ts'
import { withContext } from './schema/parse-context.ts'
import type { Requirement } from './schema/schema.ts'

export interface ReadOptions {
  /** Warnings are errors. */
  readonly strict: boolean
  /** Paths of settings that may be ignored although tsproxy lacks them; list indices may be left out. */
  readonly allowNotImplemented: readonly string[]
  /** Judge the file as Envoy would: what tsproxy lacks is only noted. */
  readonly forEnvoy: boolean
}

export interface ReadConfig {
  /** Null if anything stands in the way of using the config. */
  readonly bootstrap: Bootstrap | null
  /** Of all stages, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[]
  readonly loaded: LoadedBootstrap
}

/** `LoadOptions.ownTypes` for a registry: the config types that Envoy has no message of. */
export function ownTypes(registry: Registry): ReadonlySet<string> {
  const types = registry.all().map(({ configType }) => configType)
  return new Set(
    types.filter((type) => type !== null && findMessage(type) === undefined),
  ) as Set<string>
}

/** Stages 3 and 4: is it tsproxy's, and does it hang together? `loaded` has passed, or failed, stages 1 and 2. */
export function readConfig(
  loaded: LoadedBootstrap,
  registry: Registry,
  options: ReadOptions,
): ReadConfig {
  const context = { registry, isDefault }
  const { output, issues, remarks } = withContext(context, () => {
    const dataset = bootstrap()['~run']({ value: loaded.value }, {})
    return {
      output: dataset.typed ? dataset.value : null,
      issues: dataset.issues ?? [],
      remarks: checkConfig(loaded.value, registry),
    }
  })
  const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error')
  const found = [
    ...issues.map((issue) => toRemark(issue)).filter((remark) => !isAfterEffect(remark, errors)),
    ...remarks.filter((remark) => !restsOnRefused(remark, errors)),
  ]
  const diagnostics = withoutRepetitions(
    loaded.diagnostics,
    found.map((remark) => toDiagnostic(remark, loaded, options)),
  ).map((one) => judged(one, options))
  const isUsable = diagnostics.every(({ severity }) => severity !== 'error')
  return { bootstrap: isUsable ? output : null, diagnostics, loaded }
}

function toRemark(issue: BaseIssue<unknown>): Remark {
  const path = (issue.path ?? []).map(({ key }) => key as string | number)
  const { code, essential } = requirementOf(issue)
  return {
    code,
    path,
    message: issue.message,
    // A field that is not implemented is shown by its name, a value that is wrong by itself.
    at: code === 'not-implemented' ? 'key' : 'value',
    severity: 'error',
    essential,
    ...(issue.expected === null ? {} : { expected: issue.expected, received: issue.received }),
  }
}

/** Ours say what they are; those of a user's own valibot schema are told by their kind. */
function requirementOf(issue: BaseIssue<unknown>): Requirement {
  const { requirement } = issue
  if (typeof requirement === 'object' && requirement !== null && 'code' in requirement) {
    return requirement as Requirement
  }
  if (issue.received === 'undefined') return { code: 'missing-required', essential: true }
  return { code: issue.kind === 'schema' ? 'wrong-type' : 'rule-violated', essential: true }
}

/**
 * What the loader refuses it leaves out of the value, so that what is missing or misread beside it may follow from that
 * alone. What is not implemented is said in any case, unless it hangs on the refused part.
 */
function isAfterEffect(remark: Remark, errors: readonly Diagnostic[]): boolean {
  if (remark.code !== 'not-implemented') {
    const holder = renderPath(remark.path.slice(0, -1))
    return errors.some(({ path }) => path.startsWith(holder))
  }
  const prefix = renderPath(remark.path)
  return errors.some(
    ({ path }) =>
      path.startsWith(prefix) && /[.](typed_config|@type)$/.test(path.slice(prefix.length)),
  )
}

/** Whether a check looked at something of which the loader has refused a part. */
function restsOnRefused(remark: Remark, errors: readonly Diagnostic[]): boolean {
  const grounds = [remark.path, ...(remark.restsOn ?? [])].map((path) => renderPath(path))
  return errors.some(({ path }) => grounds.some((ground) => path.startsWith(ground)))
}

function toDiagnostic(remark: Remark, loaded: LoadedBootstrap, options: ReadOptions): Diagnostic {
  const { path, code, message, at, suggestion, expected, received } = remark
  return {
    severity: severityOf(remark, options),
    code,
    ...loaded.locate(path, at),
    path: renderPath(path),
    message: isRefusedAllowance(remark, options)
      ? `${message}, and it cannot be left out`
      : message,
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received }),
  }
}

function severityOf(remark: Remark, options: ReadOptions): Severity {
  if (remark.code !== 'not-implemented') return remark.severity
  if (options.forEnvoy) return 'note'
  return isAllowed(remark.path, options) && !remark.essential ? 'warning' : 'error'
}

function isRefusedAllowance(remark: Remark, options: ReadOptions): boolean {
  return (
    remark.code === 'not-implemented' &&
    remark.essential === true &&
    isAllowed(remark.path, options)
  )
}

function isAllowed(path: Path, { allowNotImplemented }: ReadOptions): boolean {
  const rendered = renderPath(path)
  const bare = withoutIndices(rendered)
  return allowNotImplemented.some(
    (allowed) => allowed === rendered || withoutIndices(allowed) === bare,
  )
}

function withoutIndices(path: string): string {
  return path.replaceAll(/\[(\d+|\*)\]/g, '')
}

/** Strictness; a setting that the user named as dispensable stays a warning. */
function judged(diagnostic: Diagnostic, { strict }: ReadOptions): Diagnostic {
  const isRaised =
    strict && diagnostic.severity === 'warning' && diagnostic.code !== 'not-implemented'
  return isRaised ? { ...diagnostic, severity: 'error' } : diagnostic
}

/** Both lists in the order of the text; what a later stage says again of the same place is dropped. */
function withoutRepetitions(
  earlier: readonly Diagnostic[],
  later: readonly Diagnostic[],
): Diagnostic[] {
  const said = new Set(earlier.map(({ path, severity }) => `${severity} ${path}`))
  const seen = new Set<string>()
  const fresh = later.filter((one) => {
    const key = `${one.path} ${one.code} ${one.message}`
    const isNew = !said.has(`${one.severity} ${one.path}`) && !seen.has(key)
    seen.add(key)
    return isNew
  })
  return [...earlier, ...fresh].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

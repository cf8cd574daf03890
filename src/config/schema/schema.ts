import { _standardSchema, type BaseIssue, type GenericSchema, type InferOutput } from 'valibot'

/**
 * The kernel of our schemas: a valibot schema made of one function that reads a canonical value, reports every
 * problem that it meets and goes on. A problem that leaves a usable value behind (a field that we lack) does not make
 * the result untyped, which valibot's `pipe` would.
 */
export type Schema<T> = GenericSchema<unknown, T>

/** What a reader returns when there is no usable value; it has reported why. */
export const INVALID = Symbol('invalid')
export type Invalid = typeof INVALID

/** Codes of `Diagnostic` that stage 3 gives. */
export type ProblemCode =
  | 'wrong-type'
  | 'missing-required'
  | 'rule-violated'
  | 'unreadable-file'
  | 'not-implemented'

/** What our issues carry in `requirement`. */
export interface Requirement {
  readonly code: ProblemCode
  /** Never to be waved through by `--allow-not-implemented`: nothing sensible is left without it. */
  readonly essential: boolean
}

type Path = readonly (string | number)[]

/** Collects the issues of one schema run. */
export class Problems {
  readonly issues: BaseIssue<unknown>[] = []

  /** Reports a problem at `path` below the value that is being read. */
  add(code: ProblemCode, path: Path, message: string, received: unknown, essential = true): void {
    const requirement: Requirement = { code, essential }
    const issue: BaseIssue<unknown> = {
      kind: 'validation',
      type: code,
      input: received,
      expected: null,
      received: show(received),
      message,
      requirement,
    }
    for (const key of path.toReversed()) prefix(issue, key)
    this.issues.push(issue)
  }

  /** Reports that the value is not of the type wanted, or that there is none. */
  expected(what: string, received: unknown): Invalid {
    if (received === undefined) this.add('missing-required', [], `expected ${what}`, received)
    else this.add('wrong-type', [], `expected ${what}, received ${show(received)}`, received)
    return INVALID
  }

  /** Reports a setting that Envoy knows and tsproxy lacks. */
  notImplemented(path: Path, what: string, received: unknown, essential = true): Invalid {
    this.add(
      'not-implemented',
      path,
      `${what} is valid Envoy, but tsproxy does not implement it`,
      received,
      essential,
    )
    return INVALID
  }

  /** Runs `schema` on a part of the value and takes over its problems, with `key` in front of their paths. */
  child<S extends GenericSchema>(
    schema: S,
    value: unknown,
    key: string | number,
  ): InferOutput<S> | Invalid {
    const dataset = schema['~run']({ value }, {})
    for (const issue of dataset.issues ?? []) {
      prefix(issue, key)
      this.issues.push(issue)
    }
    return dataset.typed ? dataset.value : INVALID
  }

  /** Runs `schema` on the same value. */
  same<S extends GenericSchema>(schema: S, value: unknown): InferOutput<S> | Invalid {
    const dataset = schema['~run']({ value }, {})
    if (dataset.issues !== undefined) this.issues.push(...dataset.issues)
    return dataset.typed ? dataset.value : INVALID
  }
}

/** A schema from a reader. `type` names it in valibot's terms, `expects` in the reader's. */
export function schema<T>(
  type: string,
  read: (input: unknown, problems: Problems) => T | Invalid,
): Schema<T> {
  const made: Schema<T> = _standardSchema({
    kind: 'schema',
    type,
    reference: schema,
    expects: type,
    async: false,
    '~run'(dataset) {
      const problems = new Problems()
      const value = read(dataset.value === null ? undefined : dataset.value, problems)
      const [first, ...rest] = problems.issues
      const target = dataset as { typed?: boolean; value: unknown; issues?: unknown }
      if (first !== undefined) target.issues = [...(dataset.issues ?? []), first, ...rest]
      target.typed = value !== INVALID
      if (value !== INVALID) target.value = value
      return dataset as unknown as ReturnType<Schema<T>['~run']>
    },
  })
  return made
}

/** Turns what `inner` made into something else; `convert` may report and give up. */
export function convert<S extends GenericSchema, T>(
  inner: S,
  change: (value: InferOutput<S>, problems: Problems, input: unknown) => T | Invalid,
): Schema<T> {
  return schema(inner.type, (input, problems) => {
    const value = problems.same(inner, input)
    return value === INVALID ? INVALID : change(value as InferOutput<S>, problems, input)
  })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function prefix(issue: BaseIssue<unknown>, key: string | number): void {
  const item = {
    type: 'unknown',
    origin: 'value',
    input: undefined,
    key,
    value: undefined,
  } as const
  const target = issue as { path?: [unknown, ...unknown[]] }
  if (target.path === undefined) target.path = [item]
  else target.path.unshift(item)
}

/** A value for a message: short, whatever it is. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isRecord(value)) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

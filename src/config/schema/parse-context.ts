import type { Registry } from '../../registry.ts'

/** What schemas ask while they run. Parsing is synchronous, so one module-level context is enough. */
export interface ParseContext {
  readonly registry: Registry
  /** Whether a field of that message holds what it holds when it is absent. */
  isDefault(message: string, field: string, value: unknown): boolean
}

let current: ParseContext | null = null

/** Runs `parse` with the context in place. */
export function withContext<T>(context: ParseContext, parse: () => T): T {
  const outer = current
  current = context
  try {
    return parse()
  } finally {
    current = outer
  }
}

/** The context of the parse under way. Throws outside of `withContext`: only a bug gets there. */
export function parseContext(): ParseContext {
  if (current === null) throw new Error('a config schema ran outside of withContext')
  return current
}

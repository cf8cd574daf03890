import { compileStringMatcher } from '../stats/string-matcher.ts'
import type { ValueMatcher } from './schema/matcher.ts'

/** Compiles a ValueMatcher for values of metadata; undefined is a value that is not there. */
export function createValueMatcher(config: ValueMatcher): (value: unknown) => boolean {
  switch (config.kind) {
    case 'null':
      return (value) => value === null
    case 'range':
      return (value) => typeof value === 'number' && value >= config.start && value < config.end
    case 'double':
    case 'bool':
      return (value) => value === config.value
    case 'string': {
      const matches = compileStringMatcher(config.matcher)
      return (value) => typeof value === 'string' && matches(value)
    }
    case 'present':
      return (value) => (value !== undefined) === config.present
    case 'list': {
      const matches = createValueMatcher(config.matcher)
      return (value) => Array.isArray(value) && value.some(matches)
    }
    case 'or': {
      const matchers = config.matchers.map(createValueMatcher)
      return (value) => matchers.some((matches) => matches(value))
    }
  }
}

import { listenersOf, textOf, type Value } from './canonical.ts'
import type { Tell } from './remark.ts'

/** Listeners of one name: Envoy accepts them, and drops all but the first without a word. */
export function checkListeners(config: Value, tell: Tell): void {
  const names = new Map<string, number>()
  for (const [index, listener] of listenersOf(config).entries()) {
    const name = textOf(listener, 'name')
    const first = names.get(name)
    if (first !== undefined && name !== '') {
      const message = `listener "${name}" is defined again: the first one, listeners[${first}], serves, and this one is dropped`
      const path = [...listener.path, 'name']
      tell({ code: 'duplicate-name', path, message, severity: 'warning', at: 'value' })
    } else {
      names.set(name, index)
    }
  }
}

import type { Registry } from '../registry.ts'

/** `--disable-extensions`: takes them out, and returns Envoy's warnings about the names that it could not take out. */
export function disableExtensions(names: readonly string[], registry: Registry): readonly string[] {
  const warnings: string[] = []
  for (const name of names) {
    const slash = name.indexOf('/')
    if (slash < 0) {
      warnings.push(`failed to disable invalid extension name '${name}'`)
    } else if (!registry.disable(name.slice(0, slash), name.slice(slash + 1))) {
      warnings.push(`failed to disable unknown extension '${name}'`)
    }
  }
  return warnings
}

import type { Resource } from '../messages.ts'
import type { HostData, HostsDelta } from '../upstream/host.ts'

/** What changes while a worker's batch is in flight: by kind and name, so that it cannot grow beyond the config. */
export class ResourceQueue {
  readonly #waiting = new Map<string, Resource>()

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  push(resource: Resource): void {
    // A cluster that is put in the place of another starts without hosts: those that wait are the other's.
    if (resource.kind === 'cluster') this.#waiting.delete(`hosts ${resource.name}`)
    const key = `${resource.kind} ${resource.name}`
    const earlier = this.#waiting.get(key)
    this.#waiting.delete(key)
    this.#waiting.set(
      key,
      resource.kind === 'hosts' && earlier !== undefined ? merged(earlier, resource) : resource,
    )
  }

  /** All that waits, in an order in which it can be applied: clusters before their hosts, listeners last. */
  take(): Resource[] {
    const all = [...this.#waiting.values()].sort((a, b) => ORDER[a.kind] - ORDER[b.kind])
    this.#waiting.clear()
    return all
  }

  clear(): void {
    this.#waiting.clear()
  }
}

const ORDER = {
  'filter-module': 0,
  runtime: 1,
  secret: 2,
  cluster: 3,
  hosts: 4,
  routes: 5,
  listener: 6,
} as const

function merged(earlier: Resource, later: Resource): Resource {
  const [first, second] = [earlier.value as HostsDelta, later.value as HostsDelta]
  const { buffers } = second.tables === undefined ? earlier : later
  const merged = { ...later, value: mergeHosts(first, second) }
  return buffers === undefined ? merged : { ...merged, buffers }
}

/** One delta that does what two did. A slot that came and went in between is in neither list. */
export function mergeHosts(first: HostsDelta, second: HostsDelta): HostsDelta {
  const gone = new Set(second.removed)
  const addedBefore = new Set(first.added.map(({ slot }) => slot))
  const changes = new Map(second.changed.map((host) => [host.slot, host]))
  const current = (host: HostData) => changes.get(host.slot) ?? host
  const failed = [...(first.failed ?? []), ...(second.failed ?? [])]
  return {
    ...first,
    ...second,
    added: [...first.added.filter(({ slot }) => !gone.has(slot)).map(current), ...second.added],
    changed: [
      ...first.changed.filter(({ slot }) => !gone.has(slot) && !changes.has(slot)),
      ...second.changed.filter(({ slot }) => !addedBefore.has(slot)),
    ],
    removed: [...first.removed, ...second.removed.filter((slot) => !addedBefore.has(slot))],
    ...(failed.length > 0 && { failed }),
  }
}

import { jest } from 'bun:test'
import type { HealthCheckConfig } from '../../src/config/schema/health-check.ts'
import type {
  HealthCheckerFactory,
  HealthProbe,
  ProbeCallbacks,
  ProbeTarget,
} from '../../src/upstream/health-checker.ts'
import { HealthFlag } from '../../src/upstream/host-table.ts'
import { FakeTime } from './fake-time.ts'
import { MainClusters, type MainClustersOptions } from './main-clusters.ts'

/** A check that the test answers. */
export class ScriptedProbe implements HealthProbe {
  readonly target: ProbeTarget
  readonly callbacks: ProbeCallbacks
  starts = 0
  timeouts = 0
  isClosed = false

  constructor(target: ProbeTarget, callbacks: ProbeCallbacks) {
    this.target = target
    this.callbacks = callbacks
  }

  start(): void {
    this.starts++
  }

  onTimeout(): void {
    this.timeouts++
  }

  close(): void {
    this.isClosed = true
  }
}

/** Health checks whose answers the test gives, on a clock that the test moves. The caller has turned on the fake timers. */
export class ScriptedChecks {
  readonly time = new FakeTime(1_000_000)
  readonly probes: ScriptedProbe[] = []
  readonly main: MainClusters

  constructor(options: MainClustersOptions = {}) {
    const checker: HealthCheckerFactory = {
      name: 'scripted',
      category: 'envoy.health_checkers',
      configType: null,
      configSchema: () => null,
      checkerType: 'TCP',
      createHealthChecker: () => ({
        createProbe: (target, callbacks) => {
          const probe = new ScriptedProbe(target, callbacks)
          this.probes.push(probe)
          return probe
        },
        close() {},
      }),
    }
    const extensions = [checker, ...(options.extensions ?? [])]
    this.main = new MainClusters(null, { time: this.time, ...options, extensions })
  }

  advance(ms: number): void {
    for (let i = 0; i < ms; i += 5) {
      this.time.ms += 5
      jest.advanceTimersByTime(5)
    }
  }

  /** The flags of the cluster's hosts by their names. */
  flags(cluster = 'up'): string[] {
    const { table, hosts } = this.#cluster(cluster)
    return hosts.map(({ slot }) => flagNames(table.healthFlags(slot)))
  }

  #cluster(name: string) {
    const hosts = this.main.manager.entry(name)!.cluster.hosts.all()
    return { table: this.main.thread.hostTable, hosts }
  }
}

function flagNames(flags: number): string {
  const names = Object.entries(HealthFlag).filter(([, flag]) => (flags & flag) !== 0)
  return names.length === 0 ? 'healthy' : names.map(([name]) => name).join(' ')
}

/** Once a second, thresholds of 1, whether there is traffic or not. */
export function healthCheck(fields: Partial<HealthCheckConfig> = {}): HealthCheckConfig {
  return {
    name: '',
    timeoutMs: 500,
    initialJitterMs: 0,
    intervalJitterMs: 0,
    intervalJitterPercent: 0,
    intervals: {
      healthyMs: 1000,
      unhealthyMs: 1000,
      healthyEdgeMs: 1000,
      unhealthyEdgeMs: 1000,
      noTrafficMs: 1000,
      noTrafficHealthyMs: 1000,
    },
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    reuseConnection: true,
    checker: { name: '', factory: 'scripted', config: {} },
    eventLogPath: '',
    eventLogger: [],
    alwaysLogHealthCheckFailures: false,
    alwaysLogHealthCheckSuccess: false,
    ...fields,
  }
}

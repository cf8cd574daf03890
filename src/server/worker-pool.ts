import type { Boot, Resource, ToMain, WorkerCommand } from '../messages.ts'
import { WorkerHandle } from './worker-handle.ts'

/** So many deaths in so short a time are a fault that respawning does not mend. */
const MAX_DEATHS = 5
const DEATHS_WINDOW_MS = 10_000

export interface WorkerPoolOptions {
  readonly concurrency: number
  readonly url: URL
  boot(workerIndex: number): Boot
  /** All that a worker which starts from nothing must be told. */
  snapshot(workerIndex: number): readonly Resource[]
  onMessage(workerIndex: number, message: ToMain): void
  /** The thread is gone for good and writes no more; before a new one takes its place. */
  onDeath(workerIndex: number, reason: string, respawns: boolean): void
  /** After a death, once every worker has confirmed all that it was told. */
  onReplaced(): void
  now(): number
}

/** The worker threads: as many as were asked for, each replaced when it dies. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #workers: (WorkerHandle | null)[]
  readonly #deaths: number[] = []
  #idleWaiters: (() => void)[] = []
  #stopping = false
  #gaveUp = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#workers = Array.from({ length: options.concurrency }, () => null)
  }

  /** True once so many died that no more are started. */
  get gaveUp(): boolean {
    return this.#gaveUp
  }

  start(): void {
    for (let index = 0; index < this.#options.concurrency; index++) this.#spawn(index)
  }

  /** The same to all. */
  publish(resource: Resource): void {
    for (const worker of this.#workers) worker?.publish(resource)
  }

  publishTo(workerIndex: number, resource: Resource): void {
    this.#workers[workerIndex]?.publish(resource)
  }

  command(command: WorkerCommand): void {
    for (const worker of this.#workers) worker?.command(command)
  }

  commandTo(workerIndex: number, command: WorkerCommand): boolean {
    const worker = this.#workers[workerIndex] ?? null
    worker?.command(command)
    return worker !== null
  }

  /** Resolves when every worker has confirmed all that it was told so far. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve)
      this.#checkIdle()
    })
  }

  /** Names of those that owe an answer since before a moment (monotonic milliseconds), or are gone. */
  silent(sinceMs: number): readonly string[] {
    return this.#workers.flatMap((worker, index) =>
      worker === null || worker.owesSinceMs < sinceMs ? [`worker_${index}`] : [],
    )
  }

  /** Tells all to cut their connections and write their logs; after `deadlineMs` they end anyhow. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true
    const running = this.#workers.filter((worker) => worker !== null)
    const done = Promise.withResolvers<void>()
    this.#onBye = (index) => {
      const at = running.findIndex((worker) => worker.index === index)
      if (at >= 0) running.splice(at, 1)
      if (running.length === 0) done.resolve()
    }
    if (running.length === 0) return
    for (const worker of running) worker.command({ name: 'shutdown' })
    const timer = setTimeout(done.resolve, deadlineMs)
    await done.promise
    clearTimeout(timer)
    for (const worker of this.#workers) worker?.terminate()
  }

  #onBye: (workerIndex: number) => void = () => {}

  #spawn(index: number): void {
    const { url, boot, snapshot, onMessage } = this.#options
    const worker = new WorkerHandle(url, boot(index), {
      onMessage: (_, message) => {
        if (message.type === 'bye') this.#onBye(index)
        onMessage(index, message)
      },
      onIdle: () => this.#checkIdle(),
      onExit: (gone, reason) => this.#onExit(gone, reason),
    })
    this.#workers[index] = worker
    for (const resource of snapshot(index)) worker.publish(resource)
  }

  #onExit(worker: WorkerHandle, reason: string): void {
    const { index } = worker
    if (this.#workers[index] !== worker) return
    this.#workers[index] = null
    this.#onBye(index)
    if (this.#stopping) return
    const now = this.#options.now()
    this.#deaths.push(now)
    while (this.#deaths.length > 0 && now - this.#deaths[0]! > DEATHS_WINDOW_MS)
      this.#deaths.shift()
    if (this.#deaths.length >= MAX_DEATHS) this.#gaveUp = true
    this.#options.onDeath(index, reason, !this.#gaveUp)
    if (!this.#gaveUp) this.#spawn(index)
    void this.settled().then(() => this.#options.onReplaced())
  }

  #checkIdle(): void {
    if (this.#workers.some((worker) => worker !== null && (worker.isBusy || !worker.isReady)))
      return
    const waiters = this.#idleWaiters
    this.#idleWaiters = []
    for (const wake of waiters) wake()
  }
}

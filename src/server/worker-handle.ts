import { Worker } from 'node:worker_threads'
import type { Boot, BufferedBatch, Resource, ToMain, ToWorker, WorkerCommand } from '../messages.ts'
import { ResourceQueue } from './resource-queue.ts'

/** Told what becomes of a worker. */
export interface WorkerHandleCallbacks {
  onMessage(worker: WorkerHandle, message: ToMain): void
  /** Nothing waits and nothing is in flight. */
  onIdle(worker: WorkerHandle): void
  /** The thread is gone; `reason` is what it died of, '' when it ended by itself. */
  onExit(worker: WorkerHandle, reason: string): void
}

/** Main's end of one worker thread. */
export class WorkerHandle {
  readonly index: number
  readonly #thread: Worker
  readonly #callbacks: WorkerHandleCallbacks
  readonly #queue = new ResourceQueue()
  #batch = 0
  #inFlight = false
  #reason = ''
  isReady = false
  /** When the batch in flight was sent, monotonic milliseconds; Infinity when nothing is. */
  owesSinceMs = Number.POSITIVE_INFINITY

  constructor(url: URL, boot: Boot, callbacks: WorkerHandleCallbacks) {
    this.index = boot.workerIndex
    this.#callbacks = callbacks
    this.#thread = new Worker(url, { workerData: boot, name: `worker_${boot.workerIndex}` })
    this.#thread.on('message', (data: string | ToMain) => this.#onMessage(data))
    this.#thread.on('error', (error: unknown) => {
      this.#reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    })
    this.#thread.on('exit', () => callbacks.onExit(this, this.#reason))
  }

  /** True while the worker has not yet confirmed all that it was told. */
  get isBusy(): boolean {
    return this.#inFlight || !this.#queue.isEmpty
  }

  publish(resource: Resource): void {
    this.#queue.push(resource)
    this.#sendBatch()
  }

  command(command: WorkerCommand): void {
    this.#send({ type: 'command', command })
  }

  /** Ends the thread whatever it does. */
  terminate(): void {
    void this.#thread.terminate()
  }

  #onMessage(data: string | ToMain): void {
    const message = typeof data === 'string' ? (JSON.parse(data) as ToMain) : data
    if (message.type === 'ready') {
      this.isReady = true
      this.#sendBatch()
    } else if (message.type === 'ack' && message.batch === this.#batch) {
      this.#inFlight = false
      this.owesSinceMs = Number.POSITIVE_INFINITY
      this.#sendBatch()
    }
    this.#callbacks.onMessage(this, message)
    if (message.type === 'ack' && !this.isBusy) this.#callbacks.onIdle(this)
  }

  #sendBatch(): void {
    if (!this.isReady || this.#inFlight || this.#queue.isEmpty) return
    this.#inFlight = true
    this.owesSinceMs = performance.now()
    this.#sendResources(++this.#batch, this.#queue.take())
  }

  #sendResources(batch: number, all: readonly Resource[]): void {
    const resources = all.map(({ buffers: _, ...resource }) => resource)
    const message: ToWorker = { type: 'resources', batch, resources }
    const buffers = all.map((resource) => resource.buffers ?? [])
    if (buffers.every(({ length }) => length === 0)) this.#send(message)
    else {
      const buffered: BufferedBatch = { json: JSON.stringify(message), buffers }
      this.#thread.postMessage(buffered)
    }
  }

  #send(message: ToWorker): void {
    this.#thread.postMessage(JSON.stringify(message))
  }
}

import { ADOPTED_KEY, listenerConnectionsKey, listeningKey } from '../listener/shared-keys.ts'
import { discardAccepted } from '../network/tcp-listener.ts'
import type { SharedNumbers } from '../stats/shared-numbers.ts'

/** An accepted descriptor, on its way from the worker that accepted it to one that has less to do. */
export interface HandOver {
  readonly listener: string
  readonly addressIndex: number
  readonly fd: number
}

export interface HandOversOptions {
  readonly concurrency: number
  readonly sharedNumbers: SharedNumbers
  /** False: there is no such worker now. */
  adopt(workerIndex: number, handOver: HandOver): boolean
}

/**
 * Carries accepted descriptors between workers and loses none when one dies: a worker counts what it has taken in shared memory, so
 * what it was sent beyond that count is still ours to give to another.
 */
export class HandOvers {
  readonly #options: HandOversOptions
  /** Per worker: how many it was sent in its life, and those of them that it had not taken when last looked. */
  readonly #sent: number[]
  readonly #underWay: HandOver[][]
  /** Those that nobody can take now. */
  #parked: HandOver[] = []
  readonly #stopped = new Set<string>()

  constructor(options: HandOversOptions) {
    this.#options = options
    this.#sent = new Array<number>(options.concurrency).fill(0)
    this.#underWay = Array.from({ length: options.concurrency }, () => [])
  }

  /** To the worker that has least to do, what is on its way to it included. */
  send(handOver: HandOver): void {
    const worker = this.#leastLoaded(handOver.listener)
    if (worker < 0 || !this.#options.adopt(worker, handOver)) {
      if (this.#stopped.has(handOver.listener)) discardAccepted(handOver.fd)
      else this.#parked.push(handOver)
      return
    }
    this.#sent[worker]!++
    this.#underWay[worker]!.push(handOver)
  }

  /** Call it before the thread's shared numbers are taken away. What it returns is to be sent again once they are. */
  onWorkerGone(workerIndex: number): readonly HandOver[] {
    this.#forgetTaken(workerIndex)
    const left = this.#underWay[workerIndex]!
    this.#underWay[workerIndex] = []
    this.#sent[workerIndex] = 0
    return left
  }

  sendAgain(handOvers: readonly HandOver[]): void {
    for (const handOver of handOvers) this.send(handOver)
  }

  /** A worker has new listeners: it may take what waits. */
  retryParked(): void {
    if (this.#parked.length === 0) return
    const parked = this.#parked
    this.#parked = []
    this.sendAgain(parked)
  }

  /** These listeners have stopped: who waits for one of them, or comes late, waits for nobody. */
  discard(listeners: readonly string[]): void {
    for (const listener of listeners) this.#stopped.add(listener)
    this.retryParked()
  }

  close(): void {
    for (const { fd } of this.#parked) discardAccepted(fd)
    this.#parked = []
  }

  /** Among the workers that accept for the listener; -1: none does. */
  #leastLoaded(listener: string): number {
    const { sharedNumbers, concurrency } = this.#options
    const listening = sharedNumbers.counter(listeningKey(listener))
    const connections = sharedNumbers.counter(listenerConnectionsKey(listener))
    let least = -1
    let leastLoad = Number.POSITIVE_INFINITY
    for (let index = 0; index < concurrency; index++) {
      if (listening.ofThread(index + 1) <= 0) continue
      this.#forgetTaken(index)
      const load = connections.ofThread(index + 1) + this.#underWay[index]!.length
      if (load >= leastLoad) continue
      least = index
      leastLoad = load
    }
    return least
  }

  #forgetTaken(workerIndex: number): void {
    const taken = this.#options.sharedNumbers.counter(ADOPTED_KEY).ofThread(workerIndex + 1)
    // The count is a 32-bit word: the difference is right when it wraps.
    const left = (this.#sent[workerIndex]! - taken) | 0
    const underWay = this.#underWay[workerIndex]!
    if (underWay.length > left) underWay.splice(0, underWay.length - left)
  }
}

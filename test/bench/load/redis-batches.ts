import type { RedisCommand } from './redis-commands.ts'

/** An endless repetition of commands, cut into batches of one length. Connections may share it. */
export class BatchTable {
  readonly requests: readonly Buffer[]
  readonly replies: readonly Buffer[]

  constructor(commands: readonly RedisCommand[], pipeline: number) {
    const count = commands.length / greatestCommonDivisor(commands.length, pipeline)
    const batches = Array.from({ length: count }, (_, batch) =>
      Array.from(
        { length: pipeline },
        (_, i) => commands[(batch * pipeline + i) % commands.length]!,
      ),
    )
    this.requests = batches.map((batch) => joined(batch.map(({ request }) => request)))
    this.replies = batches.map((batch) => joined(batch.map(({ reply }) => reply)))
  }
}

/**
 * Where one connection is in its table. The replies are known beforehand, so a reply is verified by comparing bytes: that
 * costs the generator next to nothing per command.
 */
export class RedisBatches {
  readonly #table: BatchTable
  #at: number

  constructor(table: BatchTable, start = 0) {
    this.#table = table
    this.#at = start % table.requests.length
  }

  get request(): Buffer {
    return this.#table.requests[this.#at]!
  }

  get reply(): Buffer {
    return this.#table.replies[this.#at]!
  }

  next(): void {
    this.#at = this.#at + 1 === this.#table.requests.length ? 0 : this.#at + 1
  }
}

function joined(texts: readonly string[]): Buffer {
  return Buffer.from(texts.join(''), 'latin1')
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

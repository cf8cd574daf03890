import { LOST, quantile, type RespClient } from './resp-client.ts'
import { type Reply, RespError } from './resp-reply.ts'

/** Clients that pipeline commands whose right answer each knows, until they are stopped. */
export class TaggedLoad {
  /** Commands that got the answer that is theirs. */
  right = 0
  /** Error replies by their text. */
  readonly errors = new Map<string, number>()
  /** Answers that belong to another command, in words. */
  readonly wrong: string[] = []
  lost = 0
  /** Milliseconds from sending to reply; of right answers, and of errors. */
  readonly latencies: number[] = []
  readonly errorLatencies: number[] = []
  readonly #clients: readonly RespClient[]
  readonly #command: (client: number, n: number) => TaggedCommand
  readonly #pipeline: number
  #stopping = false
  readonly #loops: readonly Promise<void>[]

  constructor(
    clients: readonly RespClient[],
    pipeline: number,
    command: (client: number, n: number) => TaggedCommand,
  ) {
    this.#clients = clients
    this.#command = command
    this.#pipeline = pipeline
    this.#loops = clients.map((_, index) => this.#run(index))
  }

  get errorCount(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0)
  }

  p99(): number {
    return quantile(this.latencies, 0.99)
  }

  /** What was counted is forgotten, to count anew. */
  startOver(): void {
    this.right = 0
    this.errors.clear()
    this.latencies.length = 0
    this.errorLatencies.length = 0
  }

  /** Ends when all that was sent is answered. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#loops)
    this.wrong.push(...this.#clients.flatMap(({ violations }) => violations))
  }

  async #run(index: number): Promise<void> {
    const client = this.#clients[index]!
    for (let n = 0; !this.#stopping; n += this.#pipeline) {
      const commands = Array.from({ length: this.#pipeline }, (_, i) => this.#command(index, n + i))
      const sentAt = performance.now()
      const replies = client.sendAll(commands.map(({ words }) => words))
      const checks = replies.map(async (reply, i) => this.#check(commands[i]!, await reply, sentAt))
      await Promise.all(checks)
      if (client.isGone) return
    }
  }

  #check({ words, answer }: TaggedCommand, reply: Reply, sentAt: number): void {
    const took = performance.now() - sentAt
    if (reply === LOST) this.lost++
    else if (reply instanceof RespError) {
      this.errors.set(reply.text, (this.errors.get(reply.text) ?? 0) + 1)
      this.errorLatencies.push(took)
    } else if (JSON.stringify(reply) === JSON.stringify(answer)) {
      this.right++
      this.latencies.push(took)
    } else this.wrong.push(`${words.join(' ')} => ${JSON.stringify(reply)}`)
  }
}

export interface TaggedCommand {
  readonly words: readonly string[]
  readonly answer: unknown
}

/** A command that only the server can answer, with a text that no other command has for its answer. */
export function tagged(key: string, client: number, n: number): TaggedCommand {
  const tag = `${client}:${n}`
  return { words: ['EVAL', 'return ARGV[1]', '1', key, tag], answer: tag }
}

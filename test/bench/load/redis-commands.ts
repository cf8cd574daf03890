/**
 * The endless sequence SET, GET, PING, SET, GET, PING, ... of one connection, cut into batches. Its replies are known
 * beforehand, so a reply is verified by comparing bytes.
 */
export class RedisBatches {
  readonly #requests: Buffer[] = []
  readonly #replies: Buffer[] = []
  #phase = 0
  readonly #pipeline: number

  constructor(key: string, value: string, pipeline: number) {
    this.#pipeline = pipeline
    const request = [
      encodeCommand('SET', key, value),
      encodeCommand('GET', key),
      encodeCommand('PING'),
    ]
    const reply = ['+OK\r\n', `$${value.length}\r\n${value}\r\n`, '+PONG\r\n']
    for (let phase = 0; phase < 3; phase++) {
      const turns = Array.from({ length: pipeline }, (_, i) => (phase + i) % 3)
      this.#requests.push(Buffer.from(turns.map((turn) => request[turn]).join('')))
      this.#replies.push(Buffer.from(turns.map((turn) => reply[turn]).join('')))
    }
  }

  get request(): Buffer {
    return this.#requests[this.#phase]!
  }

  get reply(): Buffer {
    return this.#replies[this.#phase]!
  }

  next(): void {
    this.#phase = (this.#phase + this.#pipeline) % 3
  }
}

function encodeCommand(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
}

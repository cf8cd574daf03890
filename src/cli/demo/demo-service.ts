/** One thing that the demo shows: embedded servers, and requests that go to them through the proxy. */
export interface DemoService {
  readonly name: string
  /** What the proxy speaks. */
  readonly protocol: 'redis' | 'thrift' | 'tcp'
  /** Of the servers. */
  readonly ports: readonly number[]
  /** Sends the requests to this port, and says what came back. Throws when that is wrong. */
  ask(proxyPort: number): Promise<DemoAnswer>
  /** A command line to try by hand. */
  hint(proxyPort: number): string
  stop(): void
}

export interface DemoAnswer {
  /** In a line. */
  readonly text: string
  /** What else was asked, one thing a line. */
  readonly lines: readonly DemoLine[]
}

export interface DemoLine {
  readonly request: string
  readonly answer: string
  readonly remark: string
}

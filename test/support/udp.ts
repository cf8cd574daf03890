/** Datagrams that arrive on a port of loopback. */
export interface UdpReceiver {
  readonly port: number
  readonly received: string[]
  /** Resolves once so many have come; rejects after 3 s. */
  waitFor(count: number): Promise<string[]>
  close(): void
}

export async function receiveUdp(hostname = '127.0.0.1'): Promise<UdpReceiver> {
  const received: string[] = []
  const socket = await Bun.udpSocket({
    hostname,
    socket: { data: (_, data) => void received.push(data.toString()) },
  })
  return {
    port: socket.port,
    received,
    async waitFor(count) {
      const deadline = performance.now() + 3000
      while (received.length < count) {
        if (performance.now() > deadline) throw new Error(`${received.length} of ${count} came`)
        await Bun.sleep(2)
      }
      return received
    },
    close: () => socket.close(),
  }
}

import { afterEach, expect, test } from 'bun:test'
import { DatagramSender } from '../../src/network/udp.ts'
import { receiveUdp, type UdpReceiver } from '../support/udp.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

function senderTo(ip: string, port: number): DatagramSender {
  const sender = new DatagramSender({ kind: 'ip', ip, port, family: ip.includes(':') ? 6 : 4 })
  open.push(sender)
  return sender
}

async function receiver(hostname: string): Promise<UdpReceiver> {
  const made = await receiveUdp(hostname)
  open.push(made)
  return made
}

test.each(['127.0.0.1', '::1'])('each text is one datagram, to %s', async (ip) => {
  const target = await receiver(ip)
  const sender = senderTo(ip, target.port)
  sender.send(['a:1|c', 'é:2|g'])
  sender.send(['x'.repeat(60_000)])
  expect(await target.waitFor(3)).toEqual(['a:1|c', 'é:2|g', 'x'.repeat(60_000)])
  expect(sender.lost).toBe(0)
})

test('what is too long for a datagram is lost, not cut', async () => {
  const target = await receiver('127.0.0.1')
  const sender = senderTo('127.0.0.1', target.port)
  sender.send(['y'.repeat(65_508), 'é'.repeat(40_000), 'after'])
  expect(await target.waitFor(1)).toEqual(['after'])
  expect(sender.lost).toBe(2)
})

test('a port where nobody listens does not stop later datagrams', async () => {
  const gone = await receiveUdp()
  gone.close()
  const sender = senderTo('127.0.0.1', gone.port)
  for (let i = 0; i < 5; i++) sender.send(['lost'])
  expect(sender.lost).toBe(0)
})

test('a Unix socket that is not there is counted', () => {
  const sender = new DatagramSender({ kind: 'pipe', path: '/nonexistent/sink.sock' })
  sender.send(['a', 'b'])
  expect(sender.lost).toBe(2)
  sender.close()
  sender.send(['c'])
  expect(sender.lost).toBe(3)
})

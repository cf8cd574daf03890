import { expect, test } from 'bun:test'
import { ipAddress } from '../../src/network/address.ts'
import { findPortHolder } from '../../src/server/port-holder.ts'
import { connectTo, listenTcp } from '../support/tcp.ts'

test.if(process.platform === 'linux')('who listens on a port is found, with name and pid', () => {
  const server = listenTcp()
  const holder = findPortHolder(ipAddress('127.0.0.1', server.port))
  server.stop()
  expect(holder).toMatch(new RegExp(`^\\S.* \\(pid ${process.pid}\\)$`))
})

test('who is only a client on a port does not hold it', async () => {
  const server = listenTcp()
  const client = await connectTo(server.port)
  const { localPort } = client.socket
  expect(findPortHolder(ipAddress('127.0.0.1', localPort))).toBeNull()
  client.close()
  server.stop()
})

test('a free port and a path are held by nobody', () => {
  const server = listenTcp()
  const { port } = server
  server.stop()
  expect(findPortHolder(ipAddress('127.0.0.1', port))).toBeNull()
  expect(findPortHolder({ kind: 'pipe', path: '/tmp/x' })).toBeNull()
})

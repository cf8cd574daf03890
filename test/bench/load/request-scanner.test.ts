import { expect, test } from 'bun:test'
import { commandsOf, encodeCommand, type LoadName } from './redis-commands.ts'
import { CONNECTIONS_NAME, RequestScanner } from './request-scanner.ts'

const LOADS: readonly LoadName[] = ['turns', 'get', 'set', 'mset', 'mixed']

test.each(LOADS)('answers the load "%s" as its generator expects, wherever it is cut', (load) => {
  const commands = commandsOf(load, 0).slice(0, 20)
  const requests = Buffer.from(commands.map(({ request }) => request).join(''))
  const expected = commands.map(({ reply }) => reply).join('')
  for (let cut = 0; cut <= requests.length; cut++) {
    const scanner = new RequestScanner(() => 0)
    const first = scanner.answer(requests.subarray(0, cut))?.toString()
    const second = scanner.answer(requests.subarray(cut))?.toString()
    expect(`${first}${second}`).toBe(expected)
  }
})

test('tells how many connections there are', () => {
  const scanner = new RequestScanner(() => 3)
  expect(scanner.answer(Buffer.from(encodeCommand(CONNECTIONS_NAME)))?.toString()).toBe(':3\r\n')
})

test('says no to what is not a request', () => {
  for (const text of ['PING\r\n', '*0\r\n', '*1\r\n:1\r\n', '*x\r\n']) {
    expect(new RequestScanner(() => 0).answer(Buffer.from(text))).toBeNull()
  }
})

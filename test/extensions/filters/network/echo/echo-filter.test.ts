import { expect, test } from 'bun:test'
import { EchoFilter } from '../../../../../src/extensions/filters/network/echo/echo-filter.ts'
import { FilterBench } from '../../../../support/filter-bench.ts'

test('sends back what comes', () => {
  const { socket } = new FilterBench().accept(new EchoFilter())
  socket.says('one')
  socket.says('two')
  expect(socket.written).toBe('onetwo')
})

test('sends back the last bytes before it answers the FIN', () => {
  const { socket } = new FilterBench().accept(new EchoFilter())
  socket.says('last')
  socket.finishes()
  expect(socket.written).toBe('last')
  expect(socket.calls).toEqual(['end'])
})

test('does not read from a peer that does not read', () => {
  const { socket } = new FilterBench().accept(new EchoFilter())
  socket.room = 0
  socket.says('x'.repeat(2000))
  expect(socket.isPaused).toBe(true)
  socket.reads()
  expect(socket.isPaused).toBe(false)
  expect(socket.written).toHaveLength(2000)
})

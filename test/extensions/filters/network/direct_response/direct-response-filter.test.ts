import { expect, test } from 'bun:test'
import { DirectResponseFilter } from '../../../../../src/extensions/filters/network/direct_response/direct-response-filter.ts'
import { FilterBench } from '../../../../support/filter-bench.ts'

test('writes its text before the peer says anything, then FIN', () => {
  const { socket, connection } = new FilterBench().accept(
    new DirectResponseFilter(Buffer.from('sorry')),
  )
  expect(socket.written).toBe('sorry')
  expect(socket.calls).toEqual(['shutdown'])
  expect(connection.streamInfo.responseCodeDetails).toBe('direct_response')
})

test('closes without a word when there is nothing to say', () => {
  const { socket } = new FilterBench().accept(new DirectResponseFilter(null))
  expect(socket.written).toBe('')
  expect(socket.calls).toEqual(['shutdown'])
})

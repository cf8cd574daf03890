import { expect, test } from 'bun:test'
import { judge, medianOf, ratio } from './judge.ts'
import type { Sample } from './metrics.ts'

const cpu = (...values: number[]): Sample[] => values.map((cpuUsPerOp) => ({ cpuUsPerOp }))

test('a ratio compares the proxies within each round', () => {
  const samples = new Map([
    ['tsproxy', cpu(10, 30, 20)],
    ['haproxy', cpu(10, 15, 20)],
  ])
  expect(medianOf(samples, 'tsproxy', 'cpuUsPerOp')).toBe(20)
  expect(ratio(samples, 'tsproxy', 'haproxy', 'cpuUsPerOp')).toBe(1)
})

test('a bar is judged against the best of the peers it names', () => {
  const samples = new Map([
    ['tsproxy', cpu(12)],
    ['haproxy', cpu(12)],
    ['nginx', cpu(10)],
    ['envoy', cpu(1)],
  ])
  const bar = { metric: 'cpuUsPerOp', against: ['haproxy', 'nginx'], atMost: 1.1 } as const
  expect(judge(bar, samples, 'tsproxy')).toEqual({
    isMet: false,
    text: "CPU us/op 1.200 x nginx's, at most 1.1",
  })
})

test('where more is better the best peer is the one with the lowest ratio', () => {
  const samples = new Map([
    ['tsproxy', [{ gbPerSecond: 3 }]],
    ['haproxy', [{ gbPerSecond: 1 }]],
    ['nginx', [{ gbPerSecond: 2 }]],
  ])
  const bar = { metric: 'gbPerSecond', against: ['haproxy', 'nginx'], atLeast: 1.5 } as const
  expect(judge(bar, samples, 'tsproxy')).toEqual({
    isMet: true,
    text: "GB/s 1.500 x nginx's, at least 1.5",
  })
})

test('an absolute bar needs no peer', () => {
  const samples = new Map([['tsproxy', [{ readyMs: 151 }]]])
  expect(judge({ metric: 'readyMs', atMost: 150 }, samples, 'tsproxy')?.isMet).toBe(false)
})

test('an absolute bar may be a lowest value', () => {
  const samples = new Map([['tsproxy', [{ keptAt500: 0.9 }]]])
  expect(judge({ metric: 'keptAt500', atLeast: 0.85 }, samples, 'tsproxy')).toEqual({
    isMet: true,
    text: 'at 500 0.90, at least 0.85',
  })
})

test('nothing is judged where the proxy or all named peers are missing', () => {
  const bar = { metric: 'cpuUsPerOp', against: ['envoy'], atMost: 0.85 } as const
  expect(judge(bar, new Map([['envoy', cpu(1)]]), 'tsproxy')).toBeNull()
  expect(judge(bar, new Map([['tsproxy', cpu(1)]]), 'tsproxy')).toBeNull()
})

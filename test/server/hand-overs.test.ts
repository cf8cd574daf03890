import { beforeEach, expect, test } from 'bun:test'
import { fstatSync, openSync } from 'node:fs'
import {
  ADOPTED_KEY,
  listenerConnectionsKey,
  listeningKey,
} from '../../src/listener/shared-keys.ts'
import { HandOvers } from '../../src/server/hand-overs.ts'
import { SharedNumbers } from '../../src/stats/shared-numbers.ts'

const WORKERS = 3

/** The shared numbers of a worker, as its connection handler writes them. */
class FakeWorker {
  readonly received: number[] = []
  readonly #numbers: SharedNumbers

  constructor(buffer: SharedArrayBuffer, index: number) {
    this.#numbers = new SharedNumbers(buffer, index + 1)
  }

  listen(): void {
    this.#numbers.counter(listeningKey('in')).add(1)
  }

  hold(connections: number): void {
    this.#numbers.counter(listenerConnectionsKey('in')).add(connections)
  }

  /** Takes so many of what it was sent. */
  adopt(count: number): void {
    this.#numbers.counter(ADOPTED_KEY).add(count)
    this.hold(count)
  }
}

let main: SharedNumbers
let workers: FakeWorker[]
let handOvers: HandOvers
beforeEach(() => {
  main = new SharedNumbers(SharedNumbers.createBuffer({ threads: WORKERS + 1, capacity: 64 }), 0)
  workers = Array.from({ length: WORKERS }, (_, index) => new FakeWorker(main.buffer, index))
  handOvers = new HandOvers({
    concurrency: WORKERS,
    sharedNumbers: main,
    adopt: (index, { fd }) => {
      workers[index]!.received.push(fd)
      return true
    },
  })
})

function send(...descriptors: number[]): void {
  for (const fd of descriptors) handOvers.send({ listener: 'in', addressIndex: 0, fd })
}

function received(): number[][] {
  return workers.map(({ received }) => received)
}

test('a descriptor goes to the worker with the fewest connections, those on their way included', () => {
  for (const worker of workers) worker.listen()
  workers[0]!.hold(2)
  send(101, 102, 103, 104, 105)
  expect(received()).toEqual([[105], [101, 103], [102, 104]])
})

test('what a worker has taken counts as its connections only', () => {
  for (const worker of workers) worker.listen()
  send(101, 102, 103)
  for (const worker of workers) worker.adopt(1)
  send(104, 105, 106)
  expect(received()).toEqual([
    [101, 104],
    [102, 105],
    [103, 106],
  ])
})

test('nothing goes to a worker that does not listen', () => {
  workers[2]!.listen()
  send(101, 102)
  expect(received()).toEqual([[], [], [101, 102]])
})

test('what nobody can take waits until somebody listens', () => {
  send(101)
  handOvers.retryParked()
  expect(received()).toEqual([[], [], []])
  workers[1]!.listen()
  handOvers.retryParked()
  handOvers.retryParked()
  expect(received()).toEqual([[], [101], []])
})

test('what a dead worker had not taken goes to the others', () => {
  for (const worker of workers.slice(0, 2)) worker.listen()
  send(101, 102, 103, 104, 105, 106)
  expect(received()).toEqual([[101, 103, 105], [102, 104, 106], []])
  workers[0]!.adopt(1)
  const left = handOvers.onWorkerGone(0)
  main.subtractThread(1)
  handOvers.sendAgain(left)
  expect(left.map(({ fd }) => fd)).toEqual([103, 105])
  expect(received()[1]).toEqual([102, 104, 106, 103, 105])
})

test('the worker that takes the place of a dead one begins anew', () => {
  workers[0]!.listen()
  send(101, 102)
  workers[0]!.adopt(2)
  expect(handOvers.onWorkerGone(0)).toEqual([])
  main.subtractThread(1)
  workers[0]!.listen()
  send(103)
  expect(handOvers.onWorkerGone(0).map(({ fd }) => fd)).toEqual([103])
})

test('who waits for a listener that has stopped is closed, and so is who comes late', () => {
  const waiting = openSync('/dev/null', 'r')
  send(waiting)
  expect(fstatSync(waiting).isCharacterDevice()).toBe(true)
  handOvers.discard(['in'])
  expect(() => fstatSync(waiting)).toThrow('EBADF')
  const late = openSync('/dev/null', 'r')
  send(late)
  expect(() => fstatSync(late)).toThrow('EBADF')
})

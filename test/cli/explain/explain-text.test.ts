import { expect, test } from 'bun:test'
import { renderExplanation } from '../../../src/cli/explain/explain-text.ts'
import { createStyle } from '../../../src/cli/terminal.ts'
import type { ExplainedPart } from '../../../src/extension/explanation.ts'
import type { ListenerExplanation } from '../../../src/server/explain.ts'

const part: ExplainedPart = {
  sends: 'the whole command',
  key: 'user:1',
  sentKey: '1',
  route: { name: 'prefix "user:"', why: 'the longest prefix that fits' },
  passedOver: [
    { route: 'prefix "us"', why: 'fits too, and is shorter' },
    { route: 'catch-all', why: 'a prefix fits' },
  ],
  cluster: 'users',
  hash: { kind: 'murmur2', value: '99', of: '1' },
  hosts: ['10.0.0.1:6379'],
  how: 'MAGLEV, one of 2',
  mirrors: [
    { cluster: 'shadow', host: '10.0.0.9:6379', percent: 10 },
    { cluster: 'gone', host: null, percent: 100 },
  ],
}

function render(fields: Partial<ListenerExplanation>): string {
  const explanation: ListenerExplanation = {
    listener: 'redis',
    address: '127.0.0.1:6400',
    filterChain: '',
    request: 'GET user:1',
    summary: 'forwarded to 10.0.0.1:6379',
    outcome: 'forwarded',
    reply: null,
    parts: [part],
    notes: [],
    ...fields,
  }
  return renderExplanation(explanation, createStyle(false))
}

test('a command for one host', () => {
  expect(render({ notes: ['first note', 'second note'] })).toMatchInlineSnapshot(`
    "GET user:1 at redis 127.0.0.1:6400
      forwarded to 10.0.0.1:6379
      key      user:1, sent as 1
      route    prefix "user:": the longest prefix that fits
      hash     99, murmur2 of "1"
      cluster  users
      host     10.0.0.1:6379: MAGLEV, one of 2
      mirror   10 % to 10.0.0.9:6379 of shadow
               100 % to no host of gone
      passed   prefix "us": fits too, and is shorter
               catch-all: a prefix fits
      note     first note
               second note
    "
  `)
})

test('a command in parts', () => {
  const parts = [
    part,
    { ...part, key: 'other', route: null, cluster: null, hosts: [], how: 'no route takes the key' },
  ].map((one) => ({ ...one, sends: 'get' }))
  const summary = 'split into 2 × get'
  expect(render({ request: 'MGET user:1 other', summary, parts })).toMatchInlineSnapshot(`
    "MGET user:1 other at redis 127.0.0.1:6400
      split into 2 × get
      key          sent  route           cluster  host
      user:1 as 1  get   prefix "user:"  users    10.0.0.1:6379
      other as 1   get   no route        -        no route takes the key
    "
  `)
})

test('a command that is refused', () => {
  const text = render({
    filterChain: 'tls',
    summary: 'refused',
    outcome: 'refused',
    reply: '-ERR no',
    parts: [],
  })
  expect(text).toMatchInlineSnapshot(`
    "GET user:1 at redis 127.0.0.1:6400 (filter chain tls)
      refused
      reply    -ERR no
    "
  `)
})

test('of many parts fifty are shown', () => {
  const text = render({ parts: Array.from({ length: 60 }, () => part) })
  expect(text.match(/user:1 as 1 {2}the whole/g)?.length).toBe(50)
  expect(text).toContain('… 10 more')
})

import { expect, test } from 'bun:test'
import { formatAddress } from '../../../src/cli/address-text.ts'
import { parseRedisTarget } from '../../../src/cli/redis/redis-url.ts'

function read(text: string): string {
  const { address, isTls, username, password, database } = parseRedisTarget(text)
  const login = username === '' && password === '' ? '' : ` ${username}:${password}`
  return `${formatAddress(address)}${isTls ? ' tls' : ''}${login}${database === 0 ? '' : ` ${database}`}`
}

test.each([
  ['127.0.0.1:7000', '127.0.0.1:7000'],
  ['7000', '127.0.0.1:7000'],
  ['redis.example.com', 'redis.example.com:6379'],
  ['localhost', '127.0.0.1:6379'],
  ['/run/redis.sock', '/run/redis.sock'],
  ['unix:///run/redis.sock', '/run/redis.sock'],
  ['redis://localhost', '127.0.0.1:6379'],
  ['redis://10.0.0.1:7000/', '10.0.0.1:7000'],
  ['redis://[::1]:7000/3', '[::1]:7000 3'],
  ['redis://user:secret@host/15', 'host:6379 user:secret 15'],
  ['redis://:secret@host', 'host:6379 :secret'],
  ['redis://secret@host', 'host:6379 :secret'],
  ['redis://user:p%40ss:w@rd@host', 'host:6379 user:p@ss:w@rd'],
  ['rediss://host', 'host:6379 tls'],
  ['REDISS://localhost:6390', 'localhost:6390 tls'],
])('%s is %s', (text, meaning) => {
  expect(read(text)).toBe(meaning)
})

test.each([
  ['http://host', "'http://' is no scheme for a redis"],
  ['redis://host:99999', 'port 99999 is above 65535'],
  ['redis://host/zero', "'zero' behind 'host/' is no number of a database"],
  ['redis://host/1/2', "'1/2' behind 'host/' is no number"],
  ['redis://host/99999999999', 'is no number of a database'],
  ['redis://:%zz@host', 'a % in the credentials'],
  ['redis://', 'the host is empty'],
  ['host:0', 'no redis listens on port 0'],
])('%s is refused', (text, message) => {
  expect(() => parseRedisTarget(text)).toThrow(message)
})

test('what is wrong is said without the password', () => {
  for (const text of [
    'redis://u:secret@host:99999',
    'redis://u:secret%@host',
    'redis://u:secret@host/x',
  ]) {
    let said = ''
    try {
      parseRedisTarget(text)
    } catch (error) {
      said = String(error)
    }
    expect(said).not.toBe('')
    expect(said).not.toContain('secret')
  }
})

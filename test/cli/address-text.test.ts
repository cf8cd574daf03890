import { expect, test } from 'bun:test'
import { formatAddress, parseAddress } from '../../src/cli/address-text.ts'

const defaults = { host: '127.0.0.1', port: 6379 }
const read = (text: string) => formatAddress(parseAddress(text, 'the host', defaults))

test('an address may be a port, a host, both, or a socket', () => {
  expect(read('7000')).toBe('127.0.0.1:7000')
  expect(read(':7000')).toBe('127.0.0.1:7000')
  expect(read('redis.internal')).toBe('redis.internal:6379')
  expect(read('redis.internal:7000')).toBe('redis.internal:7000')
  expect(read('::1')).toBe('[::1]:6379')
  expect(read('[::1]')).toBe('[::1]:6379')
  expect(read('[::1]:7000')).toBe('[::1]:7000')
  expect(read('/run/redis.sock')).toBe('/run/redis.sock')
  expect(read('unix:///run/redis.sock')).toBe('/run/redis.sock')
  expect(read('unix:./redis.sock')).toBe('./redis.sock')
  expect(read('@redis')).toBe('@redis')
})

test.each([
  ['', 'the host is empty'],
  ['host:', "the host 'host:': '' is no port"],
  ['host:abc', "the host 'host:abc': 'abc' is no port"],
  ['host:-1', "the host 'host:-1': '-1' is no port"],
  ['host:65536', "the host 'host:65536': port 65536 is above 65535"],
  ['70000', "the host '70000': port 70000 is above 65535"],
  ['http://host', "the host 'http://host': '//host' is no port"],
  ['a b', "the host 'a b' is no address"],
  ['unix:', "the host 'unix:' names no socket"],
])('%j is refused', (text, message) => {
  expect(() => parseAddress(text, 'the host', defaults)).toThrow(message)
})

test('a port that has no default must be there', () => {
  const withoutPort = { host: '127.0.0.1', port: null }
  expect(() => parseAddress('host', '--admin', withoutPort)).toThrow("--admin 'host' needs a port")
})

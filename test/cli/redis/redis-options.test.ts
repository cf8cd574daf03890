import { describe, expect, test } from 'bun:test'
import { parseArgs } from '../../../src/cli/parse-args.ts'
import { REDIS_FLAGS } from '../../../src/cli/redis/redis-flag-table.ts'
import { readRedisOptions } from '../../../src/cli/redis/redis-options.ts'

function read(line: string) {
  return readRedisOptions(parseArgs(line.split(' ').filter(Boolean), REDIS_FLAGS))
}

describe('the command line', () => {
  test('has defaults for everything but the host', () => {
    expect(read('10.0.0.1')).toEqual({
      targets: [
        {
          address: { kind: 'socket', host: '10.0.0.1', port: 6379 },
          isTls: false,
          username: '',
          password: '',
          database: 0,
        },
      ],
      isCluster: false,
      listen: { kind: 'socket', host: '127.0.0.1', port: 6400 },
      admin: { kind: 'socket', host: '127.0.0.1', port: 0 },
      username: '',
      password: '',
      database: 0,
      tls: null,
    })
  })

  test('takes a port to listen on as one of loopback', () => {
    expect(read('a --listen 7000').listen).toEqual({
      kind: 'socket',
      host: '127.0.0.1',
      port: 7000,
    })
    expect(read('a --listen 0.0.0.0:7000').listen).toMatchObject({ host: '0.0.0.0', port: 7000 })
    expect(read('a --listen localhost:7000').listen).toMatchObject({ host: '127.0.0.1' })
    expect(read('a --listen [::]:7000').listen).toMatchObject({ host: '::' })
    expect(read('a --listen /tmp/a.sock').listen).toEqual({ kind: 'pipe', path: '/tmp/a.sock' })
  })

  test('has an admin on a free port, where it was told, or none', () => {
    expect(read('a').admin).toMatchObject({ port: 0 })
    expect(read('a --admin 9901').admin).toMatchObject({ host: '127.0.0.1', port: 9901 })
    expect(read('a --admin none').admin).toBeNull()
  })

  test('trusts the bundle of the system, the one that is named, or anybody', () => {
    const file = import.meta.path
    expect(read(`rediss://a --tls-ca ${file}`).tls?.ca).toBe(file)
    expect(read('rediss://a --tls-insecure').tls).toMatchObject({ ca: '', isInsecure: true })
  })
})

describe('what does not fit together is refused:', () => {
  const file = import.meta.path
  test.each([
    ['', 'redis needs a host'],
    ['a a:6379', 'the host a:6379 is given twice'],
    ['a rediss://b', 'either all hosts speak TLS (rediss://) or none'],
    ['redis://a/1 redis://b/2', 'all hosts must name the same database'],
    ['a /tmp/b.sock', 'names and unix sockets cannot stand in one cluster'],
    ['/tmp/b.sock --cluster', 'not discovered through a unix socket'],
    ['redis://a/1 --cluster', 'a redis cluster has database 0 alone'],
    ['redis://:x@a b --cluster', 'take the same credentials'],
    ['a --username me', '--username without --password'],
    ['127.0.0.1:6400', '--listen 127.0.0.1:6400 is the host that it would lead to'],
    ['localhost:7000 --listen 7000', 'is the host that it would lead to'],
    ['a --listen example.com:1', "'example.com' is no IP address of this machine"],
    ['a --listen 10.0.0.1', 'needs a port'],
    ['a --listen 99999', 'port 99999 is above 65535'],
    ['a --tls-ca x', '--tls-ca is for hosts that speak TLS'],
    ['a --tls-insecure', '--tls-insecure is for hosts that speak TLS'],
    ['rediss://a --tls-ca /nowhere', "--tls-ca: there is no file '/nowhere'"],
    [`rediss://a --tls-cert ${file}`, '--tls-cert and --tls-key belong together'],
    [`rediss://a --tls-insecure --tls-ca ${file}`, '--tls-ca would mean nothing'],
    ['a --config-path x', "unknown flag '--config-path'"],
  ])('%s', (line, message) => {
    expect(() => read(line)).toThrow(message)
  })
})

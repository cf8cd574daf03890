import { describe, expect, test } from 'bun:test'
import { parseArgs } from '../../../src/cli/parse-args.ts'
import { THRIFT_FLAGS } from '../../../src/cli/thrift/thrift-flag-table.ts'
import { hostsText, readThriftOptions } from '../../../src/cli/thrift/thrift-options.ts'

function read(line: string) {
  return readThriftOptions(parseArgs(line.split(' ').filter(Boolean), THRIFT_FLAGS))
}

describe('the command line', () => {
  test('has defaults for everything but the host', () => {
    const wire = { transport: 'auto', protocol: 'auto' }
    expect(read('10.0.0.1:9090') as object).toEqual({
      hosts: [{ kind: 'socket', host: '10.0.0.1', port: 9090 }],
      listen: { kind: 'socket', host: '127.0.0.1', port: 9190 },
      admin: { kind: 'socket', host: '127.0.0.1', port: 0 },
      downstream: wire,
      upstream: wire,
    })
  })

  test('says on each side what is spoken', () => {
    const options = read('a:1 --transport framed --protocol json --upstream-protocol lax-binary')
    expect(options.downstream).toEqual({ transport: 'framed', protocol: 'json' })
    expect(options.upstream).toEqual({ transport: 'auto', protocol: 'lax-binary' })
  })

  test('takes several hosts, and counts many', () => {
    expect(hostsText(read('a:1 9090 [::1]:9').hosts)).toBe('a:1, 127.0.0.1:9090, [::1]:9')
    expect(hostsText(read('a:1 a:2 a:3 a:4 a:5').hosts)).toBe('5 hosts')
  })

  test('may go without an admin', () => {
    expect(read('a:1 --admin none').admin).toBeNull()
  })
})

test.each([
  ['', 'thrift needs a host'],
  ['a', "the host 'a' needs a port"],
  ['a:0', "the host 'a:0': nobody listens on port 0"],
  ['a:1 a:1', 'the host a:1 is given twice'],
  ['127.0.0.1:1 --listen 1', '--listen 127.0.0.1:1 is the host that it would lead to'],
  ['a:1 /tmp/a.sock', 'names and unix sockets cannot stand in one cluster'],
  ['a:1 --listen b:1', "--listen 'b:1': 'b' is no IP address of this machine"],
  ['a:1 --protocol jsn', "unknown protocol 'jsn'"],
  [
    'a:1 --upstream-transport header --upstream-protocol json',
    'the header transport carries binary and compact, not json',
  ],
])('"%s" is refused', (line, message) => {
  expect(() => read(line)).toThrow(message)
})

import { describe, expect, test } from 'bun:test'
import { networkInterfaces } from 'node:os'
import { addressText, ipAddress, sameAddress } from '../../src/network/address.ts'
import {
  bindSocket,
  boundPort,
  closeDescriptor,
  openSocket,
  SOCK_STREAM,
} from '../../src/network/platform.ts'
import { ipv6Octets, socketAddressBytes } from '../../src/network/socket-address.ts'

function hex(bytes: Iterable<number>): string {
  return Buffer.from([...bytes]).toString('hex')
}

describe.if(process.platform === 'linux')('the kernel form of an address, on Linux', () => {
  test.each([
    ['127.0.0.1', 6379, '020018eb7f0000010000000000000000'],
    ['255.1.2.3', 65535, '0200ffffff0102030000000000000000'],
    ['::1', 80, '0a0000500000000000000000000000000000000000000001' + '00000000'],
    ['2001:db8::ff', 1, '0a0000010000000020010db80000000000000000000000ff' + '00000000'],
    ['fe80::1%3', 1, '0a00000100000000fe800000000000000000000000000001' + '03000000'],
  ])('of %s port %i', (ip, port, expected) => {
    expect(hex(socketAddressBytes(ipAddress(ip, port)).bytes)).toBe(expected)
  })

  test('of a path ends with a zero, an abstract one begins with it', () => {
    const path = (path: string) => hex(socketAddressBytes({ kind: 'pipe', path }).bytes)
    expect(path('/a')).toBe('01002f6100')
    expect(path('@a')).toBe('01000061')
  })
})

test('is made once for each address', () => {
  const address = ipAddress('127.0.0.1', 1)
  expect(socketAddressBytes(address)).toBe(socketAddressBytes(address))
})

test('is what the kernel binds to', () => {
  const ips = ['127.0.0.1', ...(hasIpv6() ? ['::1'] : [])]
  for (const ip of ips) {
    const target = socketAddressBytes(ipAddress(ip, 0))
    const fd = openSocket(target.family, SOCK_STREAM)
    expect(bindSocket(fd, target)).toBe(0)
    expect(boundPort(fd)).toBeGreaterThan(0)
    closeDescriptor(fd)
  }
})

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  )
}

test.each([
  ['::', '0'.repeat(32)],
  ['::1', `${'0'.repeat(31)}1`],
  ['1::', `0001${'0'.repeat(28)}`],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
  ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
])('the octets of %s', (ip, expected) => {
  expect(hex(ipv6Octets(ip))).toBe(expected)
})

test('an IPv4 address that came over IPv6 is IPv4', () => {
  expect(ipAddress('::ffff:10.0.0.1', 80)).toEqual(ipAddress('10.0.0.1', 80))
})

test('addresses are printed as Envoy does', () => {
  expect(addressText(ipAddress('1.2.3.4', 5))).toBe('1.2.3.4:5')
  expect(addressText(ipAddress('::1', 5))).toBe('[::1]:5')
  expect(addressText({ kind: 'pipe', path: '/tmp/x' })).toBe('/tmp/x')
})

test('addresses are the same by value', () => {
  expect(sameAddress(ipAddress('1.2.3.4', 5), ipAddress('1.2.3.4', 5))).toBe(true)
  expect(sameAddress(ipAddress('1.2.3.4', 5), ipAddress('1.2.3.4', 6))).toBe(false)
  expect(sameAddress(ipAddress('1.2.3.4', 5), { kind: 'pipe', path: '1.2.3.4' })).toBe(false)
  expect(sameAddress({ kind: 'pipe', path: 'a' }, { kind: 'pipe', path: 'a' })).toBe(true)
})

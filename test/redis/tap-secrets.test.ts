import { expect, test } from 'bun:test'
import { hideSecrets } from '../../src/redis/tap-secrets.ts'

function hidden(line: string): string {
  const words = line.split(' ')
  const isSecret = hideSecrets(words)
  return `${isSecret ? '*' : ''}${words.join(' ')}`
}

test('passwords are hidden wherever redis takes one', () => {
  expect(hidden('AUTH secret')).toBe('*AUTH (hidden)')
  expect(hidden('auth user secret')).toBe('*auth (hidden) (hidden)')
  expect(hidden('HELLO 3 AUTH user secret SETNAME me')).toBe(
    '*HELLO 3 AUTH (hidden) (hidden) SETNAME me',
  )
  expect(hidden('CONFIG SET requirepass secret')).toBe('*CONFIG SET requirepass (hidden)')
  expect(hidden('config set maxmemory 1 MASTERAUTH secret tls-key-file-pass secret')).toBe(
    '*config set maxmemory 1 MASTERAUTH (hidden) tls-key-file-pass (hidden)',
  )
  expect(hidden('ACL SETUSER bob on >secret ~* #abc <secret !abc +@all')).toBe(
    '*ACL SETUSER bob on >(hidden) ~* #(hidden) <(hidden) !(hidden) +@all',
  )
  expect(hidden('MIGRATE h 1 k 0 5 AUTH secret KEYS a')).toBe(
    '*MIGRATE h 1 k 0 5 AUTH (hidden) KEYS a',
  )
  expect(hidden('MIGRATE h 1 k 0 5 COPY AUTH2 u secret')).toBe(
    '*MIGRATE h 1 k 0 5 COPY AUTH2 (hidden) (hidden)',
  )
  expect(hidden('SENTINEL SET m auth-pass secret')).toBe('*SENTINEL SET m auth-pass (hidden)')
})

test('replies that hold passwords are hidden with commands that have none', () => {
  expect(hidden('ACL GENPASS')).toBe('*ACL GENPASS')
  expect(hidden('ACL GETUSER bob')).toBe('*ACL GETUSER bob')
})

test('everything else is shown', () => {
  for (const line of [
    'GET auth',
    'SET auth secret',
    'HELLO 3',
    'HELLO',
    'AUTH',
    'CONFIG GET requirepass',
    'CONFIG SET maxmemory 100mb',
    'CONFIG',
    'ACL LIST',
    'ACL',
    '',
  ]) {
    expect(hidden(line)).toBe(line)
  }
})

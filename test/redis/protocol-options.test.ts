import { describe, expect, test } from 'bun:test'
import type { GenericSchema } from 'valibot'
import { isDefault } from '../../src/config/load/is-default.ts'
import { withContext } from '../../src/config/schema/parse-context.ts'
import { ipAddress } from '../../src/network/address.ts'
import {
  type RedisProtocolOptions,
  redisCredentials,
  redisProtocolOptionsSchema,
} from '../../src/redis/protocol-options.ts'
import { schemaRegistry } from '../config/support/registry.ts'

function run(value: unknown) {
  const schema: GenericSchema = redisProtocolOptionsSchema()
  return withContext({ registry: schemaRegistry(), isDefault }, () => {
    const dataset = schema['~run']({ value }, {})
    return {
      value: dataset.typed ? (dataset.value as RedisProtocolOptions) : null,
      problems: (dataset.issues ?? []).map(({ message }) => message),
    }
  })
}

const inline = (text: string) => ({ inline_string: text })
const at = (address: string) => ({ socket_address: { address, port_value: 6379 } })

const OPTIONS = {
  auth_password: inline('all'),
  credentials: [
    { address: at('10.0.0.1'), auth_password: inline('one'), auth_username: inline('me') },
    { address: at('two.test'), auth_password: { inline_bytes: 'dHdv' } },
  ],
}

describe('the credentials of a host', () => {
  const data = { protocolOptions: { 'envoy.filters.network.redis_proxy': run(OPTIONS).value! } }
  const ask = (ip: string, port: number, hostname = '') => {
    const { username, password } = redisCredentials(data, ipAddress(ip, port), hostname)
    return `${username}:${password}`
  }

  test('are its own, by address or name, or those of all', () => {
    expect(ask('10.0.0.1', 6379)).toBe('me:one')
    expect(ask('10.0.0.2', 6379, 'two.test')).toBe(':two')
    expect(ask('10.0.0.1', 6380)).toBe(':all')
    expect(ask('10.0.0.2', 6379)).toBe(':all')
  })

  test('of a pipe are those of all', () => {
    expect(redisCredentials(data, { kind: 'pipe', path: '/r' }, '').password).toBe('all')
  })

  test('are none without options', () => {
    expect(redisCredentials({ protocolOptions: {} }, ipAddress('10.0.0.1', 1), '')).toEqual({
      username: '',
      password: '',
    })
  })
})

test('tokens from the cloud are valid Envoy, and not here', () => {
  expect(run({ aws_iam: { cache_name: 'a' } }).problems).toEqual([
    '"aws_iam" is valid Envoy, but tsproxy does not implement it',
  ])
})

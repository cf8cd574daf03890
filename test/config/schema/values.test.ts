import { describe, expect, test } from 'bun:test'
import { safeParse } from 'valibot'
import { canonicalIp, maskedIp } from '../../../src/config/ip-text.ts'
import { dataSource, textSource } from '../../../src/config/schema/data-source.ts'
import { fieldName } from '../../../src/config/schema/message.ts'
import { withContext } from '../../../src/config/schema/parse-context.ts'
import { convert, INVALID } from '../../../src/config/schema/schema.ts'
import {
  durationMs,
  enumOf,
  list,
  mapOf,
  number,
  orElse,
  orNull,
} from '../../../src/config/schema/values.ts'
import { Registry } from '../../../src/registry.ts'

const inContext = <T>(run: () => T): T =>
  withContext({ registry: new Registry(), isDefault: () => false }, run)

describe('values', () => {
  test('cuts durations to whole milliseconds', () => {
    const parse = (text: string) => safeParse(durationMs(), text).output
    expect(['0s', '1.5s', '0.0019s', '-0.5s', '3600s', '1.000000001s'].map(parse)).toEqual([
      0, 1500, 1, -500, 3600000, 1000,
    ])
    expect(safeParse(durationMs(), '1m').issues?.[0].message).toBe(
      'expected a duration such as "1.5s", received "1m"',
    )
    expect(safeParse(durationMs(7), undefined).output).toBe(7)
  })

  test('reads 64-bit numbers that come as text', () => {
    expect(safeParse(number(), '18446744073709551615').output).toBe(18446744073709552000)
    expect(safeParse(number(), 'x').success).toBe(false)
    expect(safeParse(number(), Number.POSITIVE_INFINITY).success).toBe(false)
  })

  test('tells what Envoy knows and we lack from what is wrong', () => {
    const schema = enumOf(['A', 'B'])
    expect(safeParse(schema, undefined).output).toBe('A')
    expect(safeParse(schema, 'C').issues?.[0].type).toBe('not-implemented')
    expect(safeParse(schema, 3).issues?.[0].type).toBe('wrong-type')
  })

  test('takes null for absent', () => {
    expect(safeParse(orNull(number()), null).output).toBeNull()
    expect(safeParse(orElse(number(), 4), undefined).output).toBe(4)
    expect(safeParse(list(number()), undefined).output).toEqual([])
  })

  test('reports every bad item with its index, and no typed value', () => {
    const { issues, typed } = safeParse(mapOf(list(number())), { a: [1, 'x', 2, {}] })
    expect(typed).toBe(false)
    expect(issues?.map(({ path }) => path?.map(({ key }) => key))).toEqual([
      ['a', 1],
      ['a', 3],
    ])
  })

  test('stays typed when a converter only complains', () => {
    const complaining = convert(number(), (value, problems) => {
      problems.add('rule-violated', ['deep', 0], 'too odd', value)
      return value
    })
    const { typed, issues, output } = safeParse(complaining, 3)
    expect([typed, output, issues?.length]).toEqual([true, 3, 1])
    expect(
      safeParse(
        convert(number(), () => INVALID),
        3,
      ).typed,
    ).toBe(false)
  })
})

describe('names and addresses', () => {
  test('finds the field of a key', () => {
    expect(['idleTimeoutMs', 'statPrefix', 'subZone', 'name'].map(fieldName)).toEqual([
      'idle_timeout',
      'stat_prefix',
      'sub_zone',
      'name',
    ])
  })

  test('prints IP addresses as the system does', () => {
    expect(
      ['1.2.3.4', '0:0:0:0:0:0:0:1', '::FFFF:1.2.3.4', 'fe80::1%eth0', 'x'].map(canonicalIp),
    ).toEqual(['1.2.3.4', '::1', '1.2.3.4', 'fe80::1%eth0', 'x'])
  })

  test('clears the bits behind a prefix', () => {
    expect(maskedIp('10.255.3.4', 9)).toBe('10.128.0.0')
    expect(maskedIp('10.255.3.4', 0)).toBe('0.0.0.0')
    expect(maskedIp('fe80::ff', 16)).toBe(maskedIp('fe80:1::', 16))
    expect(maskedIp('fe80::ff', 32)).not.toBe(maskedIp('fe80:1::', 32))
  })
})

describe('data sources', () => {
  const source = (input: object) => inContext(() => safeParse(dataSource(10), input))

  test('give bytes in base64', () => {
    expect(source({ inline_string: 'é' }).output).toBe('w6k=')
    expect(source({ inline_bytes: '/wA=' }).output).toBe('/wA=')
    expect(inContext(() => safeParse(textSource(), { inline_bytes: 'w6k=' })).output).toBe('é')
  })

  test('refuse what they cannot read', () => {
    expect(source({ filename: '/no/such' }).issues?.[0].message).toBe(
      'reading file "/no/such": no such file',
    )
    expect(source({ filename: '/' }).issues?.[0].message).toMatch(/is a directory|above the limit/)
    expect(source({ filename: import.meta.path }).issues?.[0].message).toMatch(
      /above the limit of 10/,
    )
    expect(source({}).issues?.[0].type).toBe('missing-required')
  })
})

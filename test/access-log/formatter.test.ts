import { afterEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createFormatter } from '../../src/access-log/create-formatter.ts'
import { FORMAT_COMMANDS } from '../../src/config/format-command-table.ts'
import { ipAddress } from '../../src/network/address.ts'
import { DetectedCloseType, ResponseFlag, StreamInfo } from '../../src/network/stream-info.ts'
// Printed by Envoy 1.40 for the connection that `connection()` describes: command, text, JSON value.
import vectors from './command-vectors.json'
import { connection, host, START_MS, time } from './connection.ts'

type Vector = [command: string, text: string, json: unknown]

const ENVIRONMENT: Record<string, string | undefined> = { U: 'é"q\\ü\n/', B: '', NOPE: undefined }
const zone = process.env.TZ

afterEach(() => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name]
  process.env.TZ = zone ?? 'UTC'
})

function text(format: string, info = connection(), omitEmptyValues = false): string {
  const context = { accessLogType: 'TcpConnectionEnd' } as const
  return createFormatter({ kind: 'text', text: format, omitEmptyValues }, time).format(
    info,
    context,
  )
}

function json(tree: Record<string, unknown>, omitEmptyValues = false, info = connection()): string {
  const context = { accessLogType: 'TcpConnectionEnd' } as const
  return createFormatter({ kind: 'json', json: tree, omitEmptyValues }, time).format(info, context)
}

describe('commands', () => {
  const cases = [...vectors.plain, ...vectors.commands] as Vector[]
  test.each(cases)('%s prints what Envoy prints', (command, asText, asJson) => {
    for (const [name, value] of Object.entries(ENVIRONMENT)) {
      if (value !== undefined) process.env[name] = value
    }
    expect(text(`%${command}%`)).toBe(asText)
    expect(JSON.parse(json({ value: `%${command}%` }))).toEqual({ value: asJson })
  })

  test.each(vectors.local as Vector[])('%s prints the local time', (command, asText) => {
    process.env.TZ = 'America/New_York'
    expect(text(`%${command}%`)).toBe(asText)
  })

  test('every command of the table is evaluated', () => {
    const needed: Partial<Record<string, string>> = {
      'metadata-type': '(ROUTE:a)',
      'filter-state': '(a)',
      coalesce: '({"operators":["PROTOCOL"]})',
      duration: '(a:b)',
      header: '(a)',
    }
    for (const [name, { argument, required }] of FORMAT_COMMANDS) {
      const filled = needed[argument] ?? (required ? '(a)' : '')
      expect(text(`<%${name}${filled}%>`)).toMatch(/^<.*>$/)
    }
  })

  test('flags come in the order in which they were set', () => {
    const info = connection()
    info.setFlag(ResponseFlag.URX)
    info.setFlag(ResponseFlag.UF)
    info.setFlag(ResponseFlag.URX)
    expect(text('%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%', info)).toBe(
      'URX,UF UpstreamRetryLimitExceeded,UpstreamConnectionFailure',
    )
  })

  test('reasons are printed with underscores, close types by name', () => {
    const info = connection()
    const upstream = info.upstreamInfo()
    upstream.transportFailureReason = 'delayed connect error: Connection refused'
    upstream.detectedCloseType = DetectedCloseType.RemoteReset
    upstream.localCloseReason = 'idle'
    info.localCloseReason = 'tcp_session_idle_timeout'
    info.connectionTerminationDetails = 'why it ended'
    info.transportFailureReason = 'TLS error: x'
    info.detectedCloseType = DetectedCloseType.LocalReset
    expect(
      text(
        '%UPSTREAM_TRANSPORT_FAILURE_REASON% %UPSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_LOCAL_CLOSE_REASON% ' +
          '%DOWNSTREAM_LOCAL_CLOSE_REASON% %DOWNSTREAM_DETECTED_CLOSE_TYPE% %DOWNSTREAM_TRANSPORT_FAILURE_REASON% ' +
          '%CONNECTION_TERMINATION_DETAILS%',
        info,
      ),
    ).toBe(
      'delayed_connect_error:_Connection_refused RemoteReset idle ' +
        'tcp_session_idle_timeout LocalReset TLS_error:_x why it ended',
    )
  })

  test('response code details have no white space unless it is allowed', () => {
    const info = connection()
    info.responseCodeDetails = 'a b'
    expect(text('%RESPONSE_CODE_DETAILS% %RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%', info)).toBe(
      'a_b a b',
    )
  })

  test('tried hosts are listed in order, names without their ports', () => {
    const info = connection()
    const named = { ...host, hostname: 'foo.example:81', addressText: '127.0.0.1:81' }
    info.upstreamInfo().hostsAttempted = [named, host]
    info.upstreamInfo().host = named
    info.upstreamInfo().connectionIdsAttempted = [3, 5]
    const command = (name: string) => text(`%${name}%`, info)
    expect(command('UPSTREAM_HOSTS_ATTEMPTED')).toBe('127.0.0.1:81,127.0.0.1:10001')
    expect(command('UPSTREAM_HOST_NAMES_ATTEMPTED')).toBe('foo.example:81,127.0.0.1:10001')
    expect(command('UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT')).toBe('foo.example,127.0.0.1')
    expect(command('UPSTREAM_CONNECTION_IDS_ATTEMPTED')).toBe('3,5')
    expect(command('UPSTREAM_HOST_NAME')).toBe('foo.example:81')
    expect(command('UPSTREAM_HOST_NAME_WITHOUT_PORT')).toBe('foo.example')
  })

  test('a connection that no filter took upstream has no upstream values', () => {
    const info = new StreamInfo(START_MS, 1000, 9)
    expect(
      text(
        '%UPSTREAM_HOST% %UPSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_CONNECTION_ID% %STREAM_ID% ' +
          '%UPSTREAM_CONNECTION_POOL_READY_DURATION% %UPSTREAM_CLUSTER% %DOWNSTREAM_REMOTE_ADDRESS%',
        info,
      ),
    ).toBe('- - 0 - - - -')
  })

  test('a pipe has a path and no port', () => {
    const info = connection()
    info.localAddress = { kind: 'pipe', path: '/tmp/x.sock' }
    expect(text('%DOWNSTREAM_LOCAL_ADDRESS% <%DOWNSTREAM_LOCAL_PORT%>', info)).toBe(
      '/tmp/x.sock <>',
    )
    expect(json({ port: '%DOWNSTREAM_LOCAL_PORT%' }, false, info)).toBe('{"port":null}\n')
  })

  test.each([
    ['2001:db8:1:2::3', 32, '2001:db8::/32'],
    ['2001:db8:1:2::3', 128, '2001:db8:1:2::3/128'],
    ['2001:db8:1:2:3:4:5:6', 60, '2001:db8:1::/60'],
    ['::1', 0, '::/0'],
    ['::1', 999, '::1/128'],
  ])('%s of %d bits is %s', (ip, bits, expected) => {
    const info = connection()
    info.localAddress = ipAddress(ip, 80)
    expect(text(`%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(${bits})%`, info)).toBe(expected)
    expect(text('%DOWNSTREAM_LOCAL_ADDRESS%', info)).toBe(`[${ip}]:80`)
  })

  test('a stream id is drawn once, unique ids anew', () => {
    const info = connection()
    const [id, again, one, two] = text(
      '%STREAM_ID% %STREAM_ID% %UNIQUE_ID% %UNIQUE_ID%',
      info,
    ).split(' ')
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(again).toBe(id!)
    expect(one).not.toBe(two!)
  })

  test('durations run to the end, or to now', () => {
    const info = new StreamInfo(START_MS, 400, 1)
    expect(text('%DURATION%', info)).toBe('600')
    info.endMonotonicMs = 412.9
    expect(text('%DURATION%', info)).toBe('12')
    const upstream = info.upstreamInfo()
    upstream.connectStartMonotonicMs = 401
    upstream.connectEndMonotonicMs = 402.5
    expect(text('%COMMON_DURATION(DS_RX_BEG:US_CX_END)%', info)).toBe('2')
    expect(text('%COMMON_DURATION(US_CX_BEG:US_CX_END:us)%', info)).toBe('1500')
    expect(text('%COMMON_DURATION(US_CX_BEG:US_CX_END:ns)%', info)).toBe('1500000')
    expect(text('%COMMON_DURATION(US_CX_END:US_CX_BEG:us)%', info)).toBe('-')
  })

  test('dynamic metadata and filter state are those of the filters', () => {
    const info = connection()
    info.dynamicMetadata = { 'thrift.proxy': { method: 'ping', size: 100000 } }
    info.filterState = new Map<string, unknown>([
      ['name', 'a"b'],
      ['pair', { left: 1, right: 'r' }],
    ])
    expect(text('%DYNAMIC_METADATA(thrift.proxy:method):2%', info)).toBe('pi')
    expect(text('%METADATA(DYNAMIC:thrift.proxy)%', info)).toBe('{"method":"ping","size":1e+05}')
    expect(text('%FILTER_STATE(name:PLAIN)% %FILTER_STATE(name)%', info)).toBe('a"b "a\\"b"')
    expect(text('%FILTER_STATE(pair)% %FILTER_STATE(pair:FIELD:left)%', info)).toBe(
      '{"left":1,"right":"r"} 1',
    )
    expect(text('%FILTER_STATE(pair:FIELD:other)% %FILTER_STATE(none)%', info)).toBe('- -')
    expect(
      json({ a: '%FILTER_STATE(pair)%', b: '%FILTER_STATE(name:PLAIN):1%' }, false, info),
    ).toBe('{"a":{"left":1,"right":"r"},"b":"a"}\n')
  })

  test('a cut never leaves half a character', () => {
    const info = connection()
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (value, maxBytes) => {
        info.dynamicMetadata = { n: { k: value } }
        const cut = text(`%DYNAMIC_METADATA(n:k):${maxBytes}%`, info)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes)
        expect(value.startsWith(cut)).toBeTrue()
      }),
    )
  })
})

describe('text', () => {
  test('the default format has its HTTP parts empty on a connection', () => {
    const line = createFormatter(null, time).format(connection(), { accessLogType: 'NotSet' })
    expect(line).toBe(
      '[2026-11-21T01:22:08.100Z] "- - -" 0 - 7 4 0 - "-" "-" "-" "-" "127.0.0.1:10001"\n',
    )
  })

  test('missing values are dashes, or nothing', () => {
    expect(text('<%PROTOCOL%%ROUTE_NAME%>')).toBe('<-->')
    expect(text('<%PROTOCOL%%ROUTE_NAME%%RESPONSE_FLAGS%>', connection(), true)).toBe('<->')
  })

  test('adds no newline', () => {
    expect(text('a%%b')).toBe('a%b')
  })

  test('throws what Envoy says of a format that it refuses', () => {
    expect(() => text('%NOPE%')).toThrow('Not supported field in StreamInfo: NOPE')
  })
})

describe('json', () => {
  // Printed by Envoy 1.40, as the two tests after it.
  test('keeps types, sorts keys by bytes, writes numbers in their shortest form', () => {
    const tree = {
      'Aé\u0001"\\/<>&\'': 'vé\u0001"\\/<>&\'\u2028😀',
      num: [1, 1.5, 1e21, 1e-7, -0, 123456789012, 0.1, 1e15, 123456.789, 100000, 1e6, 3, 5e-324],
      n: null,
      b: true,
      m: '<%ROUTE_NAME%>',
      two: '%PROTOCOL%%PROTOCOL%',
      pct: '%%',
      o: { z: {}, a: [], 10: 1, 9: 2, _: 1, Z: 1, 'a b': '%BYTES_SENT% x' },
      nested: [['%BYTES_SENT%', ['%REQ(a)%']]],
      'x%PROTOCOL%': 'k',
    }
    expect(json(tree)).toBe(
      '{"Aé\\u0001\\"\\\\/<>&\'":"vé\\u0001\\"\\\\/<>&\'\u2028😀","b":true,"m":"<->","n":null,"nested":[[4,[null]]],' +
        '"num":[1,1.5,1e+21,1e-07,-0,123456789012,0.1,1e+15,123456.789,1e+05,1e+06,3,5e-324],' +
        '"o":{"10":1,"9":2,"Z":1,"_":1,"a":[],"a b":"4 x","z":{}},"pct":"%","two":"--","x%PROTOCOL%":"k"}\n',
    )
  })

  const sparse = {
    const_null: null,
    obj: { a: '%REQ(a)%' },
    obj2: { a: { b: '%REQ(a)%' } },
    obj3: { a: { b: '%REQ(a)%' }, c: 1 },
    lst: ['%REQ(a)%'],
    lst2: [{}, { a: '%REQ(a)%' }, [], [['%REQ(a)%']], null, ''],
    e: '',
    two: '%REQ(a)%%REQ(b)%',
    mix: 'a%REQ(a)%b',
    flags: '%RESPONSE_FLAGS%',
    metab: '%METADATA(LISTENER:m:b)%',
    cf: '%CUSTOM_FLAGS%',
    emptyobj: {},
    emptylist: [],
  }

  test('missing values are null', () => {
    expect(json(sparse)).toBe(
      '{"cf":"","const_null":null,"e":"","emptylist":[],"emptyobj":{},"flags":"-","lst":[null],' +
        '"lst2":[{},{"a":null},[],[[null]],null,""],"metab":[true,null,"x"],"mix":"a-b","obj":{"a":null},' +
        '"obj2":{"a":{"b":null}},"obj3":{"a":{"b":null},"c":1},"two":"--"}\n',
    )
  })

  test('omit_empty_values leaves out nulls and what they leave empty', () => {
    expect(json(sparse, true)).toBe(
      '{"cf":"","e":"","emptylist":[],"flags":"-","lst":[],"lst2":[[],[[]],""],"metab":[true,null,"x"],' +
        '"mix":"ab","obj3":{"c":1},"two":""}\n',
    )
    expect(json({ a: '%REQ(a)%' }, true)).toBe('{}\n')
    expect(json({}, true)).toBe('{}\n')
  })

  test('is JSON whatever the format and the values are', () => {
    const info = connection()
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }).map((s) => s.replaceAll('%', '%%')),
      fc.constantFrom('%BYTES_SENT%', '<%REQ(a)%>', '%REQ(a)%', '%METADATA(DYNAMIC:n:k):7%'),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(null),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.dictionary(
        fc.string(),
        fc.oneof({ maxDepth: 2, depthSize: 'small' }, leaf, tie('tree'), fc.array(tie('tree'))),
      ),
    }))
    fc.assert(
      fc.property(tree, fc.string({ unit: 'binary' }), fc.boolean(), (format, value, omit) => {
        info.dynamicMetadata = { n: { k: value } }
        const line = json(format as Record<string, unknown>, omit, info)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(typeof JSON.parse(line)).toBe('object')
      }),
    )
  })

  test('a number of bytes stays whole', () => {
    const info = connection()
    info.bytesSent = 100000
    expect(json({ n: '%BYTES_SENT%', s: '<%BYTES_SENT%>' }, false, info)).toBe(
      '{"n":100000,"s":"<100000>"}\n',
    )
  })
})

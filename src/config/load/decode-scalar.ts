import { enumType, type FieldType } from './api-table.ts'
import { suggest } from './suggest.ts'
import { describeNode, type ScalarNode, type TreeNode } from './tree.ts'

/** A canonical scalar: a number, a decimal string for 64 bits that a double cannot hold, a string, a boolean. */
export type ScalarValue = string | number | boolean

/** Why a value does not fit its type. */
export interface Misfit {
  code: 'wrong-type' | 'unknown-enum-value' | 'out-of-range' | 'bad-format'
  message: string
  expected: string
  received: string
  suggestion?: string | undefined
}

export type Decoded = { value: ScalarValue } | { misfit: Misfit }

const INTEGER_RANGES: Record<string, readonly [min: bigint, max: bigint]> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
}

export function decodeScalar(type: string, node: TreeNode): Decoded {
  if (node.kind !== 'scalar' || node.value === null) return mismatch(type, node)
  if (type === 'string') {
    return typeof node.value === 'string' ? { value: node.value } : mismatch(type, node)
  }
  if (type === 'bool') return decodeBool(node)
  if (type === 'bytes') return decodeBytes(node)
  if (type === 'double' || type === 'float') return decodeFloat(type, node)
  return decodeInteger(type, node)
}

/** The value that an unset field has. */
export function zeroOf(type: string): ScalarValue {
  if (type === 'string' || type === 'bytes') return ''
  return type === 'bool' ? false : 0
}

export function isInteger(type: string): boolean {
  return type in INTEGER_RANGES
}

/** Words that protobuf takes for booleans when they are quoted. */
function decodeBool(node: ScalarNode): Decoded {
  if (typeof node.value === 'boolean') return { value: node.value }
  if (typeof node.value !== 'string') return mismatch('bool', node)
  const word = /^(?:(true|t|yes|y|1)|false|f|no|n|0)$/i.exec(node.value)
  return word === null ? mismatch('bool', node) : { value: word[1] !== undefined }
}

function decodeInteger(type: string, node: ScalarNode): Decoded {
  if (typeof node.value === 'boolean') return mismatch(type, node)
  const text = node.digits ?? String(node.value)
  let value: bigint
  if (/^[+-]?[0-9]+$/.test(text)) {
    value = BigInt(text.replace(/^\+/, ''))
  } else {
    const double = parseDouble(text)
    if (double === undefined || !Number.isFinite(double)) return mismatch(type, node)
    if (!Number.isInteger(double)) {
      return misfit('wrong-type', `${text} is no whole number`, `${type}`, node)
    }
    value = BigInt(double)
  }
  const [min, max] = INTEGER_RANGES[type]!
  if (value < min || value > max) {
    const message = value < min ? `${text} is below ${min}` : `${text} is above ${max}`
    return misfit('out-of-range', message, `${type} (${min} to ${max})`, node)
  }
  const number = Number(value)
  return { value: Number.isSafeInteger(number) ? number : value.toString() }
}

function decodeFloat(type: string, node: ScalarNode): Decoded {
  if (typeof node.value === 'boolean') return mismatch(type, node)
  const text = node.digits ?? String(node.value)
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return { value: text }
  const value = parseDouble(text)
  if (value === undefined) return mismatch(type, node)
  const max = type === 'float' ? 3.4028234663852886e38 : Number.MAX_VALUE
  if (Math.abs(value) > max) {
    return misfit('out-of-range', `${text} does not fit into a ${type}`, type, node)
  }
  return { value }
}

/** Decimal or hexadecimal, as C reads doubles. */
function parseDouble(text: string): number | undefined {
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) return Number(text)
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]+)(?:[pP]([+-]?[0-9]+))?$/.exec(text)
  if (hex === null) return undefined
  const size = Number(`0x${hex[2]}`) * 2 ** Number(hex[3] ?? 0)
  return hex[1] === '-' ? -size : size
}

function decodeBytes(node: ScalarNode): Decoded {
  if (typeof node.value !== 'string') return mismatch('bytes', node)
  const text = node.value.replace(/-/g, '+').replace(/_/g, '/')
  const body = text.replace(/=+$/, '')
  const isValid = /^[A-Za-z0-9+/]*$/.test(body) && body.length % 4 !== 1
  if (!isValid) return misfit('bad-format', 'this is not base64', 'bytes in base64', node)
  return { value: Buffer.from(body, 'base64').toString('base64') }
}

/** Names in any case, numbers, and numbers in quotes; a known number becomes its name. */
export function decodeEnum(name: string, node: TreeNode): Decoded {
  const type = enumType(name)
  if (node.kind !== 'scalar' || typeof node.value === 'boolean' || node.value === null) {
    return mismatch(`one of ${listNames(name)}`, node)
  }
  const text = String(node.value)
  if (typeof node.value === 'string') {
    const number = type.byName.get(text.toUpperCase().replaceAll('-', '_'))
    if (number !== undefined) return { value: type.byNumber.get(number)! }
  }
  if (!/^[+-]?[0-9]+$/.test(text)) {
    const suggestion = suggest(
      text,
      type.values.map((value) => value.name),
    )
    const message = `unknown value ${JSON.stringify(text)} of enum ${name}`
    return misfit('unknown-enum-value', message, `one of ${listNames(name)}`, node, suggestion)
  }
  const number = Number(text)
  if (number < -(2 ** 31) || number >= 2 ** 31) {
    return misfit('out-of-range', `${text} is out of range for an enum`, listNames(name), node)
  }
  return { value: type.byNumber.get(number) ?? number }
}

function listNames(name: string): string {
  const names = enumType(name).values.map((value) => value.name)
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')}, ...`
}

/** The number of a canonical enum value. */
export function enumNumber(name: string, value: unknown): number {
  if (typeof value !== 'string') return Number(value)
  return enumType(name).byName.get(value.toUpperCase()) ?? 0
}

export function describeType(field: FieldType): string {
  if (field.kind === 'enum') return `one of ${listNames(field.type)}`
  return field.kind === 'scalar' ? field.type : `a map of ${field.type}`
}

function mismatch(expected: string, node: TreeNode): Decoded {
  const received = describeNode(node)
  return {
    misfit: {
      code: 'wrong-type',
      message: `expected ${expected}, received ${received}`,
      expected,
      received,
    },
  }
}

function misfit(
  code: Misfit['code'],
  message: string,
  expected: string,
  node: TreeNode,
  suggestion?: string,
): Decoded {
  return { misfit: { code, message, expected, received: describeNode(node), suggestion } }
}

import {
  enumType,
  type FieldType,
  findMessage,
  type MessageType,
  messageName,
} from './api-table.ts'
import { hasOwnJson, type MessageValue, wrappedScalar } from './decode-message.ts'
import { enumNumber, zeroOf } from './decode-scalar.ts'
import type { Path } from './diagnostic.ts'
import type { Place } from './place.ts'
import type { Reporter } from './reporter.ts'
import type { Rules } from './rule-types.ts'
import { checkList, checkValue } from './rules.ts'

/** Checks the API's own rules on canonical values: required fields, ranges, formats, deprecation. */
export class MessageChecker {
  readonly #reporter: Reporter
  readonly #path: (string | number)[]
  /** Within a message that Envoy reads without looking at its rules. */
  #isLenient = false

  constructor(reporter: Reporter, path: Path = []) {
    this.#reporter = reporter
    this.#path = [...path]
  }

  check(type: MessageType, value: MessageValue, place: Place): void {
    const unchecked = type.unchecked || this.#isLenient
    if (!unchecked) this.#checkOneofs(type, value, place)
    for (const field of type.fields) {
      const child = place.child(field.name)
      const one = value[field.name]
      this.#path.push(field.name)
      if (one !== undefined) this.#checkPresent(field, one, child ?? place, unchecked)
      else if (!unchecked) this.#checkAbsent(field, type, place, child)
      this.#path.pop()
    }
  }

  #checkOneofs(type: MessageType, value: MessageValue, place: Place): void {
    if (place.isFlawed) return
    for (const [index, oneof] of type.oneofs.entries()) {
      if (!oneof.required) continue
      const members = type.fields.filter((field) => field.oneof === index)
      if (members.some((field) => value[field.name] !== undefined)) continue
      const names = members.map((field) => field.name).join(', ')
      this.#reporter.at(place, 'key', this.#path, {
        code: 'missing-required',
        message:
          members.length === 1
            ? `${type.name} needs "${names}"`
            : `${type.name} needs one of ${names}`,
        expected: names,
      })
    }
  }

  #checkAbsent(field: FieldType, type: MessageType, place: Place, child: Place | undefined): void {
    const { rules } = field
    // A member of a oneof is checked only where it is the one that is set.
    if (rules === undefined || field.oneof >= 0 || place.isFlawed || child?.isFlawed === true)
      return
    const broken = brokenByAbsence(field, rules)
    if (broken === undefined) return
    this.#reporter.at(child ?? place, 'key', this.#path, {
      code: 'missing-required',
      message: `${type.name} needs "${field.name}"${broken === '' ? '' : `: it ${broken}`}`,
      expected: field.name,
    })
  }

  #checkPresent(field: FieldType, value: unknown, place: Place, unchecked: boolean): void {
    const rules = unchecked ? undefined : field.rules
    if (field.deprecated !== 'no') this.#deprecated(field, value, place)
    if (field.shape === 'list') {
      const items = value as readonly unknown[]
      if (rules !== undefined && !place.isFlawed)
        this.#report(place, checkList(rules, items), field)
      items.forEach((item, index) => {
        this.#element(index, field, item, place, rules?.repeated?.items)
      })
    } else if (field.shape === 'map') {
      this.#checkMap(field, value as MessageValue, place, rules)
    } else {
      this.#checkSingle(field, value, place, rules)
    }
  }

  #checkMap(field: FieldType, value: MessageValue, place: Place, rules: Rules | undefined): void {
    const keys = Object.keys(value)
    const minPairs = rules?.map?.minPairs ?? 0
    if (keys.length < minPairs && !place.isFlawed) {
      this.#report(place, `must have at least ${minPairs} entries`, field)
    }
    for (const key of keys) {
      this.#element(key, field, value[key], place, rules?.map?.values)
      if (rules?.map?.keys === undefined) continue
      const broken = checkValue(rules.map.keys, field, key)
      if (broken === undefined) continue
      this.#reporter.at(place.child(key) ?? place, 'key', [...this.#path, key], {
        code: 'rule-violated',
        message: `the key "${key}" ${broken}`,
      })
    }
  }

  #element(
    step: string | number,
    field: FieldType,
    value: unknown,
    place: Place,
    rules: Rules | undefined,
  ): void {
    this.#path.push(step)
    this.#checkSingle(field, value, place.child(step) ?? place, rules)
    this.#path.pop()
  }

  #checkSingle(field: FieldType, value: unknown, place: Place, rules: Rules | undefined): void {
    if (field.kind === 'enum') this.#deprecatedValue(field, value, place)
    if (rules !== undefined) this.#report(place, checkValue(rules, field, value), field)
    if (field.kind !== 'message' || rules?.message?.skip === true) return
    if (field.type === 'google.protobuf.Duration') this.#checkSign(field, value, place)
    // Metadata is checked by who reads it, if anyone does.
    if (field.name === 'typed_filter_metadata') return
    if (field.type === 'google.protobuf.Any') {
      this.#checkAny(value as MessageValue, place, rules)
    } else if (!hasOwnJson(field.type)) {
      const type = findMessage(field.type)
      if (type !== undefined) this.check(type, value as MessageValue, place)
    }
  }

  #checkAny(value: MessageValue, place: Place, rules: Rules | undefined): void {
    const url = value['@type']
    if (typeof url !== 'string') {
      if (rules?.any?.required === true) this.#reporter.at(place, 'key', this.#path, MISSING_TYPE)
      return
    }
    const type = findMessage(messageName(url))
    if (type === undefined || hasOwnJson(type.name)) return
    const wasLenient = this.#isLenient
    this.#isLenient ||= type.name.startsWith(UNVALIDATED)
    this.check(type, value, place)
    this.#isLenient = wasLenient
  }

  /** No rule says so, but whatever takes a duration refuses a negative one. */
  #checkSign(field: FieldType, value: unknown, place: Place): void {
    if (typeof value !== 'string' || !value.startsWith('-')) return
    const hasBound = field.rules?.duration?.gt ?? field.rules?.duration?.gte
    if (hasBound === undefined) this.#report(place, `must not be negative, is ${value}`, field)
  }

  #report(place: Place, broken: string | undefined, field: FieldType): void {
    if (broken === undefined) return
    const range = /^must (?:be )?(.*?)(?:, (?:is|has) (.*))?$/.exec(broken)
    this.#reporter.at(place, 'value', this.#path, {
      code: 'rule-violated',
      message: `"${field.name}" ${broken}`,
      ...(range?.[1] === undefined ? {} : { expected: range[1] }),
      ...(range?.[2] === undefined ? {} : { received: range[2] }),
    })
  }

  #deprecated(field: FieldType, value: unknown, place: Place): void {
    if (!field.hasPresence && (value === '' || value === 0 || value === false)) return
    const isRefused = field.deprecated === 'refused'
    this.#reporter.at(place, 'key', this.#path, {
      severity: isRefused ? 'error' : 'warning',
      code: 'deprecated',
      message: isRefused
        ? `"${field.name}" is deprecated and refused by default`
        : `"${field.name}" is deprecated and will be removed from Envoy`,
    })
  }

  #deprecatedValue(field: FieldType, value: unknown, place: Place): void {
    const number = enumNumber(field.type, value)
    const level = enumType(field.type).deprecated.get(number)
    if (level === undefined || (number === 0 && !field.hasPresence)) return
    this.#reporter.at(place, 'value', this.#path, {
      severity: level === 'refused' ? 'error' : 'warning',
      code: 'deprecated',
      message: `the value ${value} is deprecated${level === 'refused' ? ' and refused by default' : ''}`,
    })
  }
}

/** Envoy's load balancing policies do not validate their typed config. */
const UNVALIDATED = 'envoy.extensions.load_balancing_policies.'

const MISSING_TYPE = {
  code: 'missing-required',
  message: 'this map needs "@type", which says what message its other fields are of',
}

/** What the rules say of a field that is not set: its zero is checked, where it has no presence. */
function brokenByAbsence(field: FieldType, rules: Rules): string | undefined {
  const isRequired =
    rules.message?.required === true ||
    rules.duration?.required === true ||
    rules.any?.required === true
  if (isRequired) return ''
  if (field.shape === 'list') return checkList(rules, [])
  if (field.shape === 'map') {
    return (rules.map?.minPairs ?? 0) > 0 ? 'must not be empty' : undefined
  }
  if (field.hasPresence || wrappedScalar(field.type) !== undefined) return undefined
  if (field.kind === 'enum') {
    return rules.enum?.notIn?.includes(0) === true ? 'must be set' : undefined
  }
  return checkValue(rules, field, zeroOf(field.type))
}

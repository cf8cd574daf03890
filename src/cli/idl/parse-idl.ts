import type { IdlDefinition, IdlField, IdlFile, IdlMethod, IdlService, IdlType } from './idl.ts'
import { IdlTokens } from './idl-tokens.ts'

const PLAIN: IdlType = { kind: 'plain' }
const BASE_TYPES = new Set([
  ...['void', 'bool', 'byte', 'i8', 'i16', 'i32', 'i64', 'double', 'string', 'binary', 'uuid'],
  ...['slist'],
])
/** Lists of lists of lists. */
const MAX_DEPTH = 64

/** Reads one file. Throws an IdlError that names the line. */
export function parseIdl(path: string, text: string): IdlFile {
  return new Parser(path, text).file()
}

class Parser {
  readonly #path: string
  readonly #tokens: IdlTokens
  readonly #includes: string[] = []
  readonly #definitions = new Map<string, IdlDefinition>()
  readonly #services: IdlService[] = []

  constructor(path: string, text: string) {
    this.#path = path
    this.#tokens = new IdlTokens(path, text)
  }

  file(): IdlFile {
    while (this.#tokens.next.kind !== 'end') this.#definition()
    return {
      path: this.#path,
      includes: this.#includes,
      definitions: this.#definitions,
      services: this.#services,
    }
  }

  #definition(): void {
    const tokens = this.#tokens
    const { text } = tokens.next
    switch (text) {
      case 'include':
        tokens.take()
        if (tokens.next.kind !== 'text') throw tokens.error('expected a file in quotes')
        this.#includes.push(tokens.take().text)
        break
      case 'cpp_include':
        tokens.take()
        tokens.take()
        break
      case 'namespace':
        tokens.take()
        if (!tokens.skip('*')) tokens.word('a language')
        if (tokens.next.kind === 'text') tokens.take()
        else tokens.word('a name')
        break
      case 'const':
        tokens.take()
        this.#type(0)
        tokens.word('a name')
        tokens.expect('=')
        this.#constant()
        break
      case 'typedef': {
        tokens.take()
        const type = this.#type(0)
        this.#definitions.set(tokens.word('a name'), { kind: 'typedef', type })
        break
      }
      case 'enum':
      case 'senum':
        tokens.take()
        this.#enum(tokens.word('a name'))
        break
      case 'struct':
      case 'union':
      case 'exception': {
        tokens.take()
        const name = tokens.word('a name')
        tokens.skip('xsd_all')
        this.#definitions.set(name, { kind: 'struct', fields: this.#fields('{', '}') })
        break
      }
      case 'service':
        tokens.take()
        this.#service(tokens.word('a name'))
        break
      default:
        throw tokens.error('expected a definition')
    }
    this.#end()
  }

  /** Annotations, and a separator that may be there. */
  #end(): void {
    const tokens = this.#tokens
    if (tokens.next.text === '(' && tokens.next.kind === 'sign') tokens.skipGroup('(', ')')
    if (!tokens.skip(',')) tokens.skip(';')
  }

  #enum(name: string): void {
    const tokens = this.#tokens
    const names = new Map<number, string>()
    let next = 0
    tokens.expect('{')
    while (!tokens.skip('}')) {
      const label = tokens.next.kind === 'text' ? tokens.take().text : tokens.word('a name')
      if (tokens.skip('=')) next = this.#number()
      names.set(next++, label)
      this.#end()
    }
    this.#definitions.set(name, { kind: 'enum', names })
  }

  #service(name: string): void {
    const tokens = this.#tokens
    const base = tokens.skip('extends') ? tokens.word('a service') : null
    const methods: IdlMethod[] = []
    tokens.expect('{')
    while (!tokens.skip('}')) {
      if (!tokens.skip('oneway')) tokens.skip('async')
      const result = this.#type(0)
      const method = tokens.word('a name')
      const parameters = this.#fields('(', ')')
      const throws = tokens.skip('throws') ? this.#fields('(', ')') : []
      methods.push({ name: method, parameters, result, throws })
      this.#end()
    }
    this.#services.push({ name, base, methods })
  }

  #fields(open: string, close: string): IdlField[] {
    const tokens = this.#tokens
    const fields: IdlField[] = []
    // As the compiler does for fields without a number.
    let implicit = -1
    tokens.expect(open)
    while (!tokens.skip(close)) {
      const isNumbered = tokens.next.kind === 'number'
      const id = isNumbered ? this.#number() : implicit--
      if (isNumbered) tokens.expect(':')
      if (!tokens.skip('required')) tokens.skip('optional')
      const type = this.#type(0)
      tokens.skip('&')
      fields.push({ id, name: tokens.word('a name'), type })
      if (tokens.skip('=')) this.#constant()
      while (tokens.next.text.startsWith('xsd_')) tokens.take()
      this.#end()
    }
    return fields
  }

  #type(depth: number): IdlType {
    const tokens = this.#tokens
    if (depth > MAX_DEPTH) throw tokens.error('expected fewer types within each other')
    const name = tokens.word('a type')
    let type: IdlType
    if (name === 'list' || name === 'set') {
      this.#cppType()
      tokens.expect('<')
      type = { kind: 'list', of: this.#type(depth + 1) }
      tokens.expect('>')
    } else if (name === 'map') {
      this.#cppType()
      tokens.expect('<')
      const key = this.#type(depth + 1)
      tokens.expect(',')
      type = { kind: 'map', key, value: this.#type(depth + 1) }
      tokens.expect('>')
    } else {
      type = BASE_TYPES.has(name) ? PLAIN : { kind: 'named', name, file: this.#path }
    }
    this.#cppType()
    if (tokens.next.text === '(' && tokens.next.kind === 'sign') tokens.skipGroup('(', ')')
    return type
  }

  #cppType(): void {
    if (this.#tokens.skip('cpp_type')) this.#tokens.take()
  }

  #constant(): void {
    const tokens = this.#tokens
    if (tokens.next.text === '[' && tokens.next.kind === 'sign') tokens.skipGroup('[', ']')
    else if (tokens.next.text === '{' && tokens.next.kind === 'sign') tokens.skipGroup('{', '}')
    else if (tokens.next.kind === 'sign') throw tokens.error('expected a value')
    else tokens.take()
  }

  #number(): number {
    const tokens = this.#tokens
    const value = Number(tokens.next.text)
    if (tokens.next.kind !== 'number' || !Number.isInteger(value)) {
      throw tokens.error('expected a whole number')
    }
    tokens.take()
    return value
  }
}

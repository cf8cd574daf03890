/** What a tap needs of an interface definition: names, by the numbers on the wire. */

export type IdlType =
  /** A number, a text: nothing in it has a name. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'list'; readonly of: IdlType }
  | { readonly kind: 'map'; readonly key: IdlType; readonly value: IdlType }
  /** A struct, a union, an exception, an enum or a typedef, to be found in `Idl`; `file` is where it was named. */
  | { readonly kind: 'named'; readonly name: string; readonly file: string }

export interface IdlField {
  readonly id: number
  readonly name: string
  readonly type: IdlType
}

export interface IdlMethod {
  readonly name: string
  readonly parameters: readonly IdlField[]
  readonly result: IdlType
  readonly throws: readonly IdlField[]
}

export interface IdlService {
  readonly name: string
  /** As it stands behind `extends`; null: nothing does. */
  readonly base: string | null
  readonly methods: readonly IdlMethod[]
}

export type IdlDefinition =
  | { readonly kind: 'struct'; readonly fields: readonly IdlField[] }
  | { readonly kind: 'enum'; readonly names: ReadonlyMap<number, string> }
  | { readonly kind: 'typedef'; readonly type: IdlType }

/** One file. */
export interface IdlFile {
  readonly path: string
  /** As they stand in quotes. */
  readonly includes: readonly string[]
  readonly definitions: ReadonlyMap<string, IdlDefinition>
  readonly services: readonly IdlService[]
}

/** Typedefs of typedefs: beyond it they are a circle. */
const MAX_ALIASES = 32

/** A file with all that it includes. */
export class Idl {
  /** By path. */
  readonly #files: ReadonlyMap<string, IdlFile>
  /** Path → prefix → path. */
  readonly #included: ReadonlyMap<string, ReadonlyMap<string, string>>

  constructor(
    files: ReadonlyMap<string, IdlFile>,
    included: ReadonlyMap<string, ReadonlyMap<string, string>>,
  ) {
    this.#files = files
    this.#included = included
  }

  /** `add`, or `Calculator:add` as multiplexed clients call it; null: nobody declares it. */
  method(text: string): IdlMethod | null {
    const colon = text.lastIndexOf(':')
    const service = colon < 0 ? null : text.slice(0, colon)
    const name = text.slice(colon + 1)
    let found: IdlMethod | null = null
    for (const { services, path } of this.#files.values()) {
      for (const one of services) {
        const method = this.#methodOf(one, path, name, 0)
        if (method === null) continue
        if (one.name === service) return method
        found ??= method
      }
    }
    return found
  }

  /** What a named type is; null: plain, or not to be found. */
  resolve(type: IdlType): IdlDefinition | Exclude<IdlType, { kind: 'named' }> | null {
    let at: IdlType = type
    for (let aliases = 0; aliases < MAX_ALIASES; aliases++) {
      if (at.kind !== 'named') return at
      const [file, name] = this.#place(at.name, at.file)
      const definition: IdlDefinition | undefined = file?.definitions.get(name)
      if (definition === undefined) return null
      if (definition.kind !== 'typedef') return definition
      at = definition.type
    }
    return null
  }

  #methodOf(service: IdlService, path: string, name: string, depth: number): IdlMethod | null {
    const own = service.methods.find((one) => one.name === name)
    if (own !== undefined) return own
    if (service.base === null || depth > MAX_ALIASES) return null
    const [file, baseName] = this.#place(service.base, path)
    const base = file?.services.find((one) => one.name === baseName)
    return base === undefined ? null : this.#methodOf(base, file!.path, name, depth + 1)
  }

  /** `shared.SharedStruct` is SharedStruct of the included file shared.thrift. */
  #place(name: string, from: string): [file: IdlFile | undefined, name: string] {
    const dot = name.lastIndexOf('.')
    if (dot < 0) return [this.#files.get(from), name]
    const path = this.#included.get(from)?.get(name.slice(0, dot))
    return [path === undefined ? undefined : this.#files.get(path), name.slice(dot + 1)]
  }
}

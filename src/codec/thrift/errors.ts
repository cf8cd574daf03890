/** What is wrong with bytes; most texts are Envoy's, which client developers search for. */
export const tooDeep = (max: number) => `nesting exceeds the limit of ${max}`
export const tooLong = (length: number, max: number) =>
  `string/binary length ${length} exceeds the limit of ${max}`
export const tooMany = (size: number, max: number) =>
  `container size ${size} exceeds the limit of ${max}`
export const messageTooLong = (max: number) => `message exceeds the limit of ${max} bytes`
export const nameTooLong = (length: number, max: number) =>
  `method name length ${length} exceeds the limit of ${max}`
/** As Envoy prints it: the byte is signed. */
export const unknownType = (type: number) => `unknown field type ${(type << 24) >> 24}`
export const frameTooShort = (size: number) => `frame of ${size} bytes ends within its message`
export const strayBytes = (count: number) => `frame holds ${count} bytes behind its message`

let nextId = 1
let idStep = 1

/** Each worker counts from its own start in steps of their number, so that ids are unique in the process. */
export function setConnectionIds(first: number, step: number): void {
  nextId = first
  idStep = step
}

export function nextConnectionId(): number {
  const id = nextId
  nextId += idStep
  return id
}

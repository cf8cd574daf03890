import { type MessageType, messageType } from './api-table.ts'
import { hasOwnJson, type MessageValue } from './decode-message.ts'
import type { Place } from './place.ts'

/**
 * protobuf's `MergeFrom`: what the overlay sets replaces, messages merge field by field, lists grow, maps
 * merge by key, a member of a oneof displaces the others. Changes `base` and its places.
 */
export function mergeMessage(
  type: MessageType,
  base: MessageValue,
  basePlace: Place,
  overlay: MessageValue,
  overlayPlace: Place,
): void {
  for (const field of type.fields) {
    const value = overlay[field.name]
    if (value === undefined) continue
    const place = overlayPlace.child(field.name)!
    const old = base[field.name]
    const oldPlace = basePlace.child(field.name)
    if (field.oneof >= 0) displaceOthers(type, field.oneof, field.name, base, basePlace)
    if (old === undefined || oldPlace === undefined) {
      base[field.name] = value
      basePlace.setChild(field.name, place)
    } else if (field.shape === 'list') {
      appendList(old as unknown[], oldPlace, value as unknown[], place)
    } else if (field.shape === 'map') {
      for (const [key, one] of Object.entries(value as MessageValue)) {
        ;(old as MessageValue)[key] = one
        oldPlace.setChild(key, place.child(key)!)
      }
    } else if (field.kind === 'message' && field.type === 'google.protobuf.Struct') {
      mergeStruct(old as MessageValue, oldPlace, value as MessageValue, place)
    } else if (field.kind === 'message' && !hasOwnJson(field.type)) {
      mergeMessage(
        messageType(field.type),
        old as MessageValue,
        oldPlace,
        value as MessageValue,
        place,
      )
    } else if (field.hasPresence || !isZero(value)) {
      base[field.name] = value
      basePlace.setChild(field.name, place)
    }
  }
  basePlace.isFlawed ||= overlayPlace.isFlawed
}

function displaceOthers(
  type: MessageType,
  oneof: number,
  name: string,
  base: MessageValue,
  place: Place,
): void {
  for (const field of type.fields) {
    if (field.oneof !== oneof || field.name === name) continue
    delete base[field.name]
    place.deleteChild(field.name)
  }
}

function appendList(old: unknown[], oldPlace: Place, added: unknown[], place: Place): void {
  for (const [index, item] of added.entries()) {
    const itemPlace = place.child(index)
    if (itemPlace !== undefined) oldPlace.setChild(old.length, itemPlace)
    old.push(item)
  }
}

/** A Struct is a map: the overlay's value replaces the whole value of a key. */
function mergeStruct(old: MessageValue, oldPlace: Place, added: MessageValue, place: Place): void {
  for (const [key, value] of Object.entries(added)) {
    old[key] = value
    const child = place.child(key)
    if (child !== undefined) oldPlace.setChild(key, child)
  }
}

/** Proto3 cannot tell a zero without presence from an unset field. */
function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false
}

import { error, type RespValue } from '../../codec/resp/value.ts'

/** What is wrong with replies that cannot be merged, in Envoy's words. */
export const NOT_THE_SAME = error('all responses not same')
export const NON_ARRAY = error('non-array response received from shard')
export const NON_INTEGER = error('non-integer response received from shard')
export const NEGATIVE_VALUE = error('negative value received from upstream')
export const INVALID_INTEGER = error('invalid integer response from upstream')
export const UNEXPECTED_TYPE = error('unexpected response type received from shard')

/** Arrays of different lengths, where one item of each belongs together. */
export const NO_MATCH: RespValue = error('error merging array responses')

/** protoc-gen-validate's rules on a field, named as in `validate.proto`; the generator refuses others. */
export interface Rules {
  message?: { required?: boolean; skip?: boolean }
  any?: { required?: boolean }
  enum?: { definedOnly?: boolean; notIn?: number[] }
  bool?: { const?: boolean }
  bytes?: { minLen?: number; maxLen?: number }
  duration?: { required?: boolean; gt?: string; gte?: string; lt?: string; lte?: string }
  repeated?: { minItems?: number; maxItems?: number; unique?: boolean; items?: Rules }
  map?: { minPairs?: number; keys?: Rules; values?: Rules }
  string?: StringRules
  uint32?: NumberRules
  uint64?: NumberRules
  int32?: NumberRules
  int64?: NumberRules
  double?: NumberRules
  float?: NumberRules
}

export interface NumberRules {
  gt?: number
  gte?: number
  lt?: number
  lte?: number
  ignoreEmpty?: boolean
}

export interface StringRules {
  in?: string[]
  len?: number
  minLen?: number
  maxLen?: number
  maxBytes?: number
  pattern?: string
  prefix?: string
  suffix?: string
  wellKnownRegex?: string
  strict?: boolean
  ignoreEmpty?: boolean
}

import type { MessageValue } from '../decode-message.ts'
import type { Place } from '../place.ts'
import type { Reporter } from '../reporter.ts'

export interface RuleOptions {
  serviceNode?: string
  serviceCluster?: string
}

export interface Subject {
  value: MessageValue
  place: Place
  reporter: Reporter
  options: RuleOptions
}

export function checkEnvoyRules(subject: Subject): void {
  void subject
}

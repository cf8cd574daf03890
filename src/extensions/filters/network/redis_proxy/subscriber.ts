import type { Command } from '../../../../redis/command.ts'
import type { Client } from './client.ts'
import { sendKeyed } from './keyed.ts'

export function subscribe(_client: Client, _command: Command): void {}

export function publish(client: Client, command: Command): void {
  sendKeyed(client, command)
}

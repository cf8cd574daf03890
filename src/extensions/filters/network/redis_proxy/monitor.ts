import type { Command } from '../../../../redis/command.ts'
import type { Client } from './client.ts'

export function beginMonitor(_client: Client, _command: Command): void {}

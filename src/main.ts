#!/usr/bin/env bun
import { runCli } from './cli/run.ts'
import { Registry } from './registry.ts'

const registry = new Registry()

process.exit(await runCli(process.argv.slice(2), process.env, registry))

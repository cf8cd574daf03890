#!/usr/bin/env bun
import { runCli } from './cli/run.ts'
import { builtinExtensions } from './extensions/index.ts'
import { Registry } from './registry.ts'

const registry = new Registry().register(...builtinExtensions)

process.exit(await runCli(process.argv.slice(2), process.env, registry))

#!/usr/bin/env bun
import { runCli } from './cli/run.ts'
import { provideModule } from './extension/user-module.ts'
import * as extensionApi from './extension-api.ts'
import { builtinExtensions } from './extensions/index.ts'
import { Registry } from './registry.ts'

provideModule('tsproxy', extensionApi)
const registry = new Registry().register(...builtinExtensions)

process.exit(await runCli(process.argv.slice(2), process.env, registry))

/** A page of `tsproxy help`. The text of some is made from tables: see help.ts. */
export interface HelpTopic {
  readonly name: string
  readonly text: string | null
}

const EXIT_CODES = `Exit status

  0    went well: a clean stop (SIGTERM, SIGINT, POST /quitquitquit), a right config, help
  1    the config is wrong, or the start failed: a port is taken, a file is missing
  2    the command line is wrong: an unknown flag, a missing or bad value, an unknown command

tsproxy validate with several files ends with the worst of their answers. With --strict warnings
count as errors. Envoy ends with 1 where tsproxy ends with 2.
`

const ENVIRONMENT = `Environment variables

  NO_COLOR                     any text: no colours; --color=always wins
  FORCE_COLOR                  colours without a terminal; 0 or false: none
  TERM                         dumb: no colours
  TZ                           time zone of the application log
  ENVOY_CGROUP_CPU_DETECTION   false: the default of --concurrency ignores the cgroup's quota

The executable holds the Bun runtime, which reads some variables before tsproxy starts. A service
should not inherit them:

  BUN_OPTIONS                  flags for the runtime, before those of tsproxy
  BUN_INSPECT                  opens a debugger port
  BUN_BE_BUN                   1: the executable is the bun command and no proxy
  BUN_JSC_*                    options of the JavaScript engine
  SSL_CERT_FILE, SSL_CERT_DIR,
  NODE_EXTRA_CA_CERTS          further trusted certificates for what runs on the main thread

.env and bunfig.toml in the working folder are not read.
`

const CONFIG = `Where the config comes from

  -c FILE, --config-path FILE  .yaml and .yml are YAML, everything else is JSON, as in Envoy;
                               - reads YAML or JSON from stdin
  --config-yaml TEXT           merged over the file as protobuf merges: lists grow, scalars and map
                               entries are replaced, messages merge
  neither                      proxy.yaml, tsproxy.yaml or envoy.yaml of the folder, the first that
                               is there; a line on stderr says which

It is an Envoy v3 bootstrap: https://www.envoyproxy.io/docs/envoy/latest/configuration. All errors
are shown at once, each with file:line:column, path and what to write instead.

  unknown field, wrong type    an error, as in Envoy
  valid Envoy, not here yet    an error that says so; --allow-not-implemented PATH,... lets the named
                               ones be left out
  nearly always a mistake      a warning, such as a key twice; --strict makes it an error

Editors complete and check as you type with the schema:

  tsproxy schema > tsproxy.schema.json
  # yaml-language-server: $schema=tsproxy.schema.json      (first line of the config)
`

export const HELP_TOPICS: readonly HelpTopic[] = [
  { name: 'exit-codes', text: EXIT_CODES },
  { name: 'environment', text: ENVIRONMENT },
  { name: 'config', text: CONFIG },
  { name: 'settings', text: null },
  { name: 'differences', text: null },
  { name: 'flags', text: null },
]

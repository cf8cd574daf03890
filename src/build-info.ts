import { version } from '../package.json' with { type: 'json' }

declare const TSPROXY_SHA: string
declare const TSPROXY_STATUS: string

/** What was built, from what. `build.ts` puts the commit in; from source there is none. */
export const BUILD = {
  version,
  /** The commit, 40 hexadecimal digits. */
  sha: typeof TSPROXY_SHA === 'string' ? TSPROXY_SHA : '0'.repeat(40),
  /** `Modified` when the tree had changes that the commit has not. */
  status: typeof TSPROXY_STATUS === 'string' ? TSPROXY_STATUS : 'Modified',
} as const

/** As Envoy writes its own: commit, version, state of the tree, kind of build, TLS library. */
export const BUILD_VERSION = `${BUILD.sha}/${BUILD.version}/${BUILD.status}/RELEASE/BoringSSL`

/** What `--hot-restart-version` prints. */
export const HOT_RESTART_VERSION = 'disabled'

/** The environment variables that the command line reads; what they do is told by `tsproxy help environment`. */
export interface Environment {
  readonly [name: string]: string | undefined
  readonly ENVOY_CGROUP_CPU_DETECTION?: string | undefined
  readonly NO_COLOR?: string | undefined
  readonly FORCE_COLOR?: string | undefined
  readonly TERM?: string | undefined
}

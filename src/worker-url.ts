/** Where the workers' program is. It lies beside main's, in the source and in the executable. */
export const WORKER_URL = new URL('./worker.ts', import.meta.url)

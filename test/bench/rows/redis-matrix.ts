import type { Row } from '../row.ts'
import { redisProxyRow } from './redis-proxy.ts'

/** Every combination, once each: for looking at, not for judging. */
export const redisMatrix: readonly Row[] = (['get', 'set', 'mset', 'mixed'] as const).flatMap(
  (load) =>
    [1, 4].flatMap((hosts) =>
      [1, 2].flatMap((workers) =>
        [50, 500].flatMap((connections) =>
          [1, 16, 64].map((pipeline) =>
            redisProxyRow({
              name: `redis-${load}-${hosts}h-${workers}w-c${connections}-p${pipeline}`,
              letter: '(rm)',
              load,
              hosts,
              workers,
              connections,
              pipeline,
              rounds: 1,
            }),
          ),
        ),
      ),
    ),
)

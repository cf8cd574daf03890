import { splitWords } from '../../redis/words.ts'
import { JSON_TYPE, text } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import { prettyJson } from './pretty-json.ts'

export const redisExplainEndpoint: Endpoint = {
  path: '/explain/redis',
  help: 'say where a redis command would go, and why (tsproxy)',
  guarded: true,
  params: [
    { name: 'command', help: 'the command as redis-cli takes it' },
    { name: 'listener', help: 'name of the listener; all if there is none' },
  ],
  answer({ params }, view) {
    const words = splitWords(params.get('command'))
    if (words === null) return text(400, 'a quote in the command is not closed\n')
    if (words.length === 0) return text(400, 'usage: /explain/redis?command=GET%20key\n')
    const explanations = view.explainRedis(words, params.get('listener') || null)
    return { status: 200, contentType: JSON_TYPE, body: prettyJson({ explanations }) }
  },
}

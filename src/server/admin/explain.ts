import type { ExplainedProtocol } from '../../extension/explanation.ts'
import { splitWords } from '../../redis/words.ts'
import { JSON_TYPE, text } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import { prettyJson } from './pretty-json.ts'

interface ExplainText {
  readonly help: string
  /** Of what is to be explained. */
  readonly param: string
  readonly paramHelp: string
  readonly example: string
}

function explainEndpoint(protocol: ExplainedProtocol, told: ExplainText): Endpoint {
  const { help, param, paramHelp, example } = told
  return {
    path: `/explain/${protocol}`,
    help,
    guarded: true,
    params: [
      { name: param, help: paramHelp },
      { name: 'listener', help: 'name of the listener; all if there is none' },
    ],
    answer({ params }, view) {
      const words = splitWords(params.get(param))
      if (words === null) return text(400, `a quote in the ${param} is not closed\n`)
      if (words.length === 0) return text(400, `usage: /explain/${protocol}?${param}=${example}\n`)
      const explanations = view.explain(protocol, words, params.get('listener') || null)
      return { status: 200, contentType: JSON_TYPE, body: prettyJson({ explanations }) }
    },
  }
}

export const redisExplainEndpoint = explainEndpoint('redis', {
  help: 'say where a redis command would go, and why (tsproxy)',
  param: 'command',
  paramHelp: 'the command as redis-cli takes it',
  example: 'GET%20key',
})

export const thriftExplainEndpoint = explainEndpoint('thrift', {
  help: 'say where a thrift call would go, and why (tsproxy)',
  param: 'call',
  paramHelp: 'the method, and headers of the call behind it: name=value',
  example: 'Calculator:add',
})

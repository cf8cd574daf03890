import { exchangePlainTcp } from '../../network/plain-tcp.ts'

/** A reply as a person would write it down: `OK`, `(nil)`, `red green blue`. */
export type ReplyText = string

/** Sends commands in one go and gives their replies. */
export async function askRedis(
  port: number,
  commands: readonly string[],
  timeoutMs: number,
): Promise<readonly ReplyText[]> {
  const request = commands.map((line) => encode(line.split(' '))).join('')
  const isWhole = (answer: Buffer) => readReplies(answer.toString()).length >= commands.length
  const answer = await exchangePlainTcp(port, Buffer.from(request), isWhole, timeoutMs)
  return readReplies(answer.toString())
}

/** Subscribes and waits for one message, which somebody else publishes meanwhile. */
export async function hearMessage(
  port: number,
  channel: string,
  timeoutMs: number,
): Promise<string> {
  const request = Buffer.from(encode(['SUBSCRIBE', channel]))
  const isWhole = (answer: Buffer) => readReplies(answer.toString()).length >= 2
  const answer = await exchangePlainTcp(port, request, isWhole, timeoutMs)
  const [, message = ''] = readReplies(answer.toString())
  return message.replace(`message ${channel} `, '')
}

function encode(words: readonly string[]): string {
  const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return `*${words.length}\r\n${bulks.join('')}`
}

/** All replies that are whole; the demo's are ASCII. */
export function readReplies(text: string): readonly ReplyText[] {
  const replies: ReplyText[] = []
  for (let at = 0; at < text.length; ) {
    const read = readReply(text, at)
    if (read === null) break
    replies.push(read.text)
    at = read.end
  }
  return replies
}

function readReply(text: string, start: number): { text: ReplyText; end: number } | null {
  const lineEnd = text.indexOf('\r\n', start)
  if (lineEnd < 0) return null
  const line = text.slice(start + 1, lineEnd)
  let end = lineEnd + 2
  switch (text[start]) {
    case '$': {
      if (line === '-1') return { text: '(nil)', end }
      const from = end
      end += Number(line) + 2
      return end > text.length ? null : { text: text.slice(from, end - 2), end }
    }
    case '*': {
      const items: string[] = []
      for (let left = Number(line); left > 0; left--) {
        const item = readReply(text, end)
        if (item === null) return null
        items.push(item.text)
        end = item.end
      }
      return { text: items.join(' '), end }
    }
    default:
      return { text: text[start] === '-' ? `error ${line}` : line, end }
  }
}

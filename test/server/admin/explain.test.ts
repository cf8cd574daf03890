import { expect, test } from 'bun:test'
import { AdminUnderTest } from '../../support/admin-client.ts'
import { FakeServerView } from '../../support/fake-server-view.ts'

test('/explain/redis asks the server about a command as redis-cli takes it', async () => {
  const view = new FakeServerView()
  view.currentExplanations = [{ listener: 'redis' }]
  using admin = await AdminUnderTest.start(view)
  const { status, type, body } = await admin.get(
    '/explain/redis?command=GET%20%22a%20b%22&listener=l',
  )
  expect([status, type]).toEqual([200, 'application/json'])
  expect(JSON.parse(body)).toEqual({ explanations: [{ listener: 'redis' }] })
  expect(view.done).toEqual(['explain GET a b at l'])
})

test('/explain/redis says what is wrong with the command', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  expect(await admin.get('/explain/redis')).toMatchObject({ status: 400 })
  expect((await admin.get('/explain/redis?command=%22a')).body).toBe(
    'a quote in the command is not closed\n',
  )
  const foreign = { headers: { origin: 'http://evil.example' } }
  expect((await admin.get('/explain/redis?command=a', foreign)).status).toBe(403)
})

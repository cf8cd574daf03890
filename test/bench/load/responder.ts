/**
 * Stands in for redis where redis itself would be what is measured: reads every command, and answers each with the
 * reply that the loads of `redis-commands.ts` expect, without storing anything (about 0.06 us a command, redis-server
 * 0.5 to 1).
 */
import { answerOnPorts } from './answer-server.ts'
import { RequestScanner } from './request-scanner.ts'

answerOnPorts((connections) => new RequestScanner(connections))

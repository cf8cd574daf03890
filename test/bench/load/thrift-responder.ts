/** The calculator behind the thrift rows: framed binary and header compact, each call answered at once with a reply made before. */
import { answerOnPorts } from './answer-server.ts'
import { ThriftScanner } from './thrift-scanner.ts'

answerOnPorts(() => new ThriftScanner())

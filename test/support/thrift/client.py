"""Apache's client for Python: client.py FOLDER-OF-GENERATED-CODE, then lines "WIRE PORT [FIELD,...]" on stdin. Makes the same
calls each time, without those fields, and prints what came of them, one line of JSON a port."""
import json
import sys
import time
from socket import IPPROTO_TCP, TCP_NODELAY

sys.path.insert(0, sys.argv[1])

from mirror import Mirror
from mirror.ttypes import Everything
from thrift.transport.TSocket import TSocket
from tutorial.ttypes import Operation, Work
from wires import protocol_of

TIMEOUT_MS = 5000


def call_all(wire, port, without):
    socket = TSocket("127.0.0.1", port)
    socket.setTimeout(TIMEOUT_MS)
    protocol = protocol_of(wire, socket)
    protocol.trans.open()
    # A call behind a oneway would wait for the kernel's delayed acknowledgement.
    socket.handle.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    client = Mirror.Client(protocol)

    def ask(method, *args):
        try:
            return plain(getattr(client, method)(*args))
        except Exception as error:
            return failed(error)

    def work(op, num1, num2):
        return Work(num1, num2, op, "ü€")

    def zipped(before):
        for _ in range(200):
            count = int(ask("getStruct", -1)["value"]) - before
            if count != 0:
                return count
            time.sleep(0.005)
        return 0

    zips = int(ask("getStruct", -1)["value"])
    answers = {
        "ping": ask("ping"),
        "add": ask("add", 1, 1),
        "negative": ask("add", -2147483648, 1),
        "subtract": ask("calculate", 7, work(Operation.SUBTRACT, 15, 10)),
        "log": ask("getStruct", 7),
        "byZero": ask("calculate", 8, work(Operation.DIVIDE, 1, 0)),
        "noLog": ask("getStruct", 8),
        "fail": ask("fail", "on purpose"),
        "mirror": ask("mirror", everything(without, everything(without))),
        "zip": ask("zip"),
        "zips": zipped(zips),
    }
    protocol.trans.close()
    return answers


def everything(without, inner=None):
    fields = dict(
        yes=True,
        no=False,
        small=-128,
        short=-32768,
        medium=2147483647,
        large=-9007199254740991,
        real=1.5e-9,
        text="grüße €",
        bytes=b"\x00\xff\x0a\x80",
        flags=[True, False, True],
        reals=[0.0, -0.5, 1e300],
        numbers={3, 1, 2},
        ages={"ann": 31, "ben": 27},
        names={1: ["a"], 2: []},
        works=[Work(n, -n, Operation.ADD) for n in range(20)],
        nothing={},
        inner=inner,
    )
    return Everything(**{name: value for name, value in fields.items() if name not in without})


def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in sorted(value.items())}
    if isinstance(value, (list, set, frozenset)):
        return [plain(each) for each in (value if isinstance(value, list) else sorted(value))]
    if hasattr(value, "__dict__"):
        return {name: plain(each) for name, each in sorted(vars(value).items()) if each is not None}
    return value


def failed(error):
    return {"error": {"name": type(error).__name__, **plain(error)}}


for line in sys.stdin:
    wire, port, *without = line.split()
    try:
        answers = call_all(wire, int(port), without[0].split(",") if without else [])
    except Exception as error:
        answers = failed(error)
    print(json.dumps(answers), flush=True)

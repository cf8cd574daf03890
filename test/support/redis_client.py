"""Runs the commands of its standard input on one connection of redis-py; prints the replies as JSON."""
import json
import sys

import redis


def plain(value):
    if isinstance(value, redis.RedisError):
        return {"error": f"{type(value).__name__}: {value}"}
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin1")}
    if isinstance(value, dict):
        return {"map": [[plain(k), plain(v)] for k, v in value.items()]}
    if isinstance(value, (set, frozenset)):
        return {"set": [plain(v) for v in value]}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return {"float": repr(value)}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return {type(value).__name__: str(value)}


def main():
    task = json.load(sys.stdin)
    client = redis.Redis(port=task["port"], protocol=task["protocol"], single_connection_client=True)
    # Its reading of COMMAND's reply fails on that of COMMAND COUNT.
    client.response_callbacks.pop("COMMAND", None)
    replies = []
    for words in task["commands"]:
        try:
            replies.append(plain(client.execute_command(*words)))
        except redis.RedisError as error:
            replies.append(plain(error))
    json.dump(replies, sys.stdout)


main()

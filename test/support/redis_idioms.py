"""What applications do with redis-py through its own API. Prints what it saw as JSON."""
import json
import sys
import threading
import time

import redis


def main():
    task = json.load(sys.stdin)
    keys = task["keys"]
    client = redis.Redis(port=task["port"], protocol=task["protocol"], decode_responses=True)
    client.flushall()
    seen = {}

    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.set(key, f"value of {key}")
    seen["pipeline"] = pipeline.execute()
    seen["pipelined errors"] = [str(r) for r in client.pipeline(transaction=False).lpush(keys[0], "x").get(keys[1]).execute(False)]
    seen["transaction"] = client.pipeline().set("{t}a", 1).incr("{t}a").hset("{t}h", "f", "v").hgetall("{t}h").execute()

    with client.pipeline() as pipe:
        pipe.watch("{t}a")
        client.set("{t}a", "changed")
        pipe.multi()
        pipe.get("{t}a")
        try:
            seen["lost transaction"] = pipe.execute()
        except redis.WatchError as error:
            seen["lost transaction"] = type(error).__name__

    seen["scan"] = sorted(client.scan_iter("idiom:*", count=task["page"]))
    client.set("n", 21)
    double = client.register_script("return redis.call('INCRBY', KEYS[1], redis.call('GET', KEYS[1]))")
    seen["script"] = double(keys=["n"])

    popper = threading.Thread(target=lambda: seen.update({"blocking pop": client.blpop(["{b}one", "{b}two"], 10)}))
    popper.start()
    deadline = time.monotonic() + 5
    while client.info("clients")["blocked_clients"] != 1 and time.monotonic() < deadline:
        time.sleep(0.005)
    client.rpush("{b}two", "pushed")
    popper.join()

    lock = client.lock("lock", timeout=10)
    seen["lock"] = [lock.acquire(), client.lock("lock").acquire(blocking=False), lock.release()]

    subscriber = client.pubsub()
    subscriber.subscribe("news")
    subscriber.psubscribe("n*")
    messages = [subscriber.get_message(timeout=5) for _ in range(2)]
    seen["receivers"] = [client.publish("news", "text"), client.publish("none", "more")]
    messages += [subscriber.get_message(timeout=5) for _ in range(3)]
    seen["messages"] = sorted(json.dumps(message) for message in messages)
    subscriber.unsubscribe()
    subscriber.punsubscribe()
    seen["unsubscribed"] = [subscriber.get_message(timeout=5) for _ in range(2)]
    subscriber.close()
    json.dump(seen, sys.stdout)


main()

/**
 * What Envoy 1.40 thinks of commands: those it knows (the ones that have `redis.<prefix>.command.<name>.*` stats from the
 * start), by whether it counts them as writes. Whatever is no write is a read to it: XADD, GETSET, custom commands.
 */
const WRITES = `
  append bitfield bitop copy decr decrby del discard eval evalsha exec expire expireat geoadd
  georadius georadiusbymember geosearchstore getdel hdel hexpire hexpireat hincrby hincrbyfloat
  hmset hpersist hpexpire hpexpireat hset hsetnx incr incrby incrbyfloat linsert lmove lpop
  lpush lpushx lrem lset ltrim mset msetnx multi persist pexpire pexpireat pfadd pfmerge psetex
  rename renamenx restore rpop rpoplpush rpush rpushx sadd sdiffstore set setbit setex setnx
  setrange sinterstore smove sort spop srem sunionstore touch unlink zadd zdiffstore zincrby
  zinterstore zpopmax zpopmin zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore
  zunionstore
`

const READS = `
  bf.add bf.card bf.exists bf.info bf.insert bf.loadchunk bf.madd bf.mexists bf.reserve
  bf.scandump bitcount bitfield_ro bitpos cluster config dump exists flushall flushdb geodist
  geohash geopos georadius_ro georadiusbymember_ro geosearch get getbit getex getrange getset
  hello hexists hexpiretime hget hgetall hkeys hlen hmget hpexpiretime hpttl hrandfield hscan
  hstrlen httl hvals info info.shard keys lindex llen lpos lrange mget object pfcount pttl
  publish randomkey role scan scard script sdiff select sinter sismember slowlog smembers
  smismember sort_ro srandmember sscan strlen substr sunion ttl type unwatch watch xack xadd
  xautoclaim xclaim xdel xlen xpending xrange xrevrange xtrim zcard zcount zdiff zinter
  zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank zrevrange zrevrangebylex
  zrevrangebyscore zrevrank zscan zscore zunion
`

export const ENVOY_WRITES: ReadonlySet<string> = new Set(WRITES.trim().split(/\s+/))
export const ENVOY_COMMANDS: ReadonlySet<string> = new Set([
  ...ENVOY_WRITES,
  ...READS.trim().split(/\s+/),
])

/** One thing that tsproxy does better than Envoy, on purpose and without a switch back. */
export interface Difference {
  /** In a line: what README lists. */
  readonly head: string
  /** What Envoy does, and what tsproxy does. */
  readonly what: string
  readonly why: string
  /** The version of tsproxy that differs first. */
  readonly since: string
}

/** Every wanted difference from Envoy 1.40. Any other is a bug. */
export const DIFFERENCES: readonly Difference[] = [
  {
    head: 'A wrong command line ends with status 2',
    what: 'Envoy ends with 1 for a wrong config and a wrong flag alike.',
    why: 'A script can tell a typo in its own call from a broken config.',
    since: '0.1.0',
  },
  {
    head: '--flag=value is taken',
    what: 'Envoy 1.40 knows only --flag value, and calls the other form an unknown argument.',
    why: 'Every other tool takes both.',
    since: '0.1.0',
  },
  {
    head: 'A flag is never the value of another',
    what: 'Envoy takes --service-node --log-level as a node named "--log-level"; tsproxy says that the value is missing.',
    why: 'Nobody means it.',
    since: '0.1.0',
  },
  {
    head: 'A config is found in the folder',
    what: 'Without -c and --config-yaml Envoy stops; tsproxy takes proxy.yaml, tsproxy.yaml or envoy.yaml, and says which.',
    why: 'The first start needs no flags.',
    since: '0.1.0',
  },
  {
    head: 'The default of --concurrency knows the container',
    what: 'Envoy starts a worker per processor unless --cpuset-threads is given; tsproxy always looks at affinity and cgroup quota.',
    why: 'More workers than the quota pays for are throttled.',
    since: '0.1.0',
  },
  {
    head: 'A draining connection loses no bytes',
    what: 'With check_drain_close Envoy closes at the next bytes, which are lost; tsproxy forwards them, brings the answer back, then closes.',
    why: 'Draining is there so that nobody notices.',
    since: '0.1.0',
  },
  {
    head: 'echo answers before it closes',
    what: 'In Envoy a FIN that comes with the last bytes takes them along; tsproxy sends them back first.',
    why: 'A client may send and shut its side at once.',
    since: '0.1.0',
  },
  {
    head: 'A client that leaves is noticed at once',
    what: 'During a pending upstream connect Envoy sees a reset client only at connect_timeout; tsproxy gives the connect up.',
    why: 'Nobody waits for it any more.',
    since: '0.1.0',
  },
  {
    head: 'A second start on a taken port fails',
    what: 'With reuse_port a second Envoy binds the same port and takes half of the traffic; tsproxy names the listener, the address and who holds it.',
    why: 'Nobody means to split traffic between two processes by accident.',
    since: '0.1.0',
  },
  {
    head: 'Few connections are spread over all workers',
    what: 'The kernel spreads by hash, so that with 8 connections some workers get none; below 32 connections per worker tsproxy hands an accepted one to the least loaded.',
    why: 'Long-lived connections stay where they are put.',
    since: '0.1.0',
  },
  {
    head: 'A host is ejected once at a time',
    what: 'When success rate and failure percentage both pick a host, Envoy counts two ejections and later ends one: ejections_active stays too high, and so uses up max_ejection_percent, until the restart. tsproxy ejects the host once.',
    why: 'A gauge that never comes back keeps sick hosts in rotation.',
    since: '0.1.0',
  },
  {
    head: 'All pipelined admin requests are answered',
    what: 'Of three or more admin requests in one segment Envoy answers two and resets the connection; tsproxy answers them all.',
    why: 'A script may pipeline.',
    since: '0.1.0',
  },
  {
    head: 'A foreign site cannot change anything',
    what: 'Envoy takes a POST to the admin from any web page; tsproxy answers 403 when Origin or Sec-Fetch-Site names another site.',
    why: 'A page that an operator happens to open must not drain the proxy.',
    since: '0.1.0',
  },
  {
    head: 'Cluster names with dots stay whole in Prometheus',
    what: 'Envoy makes envoy_cluster_b_upstream_cx_total{envoy_cluster_name="a"} of a cluster named "a.b"; tsproxy keeps the metric\'s name and the whole label.',
    why: 'A dashboard finds every cluster under one metric.',
    since: '0.1.0',
  },
  {
    head: 'Lists of the admin are in order',
    what: 'Envoy prints /runtime and /clusters in the order of its hash tables; tsproxy sorts the keys, and lists clusters as the config does.',
    why: 'Two prints can be compared.',
    since: '0.1.0',
  },
  {
    head: 'A FIN alone needs no upstream',
    what: 'With ON_DOWNSTREAM_DATA Envoy keeps a client that sends only a FIN until idle_timeout; tsproxy closes at once.',
    why: 'There is nothing to wait for.',
    since: '0.1.0',
  },
  {
    head: 'A length in a log format never cuts inside a character',
    what: '%X:2% of "aé" ends in half a character in Envoy; tsproxy leaves the character out.',
    why: 'A log stays UTF-8.',
    since: '0.1.0',
  },
  {
    head: 'A gauge of connection_limit never wraps',
    what: "Connections that came while the filter was off by its runtime key are taken from Envoy's active_connections when they end, which then reads 2^64 - 1; tsproxy counts only those that it let in.",
    why: 'A wrapped gauge limits nothing and breaks its graph.',
    since: '0.1.0',
  },
  {
    head: 'Health checks are awaited for every host',
    what: 'Before it listens, Envoy waits for as many results of health checks as there are hosts, and a host that fails quickly gives several; tsproxy waits for the first result of each.',
    why: 'Else slow hosts look unhealthy to the first clients.',
    since: '0.1.0',
  },
  {
    head: 'A TCP health check sends binary payloads too',
    what: 'Envoy sends a payload given as hexadecimal text and drops one given as binary, so that the check times out; tsproxy sends both. A PROXY header begins the connection, and does not come again with every check on it.',
    why: 'What the config says is what the host should see.',
    since: '0.1.0',
  },
  {
    head: 'A host that is not checked leaves with its DNS record',
    what: 'With health checks on the cluster Envoy keeps a host that DNS dropped until it fails a check, for ever if checks are disabled for that endpoint; tsproxy drops such a host at once.',
    why: 'Nothing would ever say that it is gone.',
    since: '0.1.0',
  },
  {
    head: 'Redis health checks use the credentials of their host',
    what: 'Envoy authenticates health checks with the cluster\'s auth_password even at a host that has "credentials" of its own; tsproxy uses those.',
    why: 'Such a host would answer NOAUTH, and be taken for sick.',
    since: '0.1.0',
  },
  {
    head: 'A redis cluster that moved is found again',
    what: 'After its first answer Envoy asks only nodes that it knows for CLUSTER SLOTS, for ever; when none of them answers, tsproxy looks its seeds up again and asks those too. A node that gives its name keeps it as its hostname, which is empty in Envoy.',
    why: 'A cluster that was replaced as a whole comes back without a restart.',
    since: '0.1.0',
  },
  {
    head: 'A maglev table of one place is refused',
    what: 'Envoy takes 1 for a prime number, divides by 0 and dies, even under --mode validate; tsproxy says that 1 is not one.',
    why: 'A config must not crash what reads it.',
    since: '0.1.0',
  },
  {
    head: 'Hosts of one hash key share its part of a ring',
    what: 'Their entries have the same hashes, and which of them Envoy finds depends on how its sort leaves equals; in tsproxy they take turns.',
    why: 'Each gets its share, on every build.',
    since: '0.1.0',
  },
  {
    head: 'A client certificate that is required is looked at',
    what: 'Envoy takes require_client_certificate without a validation_context, and lets in clients without a certificate; tsproxy refuses such a config.',
    why: 'Who writes it means to keep strangers out.',
    since: '0.1.0',
  },
  {
    head: 'A refused certificate closes without an alert',
    what: "Envoy says in a TLS alert why it does not want a peer's certificate; in tsproxy the handshake ends and the connection is closed before any byte passes. Logs and stats say why, in Envoy's words.",
    why: "Bun's TLS checks certificates after the handshake.",
    since: '0.1.0',
  },
  {
    head: 'TLS sessions are resumed by tickets alone',
    what: 'With disable_stateless_session_resumption Envoy still resumes TLS 1.2 sessions by their ids; tsproxy keeps no sessions, and each worker has ticket keys of its own.',
    why: 'Nothing has to be kept for clients that may never come back; a session that is not resumed costs a handshake.',
    since: '0.1.0',
  },
  {
    head: 'An expired certificate must come from who is trusted',
    what: 'With allow_expired_certificate Envoy takes any chain that is right but for its dates; tsproxy only certificates that a certificate of trusted_ca has signed itself.',
    why: 'The TLS library tells the last fault that it finds, and another may stand before it.',
    since: '0.1.0',
  },
  {
    head: 'A bad key_formatter ends nothing',
    what: 'Envoy starts with key_formatter "%NOPE%", and the first command ends it; tsproxy warns with the place, and only commands of that route fail.',
    why: 'A typo must not wait for traffic to bring the proxy down.',
    since: '0.1.0',
  },
  {
    head: 'custom_commands may have capitals',
    what: 'Envoy looks commands up in lower case, so that an entry such as "JSON.GET" never matches; tsproxy takes it in any case.',
    why: 'Commands have no case anywhere else.',
    since: '0.1.0',
  },
  {
    head: 'INFO of several redis hosts is whole',
    what: "Envoy has no role and no loading, no database but db0 and no sections beyond seven, answers INFO all, INFO default and INFO replication with nothing, takes fractions for 0 and tells a wrong avg_ttl; tsproxy has Envoy's lines in its order, Persistence, Replication, Modules, statistics of commands and errors, every database, and any sections asked for.",
    why: 'Clients wait for loading:0 and look for role:master before they start.',
    since: '0.1.0',
  },
  {
    head: 'A dead redis host keeps no client from connecting',
    what: 'Envoy fails SELECT and INFO when one host of a cluster cannot be reached; tsproxy answers for those that can, and the commands for the dead one fail by themselves.',
    why: 'Clients send both before their first command, so that one dead host of many would end service for all new ones.',
    since: '0.1.0',
  },
  {
    head: 'Scripts are asked for on all redis hosts at once',
    what: 'To SCRIPT EXISTS Envoy says "all responses not same" when one host lacks a script, and to SCRIPT KILL it gives the error of a host that runs none; tsproxy says 0, and OK when any host ran one.',
    why: 'That is what a client loads the script upon, and who runs the script cannot be known.',
    since: '0.1.0',
  },
  {
    head: 'RANDOMKEY finds a key',
    what: 'Envoy asks one host and gives null when that one is empty; tsproxy asks all and picks among those that have keys.',
    why: 'Null says that there are no keys at all.',
    since: '0.1.0',
  },
  {
    head: "Redis's own errors are in redis's words",
    what: `To a wrong number of arguments Envoy says "invalid request", or a text without ERR; it shows one argument of an unknown command, and EXEC without MULTI, MULTI in MULTI and a wrong database or cursor get texts of its own or pass. tsproxy says what redis 7 says, and sends nothing upstream for it. What only a proxy can say is in Envoy's words.`,
    why: 'Clients look at the first word of an error, and people search for its text.',
    since: '0.1.0',
  },
  {
    head: 'Requests are read as redis reads them',
    what: `Envoy knows inline commands by their first byte and ends them at CR LF alone, answers empty lines, empty arrays and elements of other types with "invalid request", and says "downstream protocol error" in place of the replies that are still to come. In tsproxy a LF ends a line, nothing is answered to nothing, and a protocol error has redis's text, behind the replies to all that came before.`,
    why: 'What talks to redis talks to the proxy, netcat included; a client never loses a reply that it is owed.',
    since: '0.1.0',
  },
  {
    head: "HELLO and CLIENT are a redis's",
    what: "Envoy refuses HELLO 3 on a RESP2 listener, calls itself envoy-redis-proxy 6.0.0 with id 0, says OK to any SETNAME and SETINFO and refuses the rest of CLIENT. In tsproxy each client chooses its protocol, and has an id, a name, NO-EVICT and REPLY; texts of what is not supported are Envoy's.",
    why: 'Stock clients say HELLO 3 first, and some stop at an error.',
    since: '0.1.0',
  },
  {
    head: 'A RESP3 client may have a RESP2 server',
    what: `When a server refuses HELLO 3, Envoy answers "upstream failure" to every command; tsproxy speaks RESP2 with it and makes its replies RESP3's. Maps that it merges of several hosts stay maps, which are flat arrays in Envoy.`,
    why: 'Clients that insist on RESP3 work with old servers.',
    since: '0.1.0',
  },
  {
    head: 'Every command of redis is known',
    what: "Envoy calls some 100 of redis 7's commands unknown, and all of RedisJSON and RediSearch. tsproxy knows them: blocking commands, subscriptions, transactions and MONITOR have connections of their own, RESET, READONLY and their like are answered here, HELP of any command by a server; replication and shutdown are refused. Their stats are there from the first use.",
    why: 'Any stock client connects unmodified.',
    since: '0.1.0',
  },
  {
    head: "PING, ECHO and TIME are redis's",
    what: "Envoy answers PING hello with PONG, and in TIME's second number has all of the time in microseconds; tsproxy gives the message back, and the microseconds of the second.",
    why: 'Clients count on both.',
    since: '0.1.0',
  },
  {
    head: 'A client that has sent its FIN gets its replies',
    what: 'Envoy drops what it owes to a client that has shut its side, even PONG in the same packet; tsproxy answers all that came before the FIN, then closes. Such commands are not counted as cancelled, and a delay fault runs to its end.',
    why: 'echo PING | nc works.',
    since: '0.1.0',
  },
  {
    head: 'Nothing behind QUIT is run',
    what: 'Envoy runs and answers commands that come in a packet with QUIT; tsproxy closes behind OK, as redis does.',
    why: 'A client that has left must not change anything.',
    since: '0.1.0',
  },
  {
    head: 'A command for all hosts reaches each of them once',
    what: "With RING_HASH Envoy sends FLUSHALL, KEYS and their like to one host, with MAGLEV to some twice and to others never. tsproxy sends them to each healthy host, and in a redis cluster to each primary whatever the read policy; SCAN walks the hosts one after another, where Envoy's cursor means nothing.",
    why: 'FLUSHALL that leaves keys behind is worse than none.',
    since: '0.1.0',
  },
  {
    head: 'The reply of a sole host passes as it is',
    what: 'Envoy puts ROLE of one host into an array, cuts INFO of one host down to its own list, and makes "finished with 1 error(s)" of an error to KEYS or SCAN. tsproxy passes what the server said.',
    why: 'Before one server the proxy should not be seen.',
    since: '0.1.0',
  },
  {
    head: 'Replies pass as the server sent them',
    what: "Envoy makes the null array a null string, drops zeros before numbers, and takes +5 and numbers beyond 64 bits for protocol errors; in RESP2 it makes RESP3's types RESP2's, and reads a line of HTTP as an inline command. tsproxy finds where replies end, and changes none.",
    why: 'Clients tell both nulls apart; the bytes of a reply cost nothing when nobody looks into them.',
    since: '0.1.0',
  },
  {
    head: 'A server that answers too much is cut off',
    what: 'Envoy drops replies that nobody waits for and keeps the connection; tsproxy closes it, and commands under way on it fail.',
    why: 'Replies out of step would be given to the wrong clients.',
    since: '0.1.0',
  },
  {
    head: 'SELECT is for one client',
    what: 'Envoy sends SELECT on the connection that all clients share, so that one client moves the writes of others. In tsproxy clients share connections by database; SELECT goes to each host once for it.',
    why: 'Data must not end in a database that nobody chose.',
    since: '0.1.0',
  },
  {
    head: "Transactions are redis's",
    what: 'In Envoy PING and ECHO in MULTI are answered at once, WATCH is on the shared connection, a failed transaction goes on outside of one, and one without a host ends the process. In tsproxy all of WATCH to EXEC is on one connection, used again after it; PING and UNWATCH are queued, and sent by EXEC; after an error EXEC says EXECABORT and DISCARD says OK.',
    why: 'A transaction that half happened is what they are there against.',
    since: '0.1.0',
  },
  {
    head: 'All keys of a command count',
    what: 'Envoy looks at argument 1, or 3 of a script, whatever it is: BITOP goes by AND, ZUNION by the number of keys, and remove_prefix changes that argument alone. tsproxy knows the keys of each command: all are rewritten as their route says, they must live on one host (else CROSSSLOT), and a script without keys is sent.',
    why: 'RENAME p:a p:b must not end with a key named p:b in one place and a in another.',
    since: '0.1.0',
  },
  {
    head: 'Commands that write are writes',
    what: "Envoy takes XADD, GETSET, GETEX, PUBLISH, FLUSHALL, bf.* and all custom commands for reads, and TOUCH for a write: with a read policy, read_command_policy or exclude_read_commands they go to replicas, or to no mirror. tsproxy goes by redis's own flags, and takes custom commands for writes.",
    why: 'A replica answers READONLY.',
    since: '0.1.0',
  },
  {
    head: 'Channels keep their names',
    what: 'Envoy takes the channel of PUBLISH for a key, which remove_prefix and key_formatter change; tsproxy routes by it and leaves it.',
    why: 'Subscribers know it by the name that they gave.',
    since: '0.1.0',
  },
  {
    head: 'CLUSTER shows the proxy alone',
    what: 'Before a redis cluster Envoy passes CLUSTER SLOTS and NODES on, whose addresses clients then dial themselves; tsproxy answers as one node with all slots, at the address that the client dialled.',
    why: 'A cluster client stays behind the proxy.',
    since: '0.1.0',
  },
  {
    head: 'A loop of redirects ends',
    what: 'Envoy follows MOVED for as long as servers send it; tsproxy gives the client the error after 16.',
    why: 'Two servers that name each other must not spin for ever.',
    since: '0.1.0',
  },
  {
    head: 'Gauges of buffered bytes fall to 0',
    what: "Envoy's rx_bytes_buffered shows the size of the last read until the next one; tsproxy's what is held.",
    why: 'A gauge that never falls says nothing.',
    since: '0.1.0',
  },
  {
    head: 'MGET has nothing for a key of another type',
    what: 'Envoy puts the WRONGTYPE error of its GET in the place of that key; tsproxy null.',
    why: "That is what redis's MGET does.",
    since: '0.1.0',
  },
]

"""One log for the worlds of every worker, on one machine or several, kept in one Redis.

It is the transport alone: what an entry means, and which world it changes, others know.

**One order.** A Redis Stream has the entries of all worlds. An entry has a world, a kind (those of
`emulator.log.rows`), data that is opaque here, the worker it came from, and a position: its stamp,
and which entry of that stamp it is. The position is the entry's id in the stream.

**One clock.** A stamp is the time of Redis's own clock in microseconds, and never decreases over
everything that Redis was asked: `append` and `look` are scripts that Redis runs one after another,
and each stamps with the later of its clock and the last stamp. No world's time is in Redis: a
world's clock is a mapping from the machine's time, and every worker maps the same stamps.

**A look never shows the past.** `look` gives a stamp and the position of the last entry. Every
entry that was acknowledged before the look began is at or before that position, and no later entry
has an earlier stamp. So a worker that has applied everything up to the position, and then reads at
the stamp, answers what any other would have. What one worker has answered, no later look of another
contradicts. Looks that come while one is on its way share the next.

**An append happens once, or is known not to, or says that it is not known.** Appends that come
while a batch is on its way share the next, and a batch is all or nothing. Each has a number, and
Redis keeps the number and the result of each worker's last one; a batch whose answer was lost is
sent again, and answered with the first result. Then:
- positions: the entries are in the log;
- `Unwritable`: they are not, and never will be, as each batch carries the time on Redis's clock
  after which it is refused, however late it comes out of some buffer;
- `Unsure`: it was sent, and nobody answered in time. It is in the log or not, and that does not
  change after the timeout; if it is, `follow` yields it as it does any other.

**A follower misses nothing.** `follow` yields entries in order, each once, over any number of
broken connections. Where the next ones are gone it raises `Behind`: a snapshot is to be loaded.

**Redis may forget.** If Redis ends without having its last writes on the disk, it comes back
without them, and workers have applied what is no longer in the log. No connection is used before
what this worker has seen last is found in the log; if it is not, everything raises `Lost`, a
`Behind`, until `latest` has begun anew from what Redis has. To that end the log knows the run of
the server that it was last used on, and a request made for another run is refused. The stamps that
looks were given are then made up for: `look` writes ahead, once a second, up to where stamps may
have gone, and a new run begins there.

**Failure is bounded.** Nothing waits longer than the timeout, two seconds unless told otherwise.
While Redis is away, requests of the first two seconds wait for it, and later ones fail at once,
until it answers again; connections are tried again by themselves, after a second at the most.

**Snapshots.** `keep` stores one of all worlds at a position, in parts, in place of an older one,
and takes from the stream what it stands for, but for the last seconds of it, for those who are
somewhat behind. `turn` gives one worker at a time the task.

What it cannot do: outlive its Redis. Redis copies to replicas after it has answered, so a replica
that takes over may lack what was acknowledged; this is then `Lost`, not unseen. A master that was
cut off from its replicas, and does not know that another has taken over, goes on until
`min-replicas-to-write` stops it. `docs/redis.md` says which settings a Redis needs.
"""

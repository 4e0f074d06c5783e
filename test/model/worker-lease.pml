/*
 * The lease of worker ids: no timestamp of a worker id is ever open to two nodes, nor twice to one.
 * Steps and fields are named as in libs/core/src/worker-lease and libs/core/src/snowflake.
 *
 * There is no clock in it. Whoever has no id may take any lease at any moment, and timestamps are any numbers: what
 * holds here holds for every clock, time-out and grace. A pause, however long, is the scheduler not choosing a node;
 * it may lie between any two steps. Steps that no other node can tell apart are one: a read with the sending
 * of what is written after it, a write with the hearing of its reply, a check of `held` with the issue behind it.
 */
#define NODES 3 /* dropAllRefused and mayWrite name each */
#define IDS 2
/* Processes that start (one that comes back is another), timestamps, and writes that succeed. */
#ifndef OWNERS
#define OWNERS 3
#endif
#ifndef TIMES
#define TIMES 2
#endif
#ifndef WRITES
#define WRITES 4
#endif
#ifndef REACH
#define REACH 0
#endif
/* With REACH set to n, Spin must find a run that comes by: the model is not empty. */
#define reach(n, condition) assert(REACH != n || !(condition))

typedef WorkerRecord { byte version; byte owner; byte reserved; bit released }
typedef Update { byte id; byte seenVersion; byte seenOwner; byte owner; byte reserved; bit released }

/* The store, what each node has sent without a reply so far, and one write of unknown outcome that may come late. */
WorkerRecord record[IDS];
Update sent[NODES];
Update late;
byte owners;
/* Any one timestamp that was issued, so that what holds of it holds of all. */
bit watching; byte watchedId, watchedTime, watchedOwner;

mtype = { NONE, HOLDS, STOPPED };

#define isHeldBy(i) (record[i].owner == owner && !record[i].released)
#define mayWrite (record[0].version + record[1].version < WRITES)
#define idle (!sent[me].owner)

#ifdef MUTANT_UNCONDITIONAL_WRITE
#define unchanged(w) true
#else
#define unchanged(w) (record[w.id].version == w.seenVersion && record[w.id].owner == w.seenOwner)
#endif

#ifdef MUTANT_NO_VERSION_BUMP
#define nextVersion(v) (v == 0 -> 1 : v)
#else
#define nextVersion(v) (v + 1)
#endif

#ifdef MUTANT_NO_RESERVATION
#define reservedUntil TIMES
#else
#define reservedUntil reserved
#endif

inline raise(value, most) {
  do
  :: value < most -> value++
  :: break
  od
}
inline clear(w) {
  d_step { w.id = 0; w.seenVersion = 0; w.seenOwner = 0; w.owner = 0; w.reserved = 0; w.released = 0 }
}
inline read(i, w) {
  d_step {
    w.id = i;
    w.seenVersion = record[i].version;
    w.seenOwner = record[i].owner;
    w.owner = owner;
    w.reserved = record[i].reserved
  }
}
/* How far ahead a renewal or a take reserves is chosen here: nobody can tell before it is written. */
inline update(w) {
  d_step {
    record[w.id].version = nextVersion(w.seenVersion);
    record[w.id].owner = w.owner;
    record[w.id].reserved = w.reserved;
    record[w.id].released = w.released
  };
  if
  :: !w.released -> raise(record[w.id].reserved, TIMES)
  :: else
  fi
}
/* Versions only rise, so a write that does not fit now never will: refused at once is the same as refused later. */
inline dropRefused(w) {
  if
  :: w.owner && !unchanged(w) ->
     w.id = 0; w.seenVersion = 0; w.seenOwner = 0; w.owner = 0; w.reserved = 0; w.released = 0
  :: else
  fi
}
inline dropAllRefused() {
  d_step { dropRefused(sent[0]); dropRefused(sent[1]); dropRefused(sent[2]); dropRefused(late) }
}
inline drop() { d_step { id = 0; floor = 0; reserved = 0 } }

active [NODES] proctype Node() {
  byte me, owner, id, floor, reserved, t;
  mtype state = NONE;

  me = _pid;
  /* Nodes are alike, so they may as well start in order. A crash is a node that does nothing from some step on. */
end0:
  atomic { owners == me && owners < OWNERS -> owners++; owner = owners }
end:
  do
  /* acquire: read, take a candidate, the lowest first where none is registered; dead or not, see above */
  :: atomic { state == NONE && idle && mayWrite -> read(0, sent[me]) }
  :: atomic { state == NONE && idle && mayWrite && record[0].version > 0 -> read(1, sent[me]) }
  /* renew, extend: read, update; WORKER_LEASE_LOST where another owner has the record */
  :: atomic { state == HOLDS && idle && isHeldBy(id) && mayWrite -> read(id, sent[me]) }
  :: atomic { state == HOLDS && idle && !isHeldBy(id) -> drop(); state = NONE }
  /* release: nothing is issued from here on; down to the last timestamp issued, or the floor */
  :: atomic { state != NONE && idle && isHeldBy(id) && mayWrite ->
       state = STOPPED;
       reserved = 0;
       read(id, sent[me]);
       sent[me].reserved = floor;
       sent[me].released = 1 }
  /* insert, update: the conditional write arrives, and its reply is heard (confirmed) or lost */
  :: atomic { !idle && unchanged(sent[me]) ->
       reach(5, record[sent[me].id].released);
       update(sent[me]);
       if
       :: state == NONE ->
          id = sent[me].id;
          floor = sent[me].reserved;
          reserved = record[id].reserved;
          state = HOLDS;
          reach(2, record[0].owner && record[1].owner && record[0].owner != record[1].owner)
       :: state == HOLDS -> reserved = record[id].reserved
       :: true
       fi;
       clear(sent[me]);
       dropAllRefused() }
  /* timeout: the write is lost, or comes late */
  :: atomic { !idle ->
       if
       :: d_step { late.id = sent[me].id; late.seenVersion = sent[me].seenVersion;
          late.seenOwner = sent[me].seenOwner; late.owner = sent[me].owner;
          late.reserved = sent[me].reserved; late.released = sent[me].released }
       :: true
       fi;
       clear(sent[me]) }
  :: atomic { late.owner && unchanged(late) ->
       reach(4, true);
       update(late);
       clear(late);
       dropAllRefused() }
  /* An acquire whose time is over goes on, unheard, reading and writing. */
#ifdef MUTANT_CALL_OUTLIVES_TIMEOUT
  :: atomic { !late.owner && mayWrite -> read(0, late) }
#endif
  /* held, noteIssued: strictly above the floor, which from then on is the last timestamp issued */
  :: atomic { state == HOLDS && reservedUntil > floor ->
       t = floor + 1;
       raise(t, reservedUntil);
       assert(!(watching && watchedId == id && watchedTime == t));
       reach(1, !isHeldBy(id));
       reach(3, watching && watchedId == id && watchedOwner != owner);
       floor = t;
       if
       :: !watching -> watching = 1; watchedId = id; watchedTime = t; watchedOwner = (REACH == 3 -> owner : 0)
       :: true
       fi;
       t = 0 }
  od
}

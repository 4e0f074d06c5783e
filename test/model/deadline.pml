/*
 * The deadline: while `held` gives a worker id, nobody else has taken it. This makes the end of a lease early and clean;
 * that no id is issued twice does not rest on it (worker-lease.pml). It holds for clocks that run at one rate: time
 * passes in ticks for all alike. One worker id, a holder that renews it, and a node that watches. Messages
 * take any time and may be lost; either node may pause at any step, but `held` is asked in one instant.
 */
#define TTL 3
#define GRACE 1
#ifndef REACH_TAKEN
#define REACH_TAKEN 0
#endif

bool taken;          /* the record has another owner */
byte deadline = TTL; /* of the holder, in ticks left; at first a lease that was confirmed just now */
byte asked;          /* ticks left of a lease counted from before the renewal under way was sent */
/* Versions never repeat, so of one that was read all that counts is whether the record still has it. */
bool seen;           /* LeaseWatch: the version seen last is still there, */
byte unchangedFor;   /* for so many ticks, up to TTL + GRACE */
bool found;          /* the watcher has found the lease dead, and sends its conditional write */

mtype = { IDLE, SENT, DONE };
mtype call = IDLE;

active proctype Holder() {
end:
  do
  :: atomic { call == IDLE && !taken -> asked = TTL; call = SENT } /* renew: now, read, send */
  :: atomic { call == SENT ->                                      /* renew: update */
       if
       :: !taken -> seen = false; found = false; call = DONE
       :: else -> call = IDLE                                      /* refused: the owner is another */
       fi }
  :: atomic { call == DONE ->                                      /* confirmed */
#ifdef MUTANT_DEADLINE_FROM_REPLY
       deadline = TTL;
#else
       deadline = asked;
#endif
       call = IDLE }
  :: atomic { call != IDLE -> call = IDLE }                        /* the request or its reply is lost */
  :: atomic { deadline > 0 -> assert(!taken) }                     /* held */
  od
}

active proctype Watcher() {
end:
  do
  :: atomic { !taken && !seen -> seen = true; unchangedFor = 0 }                        /* look */
  :: atomic { !taken && seen && unchangedFor == TTL + GRACE -> found = true }           /* isDead */
  :: atomic { found && !taken -> taken = true; found = false; assert(REACH_TAKEN == 0) } /* take: update */
  od
}

active proctype Clock() {
end:
  do
  :: d_step {
       true;
       deadline = (deadline > 0 -> deadline - 1 : 0);
       asked = (asked > 0 -> asked - 1 : 0);
       unchangedFor = (seen && unchangedFor < TTL + GRACE -> unchangedFor + 1 : unchangedFor) }
  od
}

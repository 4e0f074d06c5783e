/*
 * The witness: no id is issued twice, whatever the stores give, and a store that never went back is never called rewound.
 * Steps and fields are named as in libs/core/src/witness and libs/core/src/segment. One key.
 *
 * There is no clock in it. A node may give a range up at any moment before it is claimed, which is the end of its time.
 * A skipped hole may close at any moment, but not over ids that a node had before the hole was made and would still
 * claim: that one window is half of the other is all that the protocol needs of time.
 *
 * What is called a node here is one range and whoever has it. Nothing in the protocol knows a node by name, so a process
 * with two ranges is two nodes, and a request that is carried out after its sender gave it up is a slow node. A crash,
 * a lost request and a reply that is not heard are a node that forgets its range, at any step.
 */
#ifndef NODES
#define NODES 3
#endif
#ifndef IDS
#define IDS 6 /* 0 and up: each is a bit of a mask */
#endif
/* Ranges that are given, times that the store goes back, stores that serve. */
#ifndef ALLOCATIONS
#define ALLOCATIONS 4
#endif
#ifndef REWINDS
#define REWINDS 0
#endif
#ifndef STORES
#define STORES 1
#endif
/* A store that gives any range at any time, as often as it likes: whatever became of it, it can do no worse. */
#ifndef ANY_STORE
#define ANY_STORE 0
#endif
#ifndef REACH
#define REACH 0
#endif
/* With REACH set to n, Spin must find a run that comes by: the model is not empty. */
#define reach(n, condition) assert(REACH != n || !(condition))
#define WENT_BACK (ANY_STORE || REWINDS > 0 || STORES > 1)
/* What a heal adds, so that no count of leases comes again. */
#define LEAP 8

typedef Store { byte maxId; byte free; byte leases }
mtype = { IDLE, ALLOCATED, LATE, HOLDS, RELEASED, PUT_BACK, REWOUND };

Store store[STORES], backup;
byte mark, returned, skipped, epoch; /* the witness: the two kinds of holes are masks */
/* Ids that a node would still claim, without those that were in a skipped hole before it had them. */
byte pending[NODES];
byte busy; /* nodes that are not idle, a mask */
byte allocations, rewinds, serving = 1;
/* Any one id that was issued, so that what holds of it holds of all. */
bit watching; byte watchedId;
#ifdef NUMBERED
byte numbers[IDS]; /* of the claims by which ids were taken out of returned holes */
#endif
byte wasReturned; /* for REACH */

#define ids(from, to) ((1 << (to)) - (1 << (from)))
#define mine ids(start, end)
#define unclaimed (returned | skipped | ids(mark, IDS))
#if NODES == 2
#define allPending (pending[0] | pending[1])
#else
#define allPending (pending[0] | pending[1] | pending[2])
#endif
#define closing (skipped & ~allPending)

#if defined(MUTANT_NO_CLAIM) || defined(MUTANT_CLAIM_BELOW_MARK)
#define isAccepted true
#elif defined(MUTANT_PLAIN_HIGHEST)
#define isAccepted (start >= mark)
#else
#define isAccepted ((mine & unclaimed) == mine)
#endif

#ifdef MUTANT_NO_EPOCH
#define isStale false
#else
#define isStale (from < epoch)
#endif

inline take() {
#ifndef MUTANT_NO_CLAIM
  d_step {
#ifdef NUMBERED
    for (i : 0 .. IDS - 1) { numbers[i] = ((mine & returned) & (1 << i) -> number : numbers[i]) };
    i = 0;
#endif
#ifndef MUTANT_HOLE_NEVER_TAKEN
    returned = returned & ~mine;
#endif
    skipped = skipped & ~mine;
    if
    :: start > mark -> skipped = skipped | ids(mark, start)
    :: else
    fi;
    mark = (end > mark -> end : mark);
    epoch = from
  }
#else
  skip
#endif
}
/* Ids that nobody has claimed stay as they are. */
inline release() {
#ifdef NUMBERED
  for (i : 0 .. IDS - 1) {
    if
    :: (mine & ~unclaimed & (1 << i)) && (numbers[i] == 0 || numbers[i] == number) ->
       returned = returned | (1 << i);
       numbers[i] = 0
    :: else
    fi
  };
  i = 0;
#else
  returned = returned | (mine & ~unclaimed);
#endif
  wasReturned = (REACH == 2 -> wasReturned | mine : 0)
}
inline giveBack() {
#if ANY_STORE
  skip
#else
  if
  :: store[from].maxId == end && store[from].leases == leases -> store[from].maxId = start
  :: else ->
     if
     :: end <= store[from].maxId -> store[from].free = store[from].free | mine
     :: else
     fi
  fi
#endif
}
inline forget() {
  d_step {
    state = IDLE; start = 0; end = 0; leases = 0; from = 0; isFree = 0;
#ifdef NUMBERED
    number = 0;
#endif
    pending[me] = 0; busy = busy & ~(1 << me)
  }
}
/* Of the counter of a store that serves, one id or two; or a free range, taken and deleted at once. */
inline allocate() {
#if ANY_STORE
  do
  :: start < IDS - 1 -> start++
  :: break
  od;
  if
  :: end = start + 1
  :: start < IDS - 1 -> end = start + 2
  fi;
  busy = busy | (1 << me);
  state = ALLOCATED
#else
  if
  :: from = 0
  :: serving > 1 -> from = 1
  fi;
  if
  :: store[from].maxId < IDS -> start = store[from].maxId; end = start + 1
  :: store[from].maxId + 1 < IDS -> start = store[from].maxId; end = start + 2
  :: store[from].free ->
     start = 0;
     do
     :: store[from].free & (1 << start) -> break
     :: store[from].free >> (start + 1) -> start++
     od;
     end = start + 1;
     if
     :: store[from].free & (1 << end) -> end++
     :: true
     fi;
     isFree = 1
  :: else
  fi;
  if
  :: end == 0 -> forget()
  :: else ->
     d_step {
       allocations++;
       store[from].free = store[from].free & ~(isFree -> mine : 0);
       store[from].maxId = (isFree -> store[from].maxId : end);
       store[from].leases++;
       leases = store[from].leases;
       pending[me] = mine & ~skipped;
       busy = busy | (1 << me);
#ifdef NUMBERED
       number = allocations;
#endif
       state = ALLOCATED
     }
  fi
#endif
}

active [NODES] proctype Node() {
  byte me, start, end, leases, from;
#ifdef NUMBERED
  byte number, i;
#endif
  bit isFree;
  mtype state = IDLE;

  me = _pid;
endless:
  do
  /* Idle nodes are alike: it may as well be the first of them. */
  :: atomic { state == IDLE && (ANY_STORE || allocations < ALLOCATIONS) && (busy & ids(0, me)) == ids(0, me) -> allocate() }
  /* claim, and its verdict */
  :: atomic { state == ALLOCATED ->
       if
       :: isStale -> reach(6, true); forget()
       :: !isStale && isAccepted ->
          assert(from >= epoch);
          reach(2, wasReturned & mine);
          reach(3, skipped & mine);
          reach(4, (returned & mine) && start < mark && end > mark);
          take();
          pending[me] = 0;
          state = HOLDS
       :: !isStale && !isAccepted && isFree -> store[from].free = 0; forget()
       :: !isStale && !isAccepted && !isFree ->
#if ANY_STORE
          forget()
#else
          assert(WENT_BACK);
          reach(1, true);
          reach(5, from == 1);
          pending[me] = 0;
          start = 0;
          end = mark; /* where to heal to */
          state = REWOUND
#endif
       fi }
  /* heal: only where nobody did before */
  :: atomic { state == REWOUND ->
       if
       :: store[from].leases <= leases || store[from].maxId < end ->
          d_step {
            store[from].maxId = (store[from].maxId < end -> end : store[from].maxId);
            store[from].free = 0;
            store[from].leases = store[from].leases + LEAP
          }
       :: else
       fi;
       forget() }
  /* Its time is over, and it drops the range; what it sent may still be carried out. */
  :: atomic { state == ALLOCATED -> pending[me] = 0; state = LATE }
  :: atomic { state == LATE ->
       if
       :: !isStale && isAccepted -> take()
#ifdef MUTANT_LATE_REFUSAL
       :: !isStale && !isAccepted -> assert(isFree || WENT_BACK)
#endif
       :: else
       fi;
       forget() }
  /* issue */
  :: atomic { state == HOLDS ->
       assert(!(watching && watchedId == start));
       if
       :: WENT_BACK && !watching -> watching = 1; watchedId = start
       :: true
       fi;
       start++;
       if
       :: start == end -> forget()
       :: else
       fi }
  /* A tail is given up for good, then released, then put back. One whose claim was never sent is only put back. */
  :: atomic { state == ALLOCATED && !isFree -> giveBack(); forget() }
  :: atomic { state == RELEASED -> giveBack(); forget() }
#ifdef MUTANT_STORE_FIRST
  :: atomic { state == HOLDS -> giveBack(); state = PUT_BACK }
  :: atomic { state == PUT_BACK -> release(); forget() }
#else
  :: atomic { state == HOLDS -> release(); state = RELEASED }
#endif
#ifdef MUTANT_RELEASE_BEFORE_GIVEN_UP
  :: atomic { state == HOLDS -> release() }
#endif
#if defined(NUMBERED) || defined(MUTANT_RETRIED_RELEASE)
  /* The return of a lease is repeated: the store that went back has forgotten the first one. */
  :: atomic { state == RELEASED -> release() }
  :: atomic { state == RELEASED -> giveBack() }
#endif
#ifdef MUTANT_RETRIED_CLAIM
  :: atomic { state == ALLOCATED && !isStale && isAccepted -> take() }
#endif
#ifdef MUTANT_RELEASE_UNCLAIMED
  :: atomic { state == ALLOCATED -> release(); pending[me] = 0; state = RELEASED }
#endif
#ifdef MUTANT_PUT_BACK_UNCLAIMED
  :: atomic { state == ALLOCATED && isFree -> giveBack(); forget() }
#endif
#ifdef MUTANT_PUT_BACK_UNCONFIRMED
  :: atomic { state == ALLOCATED -> giveBack(); pending[me] = 0; state = LATE }
#endif
  :: atomic { state != IDLE -> forget() }
  od
}

active proctype Environment() {
  byte i;
endless:
  do
  /* Some skipped hole closes, or some of it. */
  :: atomic { closing ->
       do
       :: closing & (1 << i) -> skipped = skipped & ~(1 << i); break
       :: closing >> (i + 1) -> i++
       od;
       i = 0 }
#if WENT_BACK
  :: d_step { rewinds < REWINDS || serving < STORES ->
       backup.maxId = store[0].maxId; backup.free = store[0].free; backup.leases = store[0].leases }
#endif
#if REWINDS > 0
  :: d_step { rewinds < REWINDS ->
       rewinds++;
       store[0].maxId = backup.maxId; store[0].free = backup.free; store[0].leases = backup.leases }
#endif
#if STORES > 1
  /* Another server serves from what it has of the first one, which goes on. */
  :: d_step { serving < STORES ->
       serving = 2;
       store[1].maxId = backup.maxId; store[1].free = backup.free; store[1].leases = backup.leases }
#endif
  od
}

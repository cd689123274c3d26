package ratelimit

import "context"

// Limiter decides how many. Make one with [New]; all its methods may be called
// from any number of goroutines. It runs nothing in the background.
type Limiter struct {
	memory     *Memory
	shared     *shared // nil without Options.Store
	maxWaiting int
	answers    answers // what services usually answer
}

// New returns a limiter with nothing counted.
func New(opts *Options) *Limiter {
	l := &Limiter{memory: NewMemory(opts), maxWaiting: opts.maxWaiting()}
	if opts != nil && opts.Store != nil {
		l.shared = newShared(l.memory, opts)
	}
	return l
}

// Admit takes the amount of every ask from its bucket, or nothing at all. It
// is atomic over all buckets: no other call sees a part of it. When the
// verdict is OK the call is added to lease, which the caller closes; otherwise
// lease and every bucket are as before. No asks are always admitted.
//
// A lease that is still open goes on to hold what it held, and its one Settle
// then counts for every bucket of tokens in it. With a nil lease what was
// taken stays taken, and calls under way are looked at but not counted, as
// nobody would say when this one ends. Of several asks for one bucket each must
// fit by itself, and the largest amount is taken; shadow asks take only where no
// other ask does.
//
// Without Options.Store, ctx is not looked at, and Admit allocates nothing
// while the buckets are known and the lease holds at most [MaxAsks].
//
// With it, a call that this process has room for costs one [Store.Take]. Only
// Options.StoreTimeout ends that, not ctx: what a caller who hung up has taken
// must be known to be given back. If the store refuses, the call is refused; if
// it fails, Options.WhenAway decides. Several Admits at once are each all or
// nothing in this process and in the store, but for a moment a call that the
// store goes on to refuse holds its part of this process's counts.
func (l *Limiter) Admit(ctx context.Context, asks []Ask, lease *Lease) Verdict {
	if lease != nil && lease.memory != nil && lease.memory != l.memory {
		return l.admitBeside(ctx, asks, lease)
	}
	if l.shared != nil && asksStore(asks) {
		return l.shared.admit(ctx, asks, lease)
	}
	return l.memory.admit(asks, lease)
}

// admitBeside admits into a lease that holds something of another limiter's: a
// lease of its own, which is closed together with that one.
func (l *Limiter) admitBeside(ctx context.Context, asks []Ask, lease *Lease) Verdict {
	own := new(Lease)
	v := l.Admit(ctx, asks, own)
	if own.Open() {
		own.beside, lease.beside = lease.beside, own
	}
	return v
}

// Usage returns how much of b this process has used, and how much of limit
// remains, at least 0. It changes nothing. [Limiter.Peek] asks the store too.
func (l *Limiter) Usage(b Bucket, limit int64) (used, remaining int64) {
	if !b.valid() {
		return 0, 0
	}
	used = l.memory.used(b)
	return used, remains(limit, used)
}

// remains returns what used leaves of limit, at least 0.
func remains(limit, used int64) int64 { return max(limit, 0) - min(max(used, 0), max(limit, 0)) }

// ChargesAfter reports whether tokens are charged when calls settle
// (Options.ChargeAfter), so that no estimate is needed.
func (l *Limiter) ChargesAfter() bool { return l.memory.chargeAfter }

// Memory returns where the limiter counts.
func (l *Limiter) Memory() *Memory { return l.memory }

// Len returns the number of buckets kept in memory.
func (l *Limiter) Len() int { return l.memory.Len() }

// Sweep forgets every bucket that has nothing in its window and no open lease.
// The limiter does so by itself, little by little, as calls come; a program
// may call Sweep after a peak. It locks a small part at a time.
func (l *Limiter) Sweep() { l.memory.Sweep() }

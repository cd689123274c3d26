package ratelimit

import "context"

// Store keeps counts that several limiters share, so that a limit holds for all
// of them together. [Memory] is one, for limiters of one process; package
// ratelimittest holds the laws of every Store. Its methods may be called from
// any number of goroutines, and must return when ctx ends: the call of a caller
// waits for it. The slices are the store's until then, and no longer.
//
// A limiter gives every method Options.StoreTimeout, whether or not its own
// caller has hung up. An error, a panic and an end of ctx all mean that the
// store cannot be asked (see [WhenAway]); the text of an error is logged and
// shown in [Health]. An answer that breaks these rules can make the shared
// counts wrong, but no more.
//
// A Store never sees asks for [Concurrent]: calls under way are counted by the
// process that has them. Shadow asks it does see, and tokens to be charged
// afterwards have Ask.After set. Numbers saturate at the ends of int64.
type Store interface {
	// Take takes the amount of every ask from its bucket or nothing at all,
	// in one step that no other call sees a part of, and in one round trip.
	// The rules are those of [Limiter.Admit]; the time is the store's own.
	// When the verdict is OK, taken, which is as long as asks, says for each
	// ask what was taken and when. Of several asks for one bucket at least one
	// says what was taken for all of them together, and the others no more.
	//
	// After an error something may have been taken. It leaves its window by
	// itself, one period later; nobody gives it back.
	Take(ctx context.Context, asks []Ask, taken []Taken) (Verdict, error)

	// Settle puts what was really used in the place of what was taken: what
	// was used less goes back to the slot it was taken from, unless that has
	// left the window, and what was used more is taken now, whether or not it
	// fits. After an error any part of it may have happened; what was used more
	// may then be told again.
	Settle(ctx context.Context, settled []Settled) error

	// Used says how much of each bucket is used; used is as long as buckets.
	Used(ctx context.Context, buckets []Bucket, used []int64) error
}

// Taken is what was taken for one ask.
type Taken struct {
	Bucket Bucket
	Slot   int64 // the store's name for the time it was taken
	Amount int64 // 0 or more
}

// Settled is a [Taken] and what was really used of it, 0 or more.
type Settled struct {
	Taken
	Used int64
}

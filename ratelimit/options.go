package ratelimit

import (
	"time"

	"go.uber.org/zap"
)

// Options tune a [Limiter]. A nil *Options means every default.
type Options struct {
	// Now tells the time. Any jump is survived; see the package comment.
	// Readings that lie more than 292 years apart are not told apart.
	// Default: the process's monotone clock.
	Now func() time.Time

	// ChargeAfter makes limits on tokens behave as the hosted product's do
	// (spec §5.4, §18 example 8): a call is admitted while less than the limit
	// is used, reserves nothing, and is charged when it settles. Parallel
	// calls may then exceed a token limit; limits on requests stay hard.
	// Default: false, tokens are reserved.
	ChargeAfter bool

	// Store is where limiters of several processes count together. What a
	// call takes is then taken from this limiter's own memory first and from
	// the store after that, so that a call which this process alone has no
	// room for needs no round trip. Default: nil, memory alone.
	Store Store

	// WhenAway says what happens to calls while Store cannot be asked
	// (ruling R5): it gave an error, panicked, or took longer than
	// StoreTimeout. One call a second tries it again; no other waits for it.
	// Default: Bounded.
	WhenAway WhenAway

	// Share is how much of each limit this process admits by itself while
	// Store cannot be asked, in percent, 1 to 100; of a limit of 1 and above
	// it is at least 1. Default: 100, also for numbers out of range.
	Share int

	// StoreTimeout is how long Store may take to answer. A call whose answer
	// takes longer is decided as if the store were away. Default: 100 ms,
	// also for 0 and below.
	StoreTimeout time.Duration

	// MaxWaiting is the most calls that Limiter.Wait keeps waiting at once.
	// When so many wait and one more comes, the call that came last of the
	// caller with most goes, unless that is the one that comes. Default:
	// 1,024, also for 0 and below.
	MaxWaiting int

	// MaxTagBuckets is the most buckets that may be kept for the request tags
	// of one service, whose values callers choose. A call whose tag needs one
	// more while none is idle is refused with Verdict.Full set; other services
	// and other limits do not notice. Default: 65,536.
	MaxTagBuckets int

	// MaxBuckets is the most buckets that may be kept. A call that needs one
	// more while none is idle is refused with Verdict.Full set: no bucket
	// in use is ever given up for it. Default: 0, no limit but the number of
	// buckets in use. Negative counts as 0.
	MaxBuckets int

	// Logger gets a line when Store goes away and when it is back. Default:
	// nil, nobody reads.
	Logger *zap.Logger
}

func (o *Options) now() func() time.Time {
	if o == nil {
		return nil
	}
	return o.Now
}

func (o *Options) chargeAfter() bool { return o != nil && o.ChargeAfter }

func (o *Options) maxBuckets() int64 {
	if o == nil {
		return 0
	}
	return int64(max(o.MaxBuckets, 0))
}

func (o *Options) maxTagBuckets() int64 {
	if o == nil || o.MaxTagBuckets <= 0 {
		return 1 << 16
	}
	return int64(o.MaxTagBuckets)
}

func (o *Options) share() int64 {
	if o == nil || o.Share < 1 || o.Share > 100 {
		return 100
	}
	return int64(o.Share)
}

func (o *Options) storeTimeout() time.Duration {
	if o == nil || o.StoreTimeout <= 0 {
		return 100 * time.Millisecond
	}
	return o.StoreTimeout
}

func (o *Options) maxWaiting() int {
	if o == nil || o.MaxWaiting <= 0 {
		return 1024
	}
	return o.MaxWaiting
}

func (o *Options) logger() *zap.Logger {
	if o == nil || o.Logger == nil {
		return zap.NewNop()
	}
	return o.Logger
}

// WhenAway is what a limiter does while its store cannot be asked.
type WhenAway uint8

const (
	// Bounded admits what this process's own counts let pass, by Options.Share
	// of each limit. Of n processes each admits at most that much by itself,
	// in any interval of one period, besides what the store admitted. The
	// store does not hear of calls that are admitted so.
	Bounded WhenAway = iota
	// Deny refuses every call that has a limit which Store counts, with
	// Verdict.Away set, or Disabled if a limit is 0.
	Deny
)

package ratelimit

import "time"

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
	// (ruling R5). Default: Bounded.
	WhenAway WhenAway

	// Share is how much of each limit this process admits by itself while
	// Store cannot be asked, in percent, 1 to 100. Default: 100.
	Share int

	// StoreTimeout is how long Store may take to answer. Default: 100 ms.
	StoreTimeout time.Duration

	// MaxWaiting is the most calls that Limiter.Wait keeps waiting at once.
	// Default: 1,024.
	MaxWaiting int

	// MaxTagBuckets is the most buckets that may be kept for the values of
	// request tags, which callers choose. A call whose tag needs one more
	// while none is idle is refused with Verdict.Full set. Default: 65,536.
	MaxTagBuckets int

	// MaxBuckets is the most buckets that may be kept. A call that needs one
	// more while none is idle is refused with Verdict.Full set: no bucket
	// in use is ever given up for it. Default: 0, no limit but the number of
	// buckets in use. Negative counts as 0.
	MaxBuckets int
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

// WhenAway is what a limiter does while its store cannot be asked.
type WhenAway uint8

const (
	// Bounded admits what this process's own counts let pass, by Options.Share
	// of each limit. Of n processes each admits at most that much by itself.
	Bounded WhenAway = iota
	// Deny refuses every call that has a limit, with Verdict.Away set.
	Deny
)

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

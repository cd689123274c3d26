package routing

import (
	"time"

	"go.uber.org/zap"
)

// Options adjust a Router. A nil *Options is all defaults.
type Options struct {
	// Timeouts bound the phases of a request (ruling R32). Default: no limit.
	Timeouts Timeouts

	// Cooldown is how long a destination cools the first time. Each further
	// time without a success in between doubles it, to 60 s (or to Cooldown,
	// if that is longer). Default nil: 5 s. 0 or less: nothing ever cools, not
	// even after a Retry-After.
	Cooldown *time.Duration

	// FailureThreshold is how many failures in a row make a destination cool.
	// Default 0 or less: 5.
	FailureThreshold int

	// MaxRetryAfter caps how long a provider's Retry-After cools. Default 0 or
	// less: 5 min.
	MaxRetryAfter time.Duration

	// RetriesPerDestination is how often the same destination may be tried
	// again before the next one. Default 0 or less: never (spec §4.1).
	RetriesPerDestination int

	// RetryUncertain allows such a retry also after an uncertain failure: the
	// provider may do, and bill, the work twice (ruling R3). Default false.
	RetryUncertain bool

	// RetryWait is the wait before the first retry of a destination; it doubles
	// for each further one, is varied by the draw between half and all of
	// itself, and is at least the provider's Retry-After. Default 0 or less:
	// 200 ms.
	RetryWait time.Duration

	// MaxRetryWait caps the wait. A provider that asks for longer is not
	// retried: the next destination is tried at once. Default 0 or less: 5 s.
	MaxRetryWait time.Duration

	// RetryBudget bounds the retries of all requests of this Router together.
	// Default nil: 20 percent and 10 in reserve.
	RetryBudget *RetryBudget

	// Now is the clock for latencies and health. Timers run on the real clock.
	// Default nil: time.Now.
	Now func() time.Time

	// Logger gets a line when a destination begins to cool and when a Strategy
	// panics. Default nil: nobody reads.
	Logger *zap.Logger
}

// Timeouts are the limits of ruling R32. Each works alone; 0 or less is no
// limit.
type Timeouts struct {
	// FirstToken bounds the time from the start of an attempt of a stream to
	// Commit. A Config's FirstTokenTimeout replaces it. Default 0.
	FirstToken time.Duration

	// Idle bounds the time from Commit to the first Progress and between two
	// calls of Progress. Default 0.
	Idle time.Duration

	// Attempt bounds the time from the start of an attempt to Commit, or to the
	// end of the attempt. Default 0.
	Attempt time.Duration

	// Total bounds the time from the start of the request to Commit, or to its
	// end, over all attempts and waits. Default 0.
	Total time.Duration
}

const (
	defaultCooldown      = 5 * time.Second
	longestCooldown      = 60 * time.Second
	defaultThreshold     = 5
	defaultMaxRetryAfter = 5 * time.Minute
	defaultRetryWait     = 200 * time.Millisecond
	defaultMaxRetryWait  = 5 * time.Second
)

func (o *Options) cooldown() time.Duration {
	if o == nil || o.Cooldown == nil {
		return defaultCooldown
	}
	return max(*o.Cooldown, 0)
}

func (o *Options) failureThreshold() int {
	if o == nil || o.FailureThreshold <= 0 {
		return defaultThreshold
	}
	return o.FailureThreshold
}

func (o *Options) maxRetryAfter() time.Duration {
	if o == nil || o.MaxRetryAfter <= 0 {
		return defaultMaxRetryAfter
	}
	return o.MaxRetryAfter
}

func (o *Options) retryWait() time.Duration {
	if o == nil || o.RetryWait <= 0 {
		return defaultRetryWait
	}
	return o.RetryWait
}

func (o *Options) maxRetryWait() time.Duration {
	if o == nil || o.MaxRetryWait <= 0 {
		return defaultMaxRetryWait
	}
	return o.MaxRetryWait
}

func (o *Options) timeouts() Timeouts {
	if o == nil {
		return Timeouts{}
	}
	t := o.Timeouts
	return Timeouts{max(t.FirstToken, 0), max(t.Idle, 0), max(t.Attempt, 0), max(t.Total, 0)}
}

func (o *Options) logger() *zap.Logger {
	if o == nil || o.Logger == nil {
		return zap.NewNop()
	}
	return o.Logger
}

// A Router plans requests, runs plans, and remembers how destinations fared.
// One per process is the rule, because health and the retry budget live in it.
// It is safe for concurrent use and needs no closing.
type Router struct {
	timeouts Timeouts
	marks    marks
	retry    retryRule
	log      *zap.Logger
	now      func() time.Time // nil: time.Now
	epoch    time.Time
}

// New returns a Router. opts may be nil and is not kept.
func New(opts *Options) *Router {
	r := &Router{timeouts: opts.timeouts(), log: opts.logger()}
	if opts != nil {
		r.now = opts.Now
	}
	r.epoch = r.time()
	r.marks.rule = coolRule{
		base:          opts.cooldown(),
		longest:       max(opts.cooldown(), longestCooldown),
		threshold:     opts.failureThreshold(),
		maxRetryAfter: opts.maxRetryAfter(),
	}
	r.retry = newRetryRule(opts)
	return r
}

func (r *Router) time() time.Time {
	if r.now == nil {
		return time.Now()
	}
	return r.now()
}

// clock is the time since the Router was made. Unlike a wall clock it does not
// jump when somebody sets the time.
func (r *Router) clock() time.Duration {
	if r.now == nil {
		return time.Since(r.epoch)
	}
	return r.now().Sub(r.epoch)
}

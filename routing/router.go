package routing

import (
	"time"

	"go.uber.org/zap"
)

// Options adjust a Router. A nil *Options is all defaults.
type Options struct {
	// Timeouts bound the phases of a request (ruling R32). Each field states
	// its default.
	Timeouts Timeouts

	// MaxAttempts bounds the attempts of one request, retries and hedges
	// included. Default 0 or less: what the plan and RetriesPerDestination
	// come to.
	MaxAttempts int

	// WaitForRecovery is how long a request may wait before its first attempt
	// when all of its plan cools: it waits until the first destination does
	// not, if that is within this time, the total limit and the caller's
	// deadline, and else tries all in order at once. Default 0 or less: nobody
	// waits.
	WaitForRecovery time.Duration

	// MaxWaiting bounds how many requests wait at once; one more does not.
	// Default 0 or less: 100.
	MaxWaiting int

	// Hedge sends slow requests a second time. Default nil: never.
	Hedge *Hedge

	// Cooldown is how long a destination cools the first time. Each further
	// time without a success in between doubles it, to 60 s (or to Cooldown,
	// if that is longer). Default nil: 5 s. 0 or less: nothing ever cools, not
	// even after a Retry-After or by a Row's CoolFor.
	Cooldown *time.Duration

	// FailureThreshold is how many failures in a row make a destination cool.
	// Default 0 or less: 5.
	FailureThreshold int

	// Ramp is how long a destination that the threshold made cool takes, after
	// its probe has succeeded, to be let all its requests again: a tenth of
	// them at first, then evenly more (see [Health]). Default 0 or less: all at
	// once.
	Ramp time.Duration

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

	// Rows are put over those of [Table], by Cause; of several for one Cause the
	// first counts. A Row may also be for a Cause of your own, for Signs to
	// name. The rows that say how the Router works and not what providers do
	// stand: those of CauseTimeoutTotal, CauseCanceled, CauseSuperseded,
	// CauseAborted and CausePanic. Default: none.
	Rows []Row

	// Signs are asked before those of [Signs]. Default: none.
	Signs []Sign

	// Strategy orders the destinations of Configs without one of their own.
	// Default nil: [Split].
	Strategy Strategy

	// Observe keeps latencies and headroom per destination, for strategies of
	// Configs and your own. Default false: only if Strategy is [LeastLatency]
	// or [MostHeadroom], or Hedge waits for as long as is usual.
	Observe bool

	// Now is the clock for latencies and health. Timers run on the real clock.
	// If it is set back, no cooldown lasts longer for it than cooldowns may.
	// Default nil: time.Now.
	Now func() time.Time

	// Logger gets a line when a destination begins to cool and when a Strategy
	// panics. Default nil: nobody reads.
	Logger *zap.Logger
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

func (o *Options) ramp() time.Duration {
	if o == nil {
		return 0
	}
	return max(o.Ramp, 0)
}

// observes reports whether anything needs what is observed.
func (o *Options) observes() bool {
	if o == nil {
		return false
	}
	_, needs := o.Strategy.(interface{ observes() })
	return o.Observe || needs || o.Hedge != nil && o.Hedge.After == 0
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
	attempts int // per request; 0: what the plan allows
	marks    marks
	retry    retryRule
	hedge    hedgeRule
	waiting  waitRule
	log      *zap.Logger
	now      func() time.Time // nil: time.Now
	epoch    time.Time
	started  time.Time // as epoch, on the clock of the timers
	strategy Strategy  // nil: Split
	rows     []Row     // Options.Rows, complete
	signs    []Sign    // Options.Signs, then Signs
	observed *observed // nil: nothing is observed
}

// New returns a Router. opts may be nil and is not kept.
func New(opts *Options) *Router {
	r := &Router{timeouts: opts.timeouts(), log: opts.logger(), signs: Signs()}
	if opts != nil {
		r.now, r.strategy, r.attempts = opts.Now, opts.Strategy, max(opts.MaxAttempts, 0)
		r.rows, r.signs = ownRows(opts.Rows), allSigns(opts.Signs)
	}
	r.epoch = r.time()
	r.started = r.epoch
	if r.now != nil {
		r.started = time.Now()
	}
	r.marks.rule = coolRule{
		base:          opts.cooldown(),
		longest:       max(opts.cooldown(), longestCooldown),
		threshold:     opts.failureThreshold(),
		maxRetryAfter: opts.maxRetryAfter(),
		ramp:          opts.ramp(),
	}
	r.marks.rule.most = max(r.marks.rule.longest, r.marks.rule.maxRetryAfter)
	for _, row := range r.rows {
		r.marks.rule.most = max(r.marks.rule.most, row.CoolFor)
	}
	r.retry = newRetryRule(opts)
	r.hedge = newHedgeRule(opts)
	r.waiting.set(opts)
	if opts.observes() {
		r.observed = &observed{router: r}
	}
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

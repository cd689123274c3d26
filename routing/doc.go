// Package routing answers two questions: where does a request go, and where
// next when that fails.
//
// It does not know who is asking, what the payload is, which provider speaks
// behind a destination, or any credential. It sees names, percentages and an
// order; a function of the caller's does the sending.
//
// # The three calls
//
//	router := routing.New(nil)                       // one per process
//	plan := router.Plan(config, request)             // pure, given the health seen
//	steps, err := router.Do(ctx, &plan, try)         // runs it
//
// A [Config] names up to ten primaries with traffic percentages and up to five
// fallbacks (spec §3.2). [Router.Plan] picks one primary by the draw, appends
// the fallbacks in their order and leaves out what is cooling. The draw is one
// uint64 chosen by the caller: write it down and the plan can be replayed. The
// split is exact: over any 100 consecutive draws each primary is first exactly
// its percentage of times. The requests of a session stay with one primary
// instead, on all replicas alike and with nothing stored (spec §4.2).
//
// That is [Split], one [Strategy] of several: [Ordered] has no draw,
// [LeastLatency] and [MostHeadroom] order the primaries by what the Router has
// seen of them, and you may write your own.
//
// [Router.Do] hands one [Attempt] after the other to try until one succeeds, a
// failure is for the caller, or the plan ends. It returns a [Step] per attempt
// made, whatever happened.
//
// # What a failure means
//
// Try says what went wrong with a [Failure]. Its [Cause] decides what follows,
// by the public [Table] (ruling R28). Which Cause a provider's refusal has
// [Router.CauseOf] says: by the first of the [Signs] that fits its status and
// words, else by the status alone. Options.Rows and Options.Signs go before
// ours. An error that is not a Failure stops the request at once and is
// returned as it is. A panic in try becomes a [PanicError]; the process lives
// on.
//
// # The commit boundary
//
// Before [Attempt.Commit] every eligible failure moves to the next destination;
// after it nothing does, because content is about to reach the caller. With a
// [Hedge] two attempts may ask for that, and Commit tells one of them no; it says
// no, too, to a stream that begins after its limit.
//
// # Budgets
//
// Attempts and time are counted per request: each destination of the plan is
// tried once (spec §4.1), plus at most Options.RetriesPerDestination and never
// more than Options.MaxAttempts, and [Timeouts] bound the phases (ruling R32);
// they are on by default. Retrying the same destination also
// spends a budget shared by all requests; moving on never does (ruling R29).
// After an uncertain failure the same destination is not tried again (ruling
// R3).
//
// Two things cost or wait more than they must, and are off until asked for:
// Options.Hedge asks a second destination when the first is slower than usual,
// for a small share of the requests; Options.WaitForRecovery lets a request wait
// when all of its plan cools.
//
// # Health
//
// A destination that fails five times in a row, or says Retry-After, cools and
// is left out of plans, unless all are cooling (ruling R29). After five failures
// it comes back by way of one probe; a Retry-After just ends. Health belongs to
// Destination.Key, so two names of one thing share it. See [Health], which has
// the whole automaton.
//
// # Errors
//
// [Config.Validate] returns *[InvalidError]. Do returns [ErrNoDestination],
// something that is a *[Failure], a *[PanicError], or the error of try.
//
// # Concurrency
//
// A Router is safe for use by many goroutines and starts none that outlives a
// call. A Config must not change once it is in use. Attempt methods may be
// called from any goroutine.
package routing

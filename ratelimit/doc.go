// Package ratelimit answers one question: how many? It does not know
// privileges, models, prompts, HTTP, or who a principal is beyond a number.
//
// # Rules, asks, admission
//
// [NewRules] checks and compiles the rate limits of one service (at most 20,
// of which 5 for groups; spec §5.1, §5.2). [Rules.Match] is a pure function
// from a caller to the asks that concern them, by the precedence of spec §5.3:
//
//   - a service rule concerns every call, whatever else is allowed, and a rule
//     for a request tag every call that carries the tag, whoever makes it;
//   - then exactly one personal tier: rules that name the caller, else rules
//     of groups the caller is in, else the default rule;
//   - a group's bucket is shared by its members; a caller in several groups is
//     blocked only when over in all of them (ruling R7).
//
// Requests and tokens are counted by the minute or by the hour, calls under way
// ([Concurrent]) from admission to the end of the lease. A limit of 0 blocks, an
// absent one does not limit, a negative one is refused (ruling R1). A shadow
// rule counts and refuses nothing; Verdict.Shadow says what it would have done.
//
// [Limiter.Admit] takes from every bucket or from none; a refused call changes
// nothing (ruling R27). The [Lease] it fills is settled once with the tokens
// really used, or released when the call never happened:
//
//	asks := rules.Match(caller, buf[:0])
//	ratelimit.ReserveTokens(asks, ratelimit.Estimate(bytes, maxTokens, 1, 0))
//	if v := limiter.Admit(ctx, asks, &lease); !v.OK {
//		return v // v.Disabled: 403. Otherwise 429, after v.RetryAfter.
//	}
//	defer lease.Release() // does nothing once settled
//	…
//	lease.Settle(used)
//
// [Limiter.Wait] is Admit for calls that would rather wait, in fair turns.
// [Limiter.Peek] says what Admit would say, and how every bucket stands.
//
// # What is promised
//
// The cap is hard (ruling R2): in every interval of one renewal period the
// amount admitted by a service, user, tag or default bucket is at most its
// limit, and by a group bucket at most its limit over the callers for whom it
// is the only group limit (ruling R25). Time is counted in slots of 1/60 of the
// period, the seconds of a minute and the minutes of an hour; what was admitted
// in a slot counts until the whole slot has left the window, so under continuous
// demand 60/61 of the limit flows (98.4 %), and Verdict.RetryAfter is at most
// one slot longer than a window without slots would need. Obeying RetryAfter
// is enough on a key that nobody else uses; a nanosecond less is refused.
//
// Tokens are reserved before the call and settled after it. What a call used
// less is given back to the slot it was taken from; what it used more is
// charged at the moment of settling, where it stands before new admissions for
// one whole period, even when the call outlived its own reservation. So the
// tokens charged in any period are at most the limit plus what actual use
// exceeded reservations. Options.ChargeAfter selects the hosted product's
// habit instead: reserve nothing, charge after the answer (spec §5.4).
//
// [Memory.Tally] shows that nothing is lost: what was reserved is settled,
// released or still open.
//
// # Time
//
// The limiter keeps a clock of its own that never runs back. A reading up to
// about a minute behind the newest one is taken for a late goroutine's, and
// counts as the newest. One further behind is taken for a clock that was set
// back: time goes on from where it stood, so that nobody is locked out for the
// length of the jump. Readings that reach the old mark again are taken as they are, so
// that a clock set back and forth gives no allowance; the price is that after
// a set-back a silence longer than the jump counts for less, by the jump. A
// clock set forward looks like time passing, and is believed. One thing cannot
// be told: a goroutine that read the clock before it was set back, and says so
// three seconds or more later, sounds like the clock set forward again. None of
// this can happen with the process's own clock, which is the default.
//
// # Estimates
//
// A call without a maximum reserves what answers of its service usually take: the
// caller tells [Limiter.Observe] how long an answer was and asks [Limiter.Usual]
// for the next [Estimate], the length that 95 % of the answers stay within. Of
// the first 20 it is twice the longest, and before the first 1,024 tokens, capped
// at the limit (ruling R24). A
// [TokenCounter] counts prompts exactly; package ratelimit/tiktoken has one.
//
// # Where the counts are
//
// Counts are kept in this process, in a [Memory], and are gone when it ends
// unless something keeps them: package ratelimit/boltlimit keeps them in a file.
// With Options.Store several processes count together, and Options.WhenAway says
// what a process does while the store cannot be asked (ruling R5): never without
// a limit.
//
// # Memory and concurrency
//
// A bucket is identified by [Bucket], never by its limit: it keeps its usage
// when the number changes (ruling R26). Only buckets with nothing in their
// window and no open lease are dropped, so dropping one forgives nothing. A
// bucket takes about 100 bytes where there is one use in a period, and under 300
// where there is one in every second. Nothing runs in the background and there
// is nothing to close.
//
// [Rules] are immutable. All methods of a [Limiter] may be called from any
// number of goroutines, and calls on different processors do not wait for each
// other at the buckets of one service or group until its limit is nearly
// reached; a [Lease] belongs to one goroutine at a time. Numbers saturate at the
// ends of int64 instead of wrapping.
package ratelimit

package ratelimit

import "fmt"

// Dimension is what a bucket counts. The zero Dimension is none of them.
type Dimension uint8

const (
	// Requests counts calls.
	Requests Dimension = iota + 1
	// Tokens counts input and output tokens together, as the provider
	// reports the total, cached ones included (ruling R4).
	Tokens
	// Concurrent counts calls under way: those admitted and not yet settled
	// or released. Its buckets have no period.
	Concurrent
)

// String returns "requests", "tokens" or "concurrent requests".
func (d Dimension) String() string {
	switch d {
	case Requests:
		return "requests"
	case Tokens:
		return "tokens"
	case Concurrent:
		return "concurrent requests"
	}
	return fmt.Sprintf("Dimension(%d)", uint8(d))
}

// Bucket identifies one count. It is comparable, and the limit is no part of
// it: usage survives a change of the number (ruling R26).
type Bucket struct {
	Service   uint64
	Principal uint64 // 0 for KeyService, the caller's own id for KeyUserDefault, TagID for KeyRequestTag
	Key       Key
	Period    Period
	Dimension Dimension
}

// MaxAsks is the largest number of asks that [Rules.Match] yields for rules on
// requests and tokens, without request tags and shadow rules: four for the
// service and ten for five group rules.
const MaxAsks = 2*2 + 2*maxGroupRules

// Ask is what one call wants of one bucket.
type Ask struct {
	Bucket Bucket

	// Limit is the most that may be in the bucket, 0 to 2^63-1. 0 and below
	// let nothing pass.
	Limit int64

	// Amount is how much the call wants. Below 1 it counts as 1; above Limit
	// as Limit, so that whatever is asked passes on an idle bucket.
	Amount int64

	// Shared marks the ask of a group. Shared asks of one dimension block
	// only when every group among them is over (ruling R7), a group being
	// over when any of its buckets of that dimension is. An admitted call is
	// charged to all of them, full ones too (ruling R25).
	Shared bool

	// Shadow asks are counted, and refuse nothing. What they would have
	// refused is Verdict.Shadow.
	Shadow bool

	// After takes nothing when the call is admitted, which it is while less
	// than Limit is used; what was used is charged when the call settles.
	After bool
}

// ReserveTokens sets the amount of every ask for tokens to n, at least 1 and
// at most the limit of that ask (ruling R24). Asks for requests stay at 1.
func ReserveTokens(asks []Ask, n int64) {
	for i := range asks {
		if asks[i].Bucket.Dimension == Tokens {
			asks[i].Amount = n
			asks[i].Amount = asks[i].amount()
		}
	}
}

// amount returns what the ask may really take.
func (a *Ask) amount() int64 { return min(max(a.Amount, 1), max(a.Limit, 0)) }

// over reports whether a does not fit into a bucket that holds used. After says
// that it takes nothing when it is admitted.
func (a *Ask) over(used int64, after bool) bool {
	if a.disabled() || after {
		return a.disabled() || used >= a.Limit
	}
	return used > a.Limit-a.amount()
}

// disabled reports whether waiting will never help a.
func (a *Ask) disabled() bool { return a.Limit <= 0 || !a.Bucket.valid() }

func (b *Bucket) valid() bool {
	switch b.Dimension {
	case Requests, Tokens:
		return b.Period.valid()
	case Concurrent:
		return b.Period == 0
	}
	return false
}

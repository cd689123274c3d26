package bench

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

// limitsRow: requests and tokens of a service, a user and a group for one call,
// all or none, then settled with what was really used. Beside it: go-limiter
// asked six times, which neither takes all or none nor gives anything back.
func limitsRow() row {
	return row{name: "six-limits", budget: 0.7, allocs: 0, open: func(tb testing.TB, _ scale) pair {
		return besideRivals(tb, goLimiter)
	}}
}

func BenchmarkSixLimits(b *testing.B) { limitsRow().sideBySide(b) }

const (
	callers = 64
	groups  = 8 // that the callers are in, each in one

	// plenty is a limit that no measurement reaches.
	plenty = 1 << 40

	reserved = 100 // tokens
	used     = 70  // tokens, of those reserved
)

// calls makes n calls, the callers taking turns, and stops at one that is not
// answered as is wanted: true, there is room for it. The limits are all that
// there is to such a call. Several calls at once want a function each.
type calls func(n int, want bool) error

// side measures calls for which there is room.
func (c calls) side(name string) side {
	return side{name: name, run: func(n int) error { return c(n, true) }}
}

// unwanted is the error of an answer that is not the one that is wanted.
func unwanted(caller int, got bool, err error) error {
	if err != nil {
		return fmt.Errorf("caller %d: %w", caller, err)
	}
	return fmt.Errorf("was there room for caller %d? It says %v", caller, got)
}

// crowd are callers of one service: what each asks of us, and the names of the
// same six limits for the others.
type crowd struct {
	asks [callers][]ratelimit.Ask
	keys [callers][6]string
}

// newCrowd returns callers of whom who says what user each is, and in what
// group. Of each limit on requests there is as much as given, of tokens plenty.
func newCrowd(requests int64, who func(caller int) (user, group uint64)) *crowd {
	c := new(crowd)
	for i := range callers {
		user, group := who(i)
		c.asks[i] = sixAsks(requests, 1, user, group)
		for j, of := range []string{"service:1", fmt.Sprint("user:", user), fmt.Sprint("group:", group)} {
			c.keys[i][2*j], c.keys[i][2*j+1] = of+":requests", of+":tokens"
		}
	}
	return c
}

// everybody is a crowd of users who share a service and, eight by eight, groups.
func everybody(requests int64) *crowd {
	return newCrowd(requests, func(caller int) (user, group uint64) { return uint64(caller), uint64(caller % groups) })
}

func sixAsks(requests int64, service, user, group uint64) []ratelimit.Ask {
	var asks []ratelimit.Ask
	for _, b := range []ratelimit.Bucket{
		{Service: service, Key: ratelimit.KeyService},
		{Service: service, Key: ratelimit.KeyUserDefault, Principal: user},
		{Service: service, Key: ratelimit.KeyUserGroup, Principal: group},
	} {
		b.Period = ratelimit.Minute
		for _, b.Dimension = range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
			limit := requests
			if b.Dimension == ratelimit.Tokens {
				limit = plenty
			}
			asks = append(asks, ratelimit.Ask{Bucket: b, Limit: limit, Amount: 1, Shared: b.Key == ratelimit.KeyUserGroup})
		}
	}
	ratelimit.ReserveTokens(asks, reserved)
	return asks
}

// ours asks a limiter for a crowd.
func ours(limiter *ratelimit.Limiter, c *crowd) calls {
	ctx, lease := context.Background(), new(ratelimit.Lease)
	return func(n int, want bool) error {
		for i := range n {
			v := limiter.Admit(ctx, c.asks[i%callers], lease)
			if v.OK != want {
				return unwanted(i%callers, v.OK, nil)
			}
			if v.OK {
				lease.Settle(used)
			}
		}
		return nil
	}
}

// besideRivals sets ours beside the first rival, and the others as well. Before
// that, all prove that they limit.
func besideRivals(tb testing.TB, rivals ...rival) pair {
	mine := ours(ratelimit.New(nil), everybody(plenty)).side("ours")
	var pairs []pair
	for _, r := range rivals {
		name, calls := r(tb, plenty)
		pairs = append(pairs, pair{reference: calls.side(name), ours: mine})
	}
	p := pairs[0]
	p.also = pairs[1:]
	p.agree = func() error {
		for _, r := range rivals {
			name, calls := r(tb, 3)
			if err := answersOf(calls); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return oursAgrees()
	}
	return p
}

// answersOf sees that a limit of three calls on everything lets three pass, of
// whomever, as they share the service.
func answersOf(c calls) error {
	return errors.Join(c(3, true), c(2, false))
}

// oursAgrees sees that ours limits as the others do, and what they do not do:
// a call is charged what it used, and a refused one nothing.
func oursAgrees() error {
	limiter, c := ratelimit.New(nil), everybody(3)
	if err := answersOf(ours(limiter, c)); err != nil {
		return fmt.Errorf("ours: %w", err)
	}
	for i, want := range []int64{3, 3 * used, 1, used, 1, used} {
		if got, _ := limiter.Usage(c.asks[0][i].Bucket, plenty); got != want {
			return fmt.Errorf("ours: limit %d of a caller was charged %d, not %d", i, got, want)
		}
	}
	return nil
}

package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// network is the way to a store that may be cut.
type network struct {
	ratelimit.Store
	cut bool
}

func (n *network) Take(ctx context.Context, asks []ratelimit.Ask, taken []ratelimit.Taken) (ratelimit.Verdict, error) {
	if n.cut {
		return ratelimit.Verdict{}, errors.New("no route to host")
	}
	return n.Store.Take(ctx, asks, taken)
}

// Two processes share a limit of 4 requests a minute. While the store cannot be
// asked, each may use half of it by itself.
func ExampleStore() {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	// In real life the store is a database that both of them reach.
	store := &network{Store: ratelimit.NewMemory(&ratelimit.Options{Now: clock})}
	opts := &ratelimit.Options{Now: clock, Store: store, WhenAway: ratelimit.Bounded, Share: 50}
	east, west := ratelimit.New(opts), ratelimit.New(opts)

	asks := []ratelimit.Ask{{
		Bucket: ratelimit.Bucket{Service: 7, Key: ratelimit.KeyService, Period: ratelimit.Minute, Dimension: ratelimit.Requests},
		Limit:  4,
		Amount: 1,
	}}
	passed := func(l *ratelimit.Limiter) (n int) {
		for l.Admit(context.Background(), asks, nil).OK {
			n++
		}
		return n
	}
	fmt.Println("together:", passed(east)+passed(west))

	now = now.Add(2 * time.Minute)
	store.cut = true
	fmt.Println("alone:", passed(east), "and", passed(west))
	h := east.Health()
	fmt.Println("away:", h.Away, h.Err, "admitted alone:", h.Alone)

	now = now.Add(2 * time.Minute)
	store.cut = false
	fmt.Println("together:", passed(east)+passed(west))
	fmt.Println("away:", east.Health().Away)
	// Output:
	// together: 4
	// alone: 2 and 2
	// away: true no route to host admitted alone: 2
	// together: 4
	// away: false
}

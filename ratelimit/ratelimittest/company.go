package ratelimittest

import (
	"context"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// company is a few limiters that count together in one store that may fail. It
// lives in a synctest bubble, whose time is everyone's.
type company struct {
	t        rapid.TB
	start    time.Time
	slow     *Slow
	store    *Faulty
	limiters []*ratelimit.Limiter
	period   ratelimit.Period
	limit    int64
	share    int64 // of the limit, of each limiter
	timeout  time.Duration
	log      []passed
	own      [][]passed // by limiter
	leases   []*loan
}

// loan is a call under way.
type loan struct {
	lease ratelimit.Lease
	used  int64
	log   int // where it is written down
	of    int // by which limiter
	own   int
}

// newCompany opens n limiters with opts, which it completes.
func newCompany(t rapid.TB, open Open, n int, limit int64, opts ratelimit.Options) *company {
	c := &company{t: t, start: time.Now(), period: ratelimit.Minute, limit: limit, timeout: 50 * time.Millisecond}
	c.slow = NewSlow(StoreOptions{Now: time.Now})
	c.store = &Faulty{Store: c.slow}
	c.share = limit
	if opts.Share > 0 {
		c.share = max(limit*int64(opts.Share)/100, 1)
	}
	opts.Store, opts.Now, opts.StoreTimeout = c.store, time.Now, c.timeout
	for range n {
		c.limiters = append(c.limiters, open(&opts))
	}
	c.own = make([][]passed, n)
	return c
}

// ask is what a call of amount asks for.
func (c *company) ask(amount int64) []ratelimit.Ask { return oneAsk(1, c.period, c.limit, amount) }

// call has limiter i decide on a call, which settles at once with used, or
// stays under way.
func (c *company) call(i int, amount, used int64, stay bool) ratelimit.Verdict {
	l := new(loan)
	began := time.Now()
	v := c.limiters[i].Admit(context.Background(), c.ask(amount), &l.lease)
	if took := time.Since(began); took > c.timeout {
		c.t.Fatalf("a call took %v, the store may take %v", took, c.timeout)
	}
	if !v.OK {
		if v.RetryAfter <= 0 || l.lease.Open() {
			c.t.Fatalf("refused with %+v, and a lease that is open: %v", v, l.lease.Open())
		}
		return v
	}
	p := passed{time.Since(c.start), min(amount, c.limit)}
	l.used, l.of, l.log, l.own = used, i, len(c.log), len(c.own[i])
	c.log, c.own[i] = append(c.log, p), append(c.own[i], p)
	if stay {
		c.leases = append(c.leases, l)
	} else {
		c.end(l)
	}
	return v
}

// end settles l, with no more than it reserved.
func (c *company) end(l *loan) {
	began := time.Now()
	l.lease.Settle(l.used)
	if took := time.Since(began); took > c.timeout {
		c.t.Fatalf("settling took %v, the store may take %v", took, c.timeout)
	}
	c.log[l.log].amount, c.own[l.of][l.own].amount = l.used, l.used
}

func (c *company) endAll() {
	for _, l := range c.leases {
		c.end(l)
	}
	c.leases = nil
}

// atMost checks that all together admitted at most n in any interval of one
// period, and each of them at most the limit.
func (c *company) atMost(n int64) {
	c.endAll()
	if most, at := mostIn(c.log, c.period.Duration()); most > n {
		c.t.Fatalf("%d passed within a period of %v, at most %d may", most, at, n)
	}
	for i := range c.own {
		if most, at := mostIn(c.own[i], c.period.Duration()); most > c.limit {
			c.t.Fatalf("limiter %d let %d pass within a period of %v, the limit is %d", i, most, at, c.limit)
		}
	}
}

// recovered lets a period pass in which the store is well, and checks that all
// is as if it had never been away.
func (c *company) recovered() {
	c.endAll()
	c.store.Script = nil
	time.Sleep(c.period.Duration() + grain(c.period))
	for i, l := range c.limiters {
		c.call(i, 1, 0, false)
		if h := l.Health(); h.Away || h.Err != nil {
			c.t.Fatalf("limiter %d is away from a store that answers: %+v", i, h)
		}
	}
	time.Sleep(c.period.Duration() + grain(c.period))
	var sum int64
	for range c.limit + 1 {
		for i := range c.limiters {
			if c.call(i, 1, 1, false).OK {
				sum++
			}
		}
	}
	if sum != c.limit {
		c.t.Fatalf("%d passed at once when all are well, the limit is %d", sum, c.limit)
	}
	for i, l := range c.limiters {
		for _, d := range dimensions {
			if books := balanced(c.t, l, d); books.Open != 0 || books.Leases != 0 {
				c.t.Fatalf("limiter %d, when no call is under way: %v: %+v", i, d, books)
			}
		}
	}
}

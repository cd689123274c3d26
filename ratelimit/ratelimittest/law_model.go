package ratelimittest

import (
	"context"
	"math/big"
	"slices"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// pair is a limiter and its model, told the same things.
type pair struct {
	clock   Clock
	newest  time.Duration // the latest time ever told
	limiter *ratelimit.Limiter
	model   Model
	leases  []*ratelimit.Lease
	held    []*Held
	seen    map[ratelimit.Bucket]int64 // every bucket, with its last limit
	last    []ratelimit.Ask
}

func checkModel(t *rapid.T, open Open) {
	p := &pair{seen: make(map[ratelimit.Bucket]int64)}
	p.model.ChargeAfter = rapid.Bool().Draw(t, "charge after")
	p.limiter = open(&ratelimit.Options{Now: p.clock.Now, ChargeAfter: p.model.ChargeAfter})
	// With steady callers the same asks come again and again; otherwise limits
	// change with every call.
	steady := rapid.SliceOfN(rapid.Custom(drawMixed), 0, 2).Draw(t, "steady")
	draw := func(t *rapid.T) []ratelimit.Ask {
		switch {
		case len(steady) > 0:
			return rapid.SampledFrom(steady).Draw(t, "asks")
		case rapid.Bool().Draw(t, "mixed"):
			return drawMixed(t)
		}
		return drawAsks(t)
	}
	t.Repeat(map[string]func(*rapid.T){
		"admit":   func(t *rapid.T) { p.admit(t, draw(t)) },
		"another": func(t *rapid.T) { p.admit(t, draw(t)) },
		"again":   func(t *rapid.T) { p.admit(t, p.last) },
		"settle":  p.settle,
		"release": p.release,
		"sweep":   func(*rapid.T) { p.limiter.Sweep() },
		"step": func(t *rapid.T) {
			p.newest += drawStep(t)
			p.clock.Set(p.newest)
			p.limiter.Usage(ratelimit.Bucket{Period: ratelimit.Minute, Dimension: ratelimit.Requests}, 0)
		},
		"late": func(t *rapid.T) {
			p.clock.Set(p.newest - time.Duration(rapid.Int64Range(0, int64(59*time.Second)).Draw(t, "late")))
		},
		"": p.compare,
	})
	for i, lease := range p.leases {
		lease.Release()
		p.model.Release(p.held[i])
	}
	p.leases, p.held = nil, nil
	p.compare(t)
}

func (p *pair) admit(t *rapid.T, asks []ratelimit.Ask) {
	p.last = asks
	lease := new(ratelimit.Lease)
	v := p.limiter.Admit(context.Background(), asks, lease)
	for _, a := range asks {
		p.seen[a.Bucket] = a.Limit
	}
	if !v.OK && (v.Blocked.Shadow || !slices.Contains(asks, v.Blocked)) {
		t.Fatalf("blocked is %+v, which is no ask that can refuse", v.Blocked)
	}
	p.judge(t, v, asks, false)
	if v.Shadow != nil {
		if v.Shadow.OK || v.Shadow.Shadow != nil || !v.Shadow.Blocked.Shadow || !slices.Contains(asks, v.Shadow.Blocked) {
			t.Fatalf("shadow is %+v", *v.Shadow)
		}
		p.judge(t, *v.Shadow, asks, true)
	} else if !p.model.ShadowFits(asks, p.newest) {
		t.Fatalf("no shadow in %+v, though the shadows of %+v do not fit", v, asks)
	}
	held, ok := p.model.Admit(asks, p.newest)
	if ok != lease.Open() && len(asks) > 0 {
		t.Fatalf("admitted is %v and the lease holds something is %v", ok, lease.Open())
	}
	if ok {
		p.leases, p.held = append(p.leases, lease), append(p.held, held)
	}
}

// judge compares a verdict, that of asks in the shadow or of those that are
// not, with the model, which has not taken them.
func (p *pair) judge(t *rapid.T, v ratelimit.Verdict, asks []ratelimit.Ask, shadow bool) {
	if ok := p.model.decide(asks, shadow, p.newest); v.OK != ok {
		t.Fatalf("limiter says %+v, model says %v, to %+v", v, ok, asks)
	}
	if v.OK {
		v.Shadow = nil
		if v != (ratelimit.Verdict{OK: true}) {
			t.Fatalf("admitted with %+v", v)
		}
		return
	}
	if never := p.model.never(asks, shadow); v.Disabled != never || v.Full || v.Away {
		t.Fatalf("verdict %+v, but that waiting never helps is %v", v, never)
	}
	if p.model.fits(v.Blocked, p.newest) {
		t.Fatalf("blocked is %+v, which fits", v.Blocked)
	}
	if v.Disabled {
		if v.RetryAfter != 0 {
			t.Fatalf("disabled, and RetryAfter is %v", v.RetryAfter)
		}
		return
	}
	wait := p.model.retryAfter(timed(asks), shadow, p.newest)
	late := p.newest - p.clock.since
	if p.model.decide(untimed(asks), shadow, p.newest) {
		// Nothing but time is wanted.
		if v.RetryAfter != wait+late {
			t.Fatalf("RetryAfter is %v, model says %v and %v late", v.RetryAfter, wait, late)
		}
		if !p.model.fits(v.Blocked, p.newest+wait) {
			t.Fatalf("blocked is %+v, which does not fit after %v", v.Blocked, wait)
		}
	} else if v.RetryAfter <= 0 || wait > 0 && v.RetryAfter < wait+late {
		t.Fatalf("RetryAfter is %v, when time alone wants %v and %v late", v.RetryAfter, wait, late)
	}
}

// pick takes one open lease out of p, or an empty pair if there is none.
func (p *pair) pick(t *rapid.T) (*ratelimit.Lease, *Held) {
	if len(p.leases) == 0 {
		return new(ratelimit.Lease), new(Held)
	}
	i := rapid.IntRange(0, len(p.leases)-1).Draw(t, "lease")
	lease, held := p.leases[i], p.held[i]
	p.leases = append(p.leases[:i:i], p.leases[i+1:]...)
	p.held = append(p.held[:i:i], p.held[i+1:]...)
	return lease, held
}

func (p *pair) settle(t *rapid.T) {
	lease, held := p.pick(t)
	tokens := drawAmount(t)
	lease.Settle(tokens)
	p.closed(t, lease)
	p.model.Settle(held, tokens, p.newest)
}

func (p *pair) release(t *rapid.T) {
	lease, held := p.pick(t)
	lease.Release()
	p.closed(t, lease)
	p.model.Release(held)
}

// closed checks that lease is, and closes it again, which does nothing.
func (p *pair) closed(t *rapid.T, lease *ratelimit.Lease) {
	if lease.Open() {
		t.Fatalf("a closed lease is open")
	}
	lease.Settle(drawAmount(t))
	lease.Release()
}

// compare checks that both count the same in every bucket, and that the books
// are balanced.
func (p *pair) compare(t *rapid.T) {
	for b, limit := range p.seen {
		want := p.model.Used(b, p.newest)
		used, remaining := p.limiter.Usage(b, limit)
		if big.NewInt(used).Cmp(want) != 0 {
			t.Fatalf("%+v holds %d, model says %v", b, used, want)
		}
		if remaining != max(max(limit, 0)-used, 0) {
			t.Fatalf("%+v has %d left of %d, with %d used", b, remaining, limit, used)
		}
	}
	for _, d := range dimensions {
		var held int64 // wraps, as the tally does
		for _, h := range p.held {
			for _, e := range h.entries {
				if e.bucket.Dimension == d {
					held += e.amount
				}
			}
		}
		books := balanced(t, p.limiter, d)
		if books.Open != held || len(p.held) == 0 && books.Leases != 0 {
			t.Fatalf("%v: calls under way hold %d, the tally is %+v", d, held, books)
		}
	}
}

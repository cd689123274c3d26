package ratelimittest

import (
	"context"
	"math/big"
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
}

func checkModel(t *rapid.T, open Open) {
	p := &pair{seen: make(map[ratelimit.Bucket]int64)}
	p.model.ChargeAfter = rapid.Bool().Draw(t, "charge after")
	p.limiter = open(&ratelimit.Options{Now: p.clock.Now, ChargeAfter: p.model.ChargeAfter})
	t.Repeat(map[string]func(*rapid.T){
		"admit":   p.admit,
		"again":   p.admit,
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
	p.compare(t)
}

func (p *pair) admit(t *rapid.T) {
	asks := drawAsks(t)
	lease := new(ratelimit.Lease)
	v := p.limiter.Admit(context.Background(), asks, lease)
	for _, a := range asks {
		p.seen[a.Bucket] = a.Limit
	}
	wait := time.Duration(-1)
	if !v.OK {
		wait = p.model.RetryAfter(asks, p.newest)
	}
	held, ok := p.model.Admit(asks, p.newest)
	if v.OK != ok {
		t.Fatalf("limiter says %+v, model says %v, to %+v", v, ok, asks)
	}
	if ok {
		p.leases, p.held = append(p.leases, lease), append(p.held, held)
		return
	}
	if lease.Open() {
		t.Fatalf("a refused call holds a lease")
	}
	if v.Disabled != (wait < 0) {
		t.Fatalf("disabled is %v, but the model would wait %v", v.Disabled, wait)
	}
	late := p.newest - p.clock.since
	if !v.Disabled && v.RetryAfter != wait+late {
		t.Fatalf("RetryAfter is %v, model says %v and %v late", v.RetryAfter, wait, late)
	}
	if p.model.fits(v.Blocked, p.newest) {
		t.Fatalf("blocked is %+v, which fits", v.Blocked)
	}
	if !v.Disabled && !p.model.fits(v.Blocked, p.newest+wait) {
		t.Fatalf("blocked is %+v, which does not fit after %v", v.Blocked, wait)
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
	lease.Settle(tokens) // the second does nothing
	lease.Release()
	p.model.Settle(held, tokens, p.newest)
}

func (p *pair) release(t *rapid.T) {
	lease, held := p.pick(t)
	lease.Release()
	lease.Settle(5)
	p.model.Release(held)
}

// compare checks that both count the same in every bucket.
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
}

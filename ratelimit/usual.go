package ratelimit

import (
	"math"
	"sync"
	"sync/atomic"
)

// maxUsual is how many services are remembered. Beyond it the memory begins
// anew: what is lost is an estimate.
const maxUsual = 1 << 16

// answers remembers how long answers usually are, by service. Services do not
// wait for each other.
type answers struct {
	of   sync.Map // uint64 to *answer
	kept atomic.Int64
}

// answer is a moving mean of lengths and of how far they are from it, in
// tokens, as a round-trip timer keeps them.
type answer struct {
	mu           sync.Mutex
	known        bool
	mean, spread float64
}

// Observe tells the limiter how many tokens an answer of a service had, a
// choice. It makes later estimates better (ruling R24), and changes no bucket.
func (l *Limiter) Observe(service uint64, tokens int64) {
	found, ok := l.answers.of.Load(service)
	if !ok {
		if l.answers.kept.Add(1) > maxUsual {
			l.answers.of.Clear()
			l.answers.kept.Store(1)
		}
		found, _ = l.answers.of.LoadOrStore(service, new(answer))
	}
	found.(*answer).add(float64(max(tokens, 0)))
}

func (a *answer) add(x float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.known {
		a.known, a.mean, a.spread = true, x, x/2
		return
	}
	off := x - a.mean
	a.mean += off / 8
	a.spread += (math.Abs(off) - a.spread) / 4
}

// Usual returns what an answer of a service usually takes at most, in tokens a
// choice: the moving mean and twice the moving deviation from it, at least 1.
// It is 0 for a service with no answer yet. [Estimate] takes it.
func (l *Limiter) Usual(service uint64) int64 {
	found, ok := l.answers.of.Load(service)
	if !ok {
		return 0
	}
	a := found.(*answer)
	a.mu.Lock()
	usual := math.Ceil(a.mean + 2*a.spread)
	known := a.known
	a.mu.Unlock()
	switch {
	case !known:
		return 0
	case usual >= math.MaxInt64:
		return math.MaxInt64
	}
	return max(int64(usual), 1)
}

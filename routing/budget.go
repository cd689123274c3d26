package routing

import (
	"math"
	"sync/atomic"
)

// A budget is what all requests of a Router may spend together: each earns a
// part, and what is saved up is bounded. It is counted in hundredths.
type budget struct {
	percent int64 // what one request earns
	most    int64
	balance *atomic.Int64
}

// newBudget returns a budget of reserve plus percent of the requests, of which
// at most reserve and the earnings of 100 requests are saved up.
func newBudget(percent, reserve int) budget {
	const tooMany = math.MaxInt32 // keeps the products below in range
	b := budget{percent: int64(min(max(percent, 0), tooMany)), balance: new(atomic.Int64)}
	saved := int64(min(max(reserve, 0), tooMany)) * 100
	b.most = saved + b.percent*100
	b.balance.Store(saved)
	return b
}

// earn adds what one request earns.
func (b *budget) earn() {
	if b.percent == 0 {
		return
	}
	for {
		have := b.balance.Load()
		sum := min(have+b.percent, b.most)
		if sum == have || b.balance.CompareAndSwap(have, sum) {
			return
		}
	}
}

// spend takes one, if it is there.
func (b *budget) spend() bool {
	for {
		have := b.balance.Load()
		if have < 100 {
			return false
		}
		if b.balance.CompareAndSwap(have, have-100) {
			return true
		}
	}
}

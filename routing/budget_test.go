package routing

import (
	"math"
	"testing"
)

// However many requests earn, no more is saved up than the reserve and the
// earnings of 100 requests.
func TestBudget(t *testing.T) {
	for _, tt := range []struct{ percent, reserve, earned, want int }{
		{20, 10, 0, 10},
		{20, 10, 4, 10},
		{20, 10, 5, 11},
		{20, 10, 100, 30},
		{20, 10, 10_000, 30},
		{0, 3, 10_000, 3},
		{-5, -3, 10_000, 0},
		{1, 0, 10_000, 1},
		{150, 0, 2, 3},
		{math.MaxInt, 0, 1, 1000}, // and more
	} {
		b := newBudget(tt.percent, tt.reserve)
		for range tt.earned {
			b.earn()
		}
		spent := 0
		for spent < 1000 && b.spend() {
			spent++
		}
		if spent != tt.want {
			t.Errorf("%+v: %d could be spent", tt, spent)
		}
	}
}

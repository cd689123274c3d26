package ratelimit_test

import (
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

// Every law holds when calls come from everywhere and the lanes' shares are
// never where they are wanted.
func TestScatteredLimiter(t *testing.T) {
	ratelimittest.TestLimiter(t, ratelimit.NewScattered)
}

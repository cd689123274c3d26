package ratelimit_test

import (
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/ratelimittest"
)

func TestLimiter(t *testing.T) {
	ratelimittest.TestLimiter(t, ratelimit.New)
}

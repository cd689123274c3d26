package ratelimit_test

import (
	"math"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

func TestUsual(t *testing.T) {
	l := ratelimit.New(nil)
	if got := l.Usual(7); got != 0 {
		t.Errorf("Usual of a service never seen is %d, not 0", got)
	}
	for range 100 {
		l.Observe(7, 40)
	}
	if got := l.Usual(7); got < 40 || got > 41 {
		t.Errorf("after a hundred answers of 40 tokens Usual is %d", got)
	}
	if got := l.Usual(8); got != 0 {
		t.Errorf("one service's answers made Usual of another %d", got)
	}
	l.Observe(9, math.MaxInt64)
	if got := l.Usual(9); got != math.MaxInt64 {
		t.Errorf("Usual of the longest answer is %d", got)
	}
	l.Observe(10, -5)
	if got := l.Usual(10); got != 1 {
		t.Errorf("Usual of an answer of -5 tokens is %d, not 1", got)
	}
}

// Whatever came before, Usual comes to cover what comes now, and not much more.
func TestUsualFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ratelimit.New(nil)
		for _, n := range rapid.SliceOf(rapid.Int64Range(0, 1<<40)).Draw(t, "before") {
			l.Observe(1, n)
		}
		now := rapid.Int64Range(1, 1<<20).Draw(t, "now")
		for range 400 {
			l.Observe(1, now)
		}
		if got := l.Usual(1); got < now || got > now+1 {
			t.Fatalf("after 400 answers of %d tokens Usual is %d", now, got)
		}
	})
}

// Memory is bounded by a number of services, not by how many there ever were.
func TestUsualForgets(t *testing.T) {
	l := ratelimit.New(nil)
	for service := range uint64(1<<16 + 1) {
		l.Observe(service, 5)
	}
	if l.Usual(1<<16) == 0 || l.Usual(0) != 0 {
		t.Error("the memory did not begin anew when it was full")
	}
}

package ratelimit_test

import (
	"math"
	"math/bits"
	"slices"
	"sync"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"pgregory.net/rapid"
)

// upper is the end of the part that n lies in: lengths below 16 stand alone,
// and every octave up to 2^32 has eight equal parts.
func upper(n int64) int64 {
	switch {
	case n < 1:
		return 1
	case n < 16:
		return n
	case n >= 1<<32:
		return math.MaxInt64
	}
	part := int64(1) << (bits.Len64(uint64(n)) - 1) / 8
	return (n/part+1)*part - 1
}

// quantile is the least length that no more than share of lengths exceed.
func quantile(lengths []int64, share float64) int64 {
	sorted := slices.Sorted(slices.Values(lengths))
	beyond := int(share * float64(len(sorted)))
	return sorted[len(sorted)-1-beyond]
}

func observe(l *ratelimit.Limiter, service uint64, n int, tokens ...int64) {
	for i := range n {
		l.Observe(service, tokens[i%len(tokens)])
	}
}

func drawLengths(t *rapid.T, most int) []int64 {
	return rapid.SliceOfN(rapid.OneOf(
		rapid.Int64Range(0, 40),
		rapid.Int64Range(0, 100_000),
		rapid.SampledFrom([]int64{math.MinInt64, -1, 1<<32 - 1, 1 << 32, math.MaxInt64 - 1, math.MaxInt64}),
	), 1, most).Draw(t, "lengths")
}

func TestUsual(t *testing.T) {
	l := ratelimit.New(nil)
	for i, c := range []struct {
		says   string
		n      int
		tokens []int64
		want   int64
	}{
		{"a service never seen", 0, nil, 0},
		{"the first answer", 1, []int64{40}, 86},
		{"few answers", 19, []int64{40, 7}, 86},
		{"few answers, one of them the longest", 2, []int64{7, math.MaxInt64}, math.MaxInt64},
		{"just enough answers", 20, []int64{40}, 43},
		{"many", 10_000, []int64{40}, 43},
		{"one in twenty is longer", 20, append(slices.Repeat([]int64{7}, 19), 5000), 7},
		{"two in twenty are longer", 20, append(slices.Repeat([]int64{7}, 18), 5000, 5000), upper(5000)},
		{"none has any", 100, []int64{0}, 1},
		{"below nothing", 100, []int64{-1, math.MinInt64}, 1},
		{"the longest", 100, []int64{math.MaxInt64}, math.MaxInt64},
		{"longer than any answer", 100, []int64{1 << 32}, math.MaxInt64},
		{"the longest that is told", 100, []int64{1<<32 - 1}, 1<<32 - 1},
	} {
		service := uint64(i)
		observe(l, service, c.n, c.tokens...)
		if got := l.Usual(service); got != c.want {
			t.Errorf("%s: Usual is %d, want %d", c.says, got, c.want)
		}
	}
}

// Until any fades, Usual is the end of the part in which the true percentile lies.
func TestUsualIsThePercentile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ratelimit.New(nil)
		lengths := drawLengths(t, 256)
		observe(l, 1, len(lengths), lengths...)
		want := max(upper(quantile(lengths, 1.0/20)), 1)
		if len(lengths) < 20 {
			if want = upper(slices.Max(lengths)); slices.Max(lengths) <= 0 {
				want = 1
			} else if want != math.MaxInt64 {
				want *= 2
			}
		}
		if got := l.Usual(1); got != want {
			t.Fatalf("Usual of %d is %d, want %d", lengths, got, want)
		}
	})
}

// Of answers that come round and round Usual is the percentile too, however
// many there were and whatever came before them. Fading makes some of them
// count more than others, so that the percentile may be off by one or two.
func TestUsualOfSteadyAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ratelimit.New(nil)
		before := drawLengths(t, 300)
		observe(l, 1, len(before), before...)
		lengths := drawLengths(t, 20)
		low, high := upper(quantile(lengths, 0.07)), upper(quantile(lengths, 0.03))
		observe(l, 1, 1500, lengths...)
		for range 3 {
			observe(l, 1, rapid.IntRange(1, 300).Draw(t, "more"), lengths...)
			if got := l.Usual(1); got < low || got > high {
				t.Fatalf("Usual is %d, not from %d to %d", got, low, high)
			}
		}
	})
}

// Long answers that are one in twelve together stand for a service, though no
// two of them may be alike.
func TestUsualOfRareAnswers(t *testing.T) {
	l := ratelimit.New(nil)
	for i := range 5000 {
		if i%12 == 0 {
			l.Observe(1, 1000+int64(i)%17*1000)
		}
		l.Observe(1, 10)
		if got := l.Usual(1); i > 300 && got < 1000 {
			t.Fatalf("after %d answers Usual is %d", i, got)
		}
	}
}

// Nothing is left of answers of every length, once they are old.
func TestUsualForgetsAll(t *testing.T) {
	l := ratelimit.New(nil)
	for n := int64(11); n < 1<<40; n += max(n/8, 1) {
		l.Observe(1, n)
	}
	for i := range 4000 {
		if i%25 == 0 {
			l.Observe(1, 1000)
		}
		l.Observe(1, 10)
		if got := l.Usual(1); i > 2000 && got != 10 {
			t.Fatalf("after %d answers Usual is %d", i, got)
		}
	}
}

// However many wrong lengths came, soon after them Usual is right again.
func TestUsualForgives(t *testing.T) {
	for _, wrong := range []int64{math.MaxInt64, math.MinInt64, 0} {
		for _, times := range []int{1, 20, 256, 100_052} {
			l := ratelimit.New(nil)
			observe(l, 1, 300, 100)
			observe(l, 1, times, wrong)
			right := 0
			for ; l.Usual(1) != upper(100) && right <= 560; right++ {
				l.Observe(1, 100)
			}
			if right > 560 || times == 1 && right > 0 {
				t.Errorf("after %d times %d it took %d answers", times, wrong, right)
			}
		}
	}
}

// Memory is bounded by a number of services, not by how many there ever were.
func TestUsualForgets(t *testing.T) {
	const most, services = 1 << 16, 70_000
	l := ratelimit.New(nil)
	known := 0
	for service := range uint64(services) {
		observe(l, service, 20, 5)
		if l.Usual(service) != 5 {
			t.Fatalf("service %d is unknown at once", service)
		}
	}
	for service := range uint64(services) {
		if l.Usual(service) != 0 {
			known++
		}
	}
	if known == 0 || known > most {
		t.Errorf("%d services are known, of %d", known, services)
	}
	// A few are never in each other's way.
	l = ratelimit.New(nil)
	for service := range uint64(most / 4) {
		observe(l, service, 20, 5)
	}
	for service := range uint64(most / 4) {
		if l.Usual(service) != 5 {
			t.Fatalf("service %d was forgotten", service)
		}
	}
}

func TestUsualInParallel(t *testing.T) {
	l := ratelimit.New(nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 4000 {
				service := uint64(i % 40)
				l.Observe(service, int64(service)*100)
				if got := l.Usual(service); got != upper(int64(service)*100) && got != 2*upper(int64(service)*100) {
					t.Errorf("Usual of %d is %d", service, got)
					return
				}
			}
		})
	}
	wg.Wait()
	for service := range uint64(40) {
		if l.Usual(service) != upper(int64(service)*100) {
			t.Errorf("Usual of %d is %d", service, l.Usual(service))
		}
	}
}

func TestUsualAllocates(t *testing.T) {
	l := ratelimit.New(nil)
	l.Observe(1<<40, 5)
	if n := testing.AllocsPerRun(1000, func() {
		l.Observe(1<<40, 5)
		l.Usual(1 << 40)
		l.Usual(1 << 41)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUsual(b *testing.B) {
	l := ratelimit.New(nil)
	lengths := []int64{3, 500, 900, 40, 1200, 700, 650, 80, 2000, 333}
	observe(l, 1, 300, lengths...)
	b.Run("Observe", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			l.Observe(1, lengths[i%len(lengths)])
		}
	})
	b.Run("Usual", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if l.Usual(1) == 0 {
				b.Fatal("unknown")
			}
		}
	})
	b.Run("UsualParallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				l.Usual(1)
			}
		})
	})
}

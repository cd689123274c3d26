package boltlimit_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

// many returns a memory with n buckets of callers in use, and takes once more
// from all of them when it is called.
func many(n int) (l *ratelimit.Limiter, take func()) {
	l = ratelimit.New(nil)
	return l, func() {
		for i := range n {
			ask := ratelimit.Ask{Bucket: bucketOf(uint64(i + 1)), Limit: 1 << 40, Amount: 1}
			l.Admit(context.Background(), []ratelimit.Ask{ask}, nil)
		}
	}
}

func bucketOf(principal uint64) ratelimit.Bucket {
	return ratelimit.Bucket{
		Service: 1, Principal: principal, Key: ratelimit.KeyUserDefault,
		Period: ratelimit.Minute, Dimension: ratelimit.Requests,
	}
}

// What a save of that many changed buckets costs, and opening their file.
func BenchmarkBuckets(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		l, take := many(n)
		path := filepath.Join(b.TempDir(), "limits.db")
		k, err := boltlimit.Keep(path, l.Memory(), &boltlimit.Options{Every: time.Hour})
		if err != nil {
			b.Fatal(err)
		}
		take()
		b.Run(fmt.Sprintf("save-%d", n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				take()
				b.StartTimer()
				if err := boltlimit.Save(k); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("unchanged-%d", n), func(b *testing.B) {
			for b.Loop() {
				if err := boltlimit.Save(k); err != nil {
					b.Fatal(err)
				}
			}
		})
		if err := k.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("open-and-close-%d", n), func(b *testing.B) {
			for b.Loop() {
				k, err := boltlimit.Keep(path, ratelimit.NewMemory(nil), nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := k.Close(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

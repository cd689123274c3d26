package boltlimit_test

import (
	"context"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

// life is a limiter from one start of its process to the end.
type life struct {
	limiter *ratelimit.Limiter
	keeper  *boltlimit.Keeper
}

// begin starts a life that saves when it is told to.
func begin(t rapid.TB, path string, now func() time.Time) *life {
	t.Helper()
	l := ratelimit.New(&ratelimit.Options{Now: now})
	k, err := boltlimit.Keep(path, l.Memory(), &boltlimit.Options{Now: now, Every: 1000 * time.Hour, LockTimeout: -1})
	if err != nil {
		t.Fatal(err)
	}
	return &life{l, k}
}

func (l *life) end(t rapid.TB) {
	t.Helper()
	if err := l.keeper.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// tempDir is a folder for one check of rapid's.
func tempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "boltlimit")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// everyBucket are a few buckets of every kind.
func everyBucket() (all []ratelimit.Bucket) {
	for _, period := range []ratelimit.Period{ratelimit.Minute, ratelimit.Hour} {
		for _, dimension := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
			all = append(all,
				ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Period: period, Dimension: dimension},
				ratelimit.Bucket{Service: 1, Principal: 1<<64 - 1, Key: ratelimit.KeyRequestTag, Period: period, Dimension: dimension},
				ratelimit.Bucket{Service: 2, Principal: 7, Key: ratelimit.KeyUser, Period: period, Dimension: dimension},
				ratelimit.Bucket{Service: 2, Principal: 7, Key: ratelimit.KeyUserGroup, Period: period, Dimension: dimension},
			)
		}
	}
	return all
}

func drawAsks(t *rapid.T) (asks []ratelimit.Ask) {
	for _, b := range rapid.SliceOfNDistinct(rapid.SampledFrom(everyBucket()), 1, 3, rapid.ID).Draw(t, "buckets") {
		asks = append(asks, ratelimit.Ask{Bucket: b, Limit: rapid.SampledFrom([]int64{3, 20, 1<<63 - 1}).Draw(t, "limit"), Amount: 1})
	}
	ratelimit.ReserveTokens(asks, rapid.SampledFrom([]int64{1, 5, 10, 1 << 62}).Draw(t, "tokens"))
	return asks
}

func compareUsage(t rapid.TB, got, want *ratelimit.Limiter) {
	t.Helper()
	for _, b := range everyBucket() {
		g, _ := got.Usage(b, 10)
		if w, _ := want.Usage(b, 10); g != w {
			t.Errorf("%+v: %d used, want %d", b, g, w)
		}
	}
}

func sizeOf(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

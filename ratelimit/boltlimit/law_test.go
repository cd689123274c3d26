package boltlimit_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

// A limiter that is restarted, cleanly, at any moment of any history gives the
// verdicts of one that never was.
func TestRestartChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1, 4_000_000_000).Draw(t, "start"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		path := filepath.Join(tempDir(t), "limits.db")
		life := begin(t, path, func() time.Time { return now })
		never := ratelimit.New(&ratelimit.Options{Now: func() time.Time { return now }})
		t.Cleanup(func() { life.end(t) })
		type pair struct{ a, b *ratelimit.Lease }
		var open []pair
		settle := func(p pair) {
			if used := rapid.Int64Range(-1, 30).Draw(t, "used"); used >= 0 {
				p.a.Settle(used)
				p.b.Settle(used)
			} else {
				p.a.Release()
				p.b.Release()
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 11).Draw(t, "step") {
			case 0, 1:
				now = now.Add(rapid.SampledFrom([]time.Duration{
					time.Millisecond, 999 * time.Millisecond, time.Second, 7 * time.Second, 59 * time.Second,
					time.Minute, 61 * time.Second, 10 * time.Minute, 3599 * time.Second, time.Hour, 61 * time.Minute, 100 * time.Hour,
				}).Draw(t, "pass"))
			case 2:
				if err := boltlimit.Save(life.keeper); err != nil {
					t.Fatal(err)
				}
			case 3:
				life.limiter.Sweep()
			case 4, 5:
				if len(open) > 0 {
					settle(open[0])
					open = open[1:]
				}
			case 6:
				for ; len(open) > 0; open = open[1:] { // calls end before their process
					settle(open[0])
				}
				life.end(t)
				life = begin(t, path, func() time.Time { return now })
			default:
				asks := drawAsks(t)
				p := pair{new(ratelimit.Lease), new(ratelimit.Lease)}
				got := life.limiter.Admit(context.Background(), asks, p.a)
				want := never.Admit(context.Background(), asks, p.b)
				if got.OK != want.OK || got.RetryAfter != want.RetryAfter || got.Blocked != want.Blocked {
					t.Fatalf("at %v %+v: %+v, without a restart %+v", now, asks, got, want)
				}
				if got.OK {
					open = append(open, p)
				}
			}
		}
		compareUsage(t, life.limiter, never)
	})
}

// A restart at a clock that was set back forgives nothing, and one in the far
// future forgives all.
func TestClockJumps(t *testing.T) {
	few := rapid.SampledFrom([]time.Duration{0, 1, 300 * time.Millisecond, time.Second, 2700 * time.Millisecond, 5 * time.Second, 9999 * time.Millisecond})
	backs := rapid.SampledFrom([]time.Duration{1, time.Millisecond, 800 * time.Millisecond, time.Second, 10 * time.Second, time.Minute, 100 * time.Hour})
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_700_000_000, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		clock := func() time.Time { return now }
		path := filepath.Join(tempDir(t), "limits.db")
		life := begin(t, path, clock)
		b := ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Period: ratelimit.Minute, Dimension: ratelimit.Requests}
		ask := []ratelimit.Ask{{Bucket: b, Limit: 100, Amount: 1}}
		var taken []time.Duration // after the first, by a clock that is never set
		var passed time.Duration
		pass := func(d time.Duration) { now, passed = now.Add(d), passed+d }
		for range rapid.IntRange(1, 10).Draw(t, "calls") {
			pass(few.Draw(t, "pass"))
			life.limiter.Admit(context.Background(), ask, nil)
			taken = append(taken, passed)
		}
		for restart := range rapid.IntRange(1, 3).Draw(t, "restarts") {
			life.end(t)
			now = now.Add(-backs.Draw(t, "back"))
			life = begin(t, path, clock)
			pass(5 * few.Draw(t, "pass"))
			least, most := int64(0), int64(0)
			for _, at := range taken {
				if passed-at <= time.Minute {
					least++
				}
				// A restart may make a slot of what is less than one.
				if passed-at <= time.Minute+time.Duration(restart+2)*time.Second {
					most++
				}
			}
			if used, _ := life.limiter.Usage(b, 100); used < least || used > most {
				t.Fatalf("%d are used, and %d to %d were taken within a minute", used, least, most)
			}
		}
		// Nobody is locked out for the length of the jump.
		pass(time.Minute + 4*time.Second)
		if used, _ := life.limiter.Usage(b, 100); used != 0 {
			t.Fatalf("%d are used a period later", used)
		}
		life.limiter.Admit(context.Background(), ask, nil)
		life.end(t)
		now = now.AddDate(500, 0, 0)
		life = begin(t, path, clock)
		if used, _ := life.limiter.Usage(b, 100); used != 0 {
			t.Fatalf("%d are used centuries later", used)
		}
		life.end(t)
	})
}

// A clock that is set back while a process runs does not leave anything in the
// file that seems to come from the future, should the process be killed.
func TestClockSetBackAndKilled(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	clock := func() time.Time { return now }
	path := filepath.Join(t.TempDir(), "limits.db")
	life := begin(t, path, clock)
	defer func() { life.end(t) }()
	for caller := range uint64(2) {
		life.limiter.Admit(t.Context(), []ratelimit.Ask{{Bucket: bucketOf(caller), Limit: 5}}, nil)
		if err := boltlimit.Save(life.keeper); err != nil {
			t.Fatal(err)
		}
		now = now.Add(-time.Hour)
	}
	now = now.Add(time.Hour)
	killed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	path += ".killed"
	if err := os.WriteFile(path, killed, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		later time.Duration
		used  int64
	}{{0, 1}, {59 * time.Second, 1}, {65 * time.Second, 0}} {
		was := now
		now = now.Add(test.later)
		next := begin(t, path, clock)
		for caller := range uint64(2) {
			if used, _ := next.limiter.Usage(bucketOf(caller), 5); used != test.used {
				t.Errorf("%v later, %d are used", test.later, used)
			}
		}
		if err := next.keeper.Close(t.Context()); err != nil {
			t.Error(err)
		}
		now = was
		if err := os.WriteFile(path, killed, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What no longer counts does not stay in the file, and what is free in it is
// used again.
func TestFileDoesNotGrow(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	path := filepath.Join(t.TempDir(), "limits.db")
	life := begin(t, path, func() time.Time { return now })
	defer func() { life.end(t) }()
	var early int64
	for round := range uint64(40) {
		for i := range uint64(1000) {
			ask := ratelimit.Ask{Bucket: bucketOf(round*1000 + i + 1), Limit: 5, Amount: 1}
			life.limiter.Admit(t.Context(), []ratelimit.Ask{ask}, nil)
		}
		if err := boltlimit.Save(life.keeper); err != nil {
			t.Fatal(err)
		}
		now = now.Add(50 * time.Second)
		if round == 10 {
			early = sizeOf(t, path)
		}
	}
	if late := sizeOf(t, path); late > 2*early {
		t.Errorf("%d bytes became %d", early, late)
	}
	if rows := boltlimit.Rows(life.keeper); rows > 5000 {
		t.Errorf("%d rows are in the file", rows)
	}
}

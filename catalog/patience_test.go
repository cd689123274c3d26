package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
)

// Whoever waits for the store takes to it what is in the line, and that may be the
// commits of others alone. Those wait for it as long as their own contexts say,
// and he no longer than his.
func TestWaitingForTheCommitsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		_, tree, first := slowTree(t, func(ctx context.Context, commits int) error {
			if commits > 1 {
				return errors.ErrUnsupported // it is no Batcher, as it turns out
			}
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		var group sync.WaitGroup
		for i := range 2 { // one in the store, and one who waits for ever
			group.Go(func() {
				if _, err := tree.Update(context.Background(), "ada", user(fmt.Sprint("ada ", i))); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		var hasty sync.WaitGroup
		hasty.Go(func() {
			_, err := tree.Update(ctx, "bo", user("bo"))
			if waited := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || waited != time.Second {
				t.Errorf("after %v: %v", waited, err)
			}
		})
		synctest.Wait()
		close(first)
		time.Sleep(time.Minute)
		synctest.Wait()
		close(release)
		hasty.Wait()
		group.Wait()
		if _, there := tree.Snapshot().PrincipalNamed("bo"); there {
			t.Error("bo is there")
		}
	})
}

// Whose context ends while a store finds out that it cannot keep several commits
// at once does not wait for it to keep those of others one by one.
func TestContextEndsWhileGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		_, tree, first := slowTree(t, func(_ context.Context, commits int) error {
			if commits > 1 {
				time.Sleep(time.Minute)
				return errors.ErrUnsupported
			}
			<-release
			return nil
		})
		var group, hasty sync.WaitGroup
		for i := range 2 {
			group.Go(func() { tree.Update(context.Background(), "ada", user(fmt.Sprint("ada ", i))) })
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		hasty.Go(func() {
			_, err := tree.Update(ctx, "bo", user("bo"))
			if waited := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || waited != time.Minute {
				t.Errorf("after %v: %v", waited, err)
			}
		})
		synctest.Wait()
		close(first)
		time.Sleep(time.Hour)
		close(release)
		hasty.Wait()
		group.Wait()
	})
}

// What may have been kept is not taken to the store again one by one: here by a
// store that does not know whether it has, for want of a call that the system has
// not.
func TestUnknownOutcomeOfAnUnsupportedCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		appends := 0
		s, tree, first := slowTree(t, func(context.Context, int) error {
			appends++
			return nil
		})
		s.kept = func(commits int) error {
			if commits == 1 {
				return nil
			}
			return fmt.Errorf("%w: sync: %w", catalog.ErrUnknownOutcome, errors.ErrUnsupported)
		}
		var group sync.WaitGroup
		for i := range 3 {
			group.Go(func() {
				_, err := tree.Update(context.Background(), "ada", user(fmt.Sprint("ada ", i)))
				if (i == 0) != (err == nil) || i > 0 && !errors.Is(err, catalog.ErrUnknownOutcome) {
					t.Errorf("ada %d: %v", i, err)
				}
			})
			synctest.Wait()
		}
		close(first)
		group.Wait()
		if appends != 1 {
			t.Errorf("the store was asked %d times more", appends)
		}
		if _, err := tree.Update(context.Background(), "bo", user("bo")); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

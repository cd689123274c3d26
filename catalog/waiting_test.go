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

// slowStore keeps nothing before append lets it, and then answers as kept says.
type slowStore struct {
	*catalog.MemoryStore
	append func(ctx context.Context, commits int) error
	kept   func(commits int) error
}

func (s *slowStore) Append(ctx context.Context, prev uint64, c catalog.Commit) error {
	return s.AppendAll(ctx, prev, []catalog.Commit{c})
}

func (s *slowStore) AppendAll(ctx context.Context, prev uint64, cs []catalog.Commit) error {
	if s.append != nil {
		if err := s.append(ctx, len(cs)); err != nil {
			return err
		}
	}
	if err := s.MemoryStore.AppendAll(ctx, prev, cs); err != nil || s.kept == nil {
		return err
	}
	return s.kept(len(cs))
}

func user(name string) func(*catalog.Tx) error {
	return func(tx *catalog.Tx) error {
		_, err := tx.CreatePrincipal(catalog.User, name)
		return err
	}
}

// slowTree returns a catalog over such a store. Its first append, of one commit,
// waits until first is closed; the later ones come to what later says.
func slowTree(t *testing.T, later func(ctx context.Context, commits int) error) (s *slowStore, tree *catalog.Catalog, first chan bool) {
	t.Helper()
	s, first = &slowStore{MemoryStore: catalog.NewMemoryStore()}, make(chan bool)
	tree, err := catalog.Open(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	begun := false
	s.append = func(ctx context.Context, commits int) error {
		if begun {
			return later(ctx, commits)
		}
		begun = true
		<-first
		return nil
	}
	return s, tree, first
}

// Whoever waits for a store that does not come back leaves when his context
// ends: before the store was given his commit, with those of others when all of
// them have ended, and when the store says that another process was quicker and
// none was.
func TestWaitingEndsWithTheContext(t *testing.T) {
	for _, c := range []struct {
		says   string
		second func(ctx context.Context, release chan bool) error // what the second append comes to
		held   bool                                               // the first never comes back
	}{
		{"behind another's commit", nil, true},
		{"in the store, together", func(ctx context.Context, release chan bool) error {
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}, false},
		{"for a commit that is not there", func(context.Context, chan bool) error { return catalog.ErrConflict }, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release, second := make(chan bool), c.second
				_, tree, first := slowTree(t, func(ctx context.Context, _ int) error {
					then := second
					if second = nil; then == nil {
						return nil
					}
					return then(ctx, release)
				})
				var group sync.WaitGroup
				group.Go(func() { tree.Update(context.Background(), "ada", user("ada")) })
				synctest.Wait() // in the store
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				began := time.Now()
				var others sync.WaitGroup
				for i := range 2 {
					others.Go(func() {
						_, err := tree.Update(ctx, "bo", user(fmt.Sprint("bo ", i)))
						if waited := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || waited != time.Second {
							t.Errorf("after %v: %v", waited, err)
						}
					})
				}
				synctest.Wait() // in the line
				if !c.held {
					close(first)
				}
				others.Wait()
				if c.held {
					close(first)
				}
				close(release)
				group.Wait()
				if _, err := tree.Update(context.Background(), "cy", user("cy")); err != nil {
					t.Errorf("afterwards: %v", err)
				}
				for _, name := range []string{"bo 0", "bo 1"} {
					if _, there := tree.Snapshot().PrincipalNamed(name); there {
						t.Errorf("%s is there", name)
					}
				}
			})
		})
	}
}

// Whoever leaves the line makes all behind him late, while each of those may be
// about to take what is in the line to the store.
func TestLeavingBeforeOthers(t *testing.T) {
	const rounds, behind = 100, 40
	s := &slowStore{MemoryStore: catalog.NewMemoryStore()}
	tree, err := catalog.Open(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		var group sync.WaitGroup
		ran, entered, release := make(chan bool, 10*behind), make(chan bool), make(chan bool)
		begin := func(ctx context.Context, name string, want error) {
			name = fmt.Sprintf("%s of round %d", name, round)
			group.Go(func() {
				_, err := tree.Update(ctx, "ada", func(tx *catalog.Tx) error {
					defer func() { ran <- true }()
					return user(name)(tx)
				})
				if _, there := tree.Snapshot().PrincipalNamed(name); there != (err == nil) || err != nil && !errors.Is(err, want) {
					t.Errorf("%s: %v, and it is there: %t", name, err, there)
				}
			})
			<-ran
		}
		ctx, leave := context.WithCancel(t.Context())
		s.append = func(context.Context, int) error {
			s.append = nil
			close(entered)
			<-release
			return nil
		}
		begin(t.Context(), "first", nil)
		<-entered
		begin(ctx, "leaver", context.Canceled)
		for i := range behind {
			begin(t.Context(), fmt.Sprint("behind ", i), nil)
		}
		go leave()
		close(release)
		group.Wait()
	}
}

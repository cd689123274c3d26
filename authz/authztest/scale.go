package authztest

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/authz"
)

// TestStories plays stories, each a random history of a catalog, until as many
// decisions as wanted have been compared with the oracle: in transactions, on
// the newest snapshot, on old ones, and on the same state opened again. It
// plays them from the given number on; a failure says which one it was in.
//
// Half of the stories share one authoriser, which must not mix them up.
func TestStories(t *testing.T, newAuthorizer func() *authz.Authorizer, first uint64, decisions int64) {
	var (
		shared   = newAuthorizer()
		next     atomic.Uint64
		compared atomic.Int64
		failed   atomic.Bool
		mu       sync.Mutex
		total    StoryTally
	)
	next.Store(first)
	t.Run("stories", func(t *testing.T) {
		for i := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint("reader ", i), func(t *testing.T) {
				t.Parallel()
				defer func() {
					if t.Failed() {
						failed.Store(true)
					}
				}()
				for compared.Load() < decisions && !failed.Load() {
					number := next.Add(1) - 1
					a := shared
					if number%2 == 0 {
						a = newAuthorizer()
					}
					tally := tellStory(t, a, number, func(so StoryTally) bool {
						return compared.Load()+int64(so.All().Decisions) >= decisions
					})
					compared.Add(int64(tally.All().Decisions))
					mu.Lock()
					total.add(tally)
					mu.Unlock()
				}
			})
		}
	})
	all := total.All()
	t.Logf("%d decisions compared in %d stories, %d allowed: %d in transactions, %d on the newest snapshot, %d on older ones, %d opened again",
		all.Decisions, next.Load()-first, all.Allowed,
		total.Inside.Decisions, total.Now.Decisions, total.Old.Decisions, total.Again.Decisions)
	if !t.Failed() && (all.Allowed < all.Decisions/100 || all.Allowed > all.Decisions/2) {
		t.Error("the stories are dull")
	}
}

package catalogtest

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

// story is a random history of one catalog, with the model and a snapshot of
// every version.
type story struct {
	*catalog.Catalog
	store     catalog.Store
	model     *model
	snapshots []*catalog.Snapshot // by version; there is no version 0
}

// tickingOptions are testOptions with a clock that moves on at every look.
func tickingOptions() *catalog.Options {
	opts := testOptions()
	at := opts.Now()
	opts.Now = func() time.Time {
		at = at.Add(time.Second)
		return at
	}
	return opts
}

// story opens a catalog over a new store. The caller closes both.
func (open opener) story(t *testing.T, rt *rapid.T) *story {
	t.Helper()
	s := &story{store: open(t, t.TempDir()), model: newModel()}
	var err error
	if s.Catalog, err = catalog.Open(rt.Context(), lend(s.store), tickingOptions()); err != nil {
		rt.Fatalf("Open: %v", err)
	}
	s.snapshots = []*catalog.Snapshot{nil, s.Snapshot()}
	return s
}

func (s *story) close(t *rapid.T) {
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := s.store.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// play makes some updates of several steps each.
func (s *story) play(t *rapid.T, updates int) {
	t.Helper()
	for range updates {
		work := s.model.clone()
		var steps []step
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			steps = append(steps, drawStep(t, s.Snapshot().Kinds(), work))
		}
		if _, err := s.Update(t.Context(), "tester", func(tx *catalog.Tx) error {
			for _, step := range steps {
				step.check(t, tx)
			}
			return nil
		}); err != nil {
			t.Fatalf("Update: %v", err)
		}
		if !work.equal(s.model) {
			s.advance(work)
		}
	}
}

func (s *story) advance(to *model) {
	to.version++
	s.model = to
	s.snapshots = append(s.snapshots, s.Snapshot())
}

package catalogtest

import (
	"context"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
)

// law is one promise. What it says is printed when it is broken.
type law struct {
	name  string
	says  string
	check func(t *testing.T, open opener)
}

type opener func(t testing.TB, dir string) catalog.Store

func run(t *testing.T, laws []law, open opener) {
	t.Helper()
	for _, law := range laws {
		t.Run(law.name, func(t *testing.T) {
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the law: %s", law.says)
				}
			})
			law.check(t, open)
		})
	}
}

// fresh opens an empty store that is closed when the test ends.
func (open opener) fresh(t *testing.T) catalog.Store {
	t.Helper()
	s := open(t, t.TempDir())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// patience ends a test that would hang. No law waits for it to pass.
const patience = 20 * time.Second

func withPatience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

package modelservice_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

// A store that hangs on another's commit, after it has kept that of a drop, does
// not keep whoever has dropped from his answer for ever: what is not removed from
// the log is removed by the next start.
func TestDropDoesNotWaitForTheCommitsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		first, release, appends := make(chan bool), make(chan bool), 0
		hold := func(op catalogtest.Op) error {
			if op != catalogtest.OpAppend {
				return nil
			}
			switch appends++; appends {
			case 1:
				<-first
			case 2:
				<-release
			}
			return nil
		}
		w.fail.Store(&hold)
		began := time.Now()
		var group, dropping sync.WaitGroup
		dropping.Go(func() {
			ctx, cancel := context.WithTimeout(w.ctx(), time.Second)
			defer cancel()
			if err := w.ms.Drop(ctx, w.who["alice"], catalog.TypeTable, w.name(chatTable), nil); err != nil {
				t.Errorf("dropping: %v", err)
			}
			if waited := time.Since(began); waited > time.Minute {
				t.Errorf("it took %v", waited)
			}
		})
		synctest.Wait()
		group.Go(func() { w.makeCatalog("another") })
		synctest.Wait()
		close(first)
		time.Sleep(time.Hour)
		close(release)
		dropping.Wait()
		group.Wait()
		w.reopen()
		w.agree()
	})
}

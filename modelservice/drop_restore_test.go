package modelservice_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/inferencelog"
)

// late is a sink that drops tables only after a while.
type late struct{ inferencelog.LogSink }

// Drop implements inferencelog.LogSink.
func (s *late) Drop(ctx context.Context, id uint64) error {
	<-time.After(time.Second)
	return s.LogSink.Drop(ctx, id)
}

// A drop whose commit a restore has taken back leaves the table in the log.
func TestDropBehindRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		w.calls(2)
		kept := w.backup()
		inner := w.sink.LogSink
		w.sink.LogSink = &late{inner}
		var restore sync.WaitGroup
		behind := func(op catalogtest.Op) error {
			if op != catalogtest.OpAppend {
				return nil
			}
			w.hide.Store(nil)
			restore.Go(func() {
				if err := w.restore("admin", kept); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // it waits for the drop's commit
			return nil
		}
		w.hide.Store(&behind)
		w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
		restore.Wait()
		w.sink.LogSink = inner
		w.agree()
		w.calls(1)
		if n := w.rowsOfName(chatTable); n != 1 && n != 3 {
			t.Errorf("%d rows", n)
		}
	})
}

package inferencelog_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/internal/segments"
)

type brokenDisk struct {
	segments.OS
	broken atomic.Bool
}

func (d *brokenDisk) Create(name string) (segments.File, error) {
	if d.broken.Load() {
		return nil, errors.New("broken")
	}
	return d.OS.Create(name)
}

// A row that is in the journal is acknowledged before anybody is told how the
// journal stands: who is slow to hear it keeps nobody waiting, and Close counts no
// row lost that the sink has.
func TestAcknowledgedBeforeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, gate := &brokenDisk{}, make(chan struct{})
		disk.broken.Store(true)
		journal, err := inferencelog.OpenJournalOn(t.TempDir(), disk)
		if err != nil {
			t.Fatal(err)
		}
		memory := inferencelog.NewMemory()
		if err := memory.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
			t.Fatal(err)
		}
		l := inferencelog.New(memory, &inferencelog.Options{Journal: journal, Trace: &inferencelog.Trace{
			Changed: func(_, is inferencelog.Health) {
				if is.State == inferencelog.Working {
					<-gate
				}
			},
		}})
		l.LogTo(kept, inferencelogtest.Plain("a", 0))
		synctest.Wait()
		disk.broken.Store(false)
		time.Sleep(10 * time.Second)
		told := make(chan error, 1)
		go func() { told <- l.Append(t.Context(), kept, inferencelogtest.Plain("b", 0)) }()
		synctest.Wait()
		select {
		case err := <-told:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("the row is in the journal and not acknowledged")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		lost, err := l.Close(ctx)
		if s := l.Stats(); lost != 0 || s.Stored != 2 || s.Pending != 0 {
			t.Errorf("Close: %d, %v; %+v", lost, err, s)
		}
		close(gate)
	})
}

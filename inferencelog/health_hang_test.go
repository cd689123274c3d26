package inferencelog_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// A sink that does not come back, not even when its context is over, is a sink that fails: the state says so once a write
// has taken as long as it may, since when that was, and no longer when it has come back.
func TestHealthWhileSinkHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &inferencelog.Options{WriteTimeout: 2 * time.Second, MaxRows: 10})
		gate := make(chan struct{})
		w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
			<-gate
			return nil
		}
		w.put(1, 0, 30)
		time.Sleep(time.Second)
		if h := w.log.Health(); h.State != inferencelog.Working {
			t.Errorf("in time: %+v", h)
		}
		time.Sleep(time.Minute)
		h := w.log.Health()
		if h.State != inferencelog.SinkFailing || h.Err == "" {
			t.Errorf("after a minute: %+v", h)
		}
		if since := time.Since(h.Since); since < 50*time.Second || since > time.Minute {
			t.Errorf("it has been so for %v", since)
		}
		w.want(0, 10, 20)
		close(gate)
		time.Sleep(5 * time.Second)
		if h := w.log.Health(); h.State != inferencelog.Working || h.Err != "" {
			t.Errorf("when it has come back: %+v", h)
		}
	})
}

// So is a disk whose fsync does not come back, for the journal.
func TestHealthWhileDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		release := a.onDisk(inferencelog.Options{WriteTimeout: 2 * time.Second}).hang()
		r := inferencelogtest.Plain("a", 0)
		r.EventTime = time.Now()
		a.log.LogTo(kept, r)
		time.Sleep(time.Second)
		if h := a.log.Health(); h.State != inferencelog.Working {
			t.Errorf("in time: %+v", h)
		}
		time.Sleep(time.Minute)
		if h := a.log.Health(); h.State != inferencelog.JournalAway || h.Err == "" || h.Oldest < time.Minute {
			t.Errorf("after a minute: %+v", h)
		}
		release()
		a.flush()
		if h := a.log.Health(); h.State != inferencelog.Working || h.Err != "" || h.Oldest != 0 {
			t.Errorf("when it has come back: %+v", h)
		}
		a.want(1)
	})
}

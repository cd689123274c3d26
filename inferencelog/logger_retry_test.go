package inferencelog_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

func checkTransient(w *world) {
	start := time.Now()
	tries := 0
	w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
		if tries++; time.Since(start) < 5*time.Second {
			return errSink
		}
		return nil
	}
	w.put(1, 0, 256)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.want(256, 0, 0)
	if tries < 3 || tries > 20 || len(w.ids(1)) != 256 {
		w.Fatalf("%d tries, %d rows", tries, len(w.ids(1)))
	}
}

func checkUncertain(w *world) {
	failed := false
	w.hook.AfterWrite = func(context.Context, uint64, []*inferencelog.Record) error {
		if !failed {
			failed = true
			return errSink
		}
		return nil
	}
	w.put(1, 0, 3)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.want(3, 0, 0)
	if got := w.ids(1); !slices.Equal(got, []string{"000", "001", "002"}) {
		w.Fatal(got)
	}
}

// poisoned refuses every batch that holds one of the rows.
func poisoned(err error, ids ...string) func(context.Context, uint64, []*inferencelog.Record) error {
	return func(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
		for _, r := range batch {
			if slices.Contains(ids, r.ID) {
				return err
			}
		}
		return nil
	}
}

func checkPoison(w *world) {
	const n = 9
	for at := range n {
		id := uint64(100 + at)
		if err := w.log.Create(w.Context(), inferencelog.Table{ID: id, Name: fmt.Sprint("a.b.", at)}); err != nil {
			w.Fatal(err)
		}
		w.hook.OnWrite = poisoned(errSink, fmt.Sprintf("%03d", at), "008")
		w.put(id, 0, n)
		if err := w.log.Flush(w.Context()); err != nil {
			w.Fatal(err)
		}
		var want []string
		for i := range n {
			if i != at && i != 8 {
				want = append(want, fmt.Sprintf("%03d", i))
			}
		}
		if got := w.ids(id); !slices.Equal(got, want) {
			w.Fatalf("poison at %d: stored %v", at, got)
		}
		synctest.Wait()
	}
	if s := w.balance(); s.LostBy.Failed != 8*2+1 {
		w.Fatalf("%+v", s)
	}
}

func checkRejectedAtOnce(w *world) {
	var tries atomic.Int64 // the gap record may still be on its way when Flush returns
	refuse := poisoned(fmt.Errorf("bad row: %w", inferencelog.ErrRejected), "100")
	w.hook.OnWrite = func(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
		tries.Add(1)
		return refuse(ctx, id, batch)
	}
	w.put(1, 0, 256)
	start := time.Now()
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.want(255, 0, 1)
	if d := time.Since(start); d != 0 || tries.Load() > 2*8+3 { // one without the payloads, one for the gap record
		w.Fatalf("took %v and %d writes", d, tries.Load())
	}
}

func checkOutage(w *world) {
	w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error { return errSink }
	w.put(1, 0, 10)
	time.Sleep(time.Minute)
	synctest.Wait()
	w.want(0, 10, 0)
	w.hook.OnWrite = nil
	w.put(1, 10, 20)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.want(20, 0, 0)
}

func checkHangingBatch(w *world) {
	w.hook.OnWrite = hang
	w.put(1, 0, 10)
	synctest.Wait()
	time.Sleep(20 * time.Second)
	synctest.Wait()
	w.want(0, 10, 0)
	w.hook.OnWrite = nil
	w.put(1, 10, 11)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.want(11, 0, 0)
}

func checkPanic(w *world) {
	w.hook.OnWrite = func(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
		if len(batch) > 1 || batch[0].ID == "001" {
			panic("sink")
		}
		return nil
	}
	w.put(1, 0, 3)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.want(2, 0, 1)
}

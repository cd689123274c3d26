package inferencelog_test

import (
	"context"
	"errors"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

func checkDrop(w *world) {
	w.put(1, 0, 5)
	if err := w.log.Create(w.Context(), inferencelog.Table{ID: 2, Name: "a.b.d"}); err != nil {
		w.Fatal(err)
	}
	w.put(2, 0, 3)
	if err := w.log.Drop(w.Context(), 1); err != nil {
		w.Fatal(err)
	}
	w.want(0, 3, 5)
	if err := w.log.Create(w.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		w.Fatal(err)
	}
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	if got := w.ids(1); len(got) != 0 {
		w.Fatalf("the new table has %v", got)
	}
	w.want(3, 0, 5)
	if err := w.log.Drop(w.Context(), 9); !errors.Is(err, inferencelog.ErrNoTable) {
		w.Fatal(err)
	}
}

func checkDropUnderWay(w *world) {
	w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error {
		time.Sleep(time.Second)
		return errSink
	}
	w.put(1, 0, 256)
	synctest.Wait()
	ctx, cancel := context.WithTimeout(w.Context(), 500*time.Millisecond)
	defer cancel()
	if err := w.log.Drop(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
		w.Fatal("Drop did not wait for the write:", err)
	}
	w.want(0, 256, 0)
	if err := w.log.Drop(w.Context(), 1); err != nil {
		w.Fatal(err)
	}
	w.want(0, 0, 256)
	w.hook.OnWrite = nil
	if err := w.log.Create(w.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		w.Fatal(err)
	}
	time.Sleep(time.Minute)
	if got := w.ids(1); len(got) != 0 {
		w.Fatalf("the new table has %d rows", len(got))
	}
	w.want(0, 0, 256)
}

func checkDropFails(w *world) {
	w.put(1, 0, 5)
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	if err := w.log.Drop(ctx, 1); err == nil {
		w.Fatal("dropped")
	}
	w.want(0, 5, 0)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.want(5, 0, 0)
}

func checkNoTable(w *world) {
	w.put(9, 0, 5)
	if err := w.memory.Drop(w.Context(), 1); err != nil { // behind the logger's back
		w.Fatal(err)
	}
	w.put(1, 0, 5)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.want(0, 0, 10)
	if by := w.log.Stats().LostBy; by.NoTable != 10 {
		w.Fatalf("%+v", by)
	}
}

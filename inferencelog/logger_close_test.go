package inferencelog_test

import (
	"context"
	"errors"
	"sync"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func checkFlush(w *world) {
	release := make(chan struct{})
	w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error { <-release; return nil }
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal("an idle flush:", err)
	}
	w.put(1, 0, 3)
	var flushed sync.WaitGroup
	returned := false
	flushed.Go(func() {
		if err := w.log.Flush(w.Context()); err != nil {
			w.Error(err)
		}
		returned = true
	})
	synctest.Wait()
	if returned {
		w.Fatal("Flush returned before the write")
	}
	w.put(1, 3, 6) // later rows do not hold it up
	release <- struct{}{}
	flushed.Wait()
	w.want(3, 3, 0)
	close(release)
	for range 2 {
		flushed.Go(func() { _ = w.log.Flush(w.Context()) })
	}
	flushed.Wait()
	w.want(6, 0, 0)
}

func checkFlushContext(w *world) {
	w.hook.OnWrite = hang
	w.put(1, 0, 3)
	ctx, cancel := context.WithTimeout(w.Context(), time.Second)
	defer cancel()
	if err := w.log.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
		w.Fatal(err)
	}
	for _, err := range w.log.Rows(ctx, 1, inferencelog.Query{}) {
		if !errors.Is(err, context.DeadlineExceeded) {
			w.Fatal(err)
		}
	}
}

func checkCloseDrains(w *world) {
	w.put(1, 0, 1000)
	lost, err := w.log.Close(w.Context())
	if lost != 0 || err != nil {
		w.Fatal(lost, err)
	}
	w.want(1000, 0, 0)
	if w.log.Log(1, inferencelogtest.Plain("late", 0)) || w.log.Log(1, nil) {
		w.Fatal("accepted after Close")
	}
	w.want(1000, 0, 2)
	if lost, err := w.log.Close(w.Context()); lost != 2 || err != nil {
		w.Fatal(lost, err)
	}
	if _, err := w.memory.Tables(w.Context()); err != nil {
		w.Fatal("the sink was closed:", err)
	}
}

func checkCloseCut(w *world) {
	w.put(1, 0, 10)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.hook.OnWrite = hang
	w.put(1, 10, 1000)
	ctx, cancel := context.WithTimeout(w.Context(), time.Second)
	defer cancel()
	start := time.Now()
	lost, err := w.log.Close(ctx)
	if lost != 990 || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
		w.Fatal(lost, err, time.Since(start))
	}
	w.want(10, 0, 990)
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal("everything is settled, yet:", err)
	}
}

func checkCloseStuck(w *world) {
	release := make(chan struct{})
	w.hook.OnWrite = func(context.Context, uint64, []*inferencelog.Record) error { <-release; return nil }
	w.put(1, 0, 10)
	start := time.Now()
	lost, err := w.log.Close(context.Background())
	if lost != 10 || err == nil || time.Since(start) > 11*time.Second {
		w.Fatal(lost, err, time.Since(start))
	}
	close(release)
	synctest.Wait()
	w.want(0, 0, 10)
}

package inferencelog_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// A reader waits two seconds for rows that a sink in trouble does not take, and
// then reads what is there.
func TestReadWhileSinkHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := false
		sink := &inferencelogtest.Hooked{LogSink: inferencelog.NewMemory(),
			OnWrite: func(ctx context.Context, _ uint64, _ []*inferencelog.Record) error {
				if hang {
					<-ctx.Done()
					return ctx.Err()
				}
				return nil
			}}
		l := inferencelog.New(sink, nil)
		if err := l.Create(t.Context(), inferencelog.Table{ID: 1, Name: "main.logging.t"}); err != nil {
			t.Fatal(err)
		}
		l.Log(1, inferencelogtest.Plain("stored", 0))
		if err := l.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		hang = true
		l.Log(1, inferencelogtest.Plain("waiting", 1))
		began, ids := time.Now(), ""
		for row, err := range l.Rows(t.Context(), 1, inferencelog.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			ids += row.ID + " "
		}
		if ids != "stored " || time.Since(began) != 2*time.Second {
			t.Errorf("read %q after %v", ids, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		l.Close(ctx)
	})
}

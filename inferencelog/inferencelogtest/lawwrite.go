package inferencelogtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/modelward/modelward/inferencelog"
)

func checkRejected(b *bench) {
	b.create(1, "a.b.c")
	b.wantErr("nil", b.sink.Write(b.Context(), 1, []*inferencelog.Record{nil}), inferencelog.ErrRejected)
	b.wantErr("no id", b.sink.Write(b.Context(), 1, []*inferencelog.Record{{}}), inferencelog.ErrRejected)
	b.write(1)
}

func checkCancelled(b *bench) {
	b.create(1, "a.b.c")
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	_, tables := b.sink.Tables(ctx)
	for what, err := range map[string]error{
		"create": b.sink.Create(ctx, inferencelog.Table{ID: 2, Name: "a.b.d"}),
		"drop":   b.sink.Drop(ctx, 1),
		"tables": tables,
		"write":  b.sink.Write(ctx, 1, []*inferencelog.Record{Plain("r", 0)}),
	} {
		b.wantErr(what, err, context.Canceled)
	}
	if _, err := Rows(ctx, b.sink, 1, inferencelog.Query{}); !errors.Is(err, inferencelog.ErrNotReadable) {
		b.wantErr("rows", err, context.Canceled)
	}
	b.create(2, "a.b.d")
	b.write(1, Plain("r", 0))
}

func checkClosed(b *bench) {
	b.create(1, "a.b.c")
	if err := b.sink.Close(); err != nil {
		b.Fatal(err)
	}
	_, tables := b.sink.Tables(b.Context())
	_, rows := Rows(b.Context(), b.sink, 1, inferencelog.Query{})
	for what, err := range map[string]error{
		"create": b.sink.Create(b.Context(), inferencelog.Table{ID: 2, Name: "a.b.d"}),
		"drop":   b.sink.Drop(b.Context(), 1),
		"tables": tables,
		"write":  b.sink.Write(b.Context(), 1, []*inferencelog.Record{Plain("r", 0)}),
		"rows":   rows,
	} {
		if err == nil {
			b.Fatalf("%s worked after Close", what)
		}
	}
}

func checkIdempotent(b *bench) {
	b.create(1, "a.b.c")
	first, second, third := Plain("1", 1), Plain("2", 2), Plain("3", 3)
	b.write(1, first, second)
	b.write(1, first, second)
	changed := Plain("2", 2)
	changed.Response = []byte("another answer")
	b.write(1, changed, third, third)
	b.want(1, inferencelog.Query{}, "3", "2", "1")
	if got := b.rows(1, inferencelog.Query{})[1].Response; string(got) != string(second.Response) {
		b.Fatalf("the row was overwritten with %q", got)
	}
}

func checkAllOrNothing(b *bench) {
	b.create(1, "a.b.c")
	for at := range 5 {
		batch := []*inferencelog.Record{Plain("1", 1), Plain("2", 2), Plain("3", 3), Plain("4", 4)}
		batch = slices.Insert(batch, at, &inferencelog.Record{})
		b.wantErr("write", b.sink.Write(b.Context(), 1, batch), inferencelog.ErrRejected)
		b.want(1, inferencelog.Query{})
	}
	large := append(plainRows(2000), nil)
	b.wantErr("a large write", b.sink.Write(b.Context(), 1, large), inferencelog.ErrRejected)
	b.want(1, inferencelog.Query{})
	b.write(1, large[:3]...)
	b.want(1, inferencelog.Query{}, "0002", "0001", "0000")
}

func checkApart(b *bench) {
	b.create(1, "a.b.c")
	b.create(2, "a.b.d")
	b.write(1, Plain("same", 1), Plain("one", 2))
	b.write(2, Plain("same", 1))
	b.want(1, inferencelog.Query{}, "one", "same")
	b.want(2, inferencelog.Query{}, "same")
	if err := b.sink.Drop(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	b.want(2, inferencelog.Query{}, "same")
}

func checkConcurrent(b *bench) {
	const writers, batches, rows = 4, 10, 5
	b.create(1, "a.b.c")
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			own := uint64(100 + w)
			if err := b.sink.Create(b.Context(), inferencelog.Table{ID: own, Name: fmt.Sprint("a.b.w", w)}); err != nil {
				b.Error(err)
			}
			for i := range batches {
				var batch []*inferencelog.Record
				for k := range rows {
					batch = append(batch, Plain(fmt.Sprintf("%d/%d/%d", w, i, k), i))
				}
				for _, id := range []uint64{1, own} {
					if err := b.sink.Write(b.Context(), id, batch); err != nil {
						b.Error(err)
					}
				}
				got, err := Rows(b.Context(), b.sink, 1, inferencelog.Query{Columns: []string{"invocation_id"}})
				if err != nil || len(got)%rows != 0 {
					b.Errorf("a reader sees %d rows, part of a batch (%v)", len(got), err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(b.rows(1, inferencelog.Query{})); got != writers*batches*rows {
		b.Fatalf("%d rows, want %d", got, writers*batches*rows)
	}
	for w := range writers {
		if got := len(b.rows(uint64(100+w), inferencelog.Query{})); got != batches*rows {
			b.Fatalf("writer %d: %d rows, want %d", w, got, batches*rows)
		}
	}
}

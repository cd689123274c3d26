package inferencelogtest

import (
	"context"
	"iter"

	"github.com/modelward/modelward/inferencelog"
)

// Hooked is a sink that misbehaves as told. It is as safe for concurrent use as its hook.
type Hooked struct {
	inferencelog.LogSink

	// OnWrite is called before each write; an error keeps the rows from the sink within. Nil: none is called.
	OnWrite func(ctx context.Context, id uint64, batch []*inferencelog.Record) error

	// AfterWrite is called after each write that succeeded; its error is returned although the rows are stored. Nil: none is called.
	AfterWrite func(ctx context.Context, id uint64, batch []*inferencelog.Record) error
}

// Write calls the hooks around the write of the sink within.
func (h *Hooked) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	if h.OnWrite != nil {
		if err := h.OnWrite(ctx, id, batch); err != nil {
			return err
		}
	}
	if err := h.LogSink.Write(ctx, id, batch); err != nil {
		return err
	}
	if h.AfterWrite != nil {
		return h.AfterWrite(ctx, id, batch)
	}
	return nil
}

// Rows reads the sink within, or yields [inferencelog.ErrNotReadable].
func (h *Hooked) Rows(ctx context.Context, id uint64, q inferencelog.Query) iter.Seq2[*inferencelog.Record, error] {
	if reader, ok := h.LogSink.(inferencelog.RowReader); ok {
		return reader.Rows(ctx, id, q)
	}
	return func(yield func(*inferencelog.Record, error) bool) { yield(nil, inferencelog.ErrNotReadable) }
}

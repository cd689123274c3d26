package inferencelog

import (
	"context"
	"fmt"
	"slices"
)

// branch is one sink of a FanOut.
type branch struct {
	LogSink
	number int
	turn   chan struct{} // holds a token while a call is under way
}

// call does one thing with the sink, when its turn has come, and returns at the latest when the context is over. The call goes on
// by itself then.
func (b *branch) call(ctx context.Context, do func(LogSink) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return b.named(ctx.Err())
	}
	answer := make(chan error, 1)
	go func() {
		defer func() { <-b.turn }()
		answer <- b.guarded(do)
	}()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		select {
		case err := <-answer: // both have come
			return err
		default:
			return b.named(ctx.Err())
		}
	}
}

// guarded turns a panic into an error, and names the sink in every error.
func (b *branch) guarded(do func(LogSink) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = b.named(fmt.Errorf("panicked: %v", p))
		}
	}()
	return b.named(do(b.LogSink))
}

func (b *branch) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("inferencelog: sink %d (%T): %w", b.number, b.LogSink, err)
}

// list returns the sink's tables.
func (b *branch) list(ctx context.Context) ([]Table, error) {
	listed := make(chan []Table, 1) // not a variable: a call that is given up may still write to it
	err := b.call(ctx, func(sink LogSink) error {
		list, err := sink.Tables(ctx)
		listed <- list
		return err
	})
	if err != nil {
		return nil, err
	}
	return <-listed, nil
}

// has reports whether the sink has the table, the same in everything but the time it was made.
func (b *branch) has(ctx context.Context, t Table) bool {
	list, err := b.list(ctx)
	return err == nil && slices.ContainsFunc(list, func(there Table) bool {
		return there.ID == t.ID && there.Name == t.Name && (there.Layout == Usage) == (t.Layout == Usage)
	})
}

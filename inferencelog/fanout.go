package inferencelog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// FanOut returns a sink that writes to several. A batch is stored when all of them have it; after an error some may, and
// writing it again is safe because each keeps a row once. It can be read when one of them can: reads come from the first
// that can.
//
// The first decides which tables there are. A table that is missing in another one when rows for it come, because that
// sink was added later, is made there. Errors say which sink they are from, counted from 1, and one that panics has an
// error. One that does not come back when its context is over has that error too, and gets nothing more until it comes back; it
// keeps one goroutine till then. The sinks belong to the FanOut: Close closes them.
func FanOut(first LogSink, more ...LogSink) LogSink {
	f := &fanOut{tables: make(chan struct{}, 1)}
	readable := false
	for i, sink := range append([]LogSink{first}, more...) {
		f.sinks = append(f.sinks, &branch{LogSink: sink, number: i + 1, turn: make(chan struct{}, 1)})
		_, reads := sink.(RowReader)
		readable = readable || reads
	}
	if readable {
		return readableFanOut{f}
	}
	return f
}

type fanOut struct {
	sinks  []*branch
	tables chan struct{} // holds a token while the set of tables changes
}

// undoFor bounds what is done after the context of a Create that failed may be over.
const undoFor = 5 * time.Second

// Create makes the table in all sinks or in none. One that another sink than the first has already, the same in
// everything, is left over from a Create that could not be undone, and is taken for made.
func (f *fanOut) Create(ctx context.Context, t Table) error {
	if err := f.lockTables(ctx); err != nil {
		return err
	}
	defer f.unlockTables()
	var made []*branch
	for i, b := range f.sinks {
		err := b.call(ctx, func(sink LogSink) error { return sink.Create(ctx, t) })
		if err == nil {
			made = append(made, b)
			continue
		}
		if i > 0 && errors.Is(err, ErrTableExists) && b.has(ctx, t) {
			continue
		}
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoFor)
		defer cancel()
		for _, b := range made {
			gone := b.call(undo, func(sink LogSink) error { return sink.Drop(undo, t.ID) })
			if gone != nil && !errors.Is(gone, ErrNoTable) {
				err = errors.Join(err, fmt.Errorf("its table stays: %w", gone))
			}
		}
		return err
	}
	return nil
}

// Drop removes the table from all sinks. When the first cannot, nothing has changed; when another one cannot, the table is
// gone, and Drop may be called again for the rest.
func (f *fanOut) Drop(ctx context.Context, id uint64) error {
	if err := f.lockTables(ctx); err != nil {
		return err
	}
	defer f.unlockTables()
	var errs []error
	missing := 0
	for i, b := range f.sinks {
		err := b.call(ctx, func(sink LogSink) error { return sink.Drop(ctx, id) })
		switch {
		case err == nil:
		case errors.Is(err, ErrNoTable):
			missing++
		case i == 0:
			return err
		default:
			errs = append(errs, err)
		}
	}
	if missing == len(f.sinks) {
		return fmt.Errorf("%w: %d", ErrNoTable, id)
	}
	return errors.Join(errs...)
}

// Tables returns those of the first sink.
func (f *fanOut) Tables(ctx context.Context) (list []Table, err error) { return f.sinks[0].list(ctx) }

// Write writes the batch to the first sink and then to the others at once. What the first does not have or want, the
// others do not get.
func (f *fanOut) Write(ctx context.Context, id uint64, batch []*Record) error {
	for _, r := range batch {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	batch = slices.Clone(batch) // for a sink that does not come back
	write := func(sink LogSink) error { return sink.Write(ctx, id, batch) }
	errs := make([]error, len(f.sinks))
	errs[0] = f.sinks[0].call(ctx, write)
	if errs[0] != nil && (ctx.Err() != nil || errors.Is(errs[0], ErrNoTable) || errors.Is(errs[0], ErrRejected)) {
		return errs[0]
	}
	answers := make(chan int, len(f.sinks))
	for i := 1; i < len(f.sinks); i++ {
		go func() {
			errs[i] = f.sinks[i].call(ctx, write)
			answers <- i
		}()
	}
	for range len(f.sinks) - 1 {
		<-answers // each comes back with the context at the latest
	}
	for i := 1; i < len(f.sinks); i++ {
		if !errors.Is(errs[i], ErrNoTable) {
			continue
		}
		if errs[i] = f.adopt(ctx, f.sinks[i], id); errs[i] == nil {
			errs[i] = f.sinks[i].call(ctx, write)
		}
		if errors.Is(errs[i], ErrNoTable) {
			return errs[i] // dropped meanwhile
		}
	}
	return worst(errs)
}

// adopt makes a table in a sink that lacks it, or returns an error that wraps [ErrNoTable] when the first does not have it either.
func (f *fanOut) adopt(ctx context.Context, b *branch, id uint64) error {
	if err := f.lockTables(ctx); err != nil {
		return err
	}
	defer f.unlockTables()
	list, err := f.Tables(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(t Table) bool { return t.ID == id })
	if i < 0 {
		return fmt.Errorf("%w: %d", ErrNoTable, id)
	}
	err = b.call(ctx, func(sink LogSink) error { return sink.Create(ctx, list[i]) })
	if errors.Is(err, ErrTableExists) && b.has(ctx, list[i]) {
		return nil // somebody else was quicker
	}
	return err
}

// worst joins errors. While one of them may pass, the answer is not that the batch is at fault.
func worst(errs []error) error {
	passing := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil || errors.Is(err, ErrRejected) })
	if len(passing) > 0 {
		return errors.Join(passing...)
	}
	return errors.Join(errs...)
}

// Close closes all sinks.
func (f *fanOut) Close() error {
	var errs []error
	for _, b := range f.sinks {
		errs = append(errs, b.guarded(LogSink.Close))
	}
	return errors.Join(errs...)
}

func (f *fanOut) lockTables(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case f.tables <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fanOut) unlockTables() { <-f.tables }

// readableFanOut is a fanOut with a sink that can be read.
type readableFanOut struct{ *fanOut }

// Rows yields those of the first sink that can be read.
func (f readableFanOut) Rows(ctx context.Context, id uint64, q Query) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for _, b := range f.sinks {
			reader, ok := b.LogSink.(RowReader)
			if !ok {
				continue
			}
			unreadable := false
			for r, err := range reader.Rows(ctx, id, q) {
				if unreadable = errors.Is(err, ErrNotReadable); unreadable {
					break // a wrapper around a sink that is no reader
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
			if !unreadable {
				return
			}
		}
		yield(nil, ErrNotReadable)
	}
}

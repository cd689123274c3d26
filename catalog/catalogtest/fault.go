package catalogtest

import (
	"context"
	"errors"
	"iter"

	"github.com/modelward/modelward/catalog"
)

// Op is an operation of a [catalog.Store].
type Op string

// The operations in which a [FaultStore] can fail.
const (
	OpLoad   Op = "load"
	OpAppend Op = "append"
	OpWatch  Op = "watch"
	OpTrim   Op = "trim"
)

// FaultStore is a [catalog.Store] with faults. Its fields are set before use.
// Before and After are called in the goroutine of the operation and may block
// it; they must be safe for concurrent use when the store is used so.
type FaultStore struct {
	catalog.Store // Required: the store that does the work.

	// Before is called ahead of an operation. An error stands for it: the
	// operation does not happen. Default: nothing fails.
	Before func(op Op) error
	// After is called when a Load, Append or Trim has succeeded. An error hides the
	// success, as a connection does that breaks before the answer. Default:
	// nothing fails.
	After func(op Op) error
}

// Load implements [catalog.Store].
func (f *FaultStore) Load(ctx context.Context, put func(catalog.RowKey, []byte) error) (catalog.Head, error) {
	if err := f.before(OpLoad); err != nil {
		return catalog.Head{}, err
	}
	head, err := f.Store.Load(ctx, put)
	if err == nil {
		err = f.after(OpLoad)
	}
	return head, err
}

// Append implements [catalog.Store].
func (f *FaultStore) Append(ctx context.Context, prev uint64, c catalog.Commit) error {
	if err := f.before(OpAppend); err != nil {
		return err
	}
	if err := f.Store.Append(ctx, prev, c); err != nil {
		return err
	}
	return f.after(OpAppend)
}

// AppendAll implements [catalog.Batcher] where the inner store does. It is an
// OpAppend, one for all commits.
func (f *FaultStore) AppendAll(ctx context.Context, prev uint64, cs []catalog.Commit) error {
	batcher, ok := f.Store.(catalog.Batcher)
	if !ok {
		return errors.ErrUnsupported
	}
	if err := f.before(OpAppend); err != nil {
		return err
	}
	if err := batcher.AppendAll(ctx, prev, cs); err != nil {
		return err
	}
	return f.after(OpAppend)
}

// Watch implements [catalog.Store].
func (f *FaultStore) Watch(ctx context.Context, after uint64) iter.Seq2[catalog.Commit, error] {
	return func(yield func(catalog.Commit, error) bool) {
		if err := f.before(OpWatch); err != nil {
			yield(catalog.Commit{}, err)
			return
		}
		f.Store.Watch(ctx, after)(yield)
	}
}

// Trim implements [catalog.Store].
func (f *FaultStore) Trim(ctx context.Context, through uint64) error {
	if err := f.before(OpTrim); err != nil {
		return err
	}
	if err := f.Store.Trim(ctx, through); err != nil {
		return err
	}
	return f.after(OpTrim)
}

func (f *FaultStore) before(op Op) error {
	if f.Before == nil {
		return nil
	}
	return f.Before(op)
}

func (f *FaultStore) after(op Op) error {
	if f.After == nil {
		return nil
	}
	return f.After(op)
}

// lent is a store whose Close leaves the inner one open, so that several
// catalogs can have it, at once or one after the other.
type lent struct {
	catalog.Store
	open  context.Context
	close context.CancelFunc
}

func lend(s catalog.Store) catalog.Store {
	open, close := context.WithCancel(context.Background())
	l := &lent{Store: s, open: open, close: close}
	if b, ok := s.(catalog.Batcher); ok {
		return &lentBatcher{l, b}
	}
	return l
}

// lentBatcher is a lent store that takes several commits at once.
type lentBatcher struct {
	*lent
	batcher catalog.Batcher
}

func (l *lentBatcher) AppendAll(ctx context.Context, prev uint64, cs []catalog.Commit) error {
	if l.open.Err() != nil {
		return catalog.ErrClosed
	}
	return l.batcher.AppendAll(ctx, prev, cs)
}

func (l *lent) Load(ctx context.Context, put func(catalog.RowKey, []byte) error) (catalog.Head, error) {
	if l.open.Err() != nil {
		return catalog.Head{}, catalog.ErrClosed
	}
	return l.Store.Load(ctx, put)
}

func (l *lent) Append(ctx context.Context, prev uint64, c catalog.Commit) error {
	if l.open.Err() != nil {
		return catalog.ErrClosed
	}
	return l.Store.Append(ctx, prev, c)
}

func (l *lent) Watch(ctx context.Context, after uint64) iter.Seq2[catalog.Commit, error] {
	return func(yield func(catalog.Commit, error) bool) {
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(l.open, cancel)()
		for c, err := range l.Store.Watch(inner, after) {
			if l.open.Err() != nil && ctx.Err() == nil {
				yield(catalog.Commit{}, catalog.ErrClosed)
				return
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

func (l *lent) Trim(ctx context.Context, through uint64) error {
	if l.open.Err() != nil {
		return catalog.ErrClosed
	}
	return l.Store.Trim(ctx, through)
}

func (l *lent) Close() error {
	l.close()
	return nil
}

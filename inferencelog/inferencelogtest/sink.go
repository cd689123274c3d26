package inferencelogtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/modelward/modelward/inferencelog"
)

// Features declares what a sink cannot do by its nature. The zero value declares nothing: all laws apply but the one on re-opening.
type Features struct {
	// Unreadable is why the sink is no [inferencelog.RowReader]. Default: empty, it is one.
	Unreadable string

	// Reopen closes the sink and opens what it kept anew. Default: nil, with Forgetful saying why.
	Reopen func(t *testing.T, sink inferencelog.LogSink) inferencelog.LogSink

	// Forgetful is why the sink keeps nothing when it is closed. Default: empty, and Reopen must be set.
	Forgetful string
}

// TestSink runs the laws against fresh sinks that open returns. Open arranges for the sink to be closed at the test's end.
// A nil features declares nothing; then the sink must be readable, and re-opening is not tried.
func TestSink(t *testing.T, open func(t *testing.T) inferencelog.LogSink, features *Features) {
	t.Helper()
	f := Features{Forgetful: "not declared"}
	if features != nil {
		f = *features
	}
	if f.Reopen == nil && f.Forgetful == "" {
		t.Fatal("inferencelogtest: the sink declares neither how it is re-opened nor why it cannot be")
	}
	if _, readable := open(t).(inferencelog.RowReader); readable != (f.Unreadable == "") {
		t.Fatalf("inferencelogtest: the sink is readable: %v, but declares %q", readable, f.Unreadable)
	}
	for _, l := range laws {
		switch {
		case l.needs&readable != 0 && f.Unreadable != "":
			t.Logf("law %q does not apply: %s", l.name, f.Unreadable)
		case l.needs&durable != 0 && f.Reopen == nil:
			t.Logf("law %q does not apply: %s", l.name, f.Forgetful)
		default:
			t.Run(l.name, func(t *testing.T) {
				defer func() {
					if t.Failed() {
						t.Logf("the law: %s", l.says)
					}
				}()
				l.check(&bench{T: t, sink: open(t), reopen: f.Reopen, unreadable: f.Unreadable != ""})
			})
		}
	}
}

// need is what a law asks of a sink beyond the wall.
type need int

const (
	nothing  need = 0
	readable need = 1 << iota
	durable
)

type law struct {
	name, says string
	needs      need
	check      func(b *bench)
}

// bench is where one law is tried: a fresh sink, and short ways to use it.
type bench struct {
	*testing.T
	sink       inferencelog.LogSink
	reopen     func(t *testing.T, sink inferencelog.LogSink) inferencelog.LogSink
	unreadable bool
	fatalf     func(format string, args ...any) // of the rapid check under way; nil: there is none
}

// failf ends the law, or the rapid check that is under way, so that rapid can look for a smaller case.
func (b *bench) failf(format string, args ...any) {
	b.Helper()
	if b.fatalf != nil {
		b.fatalf(format, args...)
	}
	b.Fatalf(format, args...)
}

func (b *bench) create(id uint64, name string) {
	b.Helper()
	b.createAs(id, name, "")
}

func (b *bench) createAs(id uint64, name string, l inferencelog.Layout) {
	b.Helper()
	if err := b.sink.Create(b.Context(), inferencelog.Table{ID: id, Name: name, CreatedAt: Plain("", 0).EventTime, Layout: l}); err != nil {
		b.failf("create %d %q: %v", id, name, err)
	}
}

func (b *bench) wantErr(what string, err, target error) {
	b.Helper()
	if !errors.Is(err, target) {
		b.Fatalf("%s: error %v, want %v", what, err, target)
	}
}

func (b *bench) write(id uint64, batch ...*inferencelog.Record) {
	b.Helper()
	if err := b.sink.Write(b.Context(), id, batch); err != nil {
		b.failf("write to %d: %v", id, err)
	}
}

func (b *bench) rows(id uint64, q inferencelog.Query) []*inferencelog.Record {
	b.Helper()
	list, err := Rows(b.Context(), b.sink, id, q)
	if err != nil {
		b.failf("rows of %d: %v", id, err)
	}
	return list
}

// want checks the ids of a table's rows, newest first.
func (b *bench) want(id uint64, q inferencelog.Query, ids ...string) {
	b.Helper()
	var got []string
	for _, r := range b.rows(id, q) {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, ids) {
		b.failf("rows of table %d: %q, want %q", id, got, ids)
	}
}

// Rows reads rows into a slice. It returns [inferencelog.ErrNotReadable] for a sink that is no reader.
func Rows(ctx context.Context, sink inferencelog.LogSink, id uint64, q inferencelog.Query) ([]*inferencelog.Record, error) {
	reader, ok := sink.(inferencelog.RowReader)
	if !ok {
		return nil, inferencelog.ErrNotReadable
	}
	var list []*inferencelog.Record
	for r, err := range reader.Rows(ctx, id, q) {
		if err != nil {
			return list, err
		}
		list = append(list, r)
	}
	return list, nil
}

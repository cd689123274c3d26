package inferencelog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func TestFanOutLaws(t *testing.T) {
	inferencelogtest.TestSink(t, func(*testing.T) inferencelog.LogSink {
		return inferencelog.FanOut(inferencelog.NewMemory(), inferencelog.NewMemory())
	}, &inferencelogtest.Features{Forgetful: "its rows live in memory"})
}

// Reads come from the first sink that can be read, and there is no reader when none can.
func TestFanOutReads(t *testing.T) {
	lines := func() inferencelog.LogSink { return inferencelog.NewJSONLines(io.Discard) }
	if _, ok := inferencelog.FanOut(lines(), lines()).(inferencelog.RowReader); ok {
		t.Error("two streams can be read")
	}
	hooked := &inferencelogtest.Hooked{LogSink: lines()} // looks like a reader
	sink := inferencelog.FanOut(lines(), hooked, inferencelog.NewMemory())
	create(t, sink, inferencelog.Table{ID: 1, Name: "a.b.c"})
	if err := sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain("r", 1)}); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, sink, 1); got != "r" {
		t.Errorf("read %q", got)
	}
	if _, err := inferencelogtest.Rows(t.Context(), inferencelog.FanOut(hooked), 1, inferencelog.Query{}); !errors.Is(err, inferencelog.ErrNotReadable) {
		t.Errorf("read from nobody: %v", err)
	}
}

func create(t *testing.T, sink inferencelog.LogSink, tables ...inferencelog.Table) {
	t.Helper()
	for _, table := range tables {
		if err := sink.Create(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
}

// ids are those of a table's rows, in the order written.
func ids(t *testing.T, sink inferencelog.LogSink, table uint64) string {
	t.Helper()
	rows, err := inferencelogtest.Rows(t.Context(), sink, table, inferencelog.Query{Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range rows {
		list = append(list, r.ID)
	}
	return strings.Join(list, " ")
}

// However its sinks fail, before or after they have stored a batch, batches that are written until they succeed are in
// all of them once, and what is rejected by one is told to be.
func TestFanOutFailures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		memories := [3]*inferencelog.Memory{}
		var sinks []inferencelog.LogSink
		for i := range memories {
			memories[i] = inferencelog.NewMemory()
			script := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 12).Draw(t, "script")
			fail := func(at int) func(context.Context, uint64, []*inferencelog.Record) error {
				return func(context.Context, uint64, []*inferencelog.Record) error {
					if len(script) == 0 {
						return nil
					}
					step := script[0]
					if step == at || step == 4 || at == 2 {
						script = script[1:]
					}
					switch {
					case step == at:
						return errSink
					case step == 4:
						panic("unwell")
					}
					return nil
				}
			}
			sinks = append(sinks, &inferencelogtest.Hooked{LogSink: memories[i], OnWrite: fail(1), AfterWrite: fail(2)})
		}
		sink := inferencelog.FanOut(sinks[0], sinks[1:]...)
		if err := sink.Create(ctx, inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
			t.Fatal(err)
		}
		var want []string
		for i := range 4 {
			var batch []*inferencelog.Record
			for k := range 2 {
				id := fmt.Sprint(i, k)
				batch = append(batch, inferencelogtest.Plain(id, len(want)))
				want = append(want, id)
			}
			for try := 0; ; try++ {
				err := sink.Write(ctx, 1, batch)
				if err == nil {
					break
				}
				if try == 40 || !errors.Is(err, errSink) && !strings.Contains(err.Error(), "panicked: unwell") {
					t.Fatal(err)
				}
			}
		}
		for i, memory := range memories {
			rows, err := inferencelogtest.Rows(ctx, memory, 1, inferencelog.Query{Oldest: true})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rows {
				got = append(got, r.ID)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("sink %d has %q, want %q", i+1, got, want)
			}
		}
	})
}

// A rejection shows when nothing else fails; a failure that may pass comes first.
func TestFanOutRejection(t *testing.T) {
	var answers [3]error
	var sinks []inferencelog.LogSink
	for i := range answers {
		sinks = append(sinks, &inferencelogtest.Hooked{LogSink: inferencelog.NewMemory(), OnWrite: func(context.Context, uint64, []*inferencelog.Record) error { return answers[i] }})
	}
	sink := inferencelog.FanOut(sinks[0], sinks[1:]...)
	create(t, sink, inferencelog.Table{ID: 1, Name: "a.b.c"})
	rejected := fmt.Errorf("%w: too odd", inferencelog.ErrRejected)
	for _, c := range []struct {
		answers  [3]error
		rejected bool
		names    string
	}{
		{[3]error{rejected, nil, nil}, true, "sink 1 "},
		{[3]error{nil, rejected, nil}, true, "sink 2 "},
		{[3]error{nil, rejected, errSink}, false, "sink 3 "},
		{[3]error{errSink, rejected, nil}, false, "sink 1 "},
	} {
		answers = c.answers
		err := sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain("r", 1)})
		if errors.Is(err, inferencelog.ErrRejected) != c.rejected || !strings.Contains(fmt.Sprint(err), c.names) {
			t.Errorf("%v: %v", c.answers, err)
		}
	}
}

// What cannot be created everywhere is created nowhere, and what was there before stays.
func TestFanOutCreate(t *testing.T) {
	first, second := inferencelog.NewMemory(), inferencelog.NewMemory()
	create(t, second, inferencelog.Table{ID: 9, Name: "a.b.c"}, inferencelog.Table{ID: 2, Name: "a.b.left"})
	sink := inferencelog.FanOut(first, second)
	if err := sink.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); !errors.Is(err, inferencelog.ErrTableExists) {
		t.Fatal(err)
	}
	create(t, sink, inferencelog.Table{ID: 2, Name: "a.b.left", Layout: inferencelog.Payload})
	for i, want := range map[inferencelog.LogSink]string{first: "2", second: "2 9"} {
		list, err := i.Tables(t.Context())
		var got []string
		for _, table := range list {
			got = append(got, fmt.Sprint(table.ID))
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("tables %q, %v; want %s", got, err, want)
		}
	}
}

// A sink that is added later gets the tables it lacks with their next rows, and nothing of a table that was dropped.
func TestFanOutAddedLater(t *testing.T) {
	first, second := inferencelog.NewMemory(), inferencelog.NewMemory()
	create(t, first, inferencelog.Table{ID: 1, Name: "a.b.c", Layout: inferencelog.Usage})
	sink := inferencelog.FanOut(first, second)
	batch := []*inferencelog.Record{inferencelogtest.Plain("r", 1)}
	if err := sink.Write(t.Context(), 1, batch); err != nil {
		t.Fatal(err)
	}
	if list, err := second.Tables(t.Context()); err != nil || len(list) != 1 || list[0].Layout != inferencelog.Usage || ids(t, second, 1) != "r" {
		t.Fatalf("%v, %v", list, err)
	}
	if err := first.Drop(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(t.Context(), 1, []*inferencelog.Record{inferencelogtest.Plain("s", 2)}); !errors.Is(err, inferencelog.ErrNoTable) || ids(t, second, 1) != "r" {
		t.Fatal(err)
	}
	if err := sink.Drop(t.Context(), 1); err != nil { // of the rest
		t.Fatal(err)
	}
}

// One that hangs is told within the context, gets one call at a time, and keeps neither the others from their rows nor Close.
func TestFanOutHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, release := inferencelog.NewMemory(), make(chan struct{})
		var calls atomic.Int64
		stuck := &inferencelogtest.Hooked{LogSink: inferencelog.NewMemory(), OnWrite: func(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
			calls.Add(1)
			<-release
			if batch[0] == nil {
				t.Error("a late write sees a slice that is the caller's again")
			}
			return nil
		}}
		sink := inferencelog.FanOut(memory, stuck)
		create(t, sink, inferencelog.Table{ID: 1, Name: "a.b.c"})
		batch := []*inferencelog.Record{inferencelogtest.Plain("1", 1)}
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			err := sink.Write(ctx, 1, batch)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "sink 2 ") || time.Since(began) != time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
			cancel()
		}
		batch[0] = nil // the slice is ours again
		if calls.Load() != 1 || ids(t, memory, 1) != "1" {
			t.Errorf("%d calls, %q stored", calls.Load(), ids(t, memory, 1))
		}
		close(release)
		synctest.Wait()
		batch[0] = inferencelogtest.Plain("1", 1)
		if err := sink.Write(t.Context(), 1, batch); err != nil || ids(t, stuck, 1) != "1" || ids(t, memory, 1) != "1" {
			t.Errorf("%v; %q stored", err, ids(t, stuck, 1))
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A sink that is nil is one that fails.
func TestFanOutNil(t *testing.T) {
	sink := inferencelog.FanOut(nil, nil)
	if err := sink.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err == nil {
		t.Error("created in nothing")
	}
	if err := sink.Close(); err == nil {
		t.Error("closed nothing")
	}
}

func ExampleFanOut() {
	ctx := context.Background()
	var stream strings.Builder
	sink := inferencelog.FanOut(inferencelog.NewMemory(), inferencelog.NewJSONLines(&stream))
	if err := sink.Create(ctx, inferencelog.Table{ID: 7, Name: "main.logging.chat_payload"}); err != nil {
		fmt.Println(err)
		return
	}
	if err := sink.Write(ctx, 7, []*inferencelog.Record{{ID: "row-1", StatusCode: 200}}); err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range sink.(inferencelog.RowReader).Rows(ctx, 7, inferencelog.Query{}) {
		fmt.Println(row.ID, err)
	}
	fmt.Println(strings.Count(stream.String(), "\n"), "line")
	// Output:
	// row-1 <nil>
	// 1 line
}

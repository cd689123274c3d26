package sqlitelog_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

func open(t testing.TB, path string) *sqlitelog.Sink {
	t.Helper()
	return openWith(t, path, nil)
}

func openWith(t testing.TB, path string, opts *sqlitelog.Options) *sqlitelog.Sink {
	t.Helper()
	sink, err := sqlitelog.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	return sink
}

func TestLaws(t *testing.T) {
	var paths sync.Map
	inferencelogtest.TestSink(t,
		func(t *testing.T) inferencelog.LogSink {
			path := filepath.Join(t.TempDir(), "odd %3F?name#.db")
			sink := open(t, path)
			paths.Store(sink, path)
			return sink
		},
		&inferencelogtest.Features{
			Reopen: func(t *testing.T, sink inferencelog.LogSink) inferencelog.LogSink {
				path, _ := paths.Load(sink)
				if err := sink.Close(); err != nil {
					t.Fatal(err)
				}
				again := open(t, path.(string))
				paths.Store(again, path)
				return again
			},
		})
}

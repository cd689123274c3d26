package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/modelward/modelward/inferencelog"
)

// logJSONRow: rows of 4 KB, whose bodies are JSON, as lines of JSON in a file,
// 256 at once. Beside it: encoding/json, which is handed a struct with the same
// columns and writes through a buffer. Reported too: both with bodies of plain
// text, zap's JSON encoder for the same row, and ours beside a copy of the two
// bodies to the file, below which nothing can be.
func logJSONRow() row {
	return row{name: "log-json", budget: 0.5, allocs: -1, open: openLogJSON}
}

func BenchmarkLogJSON(b *testing.B) { logJSONRow().sideBySide(b) }

func openLogJSON(tb testing.TB, scale scale) pair {
	n := scale.of(2 * burst)
	inJSON, inText := logRecords(tb, n, jsonBodies), logRecords(tb, n, textBodies)
	ours, library := oursInJSON(tb, inJSON, jsonBodies), encodingJSON(tb, inJSON, jsonBodies)
	oursText, libraryText := oursInJSON(tb, inText, textBodies), encodingJSON(tb, inText, textBodies)
	zap, floor := zapJSON(tb, inJSON, jsonBodies), copied(tb, inJSON, jsonBodies)
	p := func(reference, ours *lineSide) pair {
		return pair{reference: reference.side(), ours: ours.side(), rows: 1}
	}
	all := p(library, ours)
	all.also = []pair{p(libraryText, oursText), p(library, zap), p(floor, ours)}
	all.agree = func() error {
		return errors.Join(sameLines(n, ours, library, zap), sameLines(n, oursText, libraryText))
	}
	return all
}

// lineSide is a side that writes lines to a file.
type lineSide struct {
	name  string
	count int // of the rows there are
	// write writes the rows from the one numbered from to the one before to.
	write func(w io.Writer, from, to int) error

	file          *os.File
	rows, written int
}

func newLineSide(tb testing.TB, name string, with bodies, count int, write func(w io.Writer, from, to int) error) *lineSide {
	tb.Helper()
	file, err := os.CreateTemp(tb.TempDir(), "*.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { file.Close() })
	return &lineSide{name: name + ", " + string(with), count: count, write: write, file: file}
}

func (s *lineSide) side() side {
	return side{name: s.name, run: s.run, most: min(burst, s.count), rest: s.empty, size: func() float64 { return float64(s.written) / float64(s.rows) }}
}

// Write counts what goes to the file.
func (s *lineSide) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.written += n
	return n, err
}

func (s *lineSide) run(n int) error {
	for n > 0 {
		from := s.rows % s.count
		k := min(n, batchRows, s.count-from)
		if err := s.write(s, from, from+k); err != nil {
			return err
		}
		s.rows += k
		n -= k
	}
	return nil
}

func (s *lineSide) empty() error {
	if err := s.file.Truncate(0); err != nil {
		return err
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return err
}

func oursInJSON(tb testing.TB, records []*inferencelog.Record, with bodies) *lineSide {
	s := newLineSide(tb, "ours", with, len(records), nil)
	sink := inferencelog.NewJSONLines(s)
	if err := sink.Create(context.Background(), logTable); err != nil {
		tb.Fatal(err)
	}
	s.write = func(_ io.Writer, from, to int) error {
		return sink.Write(context.Background(), logTable.ID, records[from:to])
	}
	return s
}

// lineBuffer is the buffer between a library and the file.
const lineBuffer = 64 << 10

func encodingJSON(tb testing.TB, records []*inferencelog.Record, with bodies) *lineSide {
	rows := plainRows(records)
	buffer := bufio.NewWriterSize(nil, lineBuffer)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	return newLineSide(tb, "encoding/json", with, len(rows), func(w io.Writer, from, to int) error {
		buffer.Reset(w)
		for i := range rows[from:to] {
			if err := encoder.Encode(&rows[from+i]); err != nil {
				return err
			}
		}
		return buffer.Flush()
	})
}

// copied writes the two bodies as they are.
func copied(tb testing.TB, records []*inferencelog.Record, with bodies) *lineSide {
	var all []byte
	return newLineSide(tb, "copy and write", with, len(records), func(w io.Writer, from, to int) error {
		all = all[:0]
		for _, r := range records[from:to] {
			all = append(append(all, r.Request...), r.Response...)
		}
		_, err := w.Write(all)
		return err
	})
}

// sameLines lets sides write the same rows and reads what they have written.
func sameLines(n int, sides ...*lineSide) error {
	var first []string
	for _, s := range sides {
		s.rows, s.written = 0, 0
		if err := s.run(n); err != nil {
			return err
		}
		text, err := os.ReadFile(s.file.Name())
		if err != nil {
			return err
		}
		if err := s.empty(); err != nil {
			return err
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(lines) != n {
			return fmt.Errorf("%s wrote %d lines, not %d", s.name, len(lines), n)
		}
		if first == nil {
			first = lines
			continue
		}
		for i := range lines {
			if err := sameObject(first[i], lines[i]); err != nil {
				return fmt.Errorf("%s, line %d: %w", s.name, i, err)
			}
		}
	}
	return nil
}

func sameObject(a, b string) error {
	var first, second map[string]any
	if err := errors.Join(json.Unmarshal([]byte(a), &first), json.Unmarshal([]byte(b), &second)); err != nil {
		return err
	}
	if !reflect.DeepEqual(first, second) {
		return fmt.Errorf("%s is not %s", b, a)
	}
	return nil
}

package inferencelog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func TestJSONLinesLaws(t *testing.T) {
	inferencelogtest.TestSink(t, func(*testing.T) inferencelog.LogSink { return inferencelog.NewJSONLines(io.Discard) }, &inferencelogtest.Features{
		Unreadable: "what was written to a stream is out of reach",
		Forgetful:  "a stream has no memory",
	})
}

// Every line is what encoding/json reads the row's columns from, in their order and with nothing else.
func TestJSONLinesAreTheColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := inferencelogtest.Record("row").Draw(t, "record")
		var out bytes.Buffer
		sink := inferencelog.NewJSONLines(&out)
		name := "main.logging.we\"ird\n"
		if err := sink.Create(context.Background(), inferencelog.Table{ID: 1<<64 - 1, Name: name}); err != nil {
			t.Fatal(err)
		}
		if err := sink.Write(context.Background(), 1<<64-1, []*inferencelog.Record{r}); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1 || out.Bytes()[out.Len()-1] != '\n' {
			t.Fatalf("%d line ends in %q", n, out.Bytes())
		}
		dec := json.NewDecoder(bytes.NewReader(out.Bytes()))
		dec.UseNumber()
		if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
			t.Fatal(tok, err)
		}
		member := func() (key string, value any) {
			k, err := dec.Token()
			if err != nil {
				t.Fatalf("%v in %s", err, out.Bytes())
			}
			if err := dec.Decode(&value); err != nil {
				t.Fatalf("%v in %s", err, out.Bytes())
			}
			return k.(string), value
		}
		if k, v := member(); k != "table" || v != name {
			t.Fatal(k, v)
		}
		if k, v := member(); k != "table_id" || v != "18446744073709551615" {
			t.Fatal(k, v)
		}
		for _, c := range inferencelog.Columns() {
			k, got := member()
			if want := plainly(t, c, r.Value(c.Name)); k != c.Name || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %#v, want %s: %#v", k, got, c.Name, want)
			}
		}
		if dec.More() {
			t.Fatal("more members")
		}
	})
}

// plainly is a column's value as encoding/json would read it back.
func plainly(t *rapid.T, c inferencelog.Column, v any) (plain any) {
	text, err := json.Marshal(v)
	if c.Name == "attempts" && v != nil {
		text = []byte(v.(string))
	}
	if when, ok := v.(time.Time); ok {
		text, err = json.Marshal(when.Format(inferencelog.TimeLayout))
	}
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

// Any bytes at all make valid JSON, with U+FFFD where they are no text.
func FuzzAppendJSON(f *testing.F) {
	for _, seed := range []string{"", "a\xffb", "\xe2\x80", "\xed\xa0\x80", "\x00\"\\/\u2028", strings.Repeat("x", 70) + "\"", "1234567\"9"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r := &inferencelog.Record{ID: string(payload), Request: payload}
		if payload == nil {
			r.Request = []byte{}
		}
		var got struct {
			ID      *string `json:"invocation_id"`
			Request string  `json:"request"`
		}
		if err := json.Unmarshal(r.AppendJSON(nil, inferencelog.Payload), &got); err != nil {
			t.Fatalf("%v in %q", err, r.AppendJSON(nil, inferencelog.Payload))
		}
		want := string([]rune(string(payload))) // each invalid byte as one U+FFFD
		if got.Request != want || len(payload) > 0 && *got.ID != want {
			t.Fatalf("%q, want %q", got.Request, want)
		}
	})
}

// choppy is a writer that fails after some bytes.
type choppy struct {
	bytes.Buffer
	left int
}

func (c *choppy) Write(p []byte) (int, error) {
	if c.left < len(p) {
		n, _ := c.Buffer.Write(p[:c.left])
		c.left = 0
		return n, errors.New("no space")
	}
	c.left -= len(p)
	return c.Buffer.Write(p)
}

// A write that fails at any byte and is tried again yields every row in exactly one whole line, and at most one torn line.
func TestJSONLinesTornWrite(t *testing.T) {
	batch := []*inferencelog.Record{inferencelogtest.Plain("1", 1), inferencelogtest.Plain("2", 2), inferencelogtest.Plain("3", 3)}
	for at := 0; ; at++ {
		w := &choppy{left: at}
		sink := inferencelog.NewJSONLines(w)
		if err := sink.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
			t.Fatal(err)
		}
		err := sink.Write(t.Context(), 1, batch)
		w.left = 1 << 20
		if err == nil {
			return
		}
		if err := sink.Write(t.Context(), 1, batch); err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		torn := 0
		for line := range strings.Lines(w.String()) {
			var row struct {
				ID string `json:"invocation_id"`
			}
			if json.Unmarshal([]byte(line), &row) != nil {
				torn++
				continue
			}
			seen[row.ID]++
		}
		if fmt.Sprint(seen) != "map[1:1 2:1 3:1]" || torn > 1 {
			t.Fatalf("cut at %d: rows %v, %d torn", at, seen, torn)
		}
	}
}

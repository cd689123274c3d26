package sqlitelog

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/modelward/modelward/inferencelog"
)

// column is one of a table, and how it is kept.
type column struct {
	inferencelog.Column
	kind kind
}

// kind is how a column's values become the file's and return. The zero kind keeps them as they are.
type kind int

const (
	plain   kind = iota
	payload      // a body, bound as it is
	moment       // text in TimeLayout
	mapping      // JSON text
	list         // JSON text
)

func columnsOf(l inferencelog.Layout) []column {
	all := l.Columns()
	columns := make([]column, len(all))
	for i, c := range all {
		columns[i].Column = c
		switch {
		case c.Name == "request", c.Name == "response":
			columns[i].kind = payload
		case c.Type == "TIMESTAMP":
			columns[i].kind = moment
		case c.Type == "MAP<STRING,STRING>":
			columns[i].kind = mapping
		case c.Type == "ARRAY<STRING>":
			columns[i].kind = list
		}
	}
	return columns
}

// place is where the value goes in an INSERT. The driver takes bytes for a BLOB; the cast makes them text where they
// are, which making a string of them would not.
func (c *column) place() string {
	if c.kind == payload {
		return "CAST(? AS TEXT)"
	}
	return "?"
}

// bind returns what the file keeps of the row's column, or rejects what it must not keep.
func (c *column) bind(r *inferencelog.Record) (any, error) {
	switch c.kind {
	case payload:
		return c.body(r)
	case moment:
		return c.text(r)
	}
	v := r.Value(c.Name)
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return nil, c.reject(r)
		}
	case map[string]string:
		for k, of := range v {
			if !utf8.ValidString(k) || !utf8.ValidString(of) {
				return nil, c.reject(r)
			}
		}
		return jsonText(v), nil
	case []string:
		for _, s := range v {
			if !utf8.ValidString(s) {
				return nil, c.reject(r)
			}
		}
		return jsonText(v), nil
	}
	return v, nil
}

// jsonText is v, which is of texts and numbers only, as JSON.
func jsonText(v any) string {
	text, _ := json.Marshal(v) // cannot fail
	return string(text)
}

// body binds a payload without a copy.
func (c *column) body(r *inferencelog.Record) (any, error) {
	b := r.Request
	if c.Name == "response" {
		b = r.Response
	}
	switch {
	case b == nil:
		return nil, nil
	case len(b) == 0:
		return "", nil // bytes that are nowhere could be taken for null
	case !utf8.Valid(b):
		return nil, c.reject(r)
	}
	return b, nil
}

// noTime stands for no event time, in the file too, so that rows compare by it as records do.
const noTime = "0001-01-01T00:00:00.000000Z"

func (c *column) text(r *inferencelog.Record) (any, error) {
	t := r.EventTime.UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		return nil, fmt.Errorf("%w: row %q: event time in the year %d", inferencelog.ErrRejected, r.ID, y)
	}
	return string(inferencelog.AppendTime(nil, t)), nil
}

func (c *column) reject(r *inferencelog.Record) error {
	return fmt.Errorf("%w: row %q: column %s is not valid UTF-8", inferencelog.ErrRejected, r.ID, c.Name)
}

// restore sets the column from what the file keeps.
func (c *column) restore(r *inferencelog.Record, v any) error {
	var err error
	if text, ok := v.(string); ok {
		switch c.kind {
		case moment:
			var t time.Time
			t, err = time.Parse(inferencelog.TimeLayout, text)
			v = t
		case mapping:
			var m map[string]string
			err = json.Unmarshal([]byte(text), &m)
			v = m
		case list:
			var l []string
			err = json.Unmarshal([]byte(text), &l)
			v = l
		}
	}
	if err == nil {
		err = r.SetValue(c.Name, v)
	}
	if err != nil {
		return fmt.Errorf("column %s: %w", c.Name, err)
	}
	return nil
}

package sqlitelog

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// bound turns a column's value into what the file keeps.
func bound(v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return string(inferencelog.AppendTime(nil, v)), nil
	case map[string]string, []string:
		text, err := json.Marshal(v)
		return string(text), err
	}
	return v, nil
}

// edge turns a bound of a query into text that compares with the rows' times. Rows have whole microseconds, so
// a bound between two of them is moved up to the later: the same rows are on either side.
func edge(t time.Time) string {
	if whole := t.Truncate(time.Microsecond); whole.Before(t) {
		t = whole.Add(time.Microsecond)
	}
	return string(inferencelog.AppendTime(nil, t))
}

// restore sets a column from what the file keeps.
func restore(r *inferencelog.Record, c inferencelog.Column, v any) error {
	text, ok := v.(string)
	if !ok {
		return r.SetValue(c.Name, v)
	}
	var err error
	switch c.Type {
	case "TIMESTAMP":
		var t time.Time
		if t, err = time.Parse(inferencelog.TimeLayout, text); err == nil {
			err = r.SetValue(c.Name, t)
		}
	case "MAP<STRING,STRING>":
		var m map[string]string
		if err = json.Unmarshal([]byte(text), &m); err == nil {
			err = r.SetValue(c.Name, m)
		}
	case "ARRAY<STRING>":
		var l []string
		if err = json.Unmarshal([]byte(text), &l); err == nil {
			err = r.SetValue(c.Name, l)
		}
	default:
		err = r.SetValue(c.Name, text)
	}
	if err != nil {
		return fmt.Errorf("column %s: %w", c.Name, err)
	}
	return nil
}

package statement

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// maxColumns is how many columns one SELECT may name, repeated ones included.
const maxColumns = 256

// selection reads an inference table.
func (x executor) selection(ctx context.Context, s Select) (*Result, error) {
	t, name, err := x.resolve(Securable{Kind: "TABLE", Name: s.From})
	if err != nil {
		return nil, err
	}
	columns, err := x.columnsOf(name)
	if err != nil {
		return nil, x.hinted(err, t, name)
	}
	r, err := newReader(s, newScan(columns, x.now()))
	if err != nil {
		return nil, err
	}
	records, err := x.ms.Rows(ctx, x.caller, name, r.query)
	if err != nil {
		return nil, x.hinted(err, t, name)
	}
	if err := r.run(ctx, records); err != nil {
		return nil, unreadable(err, name)
	}
	return &r.answer.Result, nil
}

// columnsOf are the columns of a table, which go by its layout.
func (x executor) columnsOf(name catalog.FullName) ([]inferencelog.Column, error) {
	return x.ms.TableColumns(x.caller, name)
}

// output finds the columns that are named, or all of them.
func (s *scan) output(names []string) ([]int, error) {
	if len(names) > maxColumns {
		return nil, invalid("A SELECT names at most %d columns, here are %d.", maxColumns, len(names))
	}
	if names == nil {
		for _, c := range s.columns {
			names = append(names, c.Name)
		}
	}
	output := make([]int, len(names))
	for i, name := range names {
		var err error
		if output[i], err = s.want(name); err != nil {
			return nil, err
		}
	}
	return output, nil
}

// text is a value as the statement API sends it; times, maps and lists look as
// they do in the rows of [inferencelog.Record.AppendJSON].
func text(v any) *string {
	var s string
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		s = v
	case int64:
		s = strconv.FormatInt(v, 10)
	case float64:
		s = strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		s = string(inferencelog.AppendTime(nil, v))
	default:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return nil
		}
		s = strings.TrimSuffix(b.String(), "\n")
	}
	return &s
}

// unreadable is the answer when the log fails while rows are read.
func unreadable(err error, name catalog.FullName) error {
	switch {
	case errors.Is(err, inferencelog.ErrNoTable):
		return &modelservice.Error{Code: modelservice.CodeDoesNotExist, Err: err,
			Message: fmt.Sprintf("Table '%s' does not exist.", name)}
	case errors.Is(err, inferencelog.ErrNotReadable):
		return &modelservice.Error{Code: modelservice.CodeInvalidState, Err: err,
			Message: "Inference tables are written and cannot be read on this server."}
	}
	return err
}

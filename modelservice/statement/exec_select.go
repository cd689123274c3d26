package statement

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

const (
	maxColumns   = 256 // columns one SELECT may name, repeated ones included
	oneRowTooFar = 1   // read to learn whether there are more rows than given
)

// selection reads an inference table, newest rows first.
func (x executor) selection(ctx context.Context, s Select) (*Result, error) {
	t, name, err := x.resolve(Securable{Kind: "TABLE", Name: s.From})
	if err != nil {
		return nil, err
	}
	columns, err := columnsOf(s.Columns)
	if err != nil {
		return nil, err
	}
	a := newAnswer(columns...)
	give := int64(DefaultRows)
	query := inferencelog.Query{Limit: DefaultRows + oneRowTooFar}
	if s.Limit != nil {
		give = *s.Limit
		query.Limit = give
	}
	for _, c := range columns {
		if s.Columns != nil && !slices.Contains(query.Columns, c.Name) {
			query.Columns = append(query.Columns, c.Name)
		}
	}
	records, err := x.ms.Rows(ctx, x.caller, name, query)
	if err != nil {
		return nil, x.hinted(err, t, name)
	}
	if give == 0 {
		return &a.Result, nil // to the log, 0 would be no limit
	}
	for record, err := range records {
		if err != nil {
			return nil, unreadable(err, name)
		}
		if int64(len(a.Rows)) == give {
			a.Truncated = s.Limit == nil
			break
		}
		values := make([]*string, len(columns))
		for i, c := range columns {
			values[i] = text(record.Value(c.Name))
		}
		if !a.add(values...) {
			break
		}
	}
	return &a.Result, nil
}

// columnsOf finds the columns that are named, in any case of letters (spec §2),
// or all of them. Every inference table has the same ones.
func columnsOf(names []string) ([]Column, error) {
	if len(names) > maxColumns {
		return nil, invalid("A SELECT names at most %d columns, here are %d.", maxColumns, len(names))
	}
	byName := map[string]Column{}
	var all []Column
	for _, c := range inferencelog.Columns() {
		byName[c.Name] = Column{c.Name, c.Type}
		all = append(all, Column{c.Name, c.Type})
	}
	if names == nil {
		return all, nil
	}
	out := make([]Column, len(names))
	for i, n := range names {
		c, ok := byName[strings.ToLower(n)]
		if !ok {
			return nil, &modelservice.Error{Code: modelservice.CodeBadRequest, Message: fmt.Sprintf(
				"[UNRESOLVED_COLUMN] A column with name %s cannot be resolved. SQLSTATE: 42703", clip(Quote(n)))}
		}
		out[i] = c
	}
	return out, nil
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

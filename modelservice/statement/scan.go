package statement

import (
	"fmt"
	"strings"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// A scan knows the columns of one table, which of them a SELECT needs, and the
// row that it is at.
type scan struct {
	columns []inferencelog.Column
	now     time.Time // what CURRENT_TIMESTAMP is, for all rows

	wanted []bool // of the columns
	record *inferencelog.Record
	values []any // of the row, as far as they were asked for
	asked  []bool
}

func newScan(columns []inferencelog.Column, now time.Time) *scan {
	n := len(columns)
	return &scan{columns: columns, now: now, wanted: make([]bool, n), values: make([]any, n), asked: make([]bool, n)}
}

// want finds a column, in any case of letters (spec §2), and has the log fill it
// in.
func (s *scan) want(name string) (int, error) {
	lower := strings.ToLower(name)
	for i, c := range s.columns {
		if c.Name == lower {
			s.wanted[i] = true
			return i, nil
		}
	}
	return 0, &modelservice.Error{Code: modelservice.CodeBadRequest, Message: fmt.Sprintf(
		"[UNRESOLVED_COLUMN] A column with name %s cannot be resolved. SQLSTATE: 42703", clip(Quote(name)))}
}

// names are those of the wanted columns. To the log, none would be all; so when
// nothing is wanted, it is the first of them.
func (s *scan) names() []string {
	var names []string
	for i, wanted := range s.wanted {
		if wanted {
			names = append(names, s.columns[i].Name)
		}
	}
	if names == nil && len(s.columns) > 0 {
		names = append(names, s.columns[0].Name)
	}
	return names
}

// move goes to a row.
func (s *scan) move(r *inferencelog.Record) {
	s.record = r
	clear(s.asked)
}

// at is what a column of the row holds, nil for NULL. A payload is a copy each time
// that a record is asked for it, so each is asked for once.
func (s *scan) at(i int) any {
	if !s.asked[i] {
		s.values[i], s.asked[i] = s.record.Value(s.columns[i].Name), true
	}
	return s.values[i]
}

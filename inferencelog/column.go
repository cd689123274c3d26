package inferencelog

import "fmt"

// Column is one column of a table.
type Column struct {
	Name string
	Type string // as Databricks names it: STRING, INT, BIGINT, DOUBLE, TIMESTAMP, MAP<STRING,STRING>, ARRAY<STRING>, STRUCT<…>
}

// Columns returns the columns of every inference table in their order: [Payload.Columns].
func Columns() []Column { return Payload.Columns() }

// Value returns what a column of the row holds, or nil for null. The Go type follows the column's:
// string for STRING, int64 for INT and BIGINT, float64 for DOUBLE, time.Time for TIMESTAMP,
// map[string]string and []string; STRUCT is JSON text. A column that does not exist is null.
func (r *Record) Value(column string) any {
	i, ok := columnAt[column]
	if !ok {
		return nil
	}
	return columns[i].value(r)
}

// SetValue sets a column from a value as [Record.Value] returns it; nil sets null. STRING also takes []byte, which it
// keeps, and whole numbers also take int. It returns an error that wraps [ErrNoColumn] when there is no such
// column, and another when the value does not fit it.
func (r *Record) SetValue(column string, v any) error {
	i, ok := columnAt[column]
	if !ok {
		return fmt.Errorf("%w: %q", ErrNoColumn, column)
	}
	if !columns[i].set(r, v) {
		return fmt.Errorf("inferencelog: column %s (%s) cannot hold a %T", column, columns[i].Type, v)
	}
	return nil
}

// pick returns a copy of the row with only the named columns filled in.
func (r *Record) pick(names []string) (*Record, error) {
	part := &Record{}
	for _, name := range names {
		if err := part.SetValue(name, r.Value(name)); err != nil {
			return nil, err
		}
	}
	return part.Clone(), nil
}

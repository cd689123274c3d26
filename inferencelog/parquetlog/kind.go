package parquetlog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelward/modelward/inferencelog"
)

// kind is how a column is kept.
type kind uint8

const (
	kindText   kind = iota // STRING
	kindJSON               // STRUCT, which is JSON text
	kindInt                // INT
	kindBigint             // BIGINT
	kindDouble             // DOUBLE
	kindTime               // TIMESTAMP
	kindMap                // MAP<STRING,STRING>
	kindList               // ARRAY<STRING>
)

// column is a column and where it is in a file.
type column struct {
	inferencelog.Column
	kind kind
	leaf int // its first leaf; a map has two

	// How to take the value from a row, when not by name.
	body   func(*inferencelog.Record) []byte
	text   func(*inferencelog.Record) string
	number func(*inferencelog.Record) inferencelog.NullInt
}

func columnOf(c inferencelog.Column, leaf int) (column, error) {
	made := column{Column: c, leaf: leaf, body: bodyOf(c.Name), text: textOf(c.Name), number: numberOf(c.Name)}
	switch {
	case c.Type == "STRING":
		made.kind = kindText
	case c.Type == "INT":
		made.kind = kindInt
	case c.Type == "BIGINT":
		made.kind = kindBigint
	case c.Type == "DOUBLE":
		made.kind = kindDouble
	case c.Type == "TIMESTAMP":
		made.kind = kindTime
	case c.Type == "MAP<STRING,STRING>":
		made.kind = kindMap
	case c.Type == "ARRAY<STRING>":
		made.kind = kindList
	case strings.HasPrefix(c.Type, "STRUCT<"):
		made.kind = kindJSON
	default:
		return column{}, fmt.Errorf("parquetlog: column %q has type %q, which this version does not know", c.Name, c.Type)
	}
	return made, nil
}

// leaves is the number of columns, in Parquet's sense, that the column takes.
func (c *column) leaves() int {
	if c.kind == kindMap {
		return 2
	}
	return 1
}

// bounded reports whether a reader may find bounds of the column's values in a file. Those of payloads, and of what is
// made of many parts, help nobody and would be as large as the values.
func (c *column) bounded() bool {
	return c.body == nil && c.Name != "attempts" && c.kind != kindJSON && c.kind != kindMap && c.kind != kindList
}

// repeats reports whether the column's texts are few and come again and again, so that a dictionary pays.
func (c *column) repeats() bool {
	return c.kind == kindText && c.bounded() && !slices.Contains(unlike, c.Name)
}

// unlike are the texts that differ from row to row.
var unlike = []string{"request_id", "invocation_id", "draw", "request_sha256", "response_sha256"}

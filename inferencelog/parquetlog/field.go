package parquetlog

import (
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// field is a node with a name.
type field struct {
	parquet.Node
	name string
}

func (f field) Name() string { return f.name }

// Value is for rows that are Go structs, which ours are not.
func (f field) Value(reflect.Value) reflect.Value { return reflect.Value{} }

package catalog

import (
	"encoding/binary"
	"fmt"

	"github.com/hashicorp/go-memdb"
)

// Index names. Every table has "id", its primary key.
const (
	byID   = "id"
	byType = "type" // principal: kind, folded name
)

// schema is the tables of go-memdb: principals and members. Securables and
// grants are in the index.
func schema() *memdb.DBSchema {
	return &memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		RowPrincipal.table(): {Name: RowPrincipal.table(), Indexes: indexes(
			unique(byID, func(r *principalRow) []byte { return primaryKey(r) }),
			unique(byType, func(r *principalRow) []byte {
				return text(text(nil, string(r.Type)), r.folded)
			}),
		)},
		RowMember.table(): {Name: RowMember.table(), Indexes: indexes(
			unique(byID, func(r *memberRow) []byte { return primaryKey(r) }),
		)},
	}}
}

func indexes(all ...*memdb.IndexSchema) map[string]*memdb.IndexSchema {
	m := make(map[string]*memdb.IndexSchema, len(all))
	for _, index := range all {
		m[index.Name] = index
	}
	return m
}

// unique is an index in which no two rows have the same key. The keys of one
// index must be prefix-free (fixed length, or ended by a NUL): go-memdb finds
// the rows of a key by prefix.
func unique[R any](name string, key func(*R) []byte) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, Indexer: indexer[R]{key}}
}

// indexer adapts a key function to go-memdb. Queries pass the key's bytes as
// their one argument.
type indexer[R any] struct{ key func(*R) []byte }

func (x indexer[R]) FromObject(obj any) (bool, []byte, error) {
	row, ok := obj.(*R)
	if !ok {
		return false, nil, fmt.Errorf("catalog: row is %T", obj)
	}
	return true, x.key(row), nil
}

func (x indexer[R]) FromArgs(args ...any) ([]byte, error) {
	if len(args) == 1 {
		if key, ok := args[0].([]byte); ok {
			return key, nil
		}
	}
	return nil, fmt.Errorf("catalog: index wants one []byte, got %d arguments", len(args))
}

func (x indexer[R]) PrefixFromArgs(args ...any) ([]byte, error) { return x.FromArgs(args...) }

// u64 is the big-endian form of ids, so that they sort and have one length.
func u64(ids ...uint64) []byte {
	b := make([]byte, 0, 8*len(ids))
	for _, id := range ids {
		b = binary.BigEndian.AppendUint64(b, id)
	}
	return b
}

// text appends a string and the NUL that ends it; no name holds a NUL.
func text(b []byte, s string) []byte {
	b = append(b, s...)
	return append(b, 0)
}

// primaryKey returns the bytes of the primary key of a row in go-memdb.
func primaryKey(row any) []byte {
	switch r := row.(type) {
	case *principalRow:
		return u64(uint64(r.ID))
	case *memberRow:
		return u64(uint64(r.group), uint64(r.member))
	}
	return nil
}

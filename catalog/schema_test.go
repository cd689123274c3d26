package catalog

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-memdb"
)

// reads is every way in which rows are looked up: the index, a row, the bytes
// that the read side asks with, and whether it asks by prefix.
var reads = []struct {
	table  RowKind
	index  string
	row    any
	key    []byte
	prefix bool
}{
	{RowPrincipal, byID, aPrincipal, u64(9), false},
	{RowPrincipal, byType, aPrincipal, text(nil, "user"), true},
	{RowMember, byID, aMember, u64(9, 8), false},
	{RowMember, byID, aMember, u64(9), true},
}

var (
	aPrincipal = &principalRow{Principal: Principal{ID: 9, Type: User, Name: "Alice"}, folded: "alice"}
	aMember    = &memberRow{9, 8}
)

func TestSchema(t *testing.T) {
	if _, err := memdb.NewMemDB(schema()); err != nil {
		t.Fatal(err)
	}
	tables := schema().Tables
	unread := map[string]bool{}
	for _, table := range tables {
		for name := range table.Indexes {
			unread[table.Name+" "+name] = true
		}
	}
	for _, read := range reads {
		table, ok := tables[read.table.table()]
		if !ok || table.Indexes[read.index] == nil {
			t.Errorf("no index %s of %s", read.index, read.table)
			continue
		}
		delete(unread, table.Name+" "+read.index)
		index := table.Indexes[read.index]
		ok, written, err := index.Indexer.(memdb.SingleIndexer).FromObject(read.row)
		if !ok || err != nil {
			t.Errorf("%s %s: %t, %v", read.table, read.index, ok, err)
		}
		asked, err := index.Indexer.FromArgs(read.key)
		if read.prefix {
			asked, err = index.Indexer.(memdb.PrefixIndexer).PrefixFromArgs(read.key)
		}
		if err != nil {
			t.Errorf("%s %s: %v", read.table, read.index, err)
		}
		if read.prefix && !bytes.HasPrefix(written, asked) || !read.prefix && !bytes.Equal(written, asked) {
			t.Errorf("%s %s is written as %x and read as %x", read.table, read.index, written, asked)
		}
		if _, _, err := index.Indexer.(memdb.SingleIndexer).FromObject("not a row"); err == nil {
			t.Errorf("%s %s takes a string for a row", read.table, read.index)
		}
		for _, args := range [][]any{{}, {"text"}, {[]byte{1}, []byte{2}}} {
			if _, err := index.Indexer.FromArgs(args...); err == nil {
				t.Errorf("%s %s takes arguments %v", read.table, read.index, args)
			}
		}
	}
	for index := range unread {
		t.Errorf("index %s is never read", index)
	}
}

// go-memdb finds the rows of a key by prefix, so no key may begin another.
func TestSchemaKeysArePrefixFree(t *testing.T) {
	some := []string{"a", "ab", "b", "user", "user2"}
	for _, a := range some {
		for _, b := range some {
			if a != b && bytes.HasPrefix(text(nil, b), text(nil, a)) {
				t.Errorf("principals of kind %s would be listed with those of kind %s", b, a)
			}
		}
	}
}

// Snapshot.first and seq hide go-memdb's errors about unknown tables and
// indexes, so every call in the source must name what is there.
func TestSchemaHasWhatIsAsked(t *testing.T) {
	consts := map[string]string{
		"RowPrincipal": "principal", "RowMember": "member",
		"byID": byID, "byType": byType,
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	look := func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		args := call.Args
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr: // s.first(kind, index, key)
			if f.Sel.Name != "first" {
				return true
			}
		case *ast.Ident: // seq(s, kind, index, key, value)
			if f.Name != "seq" {
				return true
			}
			args = args[1:]
		default:
			return true
		}
		calls++
		index := args[1]
		if sum, ok := index.(*ast.BinaryExpr); ok { // byID + prefix
			index = sum.X
		}
		table, ok := args[0].(*ast.Ident)
		name, ok2 := index.(*ast.Ident)
		if !ok || !ok2 {
			t.Errorf("a call names its table or index in another way than by a constant")
			return true
		}
		if schema().Tables[consts[table.Name]].Indexes[consts[name.Name]] == nil {
			t.Errorf("no index %s of %s", name.Name, table.Name)
		}
		return true
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, look)
	}
	if calls < 4 {
		t.Errorf("only %d calls found", calls)
	}
}

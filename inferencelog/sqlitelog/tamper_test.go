package sqlitelog_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// What somebody else does to a table in the file costs that table's rows, in the open, and no other's.
func TestTableChangedBehindOurBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := open(t, path)
	for id := range uint64(2) {
		if err := sink.Create(t.Context(), inferencelog.Table{ID: id + 1, Name: fmt.Sprint("a.b.", id)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := raw(t, path).Exec("ALTER TABLE t_1 ADD COLUMN note TEXT CHECK (requester <> 'bad')"); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, path).Exec("ALTER TABLE t_2 DROP COLUMN url"); err == nil {
		t.Fatal("the view did not guard its columns")
	}
	bad := inferencelogtest.Plain("bad", 1)
	bad.Requester = "bad"
	good := inferencelogtest.Plain("good", 2)
	good.Requester = "good"
	err := sink.Write(t.Context(), 1, []*inferencelog.Record{good, bad})
	if !errors.Is(err, inferencelog.ErrRejected) {
		t.Fatalf("a row that breaks a constraint: %v", err)
	}
	log := inferencelog.New(sink, nil)
	log.Log(1, good)
	log.Log(1, bad)
	if lost, err := log.Close(t.Context()); lost != 1 || err != nil {
		t.Fatal(lost, err)
	}
	rows, err := inferencelogtest.Rows(t.Context(), sink, 1, inferencelog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, r := range rows {
		if !r.LostRows.Valid { // the table may tell what it lost
			left = append(left, r.ID)
		}
	}
	if !slices.Equal(left, []string{"good"}) {
		t.Fatalf("rows %q", left)
	}
}

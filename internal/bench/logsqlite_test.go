package bench

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

// logSQLiteRow: 256 rows of 4 KB into a file of SQLite's. Beside it: a loop over
// database/sql with one prepared INSERT in one transaction, the same table with
// the same indexes in a file of its own, the same driver and the same pragmas.
// It finds no fault with a row, and what is there twice is an error for it. Both
// files grow as they are measured, by the same rows.
func logSQLiteRow() row {
	return row{name: "log-sqlite", budget: 1.1, allocs: -1, open: openLogSQLite}
}

func BenchmarkLogSQLite(b *testing.B) { logSQLiteRow().sideBySide(b) }

func openLogSQLite(tb testing.TB, scale scale) pair {
	n := scale.of(batchRows)
	ours, plain := openFile(tb, "ours", n), openFile(tb, "a loop", n)
	ours.sink = openSQLite(tb, ours.path)
	ours.insert = func() error { return ours.sink.Write(context.Background(), logTable.ID, ours.records) }
	plain.insert = insertPlainly(tb, plain)
	return pair{
		reference: plain.side(), ours: ours.side(), rows: n,
		agree: func() error { return sameTables(tb, ours, plain) },
	}
}

// sqliteBatches is how many batches are written in one run: every few of them
// one pays for what SQLite calls a checkpoint.
const sqliteBatches = 8

// sqliteFile is one with the table of a sink.
type sqliteFile struct {
	name, path string
	sink       *sqlitelog.Sink
	db         *sql.DB
	insert     func() error
	records    []*inferencelog.Record // of the next batch
	rows       []plainRow             // the same
	ids        *scribe
	batches    int
}

func openFile(tb testing.TB, name string, rows int) *sqliteFile {
	tb.Helper()
	f := &sqliteFile{name: name, path: filepath.Join(tb.TempDir(), "log.db"), ids: newScribe(0)}
	f.records = logRecords(tb, rows, jsonBodies)
	f.rows = plainRows(f.records)
	sink := openSQLite(tb, f.path)
	if err := sink.Create(context.Background(), logTable); err != nil {
		tb.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		tb.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+f.path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	f.db = db
	return f
}

func openSQLite(tb testing.TB, path string) *sqlitelog.Sink {
	tb.Helper()
	sink, err := sqlitelog.Open(path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { sink.Close() })
	return sink
}

func (f *sqliteFile) side() side {
	return side{name: f.name, run: f.run, most: sqliteBatches, size: f.perRow}
}

// run writes batches, each with new ids.
func (f *sqliteFile) run(n int) error {
	for range n {
		for i, r := range f.records {
			r.ID = f.ids.rowID()
			f.rows[i].ID = &r.ID
		}
		if err := f.insert(); err != nil {
			return err
		}
		f.batches++
	}
	return nil
}

func (f *sqliteFile) perRow() float64 {
	var size float64
	if err := f.db.QueryRow("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()").Scan(&size); err != nil {
		return 0
	}
	return size / float64(f.batches*len(f.records))
}

func insertPlainly(tb testing.TB, f *sqliteFile) func() error {
	var names []string
	for _, c := range inferencelog.Columns() {
		names = append(names, c.Name)
	}
	insert, err := f.db.Prepare("INSERT INTO t_1 (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) + ")")
	if err != nil {
		tb.Fatal(err)
	}
	return func() error {
		tx, err := f.db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback() // after Commit it does nothing
		in := tx.Stmt(insert)
		for i := range f.rows {
			if _, err := in.Exec(f.rows[i].values()...); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
}

// sameTables lets both write a batch and reads them.
func sameTables(tb testing.TB, files ...*sqliteFile) error {
	var read [2][]*inferencelog.Record
	for i, f := range files {
		if err := f.run(1); err != nil {
			return err
		}
		for r, err := range openSQLite(tb, f.path).Rows(context.Background(), logTable.ID, inferencelog.Query{}) {
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			read[i] = append(read[i], r)
		}
	}
	if len(read[0]) != len(files[0].records) || !reflect.DeepEqual(read[0], read[1]) {
		return fmt.Errorf("%d rows and %d, which are not the same", len(read[0]), len(read[1]))
	}
	return nil
}

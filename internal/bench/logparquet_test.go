package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

// logParquetRow: a file of rows of 4 KB, with all that becomes of them until it
// is there: 256 at once into the spool, then zstd, then on the disk. Beside it:
// parquet-go writing a struct, zstd, the same columns with the same dictionaries
// and without the bounds of long texts, 4,096 rows in a group, which are about
// the bytes that ours has in one. It keeps nothing safe before its file is
// finished, and knows no row again. Reported too: both with bodies of plain
// text.
func logParquetRow() row {
	return row{name: "log-parquet", budget: 1.15, allocs: -1, open: openLogParquet}
}

func BenchmarkLogParquet(b *testing.B) { logParquetRow().sideBySide(b) }

// parquetGroup is how many rows of 4 KB parquet-go puts into a group, and there
// are two in a file.
const parquetGroup = 4096

func openLogParquet(tb testing.TB, scale scale) pair {
	n := scale.of(2 * parquetGroup)
	if scale == small {
		n /= 4
	}
	var pairs [2]pair
	for i, with := range [2]bodies{jsonBodies, textBodies} {
		records := logRecords(tb, n, with)
		ours, library := oursInParquet(tb, records, with), parquetGo(tb, plainRows(records), with)
		pairs[i] = pair{
			reference: library.side(), ours: ours.side(), rows: len(records),
			agree: func() error { return sameFiles(ours, library, len(records)) },
		}
	}
	all := pairs[0]
	all.agree = func() error { return errors.Join(pairs[0].agree(), pairs[1].agree()) }
	all.also = pairs[1:]
	return all
}

// fileSide is a side that writes a file of all rows into a new folder.
type fileSide struct {
	name  string
	rows  int
	write func(dir string) error

	dir   string
	begun int
	size  int64 // of the last file
}

func (s *fileSide) side() side {
	return side{name: s.name, run: s.run, most: 1, rest: s.clean, size: func() float64 { return float64(s.size) / float64(s.rows) }}
}

func (s *fileSide) run(n int) error {
	for range n {
		s.begun++
		dir := filepath.Join(s.dir, strconv.Itoa(s.begun))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		if err := s.write(dir); err != nil {
			return err
		}
	}
	return nil
}

// file is the one that was written last.
func (s *fileSide) file() (string, error) {
	dir := filepath.Join(s.dir, strconv.Itoa(s.begun))
	var found []string
	for _, pattern := range [2]string{"*.parquet", "*/*.parquet"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", err
		}
		found = append(found, paths...)
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%s wrote %d files", s.name, len(found))
	}
	return found[0], nil
}

// clean weighs the last file and removes all.
func (s *fileSide) clean() error {
	path, err := s.file()
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	s.size = info.Size()
	dirs, err := filepath.Glob(filepath.Join(s.dir, "*"))
	for _, dir := range dirs {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

func oursInParquet(tb testing.TB, records []*inferencelog.Record, with bodies) *fileSide {
	ctx := context.Background()
	return &fileSide{name: "ours, " + string(with), rows: len(records), dir: tb.TempDir(), write: func(dir string) error {
		sink, err := parquetlog.Open(dir, nil)
		if err != nil {
			return err
		}
		err = sink.Create(ctx, logTable)
		for i := 0; i < len(records) && err == nil; i += batchRows {
			err = sink.Write(ctx, logTable.ID, records[i:min(i+batchRows, len(records))])
		}
		return errors.Join(err, sink.Close(), sink.Err())
	}}
}

func parquetGo(tb testing.TB, rows []plainRow, with bodies) *fileSide {
	return &fileSide{name: "parquet-go, " + string(with), rows: len(rows), dir: tb.TempDir(), write: func(dir string) error {
		file, err := os.Create(filepath.Join(dir, "rows.parquet"))
		if err != nil {
			return err
		}
		defer file.Close()
		w := parquet.NewGenericWriter[plainRow](file, parquet.Compression(&zstd.Codec{}), parquet.DataPageStatistics(false),
			parquet.SkipPageBounds("request"), parquet.SkipPageBounds("response"), parquet.SkipPageBounds("attempts"))
		for i := 0; i < len(rows); i += batchRows {
			if _, err := w.Write(rows[i:min(i+batchRows, len(rows))]); err != nil {
				return err
			}
			if next := i + batchRows; next%parquetGroup == 0 && next < len(rows) {
				if err := w.Flush(); err != nil {
					return err
				}
			}
		}
		return errors.Join(w.Close(), file.Sync())
	}}
}

// sameFiles lets both sides write a file and reads them.
func sameFiles(ours, library *fileSide, n int) error {
	var read [2][]plainRow
	for i, s := range [2]*fileSide{ours, library} {
		if err := s.run(1); err != nil {
			return err
		}
		path, err := s.file()
		if err != nil {
			return err
		}
		if read[i], err = parquet.ReadFile[plainRow](path); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := s.clean(); err != nil {
			return err
		}
	}
	if len(read[0]) != n || len(read[1]) != n {
		return fmt.Errorf("there are %d and %d rows, not %d", len(read[0]), len(read[1]), n)
	}
	for i := range read[0] {
		if !reflect.DeepEqual(read[0][i], read[1][i]) {
			return fmt.Errorf("row %d is %s, and with parquet-go %s", i, jsonText(read[0][i]), jsonText(read[1][i]))
		}
	}
	return nil
}

package parquetlog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// file is a finished Parquet file. It is immutable.
type file struct {
	name     string
	number   uint64
	size     int64
	rows     int64
	min, max int64 // event times, in microseconds
	bad      error // why it cannot be read
}

const (
	filePrefix, fileSuffix   = "rows-", ".parquet"
	spoolPrefix, spoolSuffix = "spool-", ".rows"
	damagedSuffix            = ".damaged"
	tmpSuffix                = ".tmp"
	nameTime                 = "20060102T150405.000000Z"
)

// fileName begins with the earliest event time, so that names sort as times do.
func fileName(first int64, number uint64) string {
	return fmt.Sprintf("%s%s-%010d%s", filePrefix, time.UnixMicro(first).UTC().Format(nameTime), number, fileSuffix)
}

func spoolName(number uint64) string {
	return fmt.Sprintf("%s%010d%s", spoolPrefix, number, spoolSuffix)
}

// fileNumber reads the name of a finished file.
func fileNumber(name string) (uint64, bool) {
	inner, ok := within(name, filePrefix, fileSuffix)
	if !ok {
		return 0, false
	}
	at, number, ok := strings.Cut(inner, "-")
	if _, err := time.Parse(nameTime, at); err != nil || !ok {
		return 0, false
	}
	return parseNumber(number)
}

// spoolNumber reads the name of a spool.
func spoolNumber(name string) (uint64, bool) {
	number, ok := within(name, spoolPrefix, spoolSuffix)
	if !ok {
		return 0, false
	}
	return parseNumber(number)
}

func within(name, prefix, suffix string) (string, bool) {
	name, begins := strings.CutPrefix(name, prefix)
	name, ends := strings.CutSuffix(name, suffix)
	return name, begins && ends
}

// parseNumber takes only numbers as the names here have them.
func parseNumber(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil && fmt.Sprintf("%010d", n) == s
}

// openedFile is a finished file open for reading.
type openedFile struct {
	*parquet.File
	file *os.File
}

func openParquet(path string) (*openedFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return newOpenedFile(f)
}

// newOpenedFile reads what a file is made of, and closes it if it fails.
func newOpenedFile(f *os.File) (_ *openedFile, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %w", filepath.Base(f.Name()), err), f.Close())
		}
	}()
	defer rescue(&err)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	p, err := parquet.OpenFile(f, info.Size(), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	return &openedFile{p, f}, nil
}

// rescue turns a panic into an error: a file that somebody damaged must not end the process, whatever the library
// makes of it.
func rescue(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("damaged file: %v", v)
	}
}

// describe reads what there is to know of a finished file without its rows.
func describe(folder, name string, number uint64) *file {
	f := &file{name: name, number: number}
	p, err := openParquet(filepath.Join(folder, name))
	if err != nil {
		f.bad = fmt.Errorf("parquetlog: %w", err)
		return f
	}
	defer p.file.Close()
	f.rows, f.size = p.NumRows(), p.Size()
	first, errFirst := micros(p, keyMin)
	last, errLast := micros(p, keyMax)
	if err := errors.Join(errFirst, errLast); err != nil {
		f.bad = fmt.Errorf("parquetlog: %s: %w", name, err)
	}
	f.min, f.max = first, last
	return f
}

func micros(p *openedFile, key string) (int64, error) {
	text, _ := p.Lookup(key)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("no %s: %w", key, err)
	}
	return n, nil
}

package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
	"github.com/modelward/modelward/modelservice"
)

// openRow: a catalog of 100,000 securables opened from its file, ready to be
// read. The file has the world of the row check, made in one commit. Beside it:
// a loop that reads the same rows, line by line from a bare file, and decodes
// their JSON, and keeps nothing.
func openRow() row {
	return row{name: "open", budget: 2, allocs: -1, open: openOpen}
}

func BenchmarkOpen(b *testing.B) { openRow().sideBySide(b) }

func openOpen(tb testing.TB, scale scale) pair {
	ctx := context.Background()
	folder := tb.TempDir()
	file, lines := filepath.Join(folder, "catalog.db"), filepath.Join(folder, "rows")
	opts := &catalog.Options{Kinds: modelservice.Kinds()}
	securables := scale.of(100_000)
	if err := write(tb, file, opts, securables); err != nil {
		tb.Fatal(err)
	}
	rows, err := copyRows(file, lines)
	if err != nil {
		tb.Fatal(err)
	}
	return pair{
		reference: side{name: fmt.Sprintf("a loop over %d rows", rows), most: 1, run: func(int) error {
			n, err := readRows(lines)
			if err == nil && n != rows {
				err = fmt.Errorf("%d rows, not %d", n, rows)
			}
			return err
		}},
		ours: side{name: "ours", most: 1, run: func(int) error {
			store, err := boltstore.Open(file, nil)
			if err != nil {
				return err
			}
			c, err := catalog.Open(ctx, store, opts)
			if err != nil {
				return err
			}
			return c.Close(ctx)
		}},
		agree: func() error {
			store, err := boltstore.Open(file, nil)
			if err != nil {
				return err
			}
			c, err := catalog.Open(ctx, store, opts)
			if err != nil {
				return err
			}
			n := 0
			for _, level := range levels() {
				for range c.Snapshot().All(level.kind) {
					n++
				}
			}
			if n != securables {
				return fmt.Errorf("%d securables were opened, not %d", n, securables)
			}
			return c.Close(ctx)
		},
	}
}

// write makes the file.
func write(tb testing.TB, file string, opts *catalog.Options, securables int) error {
	store, err := boltstore.Open(file, nil)
	if err != nil {
		return err
	}
	c, err := catalog.Open(context.Background(), store, opts)
	if err != nil {
		return err
	}
	build(tb, c, func(t *town) error { return t.populate(securables) })
	return c.Close(context.Background())
}

// copyRows writes the rows of a store to a bare file, one a line, and returns
// how many there are.
func copyRows(from, to string) (int, error) {
	store, err := boltstore.Open(from, nil)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	var lines bytes.Buffer
	rows := 0
	if _, err := store.Load(context.Background(), func(key catalog.RowKey, value []byte) error {
		rows++
		fmt.Fprintf(&lines, "%s %s %s\n", key.Kind, key.Key, value)
		return nil
	}); err != nil {
		return 0, err
	}
	return rows, os.WriteFile(to, lines.Bytes(), 0o600)
}

// storedRow has the fields that rows have.
type storedRow struct {
	Type      string    `json:"type"`
	Parent    uint64    `json:"parent"`
	Name      string    `json:"name"`
	Owner     uint64    `json:"owner"`
	System    bool      `json:"system"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
	Revision  uint64    `json:"revision"`
}

func readRows(file string) (int, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	rows := 0
	for lines := bufio.NewScanner(f); ; rows++ {
		if !lines.Scan() {
			return rows, lines.Err()
		}
		_, rest, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		_, value, _ := bytes.Cut(rest, []byte(" "))
		var row storedRow
		if err := json.Unmarshal(value, &row); err != nil {
			return rows, err
		}
	}
}

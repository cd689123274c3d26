package inferencelog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

const tablesName = "tables.json"

// keptTables is what tables.json holds.
type keptTables struct {
	Tables []keptTable `json:"tables"`
}

type keptTable struct {
	ID        uint64    `json:"id,string"` // 64 bits do not fit a JSON number
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	Layout    Layout    `json:"layout,omitempty"`
}

func readTables(root *os.Root) (map[uint64]Table, error) {
	tables := make(map[uint64]Table)
	is, err := root.Lstat(tablesName)
	if errors.Is(err, fs.ErrNotExist) {
		return tables, nil
	}
	if err != nil {
		return nil, err
	}
	if !is.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", tablesName)
	}
	text, err := root.ReadFile(tablesName)
	if err != nil {
		return nil, err
	}
	var kept keptTables
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&kept); err != nil {
		return nil, fmt.Errorf("%s: %w", tablesName, err)
	}
	if dec.More() {
		return nil, fmt.Errorf("%s: something follows the tables", tablesName)
	}
	for _, k := range kept.Tables {
		t := Table(k)
		if err := t.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", tablesName, err)
		}
		if err := absent(tables, t); err != nil {
			return nil, fmt.Errorf("%s: %w", tablesName, err)
		}
		tables[t.ID] = t
	}
	return tables, nil
}

func writeTables(root *os.Root, tables map[uint64]Table) error {
	kept := keptTables{Tables: []keptTable{}}
	for _, t := range inOrder(tables) {
		kept.Tables = append(kept.Tables, keptTable(t))
	}
	text, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(root, tablesName, func(f *os.File) error {
		_, err := f.Write(append(text, '\n'))
		return err
	})
}

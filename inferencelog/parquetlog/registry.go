package parquetlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

const (
	registryName    = "tables.json"
	registryVersion = 1
	droppedPrefix   = "dropped-"
)

// registry is the content of tables.json.
type registry struct {
	Version int             `json:"version"`
	Tables  []registryTable `json:"tables"`
}

type registryTable struct {
	ID        string              `json:"id"` // text: many readers of JSON have no 64 bits
	Name      string              `json:"name"`
	Folder    string              `json:"folder"`
	CreatedAt string              `json:"created_at"`
	Layout    inferencelog.Layout `json:"layout,omitempty"`
}

// listed is a table in the list of tables.
type listed struct {
	inferencelog.Table
	home string // the name of its folder, which never changes
}

// folderName is the nth folder of the tables that have had the id, one after the other. Names of tables are no part of it.
func folderName(id, nth uint64) string {
	name := "t_" + strconv.FormatUint(id, 10)
	if nth == 1 {
		return name
	}
	return name + "-" + strconv.FormatUint(nth, 10)
}

// parseFolder is the inverse of folderName.
func parseFolder(name string) (id, nth uint64, ok bool) {
	digits, _ := strings.CutPrefix(name, "t_")
	digits, later, again := strings.Cut(digits, "-")
	id, err := strconv.ParseUint(digits, 10, 64)
	if nth = 1; again && err == nil {
		nth, err = strconv.ParseUint(later, 10, 64)
	}
	return id, nth, err == nil && nth > 0 && folderName(id, nth) == name
}

// saveRegistry replaces tables.json.
func saveRegistry(d *disk, dir string, tables []listed) error {
	r := registry{Version: registryVersion, Tables: []registryTable{}}
	for _, t := range tables {
		r.Tables = append(r.Tables, registryTable{
			strconv.FormatUint(t.ID, 10), t.Name, t.home, t.CreatedAt.UTC().Format(time.RFC3339Nano), t.Layout,
		})
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	return d.replace(filepath.Join(dir, registryName), text.Bytes())
}

// loadRegistry reads tables.json, and makes it in a folder that has nothing of ours.
func loadRegistry(d *disk, dir string) ([]listed, error) {
	text, err := os.ReadFile(filepath.Join(dir, registryName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, startRegistry(d, dir)
	}
	if err != nil {
		return nil, err
	}
	var r registry
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", registryName, err)
	}
	if r.Version != registryVersion {
		return nil, fmt.Errorf("%s has version %d, this package knows %d", registryName, r.Version, registryVersion)
	}
	var tables []listed
	for _, entry := range r.Tables {
		t := listed{inferencelog.Table{Name: entry.Name, Layout: entry.Layout}, entry.Folder}
		if t.ID, err = strconv.ParseUint(entry.ID, 10, 64); err != nil {
			return nil, fmt.Errorf("%s: %w", registryName, err)
		}
		if t.CreatedAt, err = time.Parse(time.RFC3339Nano, entry.CreatedAt); err != nil {
			return nil, fmt.Errorf("%s: %w", registryName, err)
		}
		if err := t.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", registryName, err)
		}
		if id, _, ok := parseFolder(t.home); !ok || id != t.ID {
			return nil, fmt.Errorf("%s: %q is no folder of table %d", registryName, t.home, t.ID)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// startRegistry refuses a folder that has tables but has lost the list of them: all of them would be taken for dropped.
func startRegistry(d *disk, dir string) error {
	folders, err := tableFolders(dir)
	if err != nil {
		return err
	}
	if len(folders) > 0 {
		return fmt.Errorf("%s is missing, but there is %s", registryName, folders[0])
	}
	return saveRegistry(d, dir, nil)
}

// tableFolders returns the folders that are a table's, or were.
func tableFolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, entry := range entries {
		name, _ := strings.CutPrefix(entry.Name(), droppedPrefix)
		name, _, _ = strings.Cut(name, ".")
		if _, _, ok := parseFolder(name); ok && entry.IsDir() {
			list = append(list, entry.Name())
		}
	}
	return list, nil
}

// sweep removes what a process that ended halfway left of tables that are not in the list.
func sweep(d *disk, dir string, tables []listed) error {
	folders, err := tableFolders(dir)
	if err != nil {
		return err
	}
	live := make(map[string]bool, len(tables))
	for _, t := range tables {
		live[t.home] = true
	}
	for _, name := range folders {
		if !live[name] {
			err = errors.Join(err, d.removeAll(filepath.Join(dir, name)))
		}
	}
	return err
}

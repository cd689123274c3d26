package catalogtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
)

// commit makes a commit whose every field depends on its version. Times are
// whole milliseconds, which every database can keep.
func commit(version uint64, changes ...catalog.Change) catalog.Commit {
	return catalog.Commit{
		Version: version, NextID: 100 + 3*version, Actor: fmt.Sprintf("actor %d", version), Restored: version % 3,
		At:      time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC).Add(time.Duration(version%1000) * time.Minute),
		Changes: changes,
	}
}

func set(key, text string) catalog.Change {
	value, _ := json.Marshal(map[string]string{"text": text})
	return catalog.Change{RowKey: catalog.RowKey{Kind: catalog.RowSecurable, Key: key}, Value: value}
}

func remove(key string) catalog.Change {
	return catalog.Change{RowKey: catalog.RowKey{Kind: catalog.RowSecurable, Key: key}}
}

// fill appends n commits to an empty store.
func fill(t testing.TB, s catalog.Store, n uint64) (map[catalog.RowKey]string, []catalog.Commit) {
	t.Helper()
	rows := map[catalog.RowKey]string{}
	var all []catalog.Commit
	for version := range n {
		c := commit(version+1, set(fmt.Sprint(version%3), fmt.Sprint(version)))
		if err := s.Append(withPatience(t), version, c); err != nil {
			t.Fatalf("Append(%d): %v", version, err)
		}
		all = append(all, c)
		rows[c.Changes[0].RowKey] = jsonText(t, c.Changes[0].Value)
	}
	return rows, all
}

// expect compares all that a store can say with what it was told.
func expect(t testing.TB, s catalog.Store, rows map[catalog.RowKey]string, all []catalog.Commit) {
	t.Helper()
	expectRows(t, s, rows, all)
	for i, c := range history(t, s, 0, len(all)) {
		sameCommit(t, c, all[i])
	}
}

// expectRows compares the rows and the head.
func expectRows(t testing.TB, s catalog.Store, rows map[catalog.RowKey]string, all []catalog.Commit) {
	t.Helper()
	got, head := load(t, s)
	var want catalog.Head
	if len(all) > 0 {
		last := all[len(all)-1]
		want = catalog.Head{Version: last.Version, NextID: last.NextID}
	}
	if head != want {
		t.Fatalf("the store stands at %+v, want %+v", head, want)
	}
	if !maps.Equal(got, rows) {
		t.Fatalf("Load gives other rows than were left\n got %v\nwant %v", got, rows)
	}
}

func load(t testing.TB, s catalog.Store) (map[catalog.RowKey]string, catalog.Head) {
	t.Helper()
	rows := map[catalog.RowKey]string{}
	head, err := s.Load(withPatience(t), func(key catalog.RowKey, value []byte) error {
		if _, twice := rows[key]; twice {
			return fmt.Errorf("row %v given twice", key)
		}
		rows[key] = jsonText(t, value)
		return nil
	})
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return rows, head
}

// history returns the n commits after a version.
func history(t testing.TB, s catalog.Store, after uint64, n int) []catalog.Commit {
	t.Helper()
	var all []catalog.Commit
	if n == 0 {
		return all
	}
	for c, err := range s.Watch(withPatience(t), after) {
		if err != nil {
			t.Fatalf("Watch after version %d: %v", after+uint64(len(all)), err)
		}
		if all = append(all, c); len(all) == n {
			break
		}
	}
	return all
}

func sameCommit(t testing.TB, got, want catalog.Commit) {
	t.Helper()
	if got.Version != want.Version || got.NextID != want.NextID || got.Actor != want.Actor || got.Restored != want.Restored ||
		!got.At.Equal(want.At) || len(got.Changes) != len(want.Changes) {
		t.Fatalf("a commit came back changed\n got %+v\nwant %+v", got, want)
	}
	for i, change := range want.Changes {
		if got.Changes[i].RowKey != change.RowKey || jsonText(t, got.Changes[i].Value) != jsonText(t, change.Value) {
			t.Fatalf("change %d of version %d came back changed\n got %v %s\nwant %v %s", i, want.Version,
				got.Changes[i].RowKey, got.Changes[i].Value, change.RowKey, change.Value)
		}
	}
}

// jsonText is one text for all spellings of a JSON value, since a store may
// keep values in a form of its own. Numbers keep their digits.
func jsonText(t testing.TB, value []byte) string {
	t.Helper()
	if value == nil {
		return "removed"
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("a value is not JSON: %v: %.100q", err, value)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

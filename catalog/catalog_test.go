package catalog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

func openMemory(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(context.Background(), nil, &catalog.Options{Kinds: []catalog.Kind{catalogtest.ServiceKind()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func update(t testing.TB, c *catalog.Catalog, change func(tx *catalog.Tx) error) {
	t.Helper()
	if _, err := c.Update(context.Background(), "tester", change); err != nil {
		t.Fatal(err)
	}
}

func TestEtagDiffersWhenTheObjectDiffers(t *testing.T) {
	c := openMemory(t)
	var id catalog.ID
	update(t, c, func(tx *catalog.Tx) (err error) {
		id, err = tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "a", Owner: catalog.MetastoreAdmins})
		return err
	})
	etag := func() string {
		s, _ := c.Snapshot().Securable(id)
		return s.Etag()
	}
	seen := map[string]int{etag(): -1}
	name, again, text, owner := "b", "a", "x", catalog.AccountUsers
	properties := map[string]string{"k": "v"}
	for i, edit := range []catalog.Edit{{Name: &name}, {Name: &again}, {Comment: &text}, {Owner: &owner}, {Properties: &properties}} {
		update(t, c, func(tx *catalog.Tx) error { return tx.Change(id, edit) })
		if was, ok := seen[etag()]; ok {
			t.Errorf("edit %d has the etag of edit %d", i, was)
		}
		seen[etag()] = i
	}
	before := etag()
	update(t, c, func(tx *catalog.Tx) error { return tx.Grant(id, catalog.AccountUsers, catalog.UseCatalog) })
	if etag() != before {
		t.Error("a grant changes the etag")
	}
	var other catalog.ID
	update(t, c, func(tx *catalog.Tx) (err error) {
		if _, err := tx.Drop(id, false); err != nil {
			return err
		}
		other, err = tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "a", Owner: owner})
		return err
	})
	if s, _ := c.Snapshot().Securable(other); seen[s.Etag()] != 0 {
		t.Error("an object made again has an etag of old")
	}
}

func TestEtagOfAnyTwo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		draw := rapid.Custom(func(rt *rapid.T) catalog.Securable {
			return catalog.Securable{ID: catalog.ID(rapid.Uint64().Draw(rt, "id")), Revision: rapid.Uint64().Draw(rt, "revision")}
		})
		a, b := draw.Draw(rt, "a"), draw.Draw(rt, "b")
		if same := a.ID == b.ID && a.Revision == b.Revision; same != (a.Etag() == b.Etag()) {
			rt.Errorf("etags %s and %s", a.Etag(), b.Etag())
		}
	})
}

func TestTextsAndProperties(t *testing.T) {
	c := openMemory(t)
	many := map[string]string{}
	for i := range 1001 {
		many[fmt.Sprint(i)] = ""
	}
	for what, test := range map[string]struct {
		comment    string
		properties map[string]string
		ok         bool
	}{
		"plain":          {"a comment\nwith\ttabs \u00e9\ufffd", map[string]string{"k": "v\n"}, true},
		"longest":        {strings.Repeat("x", catalog.MaxCommentLength), nil, true},
		"too long":       {strings.Repeat("x", catalog.MaxCommentLength+1), nil, false},
		"escape":         {"\x1b[31m", nil, false},
		"NUL":            {"a\x00", nil, false},
		"DEL":            {"\x7f", nil, false},
		"C1":             {"\u009b", nil, false},
		"invalid UTF-8":  {"a\xff", nil, false},
		"empty key":      {"", map[string]string{"": "v"}, false},
		"longest key":    {"", map[string]string{strings.Repeat("k", 255): ""}, true},
		"too long key":   {"", map[string]string{strings.Repeat("k", 256): ""}, false},
		"key with a NUL": {"", map[string]string{"\x00": ""}, false},
		"value with one": {"", map[string]string{"k": "\x00"}, false},
		"too many":       {"", many, false},
		"most":           {"", map[string]string{"k": strings.Repeat("v", 64<<10-1)}, true},
		"too much":       {"", map[string]string{"k": strings.Repeat("v", 64<<10)}, false},
	} {
		before := catalogtest.Dump(c.Snapshot())
		for how, change := range map[string]func(tx *catalog.Tx) error{
			"create": func(tx *catalog.Tx) error {
				_, err := tx.Create(catalog.Draft{
					Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: fmt.Sprint("c", tx.Version()),
					Owner: catalog.MetastoreAdmins, Comment: test.comment, Properties: test.properties,
				})
				return err
			},
			"change": func(tx *catalog.Tx) error {
				return tx.Change(catalog.MetastoreID, catalog.Edit{Comment: &test.comment, Properties: &test.properties})
			},
		} {
			_, err := c.Update(t.Context(), "tester", change)
			var invalid *catalog.InvalidError
			if (err == nil) != test.ok || err != nil && !errors.As(err, &invalid) {
				t.Errorf("%s, %s: %v", what, how, err)
			}
		}
		if !test.ok && catalogtest.Dump(c.Snapshot()) != before {
			t.Errorf("%s was refused and left a trace", what)
		}
	}
}

// What is stored with more properties than are taken now is there as it was, and
// all else of it can be changed.
func TestPropertiesOfOld(t *testing.T) {
	store := catalog.NewMemoryStore()
	open := func() *catalog.Catalog {
		c, err := catalog.Open(t.Context(), store, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	var id catalog.ID
	update(t, open(), func(tx *catalog.Tx) (err error) {
		id, err = tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "a",
			Owner: catalog.MetastoreAdmins, Properties: map[string]string{"k": "v"}})
		return err
	})
	long := strings.Repeat("v", 1<<20)
	var rows []catalog.Change
	head, err := store.Load(t.Context(), func(key catalog.RowKey, value []byte) error {
		if bytes.Contains(value, []byte(`"k":"v"`)) {
			rows = append(rows, catalog.Change{RowKey: key, Value: bytes.Replace(value, []byte(`"v"`), []byte(`"`+long+`"`), 1)})
		}
		return nil
	})
	if err != nil || len(rows) != 1 {
		t.Fatal(len(rows), err)
	}
	if err := store.Append(t.Context(), head.Version, catalog.Commit{Version: head.Version + 1, NextID: head.NextID, Changes: rows}); err != nil {
		t.Fatal(err)
	}
	c := open()
	defer c.Close(t.Context())
	comment := "c"
	update(t, c, func(tx *catalog.Tx) error { return tx.Change(id, catalog.Edit{Comment: &comment}) })
	s, _ := c.Snapshot().Securable(id)
	if s.Comment != comment || s.Properties["k"] != long {
		t.Errorf("the comment is %q, and %d bytes of the property are left", s.Comment, len(s.Properties["k"]))
	}
	var invalid *catalog.InvalidError
	if _, err := c.Update(t.Context(), "tester", func(tx *catalog.Tx) error {
		return tx.Change(id, catalog.Edit{Properties: &s.Properties})
	}); !errors.As(err, &invalid) || invalid.Field != "properties" {
		t.Errorf("the same properties are given again: %v", err)
	}
}

// A spec that could not be read again must never be stored: the catalog would
// not open any more.
func TestUnreadableSpecIsRefused(t *testing.T) {
	kind := catalogtest.ServiceKind()
	kind.Compile = nil
	kind.Decode = func([]byte) (catalog.Spec, error) { return nil, errors.New("cannot read this") }
	store := catalog.NewMemoryStore()
	c, err := catalog.Open(t.Context(), store, &catalog.Options{Kinds: []catalog.Kind{kind}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	for _, spec := range []catalog.Spec{&catalogtest.Service{Text: "x"}, unwritable{}} {
		if _, err := c.Update(t.Context(), "tester", func(tx *catalog.Tx) error {
			parent := catalog.MetastoreID
			for _, typ := range []catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema, catalogtest.TypeService} {
				d := catalog.Draft{Type: typ, Parent: parent, Name: "n", Owner: catalog.MetastoreAdmins}
				if typ == catalogtest.TypeService {
					d.Spec = spec
				}
				id, err := tx.Create(d)
				if err != nil {
					return err
				}
				parent = id
			}
			return nil
		}); err == nil {
			t.Errorf("a spec %T that cannot be read back was stored", spec)
		}
	}
	if v := c.Snapshot().Version(); v != 1 {
		t.Errorf("the catalog is at version %d", v)
	}
}

type unwritable struct{}

func (u unwritable) Clone() catalog.Spec          { return u }
func (u unwritable) MarshalJSON() ([]byte, error) { return nil, errors.New("cannot write this") }

// A clock that JSON cannot hold refuses the update, not the catalog.
func TestOddClock(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c, err := catalog.Open(t.Context(), nil, &catalog.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	hire := func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(catalog.User, "ann"); return err }
	now = time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := c.Update(t.Context(), "tester", hire); err == nil {
		t.Error("a commit of the year 20000 was stored")
	}
	now = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	if _, err := c.Update(t.Context(), "tester", hire); err != nil {
		t.Error(err)
	}
}

// Rows that do not fit together are refused with the row's name, whatever they
// are, and never panic.
func TestDamagedRowsAreRefused(t *testing.T) {
	for what, change := range map[string]catalog.Change{
		"no metastore":            row(catalog.RowSecurable, "1", ""),
		"not JSON":                row(catalog.RowSecurable, "5", `{"type":`),
		"wrong JSON":              row(catalog.RowSecurable, "5", `{"type":7}`),
		"unknown kind":            row(catalog.RowSecurable, "5", `{"type":"nonsense","parent":1,"name":"a","owner":4}`),
		"orphan":                  row(catalog.RowSecurable, "5", `{"type":"catalog","parent":77,"name":"a","owner":4}`),
		"wrong parent":            row(catalog.RowSecurable, "5", `{"type":"schema","parent":1,"name":"a","owner":4}`),
		"second metastore":        row(catalog.RowSecurable, "5", `{"type":"metastore","name":"a"}`),
		"metastore is another":    row(catalog.RowSecurable, "1", `{"type":"catalog","parent":1,"name":"a","owner":4}`),
		"name not canonical":      row(catalog.RowSecurable, "5", `{"type":"catalog","parent":1,"name":"A","owner":4}`),
		"name invalid":            row(catalog.RowSecurable, "5", `{"type":"catalog","parent":1,"name":"a b","owner":4}`),
		"name twice":              row(catalog.RowSecurable, "5", `{"type":"catalog","parent":1,"name":"main","owner":4}`),
		"id of the future":        row(catalog.RowSecurable, "99", `{"type":"catalog","parent":1,"name":"a","owner":4}`),
		"content where none goes": row(catalog.RowSecurable, "5", `{"type":"catalog","parent":1,"name":"a","owner":4,"spec":{}}`),
		"key with a zero":         row(catalog.RowSecurable, "05", `{"type":"catalog","parent":1,"name":"a","owner":4}`),
		"key with more":           row(catalog.RowSecurable, "5/1", `{"type":"catalog","parent":1,"name":"a","owner":4}`),
		"key of letters":          row(catalog.RowSecurable, "five", `{}`),
		"key empty":               row(catalog.RowSecurable, "", `{}`),
		"key too large":           row(catalog.RowSecurable, "18446744073709551616", `{}`),
		"principal unnamed":       row(catalog.RowPrincipal, "5", `{"type":"user"}`),
		"principal twice":         row(catalog.RowPrincipal, "5", `{"type":"user","name":"ALICE"}`),
		"principal of the future": row(catalog.RowPrincipal, "99", `{"type":"user","name":"bob"}`),
		"member of nothing":       row(catalog.RowMember, "5/7", `{}`),
		"member of a user":        row(catalog.RowMember, "7/4", `{}`),
		"nobody is member":        row(catalog.RowMember, "4/55", `{}`),
		"half a member":           row(catalog.RowMember, "4", `{}`),
		"grant on nothing":        row(catalog.RowGrant, "5/7/EXECUTE", `{}`),
		"grant to nobody":         row(catalog.RowGrant, "6/5/EXECUTE", `{}`),
		"grant of nothing":        row(catalog.RowGrant, "6/7/", `{}`),
		"half a grant":            row(catalog.RowGrant, "6", `{}`),
		"no owner":                row(catalog.RowSecurable, "5", `{"type":"catalog","parent":1,"name":"c"}`),
		"owner still to come":     row(catalog.RowSecurable, "5", `{"type":"catalog","parent":1,"name":"c","owner":10}`),
		"above the metastore":     row(catalog.RowSecurable, "1", `{"type":"metastore","parent":6,"name":"metastore","owner":4}`),
		"securable 0":             row(catalog.RowSecurable, "0", `{"type":"catalog","parent":1,"name":"zero","owner":4}`),
		"id of a principal":       row(catalog.RowSecurable, "7", `{"type":"catalog","parent":1,"name":"c","owner":4}`),
		"principal 0":             row(catalog.RowPrincipal, "0", `{"type":"user","name":"zero"}`),
		"principal of no type":    row(catalog.RowPrincipal, "5", `{"type":"emperor","name":"u"}`),
		"a second system":         row(catalog.RowPrincipal, "5", `{"type":"system","name":"u"}`),
		"accounts are a user":     row(catalog.RowPrincipal, "3", `{"type":"user","name":"account users"}`),
		"admins are missing":      {RowKey: catalog.RowKey{Kind: catalog.RowPrincipal, Key: "4"}},
		"a group in itself":       row(catalog.RowMember, "4/4", `{}`),
		"accounts are a member":   row(catalog.RowMember, "4/3", `{}`),
		"member of accounts":      row(catalog.RowMember, "3/7", `{}`),
		"the system is a member":  row(catalog.RowMember, "4/2", `{}`),
		"grant to the system":     row(catalog.RowGrant, "6/2/MANAGE", `{}`),
		"MANAGE on the metastore": row(catalog.RowGrant, "1/7/MANAGE", `{}`),
		"unknown table":           row("nonsense", "5", `{}`),
	} {
		store := catalog.NewMemoryStore()
		c, err := catalog.Open(t.Context(), store, nil)
		if err != nil {
			t.Fatal(err)
		}
		update(t, c, func(tx *catalog.Tx) error { // id 5 stays free
			id, err := tx.CreatePrincipal(catalog.User, "five")
			if err != nil {
				return err
			}
			if _, err := tx.Create(catalog.Draft{
				Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: catalog.MetastoreAdmins,
			}); err != nil {
				return err
			}
			if _, err := tx.CreatePrincipal(catalog.User, "alice"); err != nil {
				return err
			}
			return tx.DropPrincipal(id)
		})
		if _, err := catalog.Open(t.Context(), borrowed{store}, nil); err != nil {
			t.Fatalf("before the damage: %v", err)
		}
		damage := catalog.Commit{Version: 3, NextID: 10, Changes: []catalog.Change{change}}
		if err := store.Append(t.Context(), 2, damage); err != nil {
			t.Fatal(err)
		}
		opened, err := catalog.Open(t.Context(), borrowed{store}, nil)
		if err == nil || opened != nil {
			t.Errorf("%s: opened", what)
		} else if !strings.HasPrefix(err.Error(), "catalog: ") {
			t.Errorf("%s: %v", what, err)
		}
		// The catalog that was open meets the same row in the history.
		_, _ = c.Update(t.Context(), "tester", func(tx *catalog.Tx) error {
			_, err := tx.CreatePrincipal(catalog.User, "bob")
			return err
		})
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func row(kind catalog.RowKind, key, value string) catalog.Change {
	change := catalog.Change{RowKey: catalog.RowKey{Kind: kind, Key: key}}
	if value != "" {
		change.Value = json.RawMessage(value)
	}
	return change
}

// borrowed is a store that a failing Open does not close.
type borrowed struct{ catalog.Store }

func (borrowed) Close() error { return nil }

// Ids do not start again from zero, however high a store has counted.
func TestIdsRunOut(t *testing.T) {
	store := catalog.NewMemoryStore()
	if _, err := catalog.Open(t.Context(), borrowed{store}, nil); err != nil {
		t.Fatal(err)
	}
	if err := store.Append(t.Context(), 1, catalog.Commit{Version: 2, NextID: 1<<64 - 2}); err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Open(t.Context(), store, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	for i, want := range []bool{true, false, false} {
		for _, change := range []func(tx *catalog.Tx) error{
			func(tx *catalog.Tx) error {
				_, err := tx.Create(catalog.Draft{
					Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: fmt.Sprint("c", i), Owner: catalog.MetastoreAdmins,
				})
				return err
			},
			func(tx *catalog.Tx) error {
				_, err := tx.CreatePrincipal(catalog.User, fmt.Sprint("u", i))
				return err
			},
		} {
			if _, err := c.Update(t.Context(), "tester", change); (err == nil) != want {
				t.Errorf("round %d: %v", i, err)
			}
			want = false
		}
	}
}

func TestStoreErrorAtOpen(t *testing.T) {
	for k := 1; k <= 2; k++ {
		n := 0
		f := &catalogtest.FaultStore{Store: catalog.NewMemoryStore(), Before: func(catalogtest.Op) error {
			if n++; n == k {
				return errors.New("no")
			}
			return nil
		}}
		if c, err := catalog.Open(t.Context(), f, nil); err == nil || c != nil {
			t.Errorf("operation %d fails and Open succeeds", k)
		}
	}
}

package modelservice

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// A table that an older program kept is read as it was meant, and kept again in
// the same words; one with everything comes back as it went, and its copy shares
// nothing with it.
func TestKeptTable(t *testing.T) {
	const old = `{"destinations":null,"inference_table":{"id":7,"name":"a.b.c_payload","prefix":"c","disabled":true}}`
	spec, err := decodeSpec([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	want := &boundTable{ID: 7, Name: "a.b.c_payload", Prefix: "c", Disabled: true}
	if got := spec.(*bound).Table; !reflect.DeepEqual(got, want) {
		t.Errorf("read as %+v", got)
	}
	if data, err := json.Marshal(spec); err != nil || string(data) != old {
		t.Errorf("kept again as %s (%v)", data, err)
	}
	full := &bound{Table: &boundTable{ID: 7, Name: "a.b.c", Durability: inferencelog.Journaled, Payloads: PayloadsOptional, OmitRefused: true,
		Stopped: &stopped{Reason: "why", At: time.Unix(1, 0).UTC()}, Resumes: 3}}
	data, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if spec, err = decodeSpec(data); err != nil || !reflect.DeepEqual(spec, full) {
		t.Errorf("%s is read as %+v (%v)", data, spec, err)
	}
	if clone := full.Clone().(*bound); !reflect.DeepEqual(clone, full) || clone.Table == full.Table || clone.Table.Stopped == full.Table.Stopped {
		t.Errorf("cloned as %+v", clone.Table)
	}
}

// loggingWorld is a metastore with a service that logs, and its owner.
func loggingWorld(tb testing.TB) (*Metastore, catalog.ID, catalog.PrincipalID) {
	tb.Helper()
	return loggingWorldOn(tb, nil)
}

func loggingWorldOn(tb testing.TB, store catalog.Store) (*Metastore, catalog.ID, catalog.PrincipalID) {
	tb.Helper()
	ctx := context.Background()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	c, err := catalog.Open(ctx, store, &catalog.Options{Kinds: Kinds()})
	must(err)
	tb.Cleanup(func() { c.Close(ctx) })
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	tb.Cleanup(func() { log.Close(ctx) })
	m, err := NewMetastore(ctx, c, authz.New(nil), &MetastoreOptions{Log: log})
	must(err)
	var owner catalog.PrincipalID
	_, err = c.Update(ctx, "host", func(tx *catalog.Tx) error {
		owner, _ = tx.CreatePrincipal(catalog.User, "alice")
		root, _ := tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: owner})
		schema, _ := tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: root, Name: "default", Owner: owner})
		_, err := tx.Create(catalog.Draft{Type: catalog.TypeModel, Parent: schema, Name: "m", Owner: owner})
		return err
	})
	must(err)
	in := catalog.FullName{Catalog: "main", Schema: "default"}
	made, err := m.CreateService(ctx, owner, NewService{Parent: in, Name: "chat", Spec: Spec{
		Destinations: []Destination{{Name: "a", Model: "main.default.m"}}, InferenceTable: &InferenceTable{Parent: in.String()}}})
	must(err)
	return m, made.ID, owner
}

// A stop that reaches the catalog between a reader's snapshot and his look at
// what the catalog does not know is not missed.
func TestStopKeptWhileRead(t *testing.T) {
	m, service, _ := loggingWorld(t)
	s := m.catalog.Snapshot()
	table := s.Compiled(service).(*compiled).table
	m.stop(logged{service, table.ID}, stop{table.Resumes, "why"}, s.Version())
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if is := m.logging(s, service, table); is.Status != LoggingStopped || is.Reason != "why" {
		t.Errorf("logging reads %+v", is)
	}
	if m.mayLog(s.Compiled(service).(*compiled), 0) {
		t.Error("a row may be written")
	}
}

// BenchmarkMayLog asks whether a row may be written while nothing changes, and
// while every question is at another version of the catalog.
func BenchmarkMayLog(b *testing.B) {
	m, service, owner := loggingWorld(b)
	c := m.catalog.Snapshot().Compiled(service).(*compiled)
	b.Run("unchanged", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !m.mayLog(c, owner) {
				b.Fatal("not")
			}
		}
	})
	b.Run("changed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.verdict.Store(nil)
			if !m.mayLog(c, owner) {
				b.Fatal("not")
			}
		}
	})
}

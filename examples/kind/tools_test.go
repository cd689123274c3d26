package main

import (
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// Whom nothing was granted makes no tool, and nobody makes one that cannot be
// called.
func TestRefused(t *testing.T) {
	ctx := t.Context()
	nouns, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: append(modelservice.Kinds(), kinds()...)})
	if err != nil {
		t.Fatal(err)
	}
	ms, err := modelservice.NewMetastore(ctx, nouns, authz.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	alice, bob, err := setUp(ctx, ms)
	if err != nil {
		t.Fatal(err)
	}
	office, ok := nouns.Snapshot().Lookup(typeToolbox, calendar.Parent())
	if !ok {
		t.Fatal("there is no office")
	}
	good := catalog.Draft{Type: typeTool, Parent: office, Name: "clock", Spec: &tool{Format: "It is %s."}}
	bad := good
	bad.Spec = new(tool)
	version := nouns.Snapshot().Version()
	if _, err := createIn(ctx, ms, bob, good); err == nil {
		t.Error("bob made a tool")
	}
	if _, err := createIn(ctx, ms, alice, bad); err == nil {
		t.Error("alice made a tool without a format")
	}
	if now := nouns.Snapshot().Version(); now != version {
		t.Errorf("the catalog went from version %d to %d", version, now)
	}
	if _, err := createIn(ctx, ms, alice, good); err != nil {
		t.Error(err)
	}
	said, err := call(ms, alice, catalog.FullName{Catalog: "main", Schema: "office", Object: "clock"}, "five")
	if said != "It is five." || err != nil {
		t.Errorf("the clock said %q, %v", said, err)
	}
}

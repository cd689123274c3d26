package modelservice_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// A container that is not empty stays, unless it is forced.
func TestDropContainer(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	before := w.dump()
	for _, c := range []struct {
		t    catalog.SecurableType
		name string
	}{{catalog.TypeCatalog, "main"}, {catalog.TypeSchema, "main.default"}, {catalog.TypeSchema, "main.logging"}} {
		err := w.drop("admin", c.t, c.name, nil)
		if !errors.Is(err, catalog.ErrNotEmpty) || modelservice.AsError(err).HTTPStatus() >= 500 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	w.unchanged(before)

	// The schema of the service goes, its table elsewhere stays (spec §19.14).
	w.must(w.drop("admin", catalog.TypeSchema, "main.default", &modelservice.DropOptions{Force: true}))
	if w.exists(modelservice.TypeModelService, chat) || !w.exists(catalog.TypeTable, chatTable) {
		t.Error("forcing a schema drops what is in it and no more")
	}
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 404 {
		t.Errorf("the service answers %d", res.Status)
	}
	w.must(w.drop("admin", catalog.TypeCatalog, "main", &modelservice.DropOptions{Force: true}))
	w.agree()
	w.makeCatalog("main")
	if node := w.catalog.Snapshot(); len(collect(node.Children(w.id(catalog.TypeCatalog, "main"), ""))) != 0 {
		t.Error("a new catalog of the name is not empty")
	}
}

// Forcing takes the right to manage the container alone: who may manage it may
// manage everything below (spec §12.2). Who may not, may not by force.
func TestDropByForce(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.refused(w.drop("alice", catalog.TypeSchema, "main.default", &modelservice.DropOptions{Force: true}),
		modelservice.CodePermissionDenied, "User does not have MANAGE on Schema 'main.default'.")
	w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog)
	w.grant("carol", catalog.TypeSchema, "main.default", catalog.Manage)
	w.must(w.drop("carol", catalog.TypeSchema, "main.default", &modelservice.DropOptions{Force: true}))
}

// What the platform provides is dropped and renamed by nobody (ruling R13),
// not even by who owns everything above.
func TestSystemStays(t *testing.T) {
	w := newWorld(t, nil)
	w.systemService()
	w.grant("carol", catalog.TypeCatalog, "system", catalog.Manage, catalog.AllPrivileges)
	before := w.dump()
	for _, o := range []struct {
		t    catalog.SecurableType
		name string
	}{
		{catalog.TypeCatalog, "system"}, {catalog.TypeSchema, "system.ai"}, {catalog.TypeModel, "system.ai.one"},
		{modelservice.TypeModelService, "system.ai.chat"}, {catalog.TypeMetastore, ""},
	} {
		for _, who := range []string{"admin", "carol", "alice", "bob"} {
			for _, opts := range []*modelservice.DropOptions{nil, {Force: true}, {Force: true, IfExists: true}} {
				err := w.drop(who, o.t, o.name, opts)
				if o.t == catalog.TypeMetastore && codeOf(err) != "" {
					continue // any refusal will do
				}
				w.refused(err, modelservice.CodePermissionDenied, "")
			}
			name, owner := "other", who
			if _, err := w.ms.Update(w.ctx(), w.who[who], o.t, w.name(o.name), modelservice.Change{Name: &name}); err == nil {
				t.Errorf("%s renamed %s", who, o.name)
			}
			if who == "alice" || who == "bob" {
				if _, err := w.ms.Update(w.ctx(), w.who[who], o.t, w.name(o.name), modelservice.Change{Owner: &owner}); err == nil {
					t.Errorf("%s took %s", who, o.name)
				}
			}
		}
	}
	w.unchanged(before)
}

// The host brings models and takes them away; what an administrator changed of
// the grants stays changed.
func TestSyncSystem(t *testing.T) {
	w := newWorld(t, nil)
	one := w.id(catalog.TypeModel, "system.ai.one")
	w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.must(w.ms.SyncSystem(w.ctx(), []string{"four", "one"}))
	if w.id(catalog.TypeModel, "system.ai.one") != one || w.exists(catalog.TypeModel, "system.ai.two") || !w.exists(catalog.TypeModel, "system.ai.four") {
		t.Error("the models are not those given")
	}
	if g := (catalog.Grant{On: w.id(catalog.TypeSchema, "system.ai"), To: catalog.AccountUsers, Privilege: catalog.Execute}); w.catalog.Snapshot().Granted(g) {
		t.Error("a revoked grant came back")
	}
	version := w.catalog.Snapshot().Version()
	w.must(w.ms.SyncSystem(w.ctx(), []string{"one", "four"}))
	if got := w.catalog.Snapshot().Version(); got != version {
		t.Errorf("syncing what is there commits version %d after %d", got, version)
	}
	before := w.dump()
	for _, bad := range []string{"six seven", "ONE"} {
		if err := w.ms.SyncSystem(w.ctx(), []string{"one", bad}); err == nil {
			t.Errorf("system models one and %s were taken", bad)
		}
	}
	w.unchanged(before)
}

// An etag that is not the object's stops a drop (ruling R12).
func TestDropEtag(t *testing.T) {
	w := newWorld(t, nil)
	svc := w.service(to("one"))
	if got, err := w.ms.Service(w.who["alice"], w.name(chat)); err != nil || got.Etag != svc.Etag {
		t.Errorf("a grant changed the etag from %q to %q (%v)", svc.Etag, got.Etag, err)
	}
	w.host(func(tx *catalog.Tx) error {
		comment := "changed"
		return tx.Change(svc.ID, catalog.Edit{Comment: &comment})
	})
	before := w.dump()
	for _, etag := range []string{svc.Etag, "nonsense"} {
		err := w.drop("alice", modelservice.TypeModelService, chat, &modelservice.DropOptions{Etag: etag})
		w.refused(err, modelservice.CodeAborted, "")
		if status := modelservice.AsError(err).HTTPStatus(); status != 409 {
			t.Errorf("status %d", status)
		}
	}
	w.unchanged(before)
	err := w.drop("bob", modelservice.TypeModelService, chat, &modelservice.DropOptions{Etag: "nonsense"})
	w.refused(err, modelservice.CodePermissionDenied, "MANAGE")
	now, err := w.ms.Service(w.who["alice"], w.name(chat))
	w.must(err)
	w.must(w.drop("alice", modelservice.TypeModelService, chat, &modelservice.DropOptions{Etag: now.Etag}))
}

// IF EXISTS forgives what is missing or invisible, nothing else (ruling R23).
func TestDropIfExists(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	ifExists := &modelservice.DropOptions{IfExists: true}
	before := w.dump()
	w.must(w.drop("mallory", modelservice.TypeModelService, chat, ifExists))
	w.must(w.drop("alice", modelservice.TypeModelService, "main.default.none", ifExists))
	w.must(w.drop("alice", modelservice.TypeModelService, "none.default.none", ifExists))
	w.refused(w.drop("bob", modelservice.TypeModelService, chat, ifExists), modelservice.CodePermissionDenied, "MANAGE")
	w.refused(w.drop("alice", modelservice.TypeModelService, "main.default", ifExists), modelservice.CodeInvalidParameter, "")
	w.refused(w.drop("alice", "volume", "main.default.none", ifExists), modelservice.CodeInvalidParameter, "")
	w.unchanged(before)
	w.must(w.drop("alice", modelservice.TypeModelService, chat, ifExists))
	w.must(w.drop("alice", modelservice.TypeModelService, chat, ifExists))
}

func collect[T any](seq func(func(T) bool)) (list []T) {
	for v := range seq {
		list = append(list, v)
	}
	return list
}

// Rows on their way to a table that is dropped go with it: they are not lost,
// as rows are that a sink did not take.
func TestDropTableLosesNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	for range 10 {
		w.serve(w.ctx(), "bob", ask(), &recorder{})
	}
	w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
	if books := w.books(); books.Lost != 0 || books.Stored != 10 {
		t.Errorf("the books say %+v", books)
	}
}

// What a provider says in a refusal becomes part of an answer of ours, which is
// valid JSON whatever it said.
func TestRefusalIsMended(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.backend.plays("one", reply{status: 400, body: "{\"error\":{\"message\":\"bad \xff text\",\"type\":\"t\"}}"})
	out := &recorder{}
	w.serve(w.ctx(), "bob", ask(), out)
	if said := out.body.String(); !utf8.ValidString(said) || !json.Valid([]byte(said)) {
		t.Errorf("the caller reads %q", said)
	}
}

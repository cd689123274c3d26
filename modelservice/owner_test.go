package modelservice_test

import (
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// Who may make catalogs and schemas, and who owns them (ruling R19).
func TestCreateContainers(t *testing.T) {
	w := newWorld(t, nil)
	makeCatalog := func(who, name string) error {
		o, err := w.ms.CreateCatalog(w.ctx(), w.who[who], modelservice.NewObject{Name: name, Comment: "c"})
		if err == nil && (o.Owner != who || o.CreatedBy != who || o.Comment != "c" || o.Name.String() != name) {
			w.Errorf("made %+v", o)
		}
		return err
	}
	makeSchema := func(who, in, name string) error {
		o, err := w.ms.CreateSchema(w.ctx(), w.who[who], w.name(in), modelservice.NewObject{Name: name})
		if err == nil && (o.Owner != who || o.Name.String() != in+"."+name) {
			w.Errorf("made %+v", o)
		}
		return err
	}
	w.refused(makeCatalog("carol", "hers"), modelservice.CodePermissionDenied, "User does not have CREATE CATALOG on Metastore")
	w.grant("carol", catalog.TypeMetastore, "", catalog.CreateCatalog)
	w.must(makeCatalog("carol", "hers"))
	w.refused(makeCatalog("admin", "hers"), modelservice.CodeAlreadyExists, "hers")
	w.refused(makeCatalog("admin", "a b"), modelservice.CodeInvalidParameter, "")

	w.must(makeSchema("carol", "hers", "s")) // its catalog's owner
	w.refused(makeSchema("carol", "hers", "s"), modelservice.CodeAlreadyExists, "hers.s")
	w.grant("bob", catalog.TypeCatalog, "hers", catalog.CreateSchema)
	w.refused(makeSchema("bob", "hers", "t"), modelservice.CodePermissionDenied, "User does not have USE CATALOG on Catalog 'hers'.")
	w.revoke("bob", catalog.TypeCatalog, "hers", catalog.CreateSchema)
	w.grant("bob", catalog.TypeCatalog, "hers", catalog.UseCatalog)
	w.refused(makeSchema("bob", "hers", "t"), modelservice.CodePermissionDenied, "User does not have CREATE SCHEMA on Catalog 'hers'.")
	w.grant("bob", catalog.TypeCatalog, "hers", catalog.CreateSchema)
	w.must(makeSchema("bob", "hers", "t"))
}

// The owner named at create (ruling R20): anyone there is, who with the
// creator has EXECUTE on every destination, fallbacks too.
func TestCreateOwner(t *testing.T) {
	w := newWorld(t, nil)
	w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
	makeFor := func(name, owner string) error {
		spec := modelservice.Spec{Destinations: to("one").Destinations, Fallbacks: to("one", "two").Fallbacks}
		svc, err := w.ms.CreateService(w.ctx(), w.who["alice"], modelservice.NewService{
			Parent: w.name("main.default"), Name: name, Owner: owner, Spec: spec,
		})
		if err == nil && svc.Owner != owner {
			w.Errorf("made %+v", svc)
		}
		return err
	}
	w.refused(makeFor("a", "stranger"), modelservice.CodePrincipalNotExist, "stranger")
	w.refused(makeFor("a", "alice"), modelservice.CodeDoesNotExist, "Model 'system.ai.one' does not exist")
	w.grant("alice", catalog.TypeSchema, "system.ai", catalog.ReadMetadata)
	w.refused(makeFor("a", "alice"), modelservice.CodePermissionDenied, "User does not have EXECUTE on Model 'system.ai.one'.")
	w.grant("bob", catalog.TypeSchema, "system.ai", catalog.Execute)
	if err := makeFor("a", "bob"); codeOf(err) != modelservice.CodePermissionDenied {
		t.Errorf("the creator may not, the owner may: %v", err)
	}
	w.grant("alice", catalog.TypeModel, "system.ai.one", catalog.Execute)
	if err := makeFor("a", "bob"); codeOf(err) != modelservice.CodePermissionDenied {
		t.Errorf("the creator may not use the fallback: %v", err)
	}
	w.grant("alice", catalog.TypeModel, "system.ai.two", catalog.Execute)
	if err := makeFor("a", "carol"); codeOf(err) != modelservice.CodePermissionDenied {
		t.Errorf("the owner to be may not: %v", err)
	}
	w.must(makeFor("a", "bob"))
	if err := makeFor("b", "outer"); codeOf(err) != modelservice.CodePermissionDenied {
		t.Errorf("the owning group may not, though a member may: %v", err)
	}
	w.grant("outer", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.must(makeFor("b", "team")) // holds what the group it is in holds
	w.revoke("outer", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.grant("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.must(makeFor("c", "outer")) // and what account users hold
	if err := makeFor("d", catalog.SystemUserName); err == nil {
		t.Error("the platform's own user was made a definer by a caller")
	}
}

// The new owner is the new definer, from the next attempt on (rulings R6, R21).
func TestOwnerTransfer(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two"))
	w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.grant("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
	owned := func(by string) {
		t.Helper()
		owner := w.who[by]
		w.host(func(tx *catalog.Tx) error {
			return tx.Change(w.id(modelservice.TypeModelService, chat), catalog.Edit{Owner: &owner})
		})
	}
	status := func() int {
		t.Helper()
		return w.serve(w.ctx(), "bob", ask(), &recorder{}).Status
	}
	if got := status(); got != 200 {
		t.Errorf("owned by alice: %d", got)
	}
	owned("carol")
	if got := status(); got != 403 {
		t.Errorf("owned by carol, who may nothing: %d", got)
	}
	w.grant("carol", catalog.TypeSchema, "system.ai", catalog.Execute)
	if got := status(); got != 200 {
		t.Errorf("owned by carol, who may: %d", got)
	}
	owned("team")
	if got := status(); got != 403 {
		t.Errorf("owned by a group that may nothing: %d", got)
	}
	w.grant("outer", catalog.TypeSchema, "system.ai", catalog.Execute)
	if got := status(); got != 200 {
		t.Errorf("owned by a group in a group that may: %d", got)
	}
	w.host(func(tx *catalog.Tx) error { return tx.DropPrincipal(w.who["team"]) })
	// bob was let in by the group that is gone.
	w.grant("bob", catalog.TypeCatalog, "main", catalog.AllPrivileges)
	told := &recorder{}
	if res := w.serve(w.ctx(), "bob", ask(), told); res.Status != 403 || !strings.Contains(told.body.String(), "has no owner any more") {
		t.Errorf("without a living owner: %d %s", res.Status, told.body.String())
	}
	svc, err := w.ms.Service(w.who["admin"], w.name(chat))
	if w.must(err); svc.Owner != "" {
		t.Errorf("owned by %q, who was deleted", svc.Owner)
	}
	w.host(func(tx *catalog.Tx) error {
		id, err := tx.CreatePrincipal(catalog.Group, "team")
		if err != nil {
			return err
		}
		return tx.Grant(w.id(catalog.TypeSchema, "system.ai"), id, catalog.Execute)
	})
	if got := status(); got != 403 {
		t.Errorf("a new group of the old name became the definer: %d", got)
	}
}

// A service keeps its name (spec §3.4); its model may get another, and is the
// same to it.
func TestRename(t *testing.T) {
	w := newWorld(t, nil)
	w.model("main.default.mine")
	w.grant("alice", catalog.TypeModel, "main.default.mine", catalog.Execute)
	w.service(to("main.default.mine"))
	before := w.dump()
	for _, who := range []string{"alice", "admin"} {
		name := "other"
		_, err := w.ms.Update(w.ctx(), w.who[who], modelservice.TypeModelService, w.name(chat), modelservice.Change{Name: &name})
		w.refused(err, modelservice.CodeInvalidParameter, "")
	}
	w.unchanged(before)
	name := "yours"
	_, err := w.ms.Update(w.ctx(), w.who["admin"], catalog.TypeModel, w.name("main.default.mine"), modelservice.Change{Name: &name})
	w.must(err)
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 || w.backend.models() != "yours" {
		t.Errorf("%d, the backend saw %q", res.Status, w.backend.models())
	}
	svc, err := w.ms.Service(w.who["alice"], w.name(chat))
	if w.must(err); svc.Spec.Destinations[0].Model != "main.default.yours" {
		t.Errorf("get shows %+v", svc.Spec.Destinations[0])
	}
}

// A dropped name comes back without the grants of its predecessor (I35).
func TestRecreateStartsClean(t *testing.T) {
	w := newWorld(t, nil)
	w.service(modelservice.Spec{Destinations: to("one").Destinations})
	w.must(w.drop("alice", modelservice.TypeModelService, chat, nil))
	_, err := w.create("alice", "main.default", "chat", modelservice.Spec{Destinations: to("one").Destinations})
	w.must(err)
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 404 {
		t.Errorf("bob may call the namesake: %d", res.Status)
	}
}

// Who was deleted and came back under the same name is somebody else (R21).
func TestRecreatedCaller(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	old := w.who["bob"]
	w.host(func(tx *catalog.Tx) error { return tx.DropPrincipal(old) })
	w.host(func(tx *catalog.Tx) error {
		id, err := tx.CreatePrincipal(catalog.User, "bob")
		w.who["bob"] = id
		return err
	})
	for _, who := range []catalog.PrincipalID{old, w.who["bob"]} {
		if res := w.gw.Serve(w.ctx(), &modelservice.Call{Caller: who, Body: []byte(ask())}, &recorder{}); res.Status != 404 {
			t.Errorf("principal %d got %d", who, res.Status)
		}
	}
}

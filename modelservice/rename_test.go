package modelservice_test

import (
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/modelservice"
)

func (w *world) rename(who string, t catalog.SecurableType, on, to string) error {
	w.Helper()
	_, err := w.ms.Update(w.ctx(), w.who[who], t, w.name(on), modelservice.Change{Name: &to})
	return err
}

// Another name takes what making such an object there takes, or an admin; the
// name it has, in any spelling, takes nothing.
func TestRenameTakesCreate(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.model("main.default.mine")
	w.must(w.createPrincipal("admin", catalog.User, "root")) // an admin who owns nothing himself
	w.must(w.members("admin", "metastore admins", []string{"root"}, nil))
	root, _ := w.catalog.Snapshot().PrincipalNamed("root")
	w.who["root"] = root.ID
	for _, tt := range []struct {
		as        catalog.SecurableType
		on, under string
		gives     catalog.Privilege
		within    catalog.SecurableType
		words     string
	}{
		{catalog.TypeTable, chatTable, "main.logging", catalog.CreateTable, catalog.TypeSchema, "User does not have CREATE TABLE on Schema 'main.logging'."},
		{catalog.TypeModel, "main.default.mine", "main.default", catalog.CreateModel, catalog.TypeSchema, "User does not have CREATE MODEL on Schema 'main.default'."},
		{catalog.TypeSchema, "main.default", "main", catalog.CreateSchema, catalog.TypeCatalog, "User does not have CREATE SCHEMA on Catalog 'main'."},
		{catalog.TypeCatalog, "main", "", catalog.CreateCatalog, catalog.TypeMetastore, "User does not have CREATE CATALOG on Metastore."},
	} {
		t.Run(string(tt.as), func(t *testing.T) {
			carol, n := w.who["carol"], w.name(tt.on)
			w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog, catalog.UseSchema)
			w.host(func(tx *catalog.Tx) error { return tx.Change(w.id(tt.as, tt.on), catalog.Edit{Owner: &carol}) })
			before := w.dump()
			w.refused(w.rename("carol", tt.as, tt.on, "other"), modelservice.CodePermissionDenied, tt.words)
			w.refused(w.rename("carol", tt.as, tt.on, "a b"), modelservice.CodeInvalidParameter, "")
			w.unchanged(before)
			// Everything else about it is its owner's to change, and what is no change.
			same, comment := strings.ToUpper(n.Leaf()), "hers"
			_, err := w.ms.Update(w.ctx(), carol, tt.as, n, modelservice.Change{Name: &same, Comment: &comment})
			w.must(err)
			w.grant("carol", tt.within, tt.under, tt.gives)
			w.must(w.rename("carol", tt.as, tt.on, "Other"))
			w.must(w.rename("root", tt.as, n.Parent().Child("other").String(), n.Leaf())) // admins anyway
			w.revoke("carol", tt.within, tt.under, tt.gives)
			w.refused(w.rename("carol", tt.as, tt.on, "other"), modelservice.CodePermissionDenied, tt.words)
		})
	}
}

// MANAGE alone renames nothing; owning what it is in does, with the way there.
func TestRenameByManager(t *testing.T) {
	w := newWorld(t, nil)
	w.model("main.default.mine")
	w.grant("bob", catalog.TypeSchema, "main.default", catalog.Manage)
	w.grant("bob", catalog.TypeCatalog, "main", catalog.UseCatalog)
	w.refused(w.rename("bob", catalog.TypeModel, "main.default.mine", "his"), modelservice.CodePermissionDenied,
		"User does not have USE SCHEMA on Schema 'main.default'.")
	w.grant("bob", catalog.TypeSchema, "main.default", catalog.UseSchema)
	w.refused(w.rename("bob", catalog.TypeModel, "main.default.mine", "his"), modelservice.CodePermissionDenied,
		"User does not have CREATE MODEL on Schema 'main.default'.")
	// Names that are taken are not told to who may not rename.
	w.model("main.default.taken")
	w.refused(w.rename("bob", catalog.TypeModel, "main.default.mine", "taken"), modelservice.CodePermissionDenied, "CREATE MODEL")
	bob := w.who["bob"]
	w.host(func(tx *catalog.Tx) error {
		return tx.Change(w.id(catalog.TypeSchema, "main.default"), catalog.Edit{Owner: &bob})
	})
	w.refused(w.rename("bob", catalog.TypeModel, "main.default.mine", "TAKEN"), modelservice.CodeAlreadyExists, "Model 'main.default.taken' already exists.")
	w.must(w.rename("bob", catalog.TypeModel, "main.default.mine", "his"))
	w.refused(w.rename("carol", catalog.TypeModel, "main.default.his", "hers"), modelservice.CodeDoesNotExist, "")
}

// A table that was renamed keeps its rows and receives those to come, and
// its old name is free.
func TestRenameTable(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	w.must(w.rename("alice", catalog.TypeTable, chatTable, "calls"))
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	if rows := w.rowsOf(w.id(catalog.TypeTable, "main.logging.calls")); len(rows) != 2 {
		t.Errorf("%d rows of two calls", len(rows))
	}
	svc, err := w.ms.Service(w.who["alice"], w.name(chat))
	if w.must(err); svc.Spec.InferenceTable.Table != "calls" {
		t.Errorf("get shows %+v", svc.Spec.InferenceTable)
	}
	spec := to("one")
	spec.InferenceTable.Table = "chat_payload"
	_, err = w.create("alice", "main.default", "second", spec)
	w.must(err)
	if rows := w.rows(); len(rows) != 0 {
		t.Errorf("the new table of the old name has %d rows", len(rows))
	}
	w.agree()
}

// A rename that was not kept returns nothing of the run that was thrown away.
func TestRenameThatFailsReturnsNothing(t *testing.T) {
	w := newWorld(t, nil)
	fail := func(op catalogtest.Op) error {
		if op == catalogtest.OpAppend {
			return errStore
		}
		return nil
	}
	w.fail.Store(&fail)
	got, err := w.ms.RenamePrincipal(w.ctx(), w.who["admin"], "bob", "bobby")
	if err == nil || got != (modelservice.Principal{}) {
		t.Errorf("%+v, %v", got, err)
	}
	w.fail.Store(nil)
}

package rest_test

import (
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
)

// What a host keeps in the catalog beside services is granted on like them.
func TestGrantsOnHostsKind(t *testing.T) {
	w := &world{TB: t, ctx: t.Context()}
	c, err := catalog.Open(w.ctx, nil, &catalog.Options{Kinds: append(modelservice.Kinds(),
		catalog.Kind{Type: "tool", Label: "Tool", Parent: catalog.TypeSchema, Space: "tool", Privileges: []catalog.Privilege{catalog.Execute, catalog.Manage}},
	)})
	w.check(err)
	t.Cleanup(func() { c.Close(w.ctx) })
	w.ms, err = modelservice.NewMetastore(w.ctx, c, authz.New(nil), nil)
	w.check(err)
	w.update(func(tx *catalog.Tx) error {
		alice, _ := tx.CreatePrincipal(catalog.User, admin)
		return tx.AddMember(catalog.MetastoreAdmins, alice)
	})
	w.api, err = rest.New(rest.Config{Metastore: w.ms, Authenticate: bearer})
	w.check(err)
	w.ok(admin, "POST", catalogsPath, `{"name":"main"}`)
	w.ok(admin, "POST", schemasPath, `{"catalog_name":"main","name":"office"}`)
	w.update(func(tx *catalog.Tx) error {
		in, _ := tx.Lookup(catalog.TypeSchema, catalog.FullName{Catalog: "main", Schema: "office"})
		_, err := tx.Create(catalog.Draft{Type: "tool", Parent: in, Name: "calendar", Owner: w.id(admin)})
		return err
	})

	const grants = `[{"principal":"alice","privileges":["EXECUTE"]}]`
	given := w.ok(admin, "PATCH", grantsPath+"/tool/main.office.calendar", `{"changes":[{"principal":"alice","add":["EXECUTE"]}]}`)
	if compact(given["privilege_assignments"]) != grants {
		t.Errorf("given are %s", compact(given))
	}
	for _, path := range []string{grantsPath, assignmentsPath} {
		if got := w.ok(admin, "GET", path+"/TOOL/main.office.calendar", ""); compact(got["privilege_assignments"]) != grants {
			t.Errorf("%s are %s", path, compact(got))
		}
	}
	w.ok(admin, "GET", effectivePath+"/tool/main.office.calendar", "")
	w.refused(admin, "GET", grantsPath+"/tool/main.office", "", 400)
	w.refused(admin, "GET", grantsPath+"/tool/main.office.none", "", 404)
	e := w.refused(admin, "GET", grantsPath+"/volume/main.office.calendar", "", 400)
	if want := "The securable type must be one of metastore, catalog, schema, table, model, model_service, tool and function."; e.Message != "securable_type: "+want {
		t.Errorf("says %s", e.Message)
	}
}

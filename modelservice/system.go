package modelservice

import (
	"context"
	"fmt"

	"github.com/modelward/modelward/catalog"
)

// The names of what the platform itself provides.
const (
	SystemCatalog = "system"
	SystemSchema  = "ai"
)

// SyncSystem makes the catalog system, the schema system.ai and the given
// models in it, and drops the models of system.ai that are not given. It is
// the host's own change, made with nobody's rights, as a part of an update of
// the host's. When it makes the catalog and the schema it grants account users
// USE CATALOG, USE SCHEMA and EXECUTE (ruling R13); what an administrator
// changes about that later stays changed. Nobody can drop these objects through
// the API.
//
// What somebody else has made under one of these names is not taken over: the
// error is INVALID_STATE.
//
// Names are the last parts, such as "databricks-gpt-5-2".
func SyncSystem(tx *catalog.Tx, models []string) error {
	want := map[string]bool{}
	var leaves []string
	for _, name := range models {
		leaf, err := catalog.CanonicalName(name)
		if err != nil {
			return fmt.Errorf("modelservice: system model %q: %w", name, err)
		}
		if want[leaf] {
			return fmt.Errorf("modelservice: system model %q given twice", name)
		}
		want[leaf] = true
		leaves = append(leaves, leaf)
	}
	root, err := ensure(tx, catalog.TypeCatalog, catalog.MetastoreID, catalog.FullName{Catalog: SystemCatalog}, catalog.UseCatalog)
	if err != nil {
		return err
	}
	in := catalog.FullName{Catalog: SystemCatalog, Schema: SystemSchema}
	schema, err := ensure(tx, catalog.TypeSchema, root, in, catalog.UseSchema, catalog.Execute)
	if err != nil {
		return err
	}
	for node := range tx.Children(schema, catalog.TypeModel) {
		if !want[node.Name] {
			if _, err := tx.Drop(node.ID, false); err != nil {
				return err
			}
		}
	}
	for _, leaf := range leaves {
		if _, err := ensure(tx, catalog.TypeModel, schema, in.Child(leaf)); err != nil {
			return err
		}
	}
	return nil
}

// SyncSystem is the function of that name in an update of its own.
func (m *Metastore) SyncSystem(ctx context.Context, models []string) error {
	_, err := m.catalog.Update(ctx, catalog.SystemUserName, func(tx *catalog.Tx) error { return SyncSystem(tx, models) })
	return err
}

// ensure makes a system object with its default grants unless it is there.
func ensure(tx *catalog.Tx, t catalog.SecurableType, parent catalog.ID, name catalog.FullName, grants ...catalog.Privilege) (catalog.ID, error) {
	if id, ok := tx.Lookup(t, name); ok {
		if node, _ := tx.Node(id); !node.System {
			return 0, &Error{Code: CodeInvalidState, Message: fmt.Sprintf("%s '%s' is there already, and was not made by the platform.", t, name)}
		}
		return id, nil
	}
	id, err := tx.Create(catalog.Draft{Type: t, Parent: parent, Name: name.Leaf(), Owner: catalog.SystemUser, System: true})
	if err != nil || len(grants) == 0 {
		return id, err
	}
	return id, tx.Grant(id, catalog.AccountUsers, grants...)
}

package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

// The rows of spec §12.1: G takes effect on the object and can be granted
// there, I can be granted there to be inherited, - neither. Columns are
// metastore, catalog, schema, model service, model, table.
const privilegeTable = `
USE_CATALOG               - G - - - -
USE_SCHEMA                - I G - - -
CREATE_CATALOG            G - - - - -
CREATE_SCHEMA             - G - - - -
CREATE_SERVICE            - I G - - -
CREATE_TABLE              - I G - - -
CREATE_MODEL              - I G - - -
CREATE_FUNCTION           - I G - - -
CREATE_VOLUME             - I G - - -
CREATE_MATERIALIZED_VIEW  - I G - - -
CREATE_MODEL_VERSION      - - - - G -
EXECUTE                   - I I G G -
SELECT                    - I I - - G
SELECT_OWN_ROWS           - I I - - G
SELECT_MASKED             - I I - - G
MODIFY                    - I I - - G
REFRESH                   - I I - - -
READ_VOLUME               - I I - - -
WRITE_VOLUME              - I I - - -
APPLY_TAG                 - G G G G G
READ_METADATA             - I I G G -
MANAGE                    - G G G G G
BROWSE                    - G - - - -
ALL_PRIVILEGES            - G G G G G
EXTERNAL_USE_SCHEMA       - - G - - -
EXTERNAL_USE_LOCATION     - - - - - -
NONSENSE                  - - - - - -`

func TestKindsAreTheSpecs(t *testing.T) {
	kinds := openMemory(t).Snapshot().Kinds()
	columns := []catalog.SecurableType{
		catalog.TypeMetastore, catalog.TypeCatalog, catalog.TypeSchema,
		catalogtest.TypeService, catalog.TypeModel, catalog.TypeTable,
	}
	rows := strings.Split(strings.TrimSpace(privilegeTable), "\n")
	grantable := map[catalog.SecurableType]int{}
	for _, row := range rows {
		cells := strings.Fields(row)
		p := catalog.NormalizePrivilege(strings.ToLower(strings.ReplaceAll(cells[0], "_", " ")))
		if string(p) != cells[0] {
			t.Errorf("%s normalises to %s", cells[0], p)
		}
		for i, typ := range columns {
			if got := kinds.Grantable(p, typ); got != (cells[i+1] != "-") {
				t.Errorf("%s on %s: grantable is %t, the table says %s", p, typ, got, cells[i+1])
			}
			// What is granted on a container to be inherited has no effect on the
			// container itself.
			if got := kinds.Applies(p, typ); got != (cells[i+1] == "G") {
				t.Errorf("%s on %s: applies is %t, the table says %s", p, typ, got, cells[i+1])
			}
			if cells[i+1] != "-" {
				grantable[typ]++
			}
		}
	}
	for typ, n := range grantable {
		if got := kinds.GrantablePrivileges(typ); len(got) != n {
			t.Errorf("%d privileges can be granted on a %s, the table has %d: %v", len(got), typ, n, got)
		}
	}
}

// Spec §12.2.
func TestAllPrivilegesStandsFor(t *testing.T) {
	for _, row := range strings.Split(strings.TrimSpace(privilegeTable), "\n") {
		p := catalog.Privilege(strings.Fields(row)[0])
		want := p != catalog.Manage && p != catalog.ExternalUseSchema && p != catalog.ExternalUseLoc && p != catalog.AllPrivileges
		if p.InAll() != want {
			t.Errorf("%s: in ALL PRIVILEGES is %t", p, p.InAll())
		}
		if back := catalog.NormalizePrivilege(p.SQL()); back != p {
			t.Errorf("%s in SQL is %q, and back %s", p, p.SQL(), back)
		}
	}
}

// Only the spellings of the field are one privilege.
func TestNormalizePrivilege(t *testing.T) {
	for spelt, want := range map[string]catalog.Privilege{
		"use schema": catalog.UseSchema, "USE_SCHEMA": catalog.UseSchema, "Use Schema": catalog.UseSchema, "execute": catalog.Execute,
		"U\u017fE_SCHEMA": "", "use\tschema": "", "USE__SCHEMA": "", " use schema": "", "use schema ": "", "u\u0131": "",
	} {
		got := catalog.NormalizePrivilege(spelt)
		if known := !openMemory(t).Snapshot().Kinds().Set(got).Empty(); known != (want != "") || want != "" && got != want {
			t.Errorf("%q is %q, want %q", spelt, got, want)
		}
	}
}

func TestKindsRefused(t *testing.T) {
	good := catalogtest.ServiceKind()
	for what, change := range map[string]func(k *catalog.Kind){
		"no type":            func(k *catalog.Kind) { k.Type = "" },
		"no label":           func(k *catalog.Kind) { k.Label = "" },
		"unknown parent":     func(k *catalog.Kind) { k.Parent = "folder" },
		"no parent":          func(k *catalog.Kind) { k.Parent = "" },
		"its own parent":     func(k *catalog.Kind) { k.Parent = k.Type },
		"given twice":        func(k *catalog.Kind) { k.Type = catalog.TypeTable },
		"a second root":      func(k *catalog.Kind) { k.Type = catalog.TypeMetastore },
		"too deep for names": func(k *catalog.Kind) { k.Parent = catalog.TypeModel },
		"NUL":                func(k *catalog.Kind) { k.Space = "a\x00b" },
	} {
		kind := good
		change(&kind)
		store := catalog.NewMemoryStore()
		c, err := catalog.Open(t.Context(), store, &catalog.Options{Kinds: []catalog.Kind{kind}})
		if err == nil || c != nil || !strings.HasPrefix(err.Error(), "catalog: ") {
			t.Errorf("%s: %v", what, err)
		}
		if err := store.Append(t.Context(), 0, catalog.Commit{Version: 1}); err == nil {
			t.Errorf("%s: the store is still open after Open has failed", what)
		}
	}
}

// Kinds that the rules could not be true of.
func TestOddKindsRefused(t *testing.T) {
	leaf := catalog.Kind{Type: "leaf", Label: "Leaf", Parent: catalog.TypeCatalog}
	box := catalog.Kind{Type: "box", Label: "Box", Parent: catalog.TypeCatalog, Gate: "USE_BOX", Privileges: []catalog.Privilege{"USE_BOX"}}
	inBox := catalog.Kind{Type: "thing", Label: "Thing", Parent: "box"}
	odd := func(k catalog.Kind, change func(*catalog.Kind)) catalog.Kind {
		change(&k)
		return k
	}
	many := leaf
	for n := range 128 {
		many.Privileges = append(many.Privileges, catalog.Privilege(fmt.Sprintf("P%d", n)))
	}
	for what, kinds := range map[string][]catalog.Kind{
		"a container without a gate": {odd(box, func(k *catalog.Kind) { k.Gate = "" }), inBox},
		"a gate and nothing inside":  {box},
		"a gate that gives nothing":  {odd(box, func(k *catalog.Kind) { k.Privileges = nil }), inBox},
		"reveals what is not there":  {odd(leaf, func(k *catalog.Kind) { k.Reveals = []catalog.Privilege{"X"} })},
		"lower case":                 {odd(leaf, func(k *catalog.Kind) { k.Privileges = []catalog.Privilege{"use leaf"} })},
		"invalid UTF-8":              {odd(leaf, func(k *catalog.Kind) { k.Privileges = []catalog.Privilege{"X\xff"} })},
		"local and inherited": {odd(leaf, func(k *catalog.Kind) {
			k.Parent, k.Privileges = catalog.TypeSchema, []catalog.Privilege{catalog.ExternalUseSchema}
		})},
		"a name space of both sorts": {odd(box, func(k *catalog.Kind) { k.Space = "s" }), inBox, odd(leaf, func(k *catalog.Kind) { k.Space = "s" })},
		"too many privileges":        {many},
	} {
		if c, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: kinds}); err == nil || !strings.HasPrefix(err.Error(), "catalog: ") {
			t.Errorf("%s: %v, %v", what, c, err)
		}
	}
	for what, kinds := range map[string][]catalog.Kind{
		"a container":     {box, inBox},
		"two in a space":  {odd(leaf, func(k *catalog.Kind) { k.Space = "s" }), odd(leaf, func(k *catalog.Kind) { k.Type, k.Space = "leaf2", "s" })},
		"many privileges": {odd(many, func(k *catalog.Kind) { k.Privileges = k.Privileges[:100] })},
	} {
		if _, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: kinds}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Kinds that live on every level, and two that share a name space.
func TestKindsOnEveryLevel(t *testing.T) {
	c, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: []catalog.Kind{
		{Type: "connection", Label: "Connection", Parent: catalog.TypeMetastore},
		{Type: "tag", Label: "Tag", Parent: catalog.TypeCatalog},
		{Type: "view", Label: "View", Parent: catalog.TypeSchema, Space: string(catalog.TypeTable)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	ids := map[catalog.SecurableType]catalog.ID{}
	parents := map[catalog.SecurableType]catalog.SecurableType{
		"connection": "", "tag": catalog.TypeCatalog, "view": catalog.TypeSchema,
		catalog.TypeCatalog: "", catalog.TypeSchema: catalog.TypeCatalog, catalog.TypeModel: catalog.TypeSchema,
	}
	ids[""] = catalog.MetastoreID
	if _, err := c.Update(t.Context(), "tester", func(tx *catalog.Tx) error {
		for _, typ := range []catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema, "connection", "tag", "view", catalog.TypeModel} {
			id, err := tx.Create(catalog.Draft{Type: typ, Parent: ids[parents[typ]], Name: "n", Owner: catalog.MetastoreAdmins})
			if err != nil {
				return err
			}
			ids[typ] = id
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	delete(ids, "")
	s := c.Snapshot()
	names := []catalog.FullName{{}, {Catalog: "n"}, {Catalog: "n", Schema: "n"}, {Catalog: "n", Schema: "n", Object: "n"}}
	for typ, id := range ids {
		for _, name := range names {
			want := name == s.FullName(id)
			if got, ok := s.Lookup(typ, name); ok != want || ok && got != id {
				t.Errorf("Lookup(%s, %q) is %d, %t; want %d, %t", typ, name, got, ok, id, want)
			}
		}
	}
	if _, ok := s.Lookup(catalog.TypeTable, names[3]); ok {
		t.Error("a view is found as a table, because they share a name space")
	}
	if _, err := c.Update(t.Context(), "tester", func(tx *catalog.Tx) error {
		_, err := tx.Create(catalog.Draft{Type: catalog.TypeTable, Parent: ids[catalog.TypeSchema], Name: "N", Owner: catalog.MetastoreAdmins})
		return err
	}); err == nil {
		t.Error("a table and a view have one name")
	}
}

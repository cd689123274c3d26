package catalog_test

import (
	"context"
	"fmt"

	"github.com/modelward/modelward/catalog"
)

func Example() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, nil) // in memory; boltstore keeps it on disk
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)

	var main catalog.ID
	var team catalog.PrincipalID
	version, err := c.Update(ctx, "admin", func(tx *catalog.Tx) error {
		if team, err = tx.CreatePrincipal(catalog.Group, "AI team"); err != nil {
			return err
		}
		if main, err = tx.Create(catalog.Draft{
			Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "Main", Owner: catalog.MetastoreAdmins,
		}); err != nil {
			return err
		}
		return tx.Grant(main, team, catalog.UseCatalog)
	})
	fmt.Println("version", version, err)

	s := c.Snapshot() // one moment; later updates do not change it
	id, ok := s.Lookup(catalog.TypeCatalog, catalog.FullName{Catalog: "main"})
	fmt.Println("found", id == main, ok)
	for g := range s.GrantsOn(main) {
		who, _ := s.Principal(g.To)
		fmt.Println(who.Name, "has", g.Privilege.SQL(), "on", s.FullName(g.On))
	}
	// Output:
	// version 2 <nil>
	// found true true
	// AI team has USE CATALOG on main
}

// Everything in an update happens, or nothing does.
func ExampleCatalog_Update() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	_, err = c.Update(ctx, "admin", func(tx *catalog.Tx) error {
		if _, err := tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		_, err := tx.CreatePrincipal(catalog.User, "ALICE")
		return err
	})
	fmt.Println(err)
	_, there := c.Snapshot().PrincipalNamed("alice")
	fmt.Println(there)
	// Output:
	// catalog: already exists: user "alice"
	// false
}

func ExampleParseFullName() {
	name, err := catalog.ParseFullName("Main.Default.team-chat")
	fmt.Println(name, name.Parts(), err)
	_, err = catalog.ParseFullName("main.team chat")
	fmt.Println(err)
	// Output:
	// main.default.team-chat 3 <nil>
	// catalog: invalid name: must not contain ' '
}

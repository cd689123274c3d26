package catalog_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

// town fills a catalog with n services in n/100 schemas and 100 users.
func town(b *testing.B, n int) (c *catalog.Catalog, names []catalog.FullName, services []catalog.ID, users []catalog.PrincipalID) {
	c = openMemory(b)
	update(b, c, func(tx *catalog.Tx) error {
		for i := range 100 {
			id, err := tx.CreatePrincipal(catalog.User, fmt.Sprint("user", i))
			if err != nil {
				return err
			}
			users = append(users, id)
		}
		draft := catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: users[0]}
		main, err := tx.Create(draft)
		if err != nil {
			return err
		}
		for i := range n / 100 {
			schema, err := tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: main, Name: fmt.Sprint("schema", i), Owner: users[1]})
			if err != nil {
				return err
			}
			for j := range 100 {
				name := fmt.Sprint("service", j)
				id, err := tx.Create(catalog.Draft{
					Type: catalogtest.TypeService, Parent: schema, Name: name, Owner: users[2], Spec: &catalogtest.Service{Text: name},
				})
				if err != nil {
					return err
				}
				services = append(services, id)
				names = append(names, catalog.FullName{Catalog: "main", Schema: fmt.Sprint("schema", i), Object: name})
			}
		}
		return nil
	})
	return c, names, services, users
}

func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c, names, services, _ := town(b, n)
			s := c.Snapshot()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				k := i * 7919 % len(names)
				if id, ok := s.Lookup(catalogtest.TypeService, names[k]); !ok || id != services[k] {
					b.Fatal("not found")
				}
			}
		})
	}
}

func BenchmarkNode(b *testing.B) {
	c, _, services, _ := town(b, 100_000)
	s := c.Snapshot()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := s.Node(services[i*7919%len(services)]); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkUpdateOneGrant(b *testing.B) {
	c, _, services, users := town(b, 100_000)
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		on, to := services[i%len(services)], users[i/len(services)%len(users)]
		if _, err := c.Update(ctx, "tester", func(tx *catalog.Tx) error { return tx.Grant(on, to, catalog.Execute) }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	store := catalog.NewMemoryStore()
	opts := &catalog.Options{Kinds: []catalog.Kind{catalogtest.ServiceKind()}}
	c, err := catalog.Open(context.Background(), borrowed{store}, opts)
	if err != nil {
		b.Fatal(err)
	}
	update(b, c, func(tx *catalog.Tx) error {
		for i := range 10_000 {
			if _, err := tx.Create(catalog.Draft{
				Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: fmt.Sprint("c", i), Owner: catalog.MetastoreAdmins,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := catalog.Open(context.Background(), borrowed{store}, opts); err != nil {
			b.Fatal(err)
		}
	}
}

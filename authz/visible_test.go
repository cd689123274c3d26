package authz_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/authz/authztest"
	"github.com/modelward/modelward/catalog"
)

// Who was granted many objects in a large container, each by itself, is shown
// the same as by asking about each, whatever share of the container it is and
// from wherever on it is asked.
func TestVisibleOfManyHeld(t *testing.T) {
	const objects = 3_000
	random := rand.New(rand.NewPCG(1, 2))
	p := newPlace(t)
	var reader catalog.PrincipalID
	var made []catalog.ID
	p.update(t, func(tx *catalog.Tx) (err error) {
		if reader, err = tx.CreatePrincipal(catalog.User, "reader"); err != nil {
			return err
		}
		if err := tx.Grant(p.main, reader, catalog.UseCatalog, catalog.UseSchema); err != nil {
			return err
		}
		for i := range objects {
			id, err := tx.Create(catalog.Draft{Type: authztest.TypeService, Parent: p.schema, Name: fmt.Sprintf("s%d", i), Owner: p.bobby})
			if err != nil {
				return err
			}
			made = append(made, id)
		}
		random.Shuffle(objects, func(i, k int) { made[i], made[k] = made[k], made[i] })
		return nil
	})
	a, granted := authz.New(nil), 0
	for _, n := range []int{200, 1_100, 1_400, 2_900, objects} {
		p.update(t, func(tx *catalog.Tx) error {
			for ; granted < n; granted++ {
				if err := tx.Grant(made[granted], reader, catalog.Execute); err != nil {
					return err
				}
			}
			return nil
		})
		s := p.catalog.Snapshot()
		var want []catalog.Node
		for node := range s.Children(p.schema, authztest.TypeService) {
			if a.See(s, reader, node.ID).Allowed {
				want = append(want, node)
			}
		}
		if len(want) != n {
			t.Fatalf("%d objects are seen, of which %d were granted", len(want), n)
		}
		for _, at := range []int{0, 1, n / 2, n - 1} {
			for _, after := range []string{want[at].Name, want[at].Name + "0", ""} {
				rest := slices.DeleteFunc(slices.Clone(want), func(node catalog.Node) bool { return node.Name <= after })
				visible := a.Visible(s, reader, p.schema, authztest.TypeService, after)
				for range 2 {
					if got := slices.Collect(visible); !slices.Equal(got, rest) {
						t.Fatalf("of %d granted, %d are shown after %q, want %d", n, len(got), after, len(rest))
					}
				}
				page := min(100, len(rest))
				i := 0
				for node := range visible {
					if i == page {
						break // who has enough goes
					}
					if node != rest[i] {
						t.Fatalf("of %d granted, %v is number %d after %q, want %v", n, node, i, after, rest[i])
					}
					i++
				}
			}
		}
	}
}

package authztest

import (
	"fmt"
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// groupsAreClosed hangs a chain of groups under another and grants at some
// depth: who is at that depth or below has it, and nobody above.
func groupsAreClosed(t *rapid.T, a *authz.Authorizer) {
	c := DrawCatalog(t)
	depth := rapid.IntRange(1, 30).Draw(t, "depth")
	at := rapid.IntRange(0, depth-1).Draw(t, "granted at")
	var chain []catalog.PrincipalID // outermost first
	var service catalog.ID
	update(t, c, func(tx *catalog.Tx) {
		drawOutsider(t, tx)
		for i := range depth {
			g, err := tx.CreatePrincipal(catalog.Group, fmt.Sprintf("chain%d", i))
			must(t, err)
			if i > 0 {
				must(t, tx.AddMember(chain[i-1], g))
			}
			chain = append(chain, g)
		}
		service = drawService(t, tx).ID
		must(t, tx.Grant(service, chain[at], catalog.Execute))
		grantGates(t, tx, service, chain[at])
	})
	s := c.Snapshot()
	for i, g := range chain {
		d := a.Check(s, g, catalog.Execute, service)
		if d.Allowed != (i >= at) {
			t.Fatalf("group %d of %d: allowed %t; granted at %d", i, depth, d.Allowed, at)
		}
		want := append(slices.Clone(chain[:i+1]), catalog.AccountUsers)
		if got := slices.Collect(s.Memberships(g).All()); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Fatalf("group %d acts as %d, want %d", i, got, want)
		}
	}
}

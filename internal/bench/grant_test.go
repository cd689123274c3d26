package bench

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/hashicorp/go-memdb"
	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// grantRow: one grant committed, and the first Check after it, which must see
// it; and then the same of its revoke, so that the world stays as large as it
// is. The world is that of the row check, the store keeps nothing. Beside it: a
// bare transaction of go-memdb that puts one row into a table of as many, or
// takes one out.
func grantRow() row {
	return row{name: "grant-check", budget: 3, allocs: -1, open: openGrant}
}

func BenchmarkGrantCheck(b *testing.B) { grantRow().sideBySide(b) }

func openGrant(tb testing.TB, scale scale) pair {
	c, t := openWorld(tb, scale.of(100_000))
	authorizer := authz.New(nil)
	edges := findEdges(tb, c.Snapshot(), t, authorizer)
	db := grantTable(tb, c.Snapshot())
	var inTable, inCatalog int
	return pair{
		apart: true,
		reference: side{name: "go-memdb, one row", most: burst / 8, run: func(n int) error {
			for range n {
				e, grant := edges[inTable/2%len(edges)], inTable%2 == 0
				inTable++
				row := &catalog.Grant{On: e.model, To: e.user, Privilege: catalog.Execute}
				txn := db.Txn(true)
				change := txn.Insert
				if !grant {
					change = txn.Delete
				}
				if err := change("grant", row); err != nil {
					txn.Abort()
					return err
				}
				txn.Commit()
			}
			return nil
		}},
		ours: side{name: "ours", most: burst / 8, run: func(n int) error {
			for range n {
				e, grant := edges[inCatalog/2%len(edges)], inCatalog%2 == 0
				inCatalog++
				if err := toggle(c, e.model, e.user, grant); err != nil {
					return err
				}
				if authorizer.Check(c.Snapshot(), e.user, catalog.Execute, e.model).Allowed != grant {
					return fmt.Errorf("the commit before Check has granted user %d EXECUTE on model %d (or else revoked it): %v; Check says %v", e.user, e.model, grant, !grant)
				}
			}
			return nil
		}},
	}
}

// findEdges returns as many questions as a burst has operations, each of which
// one grant turns from no to yes.
func findEdges(tb testing.TB, s *catalog.Snapshot, t *town, a *authz.Authorizer) []question {
	tb.Helper()
	var edges []question
	for tries := 0; len(edges) < burst/2; tries++ {
		if tries == 1_000_000 {
			tb.Fatalf("of a million random questions only %d want one grant", len(edges))
		}
		q := question{user: pick(t.random, t.users), model: pick(t.random, t.models)}
		missing := a.Check(s, q.user, catalog.Execute, q.model).Missing()
		if len(missing) == 1 && missing[0] == (catalog.Grant{On: q.model, To: q.user, Privilege: catalog.Execute}) {
			edges = append(edges, q)
		}
	}
	return edges
}

// grantTable is a bare table of a catalog's grants, with the indexes that it
// takes to find them: by themselves, by object, by principal.
func grantTable(tb testing.TB, s *catalog.Snapshot) *memdb.MemDB {
	tb.Helper()
	db, err := memdb.NewMemDB(&memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		"grant": {Name: "grant", Indexes: map[string]*memdb.IndexSchema{
			"id": {Name: "id", Unique: true, Indexer: grantKey(func(g *catalog.Grant) []byte {
				return append(append(binary.BigEndian.AppendUint64(bigEndian(g.On), uint64(g.To)), g.Privilege...), 0)
			})},
			"on": {Name: "on", Indexer: grantKey(func(g *catalog.Grant) []byte { return bigEndian(g.On) })},
			"to": {Name: "to", Indexer: grantKey(func(g *catalog.Grant) []byte { return bigEndian(g.To) })},
		}},
	}})
	if err != nil {
		tb.Fatal(err)
	}
	txn := db.Txn(true)
	for _, level := range levels() {
		for node := range s.All(level.kind) {
			for g := range s.GrantsOn(node.ID) {
				if err := txn.Insert("grant", &g); err != nil {
					tb.Fatal(err)
				}
			}
		}
	}
	txn.Commit()
	return db
}

// grantKey is an index of go-memdb without the reflection of its own.
type grantKey func(*catalog.Grant) []byte

func (k grantKey) FromObject(row any) (bool, []byte, error) {
	return true, k(row.(*catalog.Grant)), nil
}

func (k grantKey) FromArgs(args ...any) ([]byte, error) { return k(args[0].(*catalog.Grant)), nil }

func bigEndian[T ~uint64](id T) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

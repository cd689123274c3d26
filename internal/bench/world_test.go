package bench

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime/debug"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// forgetful is a store that keeps nothing, so that the memory of a large world
// is the catalog's alone.
type forgetful struct{}

func (forgetful) Load(context.Context, func(catalog.RowKey, []byte) error) (catalog.Head, error) {
	return catalog.Head{}, nil
}
func (forgetful) Append(context.Context, uint64, catalog.Commit) error { return nil }
func (forgetful) Watch(context.Context, uint64) iter.Seq2[catalog.Commit, error] {
	return func(func(catalog.Commit, error) bool) {}
}
func (forgetful) Trim(context.Context, uint64) error { return nil }
func (forgetful) Close() error                       { return nil }

func openCatalog(tb testing.TB) *catalog.Catalog {
	tb.Helper()
	c, err := catalog.Open(context.Background(), forgetful{}, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// openWorld returns the world that the rows about rights share: securables with
// an owner each, one grant for five of them, one user for a hundred and one
// group for five hundred. A world so small that everybody would be in the same
// groups has more of both.
func openWorld(tb testing.TB, securables int) (*catalog.Catalog, *town) {
	tb.Helper()
	c := openCatalog(tb)
	return c, build(tb, c, func(t *town) error { return t.populate(securables) })
}

func (t *town) populate(securables int) error {
	if err := t.settleFor(securables); err != nil {
		return err
	}
	if err := t.erect(securables); err != nil {
		return err
	}
	return t.grant(securables / 5)
}

// town is a world in the making: what a transaction has put into a catalog.
type town struct {
	tx     *catalog.Tx
	random *rand.Rand

	users  []catalog.PrincipalID
	groups [3][]catalog.PrincipalID // by depth, the outermost first

	catalogs, schemas, models []catalog.ID
	names                     []catalog.FullName // of the models
}

// build fills a catalog in one update. The same calls build the same world.
func build(tb testing.TB, c *catalog.Catalog, what func(*town) error) *town {
	tb.Helper()
	t := &town{random: rand.New(rand.NewPCG(1, 2))}
	t.extend(tb, c, what)
	return t
}

// extend adds to a town in one more update.
func (t *town) extend(tb testing.TB, c *catalog.Catalog, what func(*town) error) {
	tb.Helper()
	// A large world is built faster when its garbage is let lie for a while.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(2 << 30))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if _, err := c.Update(context.Background(), "bench", func(tx *catalog.Tx) error {
		t.tx = tx
		return what(t)
	}); err != nil {
		tb.Fatal(err)
	}
	t.tx = nil
}

func (t *town) settleFor(securables int) error {
	return t.settle(max(50, securables/100), max(10, securables/500))
}

// settle makes users, each in three of the innermost groups, and groups nested
// three deep: a twentieth of them outermost, a fifth in the middle.
func (t *town) settle(users, groups int) error {
	outer, middle := max(1, groups/20), max(1, groups/5)
	for depth, n := range [3]int{outer, middle, max(1, groups-outer-middle)} {
		for i := range n {
			id, err := t.tx.CreatePrincipal(catalog.Group, fmt.Sprintf("group-%d-%d", depth, i))
			if err != nil {
				return err
			}
			if depth > 0 {
				if err := t.tx.AddMember(pick(t.random, t.groups[depth-1]), id); err != nil {
					return err
				}
			}
			t.groups[depth] = append(t.groups[depth], id)
		}
	}
	for i := range users {
		id, err := t.tx.CreatePrincipal(catalog.User, fmt.Sprintf("user-%d@example.com", i))
		if err != nil {
			return err
		}
		for range 3 {
			if err := t.tx.AddMember(pick(t.random, t.groups[2]), id); err != nil {
				return err
			}
		}
		t.users = append(t.users, id)
	}
	return nil
}

// erect makes n securables below the metastore: one in ten thousand a catalog,
// one in a hundred a schema, all others models. Users own them.
func (t *town) erect(n int) error {
	schemas := max(1, n/100)
	catalogs := max(1, schemas/100)
	for i := range catalogs {
		if err := t.create(&t.catalogs, catalog.TypeCatalog, catalog.MetastoreID, fmt.Sprintf("catalog-%d", i)); err != nil {
			return err
		}
	}
	for i := range schemas {
		if err := t.create(&t.schemas, catalog.TypeSchema, t.catalogs[i%catalogs], fmt.Sprintf("schema-%d", i)); err != nil {
			return err
		}
	}
	for i := range n - catalogs - schemas {
		schema := i % schemas
		leaf := fmt.Sprintf("model-%d", i)
		if err := t.create(&t.models, catalog.TypeModel, t.schemas[schema], leaf); err != nil {
			return err
		}
		t.names = append(t.names, catalog.FullName{
			Catalog: fmt.Sprintf("catalog-%d", schema%catalogs), Schema: fmt.Sprintf("schema-%d", schema), Object: leaf,
		})
	}
	return nil
}

func (t *town) create(into *[]catalog.ID, kind catalog.SecurableType, parent catalog.ID, name string) error {
	id, err := t.tx.Create(catalog.Draft{Type: kind, Parent: parent, Name: name, Owner: pick(t.random, t.users)})
	*into = append(*into, id)
	return err
}

// grant places n grants: the usage privileges mostly on containers and to
// large groups, EXECUTE on a few schemas and on many models, to users and to
// groups of the innermost kind.
func (t *town) grant(n int) error {
	for _, id := range t.catalogs {
		for range 4 {
			if err := t.tx.Grant(id, pick(t.random, t.groups[0]), catalog.UseCatalog); err != nil {
				return err
			}
			n--
		}
	}
	for _, id := range t.schemas {
		for range 3 {
			if err := t.tx.Grant(id, pick(t.random, t.groups[1]), catalog.UseSchema); err != nil {
				return err
			}
			n--
		}
		if err := t.tx.Grant(id, pick(t.random, t.groups[2]), catalog.Execute); err != nil {
			return err
		}
		n--
	}
	for i := range n {
		to := pick(t.random, t.groups[2])
		if i%2 == 0 {
			to = pick(t.random, t.users)
		}
		if err := t.tx.Grant(pick(t.random, t.models), to, catalog.Execute); err != nil {
			return err
		}
	}
	return nil
}

// pick returns one of some things, each as likely as the others.
func pick[T any](random *rand.Rand, all []T) T { return all[random.IntN(len(all))] }

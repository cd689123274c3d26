package bench

import (
	"fmt"
	"iter"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// listRow: all models that one user sees, container by container, a tenth of
// the 100,000 securables in the world of the row check: half of them through a
// group that may use whole schemas, the others one by one. Beside it: the walk,
// asked about every model there is.
func listRow() row {
	return row{name: "list", budget: 1, allocs: -1, open: openList}
}

func BenchmarkList(b *testing.B) { listRow().sideBySide(b) }

func openList(tb testing.TB, scale scale) pair {
	c, t := openWorld(tb, scale.of(100_000))
	var reader catalog.PrincipalID
	t.extend(tb, c, func(t *town) (err error) {
		reader, err = t.admitReader()
		return err
	})
	s := c.Snapshot()
	walk, authorizer := newWalk(s), authz.New(nil)
	expected := 0
	for _, model := range t.models {
		if walk.may(reader, model) {
			expected++
		}
	}
	count := func(who string, n int) error {
		if n != expected {
			return fmt.Errorf("%s shows %d models, not %d", who, n, expected)
		}
		return nil
	}
	return pair{
		reference: side{name: fmt.Sprintf("walk over %d models", len(t.models)), most: 1, run: func(int) error {
			n := 0
			for _, model := range t.models {
				if walk.may(reader, model) {
					n++
				}
			}
			return count("the walk", n)
		}},
		ours: side{name: fmt.Sprintf("ours, %d seen", expected), most: 1, run: func(int) error {
			n := 0
			for range seenModels(authorizer, s, reader) {
				n++
			}
			return count("the list", n)
		}},
		agree: func() error {
			n := 0
			for model := range seenModels(authorizer, s, reader) {
				n++
				if !walk.may(reader, model.ID) {
					return fmt.Errorf("model %d is listed, and the walk does not give it", model.ID)
				}
			}
			for _, model := range t.models {
				if authorizer.See(s, reader, model).Allowed != walk.may(reader, model) {
					return fmt.Errorf("may user %d see model %d? See says %v", reader, model, !walk.may(reader, model))
				}
			}
			if share := float64(n) / float64(len(t.models)); share < 0.08 || share > 0.12 {
				return fmt.Errorf("%d of %d models are seen, which is not a tenth", n, len(t.models))
			}
			return count("the list", n)
		},
	}
}

// admitReader makes the user who lists. It owns nothing, and gets its rights
// here alone.
func (t *town) admitReader() (catalog.PrincipalID, error) {
	reader, err := t.tx.CreatePrincipal(catalog.User, "reader@example.com")
	if err != nil {
		return 0, err
	}
	group, err := t.tx.CreatePrincipal(catalog.Group, "readers")
	if err != nil {
		return 0, err
	}
	if err := t.tx.AddMember(group, reader); err != nil {
		return 0, err
	}
	for _, id := range t.catalogs {
		if err := t.tx.Grant(id, group, catalog.UseCatalog, catalog.UseSchema); err != nil {
			return 0, err
		}
	}
	for i, id := range t.schemas {
		if i%20 == 0 {
			if err := t.tx.Grant(id, group, catalog.Execute); err != nil {
				return 0, err
			}
		}
	}
	// Models go round the schemas, so this takes five in a hundred of most.
	for i, id := range t.models {
		if i/len(t.schemas)%20 == 1 {
			if err := t.tx.Grant(id, reader, catalog.Execute); err != nil {
				return 0, err
			}
		}
	}
	return reader, nil
}

// seenModels yields the models that a caller sees, with their containers'
// leave.
func seenModels(a *authz.Authorizer, s *catalog.Snapshot, caller catalog.PrincipalID) iter.Seq[catalog.Node] {
	return func(yield func(catalog.Node) bool) {
		for in := range a.Visible(s, caller, catalog.MetastoreID, catalog.TypeCatalog, "") {
			for schema := range a.Visible(s, caller, in.ID, catalog.TypeSchema, "") {
				for model := range a.Visible(s, caller, schema.ID, catalog.TypeModel, "") {
					if !yield(model) {
						return
					}
				}
			}
		}
	}
}

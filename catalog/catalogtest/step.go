package catalogtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

// step is one call of a Tx method: as text, as a call, and as the rules that
// the model says it breaks.
type step struct {
	text   string
	do     func(tx *catalog.Tx) error
	broken []error
}

// check runs the step and compares what comes back with what the model said.
func (s step) check(t tb, tx *catalog.Tx) {
	t.Helper()
	err := s.do(tx)
	if err == nil && len(s.broken) == 0 {
		return
	}
	for _, rule := range s.broken {
		var invalid *catalog.InvalidError
		if errors.Is(err, rule) || rule == errInvalid && errors.As(err, &invalid) {
			return
		}
	}
	t.Fatalf("%s: %v, the model says %v", s.text, err, s.broken)
}

// drawStep draws a step that has a fair chance to be allowed, and applies it to
// the model.
func drawStep(t *rapid.T, kinds *catalog.Kinds, m *model) step {
	draw := rapid.SampledFrom(steps).Draw(t, "step")
	return draw(t, kinds, m)
}

var steps = []func(*rapid.T, *catalog.Kinds, *model) step{
	drawCreate, drawCreate, drawCreate, drawChange, drawChange, drawRename, drawMove, drawMove, drawDrop, drawSwap, drawSwap,
	drawGrant, drawGrant, drawGrant, drawRevoke,
	drawCreatePrincipal, drawCreatePrincipal, drawRenamePrincipal, drawDropPrincipal,
	drawAddMember, drawAddMember, drawRemoveMember,
}

func drawCreate(t *rapid.T, _ *catalog.Kinds, m *model) step {
	types := append(slices.Sorted(maps.Keys(homes)), "nonsense", catalog.TypeMetastore)
	d := catalog.Draft{
		Type: rapid.SampledFrom(types).Draw(t, "type"),
		Name: drawName(t), Owner: drawPrincipal(t, m),
		Comment:    rapid.SampledFrom([]string{"", "a comment", "a\nb", "esc \x1b[1m"}).Draw(t, "comment"),
		Properties: rapid.SampledFrom([]map[string]string{nil, {}, {"k": "v"}, {"a": "1", "b": ""}}).Draw(t, "properties"),
		System:     rapid.IntRange(0, 9).Draw(t, "system") == 0,
	}
	if d.Type == TypeService || rapid.IntRange(0, 9).Draw(t, "spec") == 0 {
		d.Spec = drawSpec(t)
	}
	d.Parent = drawNode(t, m, homes[d.Type])
	want := catalog.ID(m.next)
	return step{fmt.Sprintf("Create(%+v)", d), func(tx *catalog.Tx) error {
		id, err := tx.Create(d)
		if err == nil && id != want {
			return fmt.Errorf("the new object has id %d, want %d", id, want)
		}
		return err
	}, m.create(d)}
}

func drawChange(t *rapid.T, _ *catalog.Kinds, m *model) step {
	id := drawNode(t, m, "")
	var e catalog.Edit
	if rapid.Bool().Draw(t, "edit owner") {
		e.Owner = ptr(drawPrincipal(t, m))
	}
	if rapid.Bool().Draw(t, "edit comment") {
		e.Comment = ptr(rapid.SampledFrom([]string{"", "other", "nul \x00"}).Draw(t, "comment"))
	}
	if rapid.Bool().Draw(t, "edit properties") {
		e.Properties = ptr(rapid.SampledFrom([]map[string]string{nil, {}, {"k": "w"}}).Draw(t, "properties"))
	}
	if m.nodes[id].t == TypeService && rapid.Bool().Draw(t, "edit spec") {
		e.Spec = drawSpec(t)
	}
	return step{fmt.Sprintf("Change(%d, %+v)", id, e), func(tx *catalog.Tx) error { return tx.Change(id, e) }, m.change(id, e)}
}

func drawRename(t *rapid.T, _ *catalog.Kinds, m *model) step {
	id, name := drawNode(t, m, ""), drawName(t)
	e := catalog.Edit{Name: &name}
	return step{fmt.Sprintf("rename(%d, %q)", id, name), func(tx *catalog.Tx) error { return tx.Change(id, e) }, m.change(id, e)}
}

// drawMove moves an object, mostly to where it could live, and may rename it on
// the way.
func drawMove(t *rapid.T, _ *catalog.Kinds, m *model) step {
	id := drawNode(t, m, "")
	home := homes[m.nodes[id].t]
	if rapid.IntRange(0, 7).Draw(t, "anywhere") == 0 {
		home = ""
	}
	to := drawNode(t, m, home)
	e := catalog.Edit{Parent: &to}
	text := fmt.Sprintf("move(%d, %d)", id, to)
	if rapid.Bool().Draw(t, "rename too") {
		e.Name = ptr(drawName(t))
		text = fmt.Sprintf("move(%d, %d, %q)", id, to, *e.Name)
	}
	return step{text, func(tx *catalog.Tx) error { return tx.Change(id, e) }, m.change(id, e)}
}

// drawSwap lets two siblings change names, by way of a third name.
func drawSwap(t *rapid.T, _ *catalog.Kinds, m *model) step {
	a := drawNode(t, m, "")
	siblings := m.nodesIf(func(n node) bool { return n.t == m.nodes[a].t && n.parent == m.nodes[a].parent })
	if len(siblings) < 2 {
		return drawRename(t, nil, m)
	}
	slices.SortFunc(siblings, byID)
	b := rapid.SampledFrom(siblings).Draw(t, "sibling").ID
	if a == b {
		return drawRename(t, nil, m)
	}
	moves := []struct {
		id   catalog.ID
		name string
	}{{a, "in-between"}, {b, m.nodes[a].name}, {a, m.nodes[b].name}}
	var broken []error
	for _, move := range moves {
		broken = append(broken, m.change(move.id, catalog.Edit{Name: ptr(move.name)})...)
	}
	return step{fmt.Sprintf("swap the names of %d and %d", a, b), func(tx *catalog.Tx) error {
		for _, move := range moves {
			if err := tx.Change(move.id, catalog.Edit{Name: &move.name}); err != nil {
				return err
			}
		}
		return nil
	}, broken}
}

func drawDrop(t *rapid.T, _ *catalog.Kinds, m *model) step {
	id, force := drawNode(t, m, ""), rapid.Bool().Draw(t, "force")
	gone := m.below(id)
	return step{fmt.Sprintf("Drop(%d, %t)", id, force), func(tx *catalog.Tx) error {
		dropped, err := tx.Drop(id, force)
		if err != nil {
			return err
		}
		if len(dropped) != len(gone) || dropped[len(dropped)-1].ID != id {
			return fmt.Errorf("dropping %d removed %v", id, dropped)
		}
		for i, n := range dropped {
			above := func(o catalog.Node) bool { return o.ID == n.Parent }
			if !gone[n.ID] || slices.ContainsFunc(dropped[:i], above) {
				return fmt.Errorf("dropping %d removed %v", id, dropped)
			}
		}
		return nil
	}, m.drop(id, force)}
}

func drawGrant(t *rapid.T, kinds *catalog.Kinds, m *model) step {
	on, to := drawNode(t, m, ""), drawPrincipal(t, m)
	ps := drawPrivileges(t, kinds, m.nodes[on].t)
	return step{fmt.Sprintf("Grant(%d, %d, %v)", on, to, ps), func(tx *catalog.Tx) error {
		return tx.Grant(on, to, ps...)
	}, m.grant(kinds, on, to, ps)}
}

func drawRevoke(t *rapid.T, kinds *catalog.Kinds, m *model) step {
	on, from := drawNode(t, m, ""), drawPrincipal(t, m)
	grants := m.grantsIf(func(catalog.Grant) bool { return true })
	if slices.SortFunc(grants, byGrant); len(grants) > 0 && rapid.IntRange(0, 3).Draw(t, "one that is there") > 0 {
		g := rapid.SampledFrom(grants).Draw(t, "grant")
		on, from = g.On, g.To
	}
	ps := drawPrivileges(t, kinds, m.nodes[on].t)
	return step{fmt.Sprintf("Revoke(%d, %d, %v)", on, from, ps), func(tx *catalog.Tx) error {
		return tx.Revoke(on, from, ps...)
	}, m.revoke(kinds, on, from, ps)}
}

func drawCreatePrincipal(t *rapid.T, _ *catalog.Kinds, m *model) step {
	typ := rapid.SampledFrom([]catalog.PrincipalType{
		catalog.User, catalog.ServicePrincipal, catalog.Group, catalog.Group, catalog.System,
	}).Draw(t, "principal type")
	name := drawPrincipalName(t)
	want := catalog.PrincipalID(m.next)
	return step{fmt.Sprintf("CreatePrincipal(%s, %q)", typ, name), func(tx *catalog.Tx) error {
		id, err := tx.CreatePrincipal(typ, name)
		if err == nil && id != want {
			return fmt.Errorf("the new principal has id %d, want %d", id, want)
		}
		return err
	}, m.createPrincipal(typ, name)}
}

func drawRenamePrincipal(t *rapid.T, _ *catalog.Kinds, m *model) step {
	id, name := drawPrincipal(t, m), drawPrincipalName(t)
	return step{fmt.Sprintf("RenamePrincipal(%d, %q)", id, name), func(tx *catalog.Tx) error {
		return tx.RenamePrincipal(id, name)
	}, m.renamePrincipal(id, name)}
}

func drawDropPrincipal(t *rapid.T, _ *catalog.Kinds, m *model) step {
	id := drawPrincipal(t, m)
	return step{fmt.Sprintf("DropPrincipal(%d)", id), func(tx *catalog.Tx) error {
		return tx.DropPrincipal(id)
	}, m.dropPrincipal(id)}
}

func drawAddMember(t *rapid.T, _ *catalog.Kinds, m *model) step {
	group, who := drawGroup(t, m), drawPrincipal(t, m)
	return step{fmt.Sprintf("AddMember(%d, %d)", group, who), func(tx *catalog.Tx) error {
		return tx.AddMember(group, who)
	}, m.addMember(group, who)}
}

func drawRemoveMember(t *rapid.T, _ *catalog.Kinds, m *model) step {
	group, who := drawGroup(t, m), drawPrincipal(t, m)
	return step{fmt.Sprintf("RemoveMember(%d, %d)", group, who), func(tx *catalog.Tx) error {
		return tx.RemoveMember(group, who)
	}, m.removeMember(group, who)}
}

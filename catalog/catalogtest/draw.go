package catalogtest

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

// drawNode draws the id of an object of one type, or of any; now and then one
// of another type, one that is gone, or one that never was.
func drawNode(t *rapid.T, m *model, typ catalog.SecurableType) catalog.ID {
	nodes := m.nodesIf(func(n node) bool { return typ == "" || n.t == typ })
	if len(nodes) == 0 || rapid.IntRange(0, 14).Draw(t, "any id") == 0 {
		return catalog.ID(rapid.Uint64Range(0, m.next+1).Draw(t, "id"))
	}
	slices.SortFunc(nodes, byID)
	return rapid.SampledFrom(nodes).Draw(t, "object").ID
}

// drawPrincipal draws a principal likewise.
func drawPrincipal(t *rapid.T, m *model) catalog.PrincipalID {
	return drawPrincipalIf(t, m, func(person) bool { return true })
}

func drawGroup(t *rapid.T, m *model) catalog.PrincipalID {
	return drawPrincipalIf(t, m, func(p person) bool { return p.t == catalog.Group })
}

func drawPrincipalIf(t *rapid.T, m *model, want func(person) bool) catalog.PrincipalID {
	var ids []catalog.PrincipalID
	for id, p := range m.principals {
		if want(p) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || rapid.IntRange(0, 14).Draw(t, "any principal id") == 0 {
		return catalog.PrincipalID(rapid.Uint64Range(0, m.next+1).Draw(t, "principal id"))
	}
	slices.Sort(ids)
	return rapid.SampledFrom(ids).Draw(t, "principal")
}

func drawName(t *rapid.T) string {
	if rapid.IntRange(0, 19).Draw(t, "odd name") == 0 {
		return OddName().Draw(t, "name")
	}
	return Name().Draw(t, "name")
}

func drawPrincipalName(t *rapid.T) string {
	if rapid.IntRange(0, 19).Draw(t, "odd principal name") == 0 {
		return OddPrincipalName().Draw(t, "principal name")
	}
	return PrincipalName().Draw(t, "principal name")
}

func drawSpec(t *rapid.T) catalog.Spec {
	return &Service{
		Text: rapid.SampledFrom([]string{"", "x", "<b>&\u2028", "\u00e9", Refused}).Draw(t, "text"),
		Tags: rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 0, 2).Draw(t, "tags"),
	}
}

// drawPrivileges draws up to three privileges, mostly such as can be granted on
// a type.
func drawPrivileges(t *rapid.T, kinds *catalog.Kinds, typ catalog.SecurableType) []catalog.Privilege {
	some := kinds.GrantablePrivileges(typ)
	if len(some) == 0 || rapid.IntRange(0, 9).Draw(t, "any privilege") == 0 {
		some = []catalog.Privilege{catalog.UseCatalog, catalog.Execute, catalog.Select, catalog.CreateCatalog, "NONSENSE"}
	}
	if slices.Contains(some, catalog.AllPrivileges) && rapid.IntRange(0, 4).Draw(t, "all") == 0 {
		return []catalog.Privilege{catalog.AllPrivileges}
	}
	return rapid.SliceOfN(rapid.SampledFrom(some), 0, 3).Draw(t, "privileges")
}

func ptr[V any](v V) *V { return &v }

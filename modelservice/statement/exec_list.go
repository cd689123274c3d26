package statement

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// lists are the kinds of objects that SHOW lists, with the kind of their
// container and the columns of the answer.
var lists = map[string]struct {
	t       catalog.SecurableType
	in      string
	columns []Column
}{
	"CATALOGS": {catalog.TypeCatalog, "METASTORE", []Column{{"catalog", "STRING"}}},
	"SCHEMAS":  {catalog.TypeSchema, "CATALOG", []Column{{"databaseName", "STRING"}}},
	"TABLES": {catalog.TypeTable, "SCHEMA",
		[]Column{{"database", "STRING"}, {"tableName", "STRING"}, {"isTemporary", "BOOLEAN"}}},
	"MODELS": {catalog.TypeModel, "SCHEMA",
		[]Column{{"database", "STRING"}, {"model_name", "STRING"}}},
	"MODEL SERVICES": {modelservice.TypeModelService, "SCHEMA",
		[]Column{{"database", "STRING"}, {"model_service_name", "STRING"}}},
}

// show lists what the caller may see of a kind, ordered by name.
func (x executor) show(ctx context.Context, s Show) (*Result, error) {
	like, err := newPattern(s.Like)
	if err != nil {
		return nil, err
	}
	switch s.What {
	case "USERS":
		return x.showPrincipalsOf(ctx, catalog.User, like)
	case "SERVICE PRINCIPALS":
		return x.showPrincipalsOf(ctx, catalog.ServicePrincipal, like)
	case "GROUPS":
		return x.showGroups(ctx, s.With, like)
	}
	list := lists[s.What]
	in, err := x.container(s, list.in)
	if err != nil {
		return nil, err
	}
	t, name, err := x.resolve(in)
	if err != nil {
		return nil, err
	}
	objects, err := x.ms.List(x.caller, list.t, name, catalog.FullName{})
	if err != nil {
		return nil, x.hinted(err, t, name)
	}
	a := newAnswer(list.columns...)
	for o := range objects {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !like.fits(o.Name.Leaf()) {
			continue
		}
		values := []string{o.Name.Leaf()}
		if o.Name.Parts() == 3 {
			values = []string{o.Name.Schema, o.Name.Object}
		}
		if o.Type == catalog.TypeTable {
			values = append(values, "false")
		}
		if !a.add(row(values...)...) {
			break
		}
	}
	return &a.Result, nil
}

// container is what a list is asked of: what is written, or the current
// catalog or schema.
func (x executor) container(s Show, kind string) (Securable, error) {
	in := Securable{Kind: kind, Name: s.In}
	parts := kinds[kind].parts
	if in.Name == nil && parts > 0 {
		if slices.Contains(x.current[:parts], "") {
			return in, invalid("There is no current %s: write SHOW %s IN %s.", strings.ToLower(kind), s.What, forms[parts])
		}
		in.Name = x.current[:parts]
	}
	return in, nil
}

func (x executor) showPrincipalsOf(ctx context.Context, t catalog.PrincipalType, like *pattern) (*Result, error) {
	a := newAnswer(Column{"name", "STRING"})
	for p := range x.ms.Principals(x.caller, t) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if like.fits(p.Name) && !a.add(&p.Name) {
			break
		}
	}
	return &a.Result, nil
}

// showGroups lists all groups, or those that somebody is in and whether
// directly.
func (x executor) showGroups(ctx context.Context, with Principal, like *pattern) (*Result, error) {
	a := newAnswer(Column{"name", "STRING"}, Column{"directGroup", "BOOLEAN"})
	if with.Type == "" {
		for g := range x.ms.Principals(x.caller, catalog.Group) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if like.fits(g.Name) && !a.add(&g.Name, nil) {
				break
			}
		}
		return &a.Result, nil
	}
	if _, err := x.find(with); err != nil {
		return nil, err
	}
	direct, err := x.groupsOf(ctx, with.Name)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(direct)) {
		if like.fits(name) && !a.add(row(name, strconv.FormatBool(direct[name]))...) {
			break
		}
	}
	return &a.Result, nil
}

// groupsOf finds the groups that somebody is in, and says of each whether
// directly. A group that is dropped meanwhile is in none.
func (x executor) groupsOf(ctx context.Context, name string) (map[string]bool, error) {
	direct := map[string]bool{}
	groups, err := x.ms.MemberOf(x.caller, name)
	if err != nil {
		return nil, err
	}
	var next []string
	for _, g := range groups {
		direct[g.Name] = true
		next = append(next, g.Name)
	}
	for len(next) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		at := next[len(next)-1]
		next = next[:len(next)-1]
		groups, err := x.ms.MemberOf(x.caller, at)
		if err != nil && modelservice.AsError(err).Code != modelservice.CodePrincipalNotExist {
			return nil, err
		}
		for _, g := range groups {
			if _, known := direct[g.Name]; !known {
				direct[g.Name] = false
				next = append(next, g.Name)
			}
		}
	}
	return direct, nil
}

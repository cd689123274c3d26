package statement

import (
	"context"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

func (x executor) grant(ctx context.Context, s Grant) error {
	return x.change(ctx, s.On, modelservice.GrantChange{Principal: s.To, Add: privileges(s.Privileges)})
}

func (x executor) revoke(ctx context.Context, s Revoke) error {
	return x.change(ctx, s.On, modelservice.GrantChange{Principal: s.From, Remove: privileges(s.Privileges)})
}

func (x executor) change(ctx context.Context, on Securable, c modelservice.GrantChange) error {
	t, name, err := x.resolve(on)
	if err != nil {
		return err
	}
	err = x.ms.ChangeGrants(ctx, x.caller, t, name, []modelservice.GrantChange{c})
	return x.hinted(err, t, name)
}

func privileges(words []string) []catalog.Privilege {
	out := make([]catalog.Privilege, len(words))
	for i, w := range words {
		out[i] = catalog.NormalizePrivilege(w)
	}
	return out
}

// showGrants gives the grants on the object itself and then, going up, those on
// what contains it that hold for it too (spec §13). On each level the caller
// sees what the grants API shows him there, and of a level that he may not know
// nothing.
func (x executor) showGrants(s ShowGrants) (*Result, error) {
	t, name, err := x.resolve(s.On)
	if err != nil {
		return nil, err
	}
	known := x.ms.Catalog().Snapshot().Kinds()
	result := &Result{Columns: []Column{
		{"Principal", "STRING"}, {"ActionType", "STRING"}, {"ObjectType", "STRING"}, {"ObjectKey", "STRING"},
	}}
	for level, at := t, name; ; at = at.Parent() {
		kind, _ := known.Kind(level)
		assignments, err := x.ms.Grants(x.caller, level, at, s.Principal)
		switch {
		case err == nil:
		case level == t:
			return nil, x.hinted(err, t, name)
		case modelservice.AsError(err).Code != modelservice.CodeDoesNotExist:
			return nil, err
		}
		key := at.String()
		if level == catalog.TypeMetastore {
			key = x.ms.MetastoreID()
		}
		for _, a := range assignments {
			for _, p := range a.Privileges {
				if level == t || known.Grantable(p, t) {
					result.Rows = append(result.Rows, row(a.Principal, p.SQL(), strings.ToUpper(kind.Label), key))
				}
			}
		}
		// What is granted on the metastore holds for the metastore alone.
		if level = kind.Parent; level == "" || level == catalog.TypeMetastore {
			return result, nil
		}
	}
}

func row(values ...string) []*string {
	out := make([]*string, len(values))
	for i := range values {
		out[i] = &values[i]
	}
	return out
}

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
	assignments, err := x.ms.EffectiveGrants(x.caller, t, name, s.Principal)
	if err != nil {
		return nil, x.hinted(err, t, name)
	}
	a := newAnswer(Column{"Principal", "STRING"}, Column{"ActionType", "STRING"}, Column{"ObjectType", "STRING"}, Column{"ObjectKey", "STRING"})
	// The levels are told apart by how many parts their names have.
	for level := name.Parts(); level >= 0; level-- {
		for _, of := range assignments {
			for _, p := range of.Privileges {
				from, at := p.FromType, p.From
				if from == "" {
					from, at = t, name
				}
				if at.Parts() != level {
					continue
				}
				on, key := x.object(from, at)
				if !a.add(row(of.Principal, p.Privilege.SQL(), on.Kind, key)...) {
					return &a.Result, nil
				}
			}
		}
	}
	return &a.Result, nil
}

// object is what an answer calls an object, and the key it shows for it.
func (x executor) object(t catalog.SecurableType, name catalog.FullName) (on Securable, key string) {
	kind, _ := x.ms.Catalog().Snapshot().Kinds().Kind(t)
	on = Securable{Kind: strings.ToUpper(kind.Label), Name: nameParts(name)}
	if t == catalog.TypeMetastore {
		return on, x.ms.MetastoreID()
	}
	return on, name.String()
}

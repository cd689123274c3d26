package statement

import (
	"context"
	"fmt"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// typeOf and typeWords translate between the kinds of principals in SQL and in
// the catalog.
func typeOf(words string) catalog.PrincipalType {
	switch words {
	case "USER":
		return catalog.User
	case "GROUP":
		return catalog.Group
	case "SERVICE PRINCIPAL":
		return catalog.ServicePrincipal
	}
	return ""
}

func typeWords(t catalog.PrincipalType) string {
	for _, words := range principalTypes {
		if typeOf(words) == t {
			return words
		}
	}
	return string(t)
}

// createPrincipal makes a principal, a group together with its members.
func (x executor) createPrincipal(ctx context.Context, s CreatePrincipal) error {
	if err := x.check(s.Members...); err != nil {
		return err
	}
	var err error
	if t := typeOf(s.Who.Type); t == catalog.Group {
		_, err = x.ms.CreateGroup(ctx, x.caller, s.Who.Name, names(s.Members))
	} else {
		_, err = x.ms.CreatePrincipal(ctx, x.caller, t, s.Who.Name)
	}
	if s.IfNotExists && is(err, modelservice.CodeAlreadyExists) {
		if _, other := x.find(s.Who); other == nil {
			return nil
		}
	}
	return err
}

func (x executor) dropPrincipal(ctx context.Context, s DropPrincipal) error {
	return x.ms.DropPrincipal(ctx, x.caller, typeOf(s.Who.Type), s.Who.Name, s.IfExists)
}

func (x executor) renamePrincipal(ctx context.Context, s RenamePrincipal) error {
	if err := x.check(s.Who); err != nil {
		return err
	}
	_, err := x.ms.RenamePrincipal(ctx, x.caller, s.Who.Name, s.To)
	return err
}

func (x executor) changeMembers(ctx context.Context, s ChangeMembers) error {
	if err := x.check(s.Members...); err != nil {
		return err
	}
	if s.Verb == "DROP" {
		return x.ms.ChangeMembers(ctx, x.caller, s.Group, nil, names(s.Members))
	}
	return x.ms.ChangeMembers(ctx, x.caller, s.Group, names(s.Members), nil)
}

// find returns a principal that the caller may see. One of another kind than
// written is not there.
func (x executor) find(who Principal) (modelservice.Principal, error) {
	p, err := x.ms.Principal(x.caller, who.Name)
	if err != nil {
		return modelservice.Principal{}, err
	}
	if who.Type != "" && p.Type != typeOf(who.Type) {
		return modelservice.Principal{}, &modelservice.Error{Code: modelservice.CodePrincipalNotExist,
			Message: fmt.Sprintf("Could not find principal with name %s", who.Name)}
	}
	return p, nil
}

// check refuses principals that are not there, or of another kind than written,
// before anything is changed. Whoever is no metastore admin is refused by the
// change itself.
func (x executor) check(all ...Principal) error {
	if !x.ms.Authorizer().Manage(x.ms.Catalog().Snapshot(), x.caller, catalog.MetastoreID).Allowed {
		return nil
	}
	for _, who := range all {
		if _, err := x.find(who); err != nil {
			return err
		}
	}
	return nil
}

func names(all []Principal) []string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.Name
	}
	return out
}

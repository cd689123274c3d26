package statement

import (
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// explain answers with one row for each fact that the answer rests on, or for
// each grant that is missing, or with one that says that no grant can help.
func (x executor) explain(s Explain) (*Result, error) {
	t, name, err := x.resolve(s.On)
	if err != nil {
		return nil, err
	}
	e, err := x.ms.Explain(x.caller, catalog.NormalizePrivilege(s.Privilege), t, name, s.For)
	if err != nil {
		return nil, x.hinted(err, t, name)
	}
	return x.explained(e, t, name), nil
}

func (x executor) explained(e modelservice.Explanation, t catalog.SecurableType, name catalog.FullName) *Result {
	a := newAnswer(Column{"Answer", "STRING"}, Column{"Reason", "STRING"}, Column{"Privilege", "STRING"}, Column{"Principal", "STRING"},
		Column{"ObjectType", "STRING"}, Column{"ObjectKey", "STRING"}, Column{"Statement", "STRING"})
	switch {
	case e.Allowed:
		for _, f := range e.Because {
			reason := "GRANTED"
			if f.Owner {
				reason = "OWNED"
			}
			x.fact(a, "ALLOWED", reason, f)
		}
	case len(e.Missing) > 0:
		for _, f := range e.Missing {
			x.fact(a, "DENIED", "MISSING", f)
		}
	default:
		x.fact(a, "DENIED", "HOPELESS", modelservice.Fact{Principal: e.Principal, Privilege: e.Privilege, Type: t, Name: name})
	}
	return &a.Result
}

// fact adds a row. Its statement is the grant that stands or is missing, and
// NULL where there is none or where the caller may not read whose it is.
func (x executor) fact(a *answer, reply, reason string, f modelservice.Fact) {
	on, key := x.object(f.Type, f.Name)
	var grant string
	if f.Granted != "" && f.Principal != "" {
		grant = Grant{Privileges: []string{f.Granted.SQL()}, On: on, To: f.Principal}.String()
	}
	values := row(reply, reason, f.Privilege.SQL(), "", on.Kind, key, "")
	values[3], values[6] = given(f.Principal), given(grant)
	a.add(values...)
}

// showPrincipals answers who may use a privilege on an object.
func (x executor) showPrincipals(s ShowPrincipals) (*Result, error) {
	t, name, err := x.resolve(s.On)
	if err != nil {
		return nil, err
	}
	can, err := x.ms.WhoCan(x.caller, catalog.NormalizePrivilege(s.Privilege), t, name)
	if err != nil {
		return nil, x.hinted(err, t, name)
	}
	a := newAnswer(Column{"Principal", "STRING"}, Column{"Type", "STRING"})
	for _, p := range can {
		if !a.add(row(p.Name, typeWords(p.Type))...) {
			break
		}
	}
	return &a.Result, nil
}

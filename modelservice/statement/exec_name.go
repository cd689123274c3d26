package statement

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// kinds are the securables of SQL as the catalog knows them. A kind without a
// type is known to the grammar and not to the catalog: nothing of it exists.
var kinds = map[string]struct {
	t     catalog.SecurableType
	parts int
}{
	"METASTORE":              {catalog.TypeMetastore, 0},
	"CATALOG":                {catalog.TypeCatalog, 1},
	"SCHEMA":                 {catalog.TypeSchema, 2},
	"TABLE":                  {catalog.TypeTable, 3},
	"MODEL":                  {catalog.TypeModel, 3},
	"FUNCTION":               {catalog.TypeModel, 3}, // spec §1: a model is granted on as a function too
	"MODEL SERVICE":          {modelservice.TypeModelService, 3},
	"VIEW":                   {"", 3},
	"VOLUME":                 {"", 3},
	"MODEL PROVIDER SERVICE": {"", 3},
	"MCP SERVICE":            {"", 3},
}

// forms are what names of one, two and three parts look like.
var forms = [...]string{"", "catalog", "catalog.schema", "catalog.schema.name"}

// resolve finds the type and the canonical name of what a statement is about.
// It does not look whether that exists, unless nothing of its kind can.
func (x executor) resolve(on Securable) (catalog.SecurableType, catalog.FullName, error) {
	kind, ok := kinds[on.Kind]
	if !ok {
		return "", catalog.FullName{}, invalid("%s is not a kind of securable.", on.Kind)
	}
	on.Name = x.complete(on.Name, kind.parts)
	if len(on.Name) != kind.parts {
		return "", catalog.FullName{}, invalid("The name of a %s is %s: %s has %d of %d parts.",
			on.Kind, forms[kind.parts], QuoteName(on.Name), len(on.Name), kind.parts)
	}
	if kind.parts == 0 {
		return kind.t, catalog.FullName{}, nil
	}
	name, err := catalog.NewFullName(on.Name...)
	if err != nil {
		var bad *catalog.InvalidError
		if errors.As(err, &bad) {
			return "", catalog.FullName{}, invalid("The name %s is invalid: %s.", clip(QuoteName(on.Name)), bad.Reason)
		}
		return "", catalog.FullName{}, err
	}
	if kind.t == "" {
		return "", name, &modelservice.Error{Code: modelservice.CodeDoesNotExist,
			Message: fmt.Sprintf("%s '%s' does not exist.", on.Kind, name)}
	}
	return kind.t, name, nil
}

// complete puts the current catalog and schema before a name that leaves them
// out. Where there is none the name stays short.
func (x executor) complete(name []string, parts int) []string {
	left := parts - len(name)
	if left < 1 || len(name) == 0 || left > len(x.current) || slices.Contains(x.current[:left], "") {
		return name
	}
	return append(slices.Clone(x.current[:left]), name...)
}

// hinted adds "did you mean" to the error of a missing object when something
// that the caller may see is called like it but for - and _ (ruling R10).
func (x executor) hinted(err error, t catalog.SecurableType, name catalog.FullName) error {
	if err == nil {
		return nil
	}
	e := modelservice.AsError(err)
	if e.Code != modelservice.CodeDoesNotExist {
		return err
	}
	alike, ok := x.alike(t, name)
	if !ok {
		return err
	}
	hint := *e
	hint.Message += " Did you mean " + QuoteName(strings.Split(alike.String(), ".")) + "?"
	return &hint
}

// alike finds an object whose name differs by - and _ only. It goes by what the
// caller would be listed, so that what is hidden makes it no slower either: the
// time would tell of it.
func (x executor) alike(t catalog.SecurableType, name catalog.FullName) (catalog.FullName, bool) {
	if !strings.ContainsAny(name.String(), "-_") {
		return catalog.FullName{}, false
	}
	s := x.ms.Catalog().Snapshot()
	may := x.ms.Authorizer()
	levels := [...]catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema, t}
	parts := strings.Split(name.String(), ".")
	levels[len(parts)-1] = t
	at := []catalog.ID{catalog.MetastoreID}
	for i, part := range parts {
		var below []catalog.ID
		for _, id := range at {
			if i > 0 && !may.List(s, x.caller, id).Allowed {
				continue
			}
			for node := range may.Visible(s, x.caller, id, levels[i], "") {
				if underscored(node.Name) == underscored(part) {
					below = append(below, node.ID)
				}
			}
		}
		at = below
	}
	if len(at) == 0 {
		return catalog.FullName{}, false
	}
	return s.FullName(at[0]), true
}

func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

func invalid(format string, args ...any) error {
	return &modelservice.Error{Code: modelservice.CodeInvalidParameter, Message: fmt.Sprintf(format, args...)}
}

// nameParts are the parts of a full name, none for the metastore's.
func nameParts(n catalog.FullName) []string {
	if n.Parts() == 0 {
		return nil
	}
	return strings.Split(n.String(), ".")
}

// is reports whether an error has a code.
func is(err error, code modelservice.Code) bool {
	return err != nil && modelservice.AsError(err).Code == code
}

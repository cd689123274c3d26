package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// SecurableType names a kind of securable, in the spelling of the grants API.
type SecurableType string

// The kinds a catalog knows by itself.
const (
	TypeMetastore SecurableType = "metastore"
	TypeCatalog   SecurableType = "catalog"
	TypeSchema    SecurableType = "schema"
	TypeTable     SecurableType = "table"
	TypeModel     SecurableType = "model"
)

// Kind is the papers a kind of securable brings: everything the catalog and
// the authoriser must know about objects they have never heard of.
type Kind struct {
	Type  SecurableType // Required.
	Label string        // how messages name it: "Model Service". Required.

	// Parent is the kind of container it lives in. Required, except for the
	// metastore.
	Parent SecurableType
	// Gate is the usage privilege that reaching anything inside takes, such
	// as USE_CATALOG. Empty for kinds that contain nothing.
	Gate Privilege
	// Create is the privilege on the parent that lets its holder create
	// objects of this kind. Empty: only the parent's owner may.
	Create Privilege

	// Privileges take effect on objects of this kind. Each can be granted on
	// the object and on the containers above it, there to be inherited by
	// present and future children (spec §12.1, §12.2). Create privileges of
	// the kinds inside need not be repeated here.
	Privileges []Privilege
	// Local privileges take effect on the object and can be granted only there.
	Local []Privilege
	// Inherited privileges can be granted on objects of this kind but take
	// effect only on kinds below that this process may not know.
	Inherited []Privilege
	// Reveals are the privileges whose holder may read an object's metadata.
	// Ownership and MANAGE always reveal (ruling R18).
	Reveals []Privilege

	// Space is the name space: siblings in the same space cannot share a
	// name. Empty: the kind has a space of its own.
	Space string

	// Decode reads the content that [Spec] values of this kind are stored
	// as. Nil: objects of this kind have no content.
	Decode func(data []byte) (Spec, error)
	// Compile prepares the content for the request path, at every change and
	// load and never on the request path. It has no other effects, since a
	// change compiles once more what it is about to store. The result is
	// immutable and is handed out by [Snapshot.Compiled]. An error refuses
	// the change. Nil: nothing is prepared.
	Compile func(id ID, spec Spec) (any, error)
}

// Spec is the content of a securable: what its kind says about it. It is
// stored as JSON.
type Spec interface {
	// Clone returns a deep copy.
	Clone() Spec
}

// Kinds is the compiled table of all kinds of one catalog. It is immutable.
type Kinds struct {
	byType    map[SecurableType]*Kind
	applies   map[kindPrivilege]bool
	grantable map[kindPrivilege]bool
	order     []SecurableType // parents before children
	paths     map[SecurableType][]*Kind
}

// maxDepth is how many levels below the metastore a kind may live: as many as
// a [FullName] has parts.
const maxDepth = 3

type kindPrivilege struct {
	t SecurableType
	p Privilege
}

// builtinKinds is spec §12.1 for the kinds of this package.
func builtinKinds() []Kind {
	return []Kind{{
		Type: TypeMetastore, Label: "Metastore",
	}, {
		Type: TypeCatalog, Label: "Catalog", Parent: TypeMetastore,
		Gate: UseCatalog, Create: CreateCatalog,
		Privileges: []Privilege{UseCatalog, ApplyTag, Manage, AllPrivileges},
		Local:      []Privilege{Browse},
	}, {
		Type: TypeSchema, Label: "Schema", Parent: TypeCatalog,
		Gate: UseSchema, Create: CreateSchema,
		Privileges: []Privilege{UseSchema, ApplyTag, Manage, AllPrivileges,
			CreateFunction, CreateVolume, CreateMaterialized},
		Local:     []Privilege{ExternalUseSchema},
		Inherited: []Privilege{ReadMetadata, Refresh, ReadVolume, WriteVolume},
	}, {
		Type: TypeTable, Label: "Table", Parent: TypeSchema, Create: CreateTable,
		Privileges: []Privilege{Select, Modify, ApplyTag, Manage, AllPrivileges},
		Reveals:    []Privilege{Select},
	}, {
		Type: TypeModel, Label: "Model", Parent: TypeSchema, Create: CreateModel,
		Privileges: []Privilege{Execute, ReadMetadata, ApplyTag, Manage, AllPrivileges},
		Local:      []Privilege{CreateModelVersion},
		Reveals:    []Privilege{Execute, ReadMetadata},
	}}
}

// newKinds compiles the built-in kinds and more of the caller's.
func newKinds(more []Kind) (*Kinds, error) {
	k := &Kinds{
		byType:    map[SecurableType]*Kind{},
		applies:   map[kindPrivilege]bool{},
		grantable: map[kindPrivilege]bool{},
		paths:     map[SecurableType][]*Kind{},
	}
	all := append(builtinKinds(), more...)
	for i := range all {
		kind := &all[i]
		if kind.Type == "" || kind.Label == "" {
			return nil, fmt.Errorf("catalog: kind %d: Type and Label are required", i)
		}
		if strings.ContainsRune(string(kind.Type)+kind.Space, 0) {
			return nil, fmt.Errorf("catalog: kind %q: NUL in its type or name space", kind.Type)
		}
		if k.byType[kind.Type] != nil {
			return nil, fmt.Errorf("catalog: kind %q given twice", kind.Type)
		}
		if kind.Type != TypeMetastore && k.byType[kind.Parent] == nil {
			return nil, fmt.Errorf("catalog: kind %q: its parent %q must come before it", kind.Type, kind.Parent)
		}
		if kind.Space == "" {
			kind.Space = string(kind.Type)
		}
		if kind.Type != TypeMetastore {
			above := k.paths[kind.Parent]
			if len(above) == maxDepth {
				return nil, fmt.Errorf("catalog: kind %q: names have %d parts at most", kind.Type, maxDepth)
			}
			k.paths[kind.Type] = append(slices.Clone(above), kind)
		}
		k.byType[kind.Type] = kind
		k.order = append(k.order, kind.Type)
	}
	for _, t := range k.order {
		kind := k.byType[t]
		for _, p := range kind.Privileges {
			k.applies[kindPrivilege{t, p}] = true
			k.allowGrant(t, p)
		}
		for _, p := range kind.Local {
			k.applies[kindPrivilege{t, p}] = true
			k.grantable[kindPrivilege{t, p}] = true
		}
		for _, p := range kind.Inherited {
			k.allowGrant(t, p)
		}
		if kind.Create != "" {
			k.applies[kindPrivilege{kind.Parent, kind.Create}] = true
			k.allowGrant(kind.Parent, kind.Create)
		}
	}
	return k, nil
}

// allowGrant makes p grantable on t and on the containers above it. The
// metastore's privileges do not inherit, so the climb ends below it.
func (k *Kinds) allowGrant(t SecurableType, p Privilege) {
	k.grantable[kindPrivilege{t, p}] = true
	for t = k.byType[t].Parent; t != "" && t != TypeMetastore; t = k.byType[t].Parent {
		k.grantable[kindPrivilege{t, p}] = true
	}
}

// Kind returns the papers of a kind. The result must not be changed.
func (k *Kinds) Kind(t SecurableType) (*Kind, bool) {
	kind, ok := k.byType[t]
	return kind, ok
}

// Types returns all kinds, parents before children.
func (k *Kinds) Types() []SecurableType { return slices.Clone(k.order) }

// Applies reports whether p takes effect on objects of kind t.
func (k *Kinds) Applies(p Privilege, t SecurableType) bool {
	return k.applies[kindPrivilege{t, p}]
}

// Grantable reports whether p can be granted on objects of kind t, for the
// object itself or to be inherited.
func (k *Kinds) Grantable(p Privilege, t SecurableType) bool {
	return k.grantable[kindPrivilege{t, p}]
}

// GrantablePrivileges returns, sorted, what can be granted on kind t.
func (k *Kinds) GrantablePrivileges(t SecurableType) []Privilege {
	var ps []Privilege
	for kp := range k.grantable {
		if kp.t == t {
			ps = append(ps, kp.p)
		}
	}
	slices.Sort(ps)
	return ps
}

// HoldsChildren reports whether some kind lives inside kind t.
func (k *Kinds) HoldsChildren(t SecurableType) bool {
	for _, other := range k.byType {
		if other.Parent == t {
			return true
		}
	}
	return false
}

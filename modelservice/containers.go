package modelservice

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// Object is a catalog, schema, table or model as its callers read it. Services
// have a shape of their own, [Service].
type Object struct {
	ID         catalog.ID
	Type       catalog.SecurableType
	Name       catalog.FullName
	Owner      string // empty when the owner was deleted
	Comment    string
	Properties map[string]string
	CreatedAt  time.Time
	CreatedBy  string
	UpdatedAt  time.Time
	UpdatedBy  string
	Etag       string

	// Layout says which columns a table has; empty for everything else.
	Layout inferencelog.Layout
}

// NewObject is a catalog or schema about to be made.
type NewObject struct {
	Name       string // the last part. Required.
	Comment    string
	Properties map[string]string
}

// CreateCatalog makes a catalog, owned by the caller. It takes CREATE CATALOG
// on the metastore, or being a metastore admin (ruling R19).
func (m *Metastore) CreateCatalog(ctx context.Context, caller catalog.PrincipalID, n NewObject) (Object, error) {
	return m.create(ctx, caller, catalog.TypeCatalog, catalog.FullName{}, n)
}

// CreateSchema makes a schema, owned by the caller. It takes USE CATALOG and
// CREATE SCHEMA on the catalog, or owning it (ruling R19).
func (m *Metastore) CreateSchema(ctx context.Context, caller catalog.PrincipalID, in catalog.FullName, n NewObject) (Object, error) {
	return m.create(ctx, caller, catalog.TypeSchema, in, n)
}

func (m *Metastore) create(ctx context.Context, caller catalog.PrincipalID, t catalog.SecurableType, in catalog.FullName, n NewObject) (Object, error) {
	leaf, err := catalog.CanonicalName(n.Name)
	if err != nil {
		return Object{}, AsError(err)
	}
	if err := checkTexts(&n.Comment, &n.Properties); err != nil {
		return Object{}, AsError(err)
	}
	var made Object
	err = m.update(ctx, caller, func(tx *catalog.Tx) error {
		s := &tx.Snapshot
		at, err := m.enterToCreate(s, caller, t, in)
		if err != nil {
			return err
		}
		kind, _ := s.Kinds().Kind(t)
		name := at.name.Child(leaf)
		if _, taken := s.Lookup(t, name); taken {
			return alreadyExists(kind, name)
		}
		id, err := tx.Create(catalog.Draft{Type: t, Parent: at.id, Name: leaf, Owner: caller,
			Comment: n.Comment, Properties: n.Properties})
		if err != nil {
			return err
		}
		made = object(s, id)
		return nil
	})
	if err != nil {
		return Object{}, err // made may be of a run that was thrown away
	}
	return made, nil
}

// checkTexts checks a comment and properties, if they are given, before anything
// is looked up (spec §3.5 step 3).
func checkTexts(comment *string, properties *map[string]string) error {
	if comment != nil {
		if err := catalog.CheckComment(*comment); err != nil {
			return err
		}
	}
	if properties != nil {
		return catalog.CheckProperties(*properties)
	}
	return nil
}

func alreadyExists(kind *catalog.Kind, name catalog.FullName) *Error {
	return &Error{Code: CodeAlreadyExists, Message: describe(kind, name) + " already exists."}
}

// Root returns the metastore itself, which has no name. Everybody is in it, so
// anybody may be shown it.
func (m *Metastore) Root() Object { return object(m.catalog.Snapshot(), catalog.MetastoreID) }

// Get returns what the catalog says about an object that is not a service.
func (m *Metastore) Get(caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName) (Object, error) {
	s := m.catalog.Snapshot()
	at, err := m.find(s, caller, t, name)
	if err != nil {
		return Object{}, err
	}
	return object(s, at.id), nil
}

// Change says what to change of an object; nil fields stay.
type Change struct {
	Name       *string // the last part
	Owner      *string
	Comment    *string
	Properties *map[string]string
}

// Update changes an object that the caller may manage. Another name takes more:
// being a metastore admin, or being able to create such an object where it is
// (CREATE SCHEMA on the catalog for a schema, and so on). Model services keep their
// names (spec §3.4), and the parts of the platform itself their names and
// owners (ruling R19). What is wrong in the change itself comes before all that
// (spec §3.5 step 3).
func (m *Metastore) Update(ctx context.Context, caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName, c Change) (Object, error) {
	var leaf string
	var err error
	if c.Name != nil {
		if leaf, err = catalog.CanonicalName(*c.Name); err != nil {
			return Object{}, AsError(err)
		}
	}
	if err := checkTexts(c.Comment, c.Properties); err != nil {
		return Object{}, AsError(err)
	}
	var made Object
	err = m.update(ctx, caller, func(tx *catalog.Tx) error {
		s := &tx.Snapshot
		at, err := m.findManaged(s, caller, t, name)
		if err != nil {
			return err
		}
		edit := catalog.Edit{Name: c.Name, Comment: c.Comment, Properties: c.Properties}
		node, _ := s.Node(at.id)
		if c.Name != nil && system(s, at.id) || c.Owner != nil && node.System {
			return protected(at)
		}
		if c.Name != nil && t == TypeModelService {
			return invalid("name", "The name of a %s cannot be changed.", at.kind.Label)
		}
		if c.Name != nil {
			if leaf != node.Name {
				if err := m.checkRename(s, caller, at, node.Parent); err != nil {
					return err
				}
			}
			target := name.Parent().Child(leaf)
			if other, taken := s.Lookup(t, target); taken && other != at.id {
				return alreadyExists(at.kind, target)
			}
		}
		if c.Owner != nil {
			owner, err := principal(s, "owner", *c.Owner)
			if err != nil {
				return err
			}
			edit.Owner = &owner.ID
		}
		if err := tx.Change(at.id, edit); err != nil {
			return err
		}
		made = object(s, at.id)
		return nil
	})
	if err != nil {
		return Object{}, err // made may be of a run that was thrown away
	}
	return made, nil
}

// checkRename refuses another name, the way there being clear, to who could not
// make an object of that name.
func (m *Metastore) checkRename(s *catalog.Snapshot, caller catalog.PrincipalID, at place, parent catalog.ID) error {
	decision := m.authz.Create(s, caller, at.kind.Type, parent)
	if decision.Allowed || m.admin(s, caller) {
		return nil
	}
	node, _ := s.Node(parent)
	kind, _ := s.Kinds().Kind(node.Type)
	return lacksOne(s, decision.Missing(), place{parent, kind, at.name.Parent()}, cmp.Or(at.kind.Create, catalog.Manage))
}

func object(s *catalog.Snapshot, id catalog.ID) Object {
	sec, _ := s.Securable(id)
	o := Object{
		ID: id, Type: sec.Type, Name: s.FullName(id), Owner: principalName(s, sec.Owner),
		Comment: sec.Comment, Properties: sec.Properties,
		CreatedAt: sec.CreatedAt, CreatedBy: sec.CreatedBy,
		UpdatedAt: sec.UpdatedAt, UpdatedBy: sec.UpdatedBy, Etag: sec.Etag(),
	}
	if sec.Type == catalog.TypeTable {
		o.Layout = layoutOf(s, id)
	}
	return o
}

// MetastoreID is the name under which the API shows the metastore.
func (m *Metastore) MetastoreID() string { return fmt.Sprintf("metastore-%d", catalog.MetastoreID) }

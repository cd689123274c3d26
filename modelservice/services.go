package modelservice

import (
	"context"
	"errors"
	"iter"

	"github.com/modelward/modelward/catalog"
)

// NewService is a model service about to be made.
type NewService struct {
	Parent  catalog.FullName // the schema. Required.
	Name    string           // the last part. Required.
	Comment string
	Owner   string // default: the caller (ruling R20)
	Spec    Spec   // Required.
}

// CreateService makes a model service and, if it asks for one, its inference
// table: both or neither. It checks in the order of spec §3.5: the shape, the
// containers and CREATE SERVICE, the name, EXECUTE on every destination, and
// the place of the table, where a table must not exist yet.
func (m *Metastore) CreateService(ctx context.Context, caller catalog.PrincipalID, n NewService) (Service, error) {
	leaf, err := catalog.CanonicalName(n.Name)
	if err != nil {
		return Service{}, AsError(err)
	}
	if n.Parent.Parts() != 2 {
		return Service{}, invalid("parent", "'%s' is not the full name of a schema (catalog.schema).", n.Parent)
	}
	if err := catalog.CheckComment(n.Comment); err != nil {
		return Service{}, AsError(err)
	}
	if err := n.Spec.validate(); err != nil {
		return Service{}, AsError(err)
	}
	if t := n.Spec.InferenceTable; t != nil {
		if _, _, err := t.tableName(leaf); err != nil {
			return Service{}, AsError(err)
		}
		if err := m.checkDurability(t.Durability); err != nil {
			return Service{}, AsError(err)
		}
	}
	var made Service
	var pending []catalog.ID // tables made in the log for runs that may not commit
	err = m.update(ctx, caller, func(tx *catalog.Tx) error {
		s := &tx.Snapshot
		at, err := m.enterToCreate(s, caller, TypeModelService, n.Parent)
		if err != nil {
			return err
		}
		kind, _ := s.Kinds().Kind(TypeModelService)
		name := at.name.Child(leaf)
		if _, taken := s.Lookup(TypeModelService, name); taken {
			return alreadyExists(kind, name)
		}
		owner := caller
		if n.Owner != "" {
			p, err := principal(s, "owner", n.Owner)
			if err != nil {
				return err
			}
			owner = p.ID
		}
		b := binder{m: m, s: s, caller: caller, owner: owner, creating: true}
		spec, err := b.bind(&n.Spec)
		if err != nil {
			return err
		}
		// The service comes before its table, so that all that can be refused
		// is refused before the log is touched.
		id, err := tx.Create(catalog.Draft{Type: TypeModelService, Parent: at.id, Name: leaf, Owner: owner, Comment: n.Comment, Spec: spec})
		if err != nil {
			return err
		}
		if n.Spec.InferenceTable != nil {
			if spec.Table, err = b.table(ctx, tx, n.Spec.InferenceTable, leaf); err != nil {
				return err
			}
			pending = append(pending, spec.Table.ID)
			if err := tx.Change(id, catalog.Edit{Spec: spec}); err != nil {
				return err
			}
		}
		made = m.service(s, id)
		return nil
	})
	if !errors.Is(err, catalog.ErrUnknownOutcome) {
		m.forget(ctx, pending)
	}
	if err != nil {
		return Service{}, err // made may be of a run that was thrown away
	}
	return made, nil
}

// Service returns a model service. It takes USE on its parents and ownership,
// EXECUTE, READ METADATA or MANAGE.
func (m *Metastore) Service(caller catalog.PrincipalID, name catalog.FullName) (Service, error) {
	s := m.catalog.Snapshot()
	at, err := m.find(s, caller, TypeModelService, name)
	if err != nil {
		return Service{}, err
	}
	return m.service(s, at.id), nil
}

// Services yields, ordered by name, the model services that the caller may
// see; see [Metastore.List].
func (m *Metastore) Services(caller catalog.PrincipalID, in, after catalog.FullName) (iter.Seq[Service], error) {
	s := m.catalog.Snapshot()
	ids, err := m.list(s, caller, TypeModelService, in, after)
	if err != nil {
		return nil, err
	}
	return func(yield func(Service) bool) {
		for id := range ids {
			if !yield(m.service(s, id)) {
				return
			}
		}
	}, nil
}

func (m *Metastore) service(s *catalog.Snapshot, id catalog.ID) Service {
	sec, _ := s.Securable(id)
	out := Service{
		ID: id, Name: s.FullName(id), Comment: sec.Comment, Owner: principalName(s, sec.Owner),
		CreatedAt: sec.CreatedAt, CreatedBy: sec.CreatedBy,
		UpdatedAt: sec.UpdatedAt, UpdatedBy: sec.UpdatedBy, Etag: sec.Etag(),
	}
	if b, ok := sec.Spec.(*bound); ok {
		out.Spec = b.spec(s)
		out.APIs = m.spoken(out.Spec)
		if t := out.Spec.InferenceTable; t != nil {
			t.Logging = m.logging(s, id, b.Table)
		}
	}
	return out
}

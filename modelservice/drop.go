package modelservice

import (
	"context"

	"github.com/modelward/modelward/catalog"
)

// DropOptions say how to drop. A nil *DropOptions is valid.
type DropOptions struct {
	// IfExists makes dropping what is missing, or invisible to the caller,
	// succeed and do nothing (ruling R23). Default: it is an error.
	IfExists bool
	// Force drops a container with everything in it. Default: a container
	// that is not empty is refused.
	Force bool
	// Etag, when not empty, must be the object's (spec §3.1).
	Etag string
}

// Drop removes an object that the caller may manage, with the grants on it. A
// service's inference table stays, and a table's service keeps answering (spec
// §3.6, §6.1). What belongs to the platform cannot be dropped by anyone
// (ruling R13).
func (m *Metastore) Drop(ctx context.Context, caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName, opts *DropOptions) error {
	if opts == nil {
		opts = &DropOptions{}
	}
	var tables []catalog.ID
	err := m.update(ctx, caller, func(tx *catalog.Tx) error {
		tables = nil
		s := &tx.Snapshot
		at, err := m.find(s, caller, t, name)
		if err != nil {
			if opts.IfExists && AsError(err).Code == CodeDoesNotExist {
				return nil
			}
			return err
		}
		if system(s, at.id) {
			return protected(at)
		}
		if !m.authz.Manage(s, caller, at.id).Allowed {
			return lacks(catalog.Manage, at)
		}
		if sec, _ := s.Securable(at.id); opts.Etag != "" && opts.Etag != sec.Etag() {
			return staleEtag(at)
		}
		dropped, err := tx.Drop(at.id, opts.Force)
		if err != nil {
			if AsError(err).Code == CodeInvalidState {
				return &Error{Code: CodeInvalidState, Message: at.String() + " is not empty.", Err: err}
			}
			return err
		}
		for _, node := range dropped {
			if node.Type == catalog.TypeTable {
				tables = append(tables, node.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.forget(ctx, tables)
	return nil
}

func staleEtag(at place) *Error {
	return &Error{Code: CodeAborted, Field: "etag", Message: at.String() + " was changed meanwhile: the etag does not match."}
}

// system reports whether an object or what contains it belongs to the platform.
func system(s *catalog.Snapshot, id catalog.ID) bool {
	for id != 0 && id != catalog.MetastoreID {
		node, ok := s.Node(id)
		if !ok {
			return false
		}
		if node.System {
			return true
		}
		id = node.Parent
	}
	return false
}

func protected(at place) *Error {
	return &Error{Code: CodePermissionDenied, Message: at.String() + " is in the system catalog: it cannot be deleted or renamed, and what the system made cannot be given away."}
}

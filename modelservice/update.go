package modelservice

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/modelward/modelward/catalog"
)

// ServiceChange says what to change of a model service. What is nil stays as it
// is, whatever has become of it since: a destination whose model was dropped
// stays dropped, the limit of a principal that was deleted stays bound to
// nobody, and neither is in the way of changing something else.
//
// A list replaces the one that there is. What was dropped may be in it as it
// reads in [Service.Spec], and then stays what it is.
type ServiceChange struct {
	Comment *string
	// Owner is any principal (ruling R20). Alone it asks nothing of the new
	// owner (ruling R21). An empty one is no change where the owner was deleted.
	Owner *string

	Destinations *[]Destination
	Fallbacks    *[]Destination
	// Unrouted destinations that stay make way where another one of their
	// name is routed to.
	Unrouted          *[]Destination
	FirstTokenTimeout *time.Duration // 0: the router's
	TrafficSplitting  *bool
	InvokerRights     *bool

	RateLimits *[]RateLimit // an empty list: no limits

	// InferenceTable gives a service without a table a new one, and says of the
	// table of one that has it whether logging is paused and what is logged how
	// surely. Which table that is does not change (spec §6.1): Parent must be as
	// it reads, and so must the name, which may be left out. What is not Disabled
	// is active then, also after a stop (see [Logging]), which takes the rights
	// of the owner as it will be.
	InferenceTable *InferenceTable
	// KeepStopped leaves logging stopped where it has, although InferenceTable is
	// given: of a change that is about more than the table. Default: false.
	KeepStopped bool
	// DetachTable ends logging. The table stays, as a table of its own; a
	// table given later is another one.
	DetachTable bool

	// Etag, when not empty, must be the service's (spec §3.1); else the answer
	// is ABORTED.
	Etag string
}

// UpdateService changes a model service that the caller may manage, all that is
// asked for or nothing, and returns it as it is then. A change that changes
// nothing leaves the etag as it was. Calls that begin afterwards go by the
// change; buckets keep their usage under a new number (ruling R26).
//
// Changing any destinations, or taking back InvokerRights, takes EXECUTE on every
// destination of the service as it will be, for the caller and for the owner as
// it will be (ruling R6); apart from those that were dropped, and from unrouted
// ones that were there before. Of one that stays and whose model the caller
// cannot see, the refusal names the destination, not the model. A new table takes
// CREATE TABLE and USE where it is to be, and is the caller's; the owner, if that
// is somebody else, needs USE there and is given MODIFY on it (ruling R20). What
// the platform itself has made keeps its owner and its routing (spec §1).
//
// Faults are looked for in the order of spec §3.5: the shape of what is given,
// the service and the right to manage it, the etag, the service as it would be,
// the destinations, the table.
func (m *Metastore) UpdateService(ctx context.Context, caller catalog.PrincipalID, name catalog.FullName, c ServiceChange) (Service, error) {
	if err := c.Validate(); err != nil {
		return Service{}, AsError(err)
	}
	return m.UpdateServiceFunc(ctx, caller, name, func(Service) (ServiceChange, error) { return c, nil })
}

// UpdateServiceFunc is [Metastore.UpdateService] with a change that depends on
// the service: no other change comes between what change is given and what it
// returns. It may run more than once, so it must have no other effects, and must
// not call the metastore. An error of change is the answer, and nothing happens.
// It comes after the right to manage the service and before the etag, so a change
// that can fail looks at [Service].Etag first.
func (m *Metastore) UpdateServiceFunc(ctx context.Context, caller catalog.PrincipalID, name catalog.FullName, change func(Service) (ServiceChange, error)) (Service, error) {
	var made Service
	var pending []catalog.ID // tables made in the log for runs that may not commit
	err := m.update(ctx, caller, func(tx *catalog.Tx) error {
		s := &tx.Snapshot
		at, err := m.findManaged(s, caller, TypeModelService, name)
		if err != nil {
			return err
		}
		c, err := change(m.service(s, at.id))
		if err != nil {
			return err
		}
		if err := c.Validate(); err != nil {
			return err
		}
		sec, _ := s.Securable(at.id)
		if c.Etag != "" && c.Etag != sec.Etag() {
			return staleEtag(at)
		}
		edit, err := m.serviceEdit(s, caller, at, &sec, &c)
		if err != nil {
			return err
		}
		if err := tx.Change(at.id, edit); err != nil {
			return err
		}
		if c.InferenceTable != nil && sec.Spec.(*bound).Table == nil {
			// As in a create, the table comes last.
			owner := sec.Owner
			set(&owner, edit.Owner)
			b := binder{m: m, s: s, caller: caller, owner: owner}
			next := edit.Spec.(*bound)
			if next.Table, err = b.table(ctx, tx, c.InferenceTable, sec.Name); err != nil {
				return err
			}
			pending = append(pending, next.Table.ID)
			if err := tx.Change(at.id, catalog.Edit{Spec: next}); err != nil {
				return err
			}
		}
		made = m.service(s, at.id)
		return nil
	})
	if !errors.Is(err, catalog.ErrUnknownOutcome) {
		m.forget(ctx, pending)
	}
	if err != nil {
		return Service{}, err
	}
	return made, nil
}

// serviceEdit turns a change into an edit of the catalog. All is in it but a new
// table, and the spec only where it differs or is about to.
func (m *Metastore) serviceEdit(s *catalog.Snapshot, caller catalog.PrincipalID, at place, sec *catalog.Securable, c *ServiceChange) (catalog.Edit, error) {
	edit := catalog.Edit{Comment: c.Comment}
	was, ok := sec.Spec.(*bound)
	if !ok {
		return edit, fmt.Errorf("modelservice: spec of %s is %T", at, sec.Spec)
	}
	if sec.System && (c.Owner != nil || c.reroutes()) {
		return edit, &Error{Code: CodePermissionDenied, Message: at.String() + " was made by the system: its owner and its routing cannot be changed."}
	}
	owner := sec.Owner
	if c.Owner != nil && (*c.Owner != "" || principalName(s, owner) != "") {
		p, err := principal(s, "owner", *c.Owner)
		if err != nil {
			return edit, err
		}
		owner = p.ID
		edit.Owner = &owner
	}
	b := binder{m: m, s: s, caller: caller, owner: owner}
	next, err := b.rebind(at, c, was)
	if err != nil {
		return edit, err
	}
	attaches := c.InferenceTable != nil && was.Table == nil
	if attaches || !reflect.DeepEqual(next, was) {
		edit.Spec = next
	}
	return edit, nil
}

// reroutes reports whether a change says where calls go.
func (c *ServiceChange) reroutes() bool {
	return c.Destinations != nil || c.Fallbacks != nil || c.Unrouted != nil ||
		c.FirstTokenTimeout != nil || c.TrafficSplitting != nil || c.InvokerRights != nil
}

package modelservice

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/catalog"
)

// maxEvents is the most events that one reading of the history returns.
const maxEvents = 1000

// History returns what the commits after a version did, oldest first: who
// changed what and when. Only a metastore admin may read it. It returns at most
// limit events, and 1,000 when limit is not positive or greater; who goes on
// reads after the version of the last one, and has read everything when nothing
// comes back. It never waits.
//
// Names are those of [catalog.Catalog.History]: where the events read in one
// call do not show what something was called at the time, its name is today's,
// and what was dropped has its last. Ids tell apart what had the same name.
//
// Errors: PERMISSION_DENIED, and INVALID_PARAMETER_VALUE with field after when
// the history no longer reaches back so far; it says where it begins.
func (m *Metastore) History(ctx context.Context, caller catalog.PrincipalID, after uint64, limit int) ([]catalog.Event, error) {
	if _, err := m.asAdmin(m.catalog.Snapshot(), caller, "read the history"); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > maxEvents {
		limit = maxEvents
	}
	var events []catalog.Event
	for event, err := range m.catalog.History(ctx, after) {
		if err != nil {
			return nil, AsError(trimmed(err))
		}
		if events = append(events, event); len(events) == limit {
			break
		}
	}
	return events, nil
}

// trimmed says where the history begins to who asks for more of it.
func trimmed(err error) error {
	var begin *catalog.TrimmedError
	switch {
	case errors.As(err, &begin):
		return &Error{Code: CodeInvalidParameter, Field: "after", Err: err, Message: fmt.Sprintf(
			"The history through version %d is forgotten; it can be read after version %d or a later one.", begin.Through, begin.Through)}
	case errors.Is(err, catalog.ErrTrimmed):
		return &Error{Code: CodeInvalidParameter, Field: "after", Err: err, Message: "The history no longer reaches back to the version after which it is asked for."}
	}
	return err
}

// asAdmin returns the caller, who must be a metastore admin at that moment.
func (m *Metastore) asAdmin(s *catalog.Snapshot, caller catalog.PrincipalID, what string) (catalog.Principal, error) {
	p, ok := s.Principal(caller)
	if !ok {
		return p, &Error{Code: CodeUnauthenticated, Message: "The caller no longer exists."}
	}
	if !m.admin(s, caller) {
		return p, &Error{Code: CodePermissionDenied, Message: fmt.Sprintf("Only a metastore admin may %s.", what)}
	}
	return p, nil
}

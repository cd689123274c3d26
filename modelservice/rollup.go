package modelservice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// UsageQuery says what [Metastore.Usage] adds up. Its zero value asks for one
// total of everything.
type UsageQuery struct {
	// From and To bound the time of the calls: From ≤ time < To. Default: the
	// zero time, no bound.
	From, To time.Time
	// By is what the calls are told apart by, in any order. Default: nothing.
	By []inferencelog.Dimension
}

// Usage adds up the rows of the usage table, of every service that the caller
// may or may not see: one total for each combination of what they are told apart
// by, as [inferencelog.RollUp] has it. Its rights are those of reading the table,
// see [Metastore.Rows]; who may read only rows of the own gets the totals of
// those.
//
// It reads the columns it needs and keeps nothing but the totals. Errors: those
// of Rows, and INVALID_PARAMETER_VALUE for an unknown dimension and for more than
// [inferencelog.MaxGroups] totals.
func (m *Metastore) Usage(ctx context.Context, caller catalog.PrincipalID, q UsageQuery) ([]inferencelog.UsageTotal, error) {
	rows, err := m.Rows(ctx, caller, UsageName(), inferencelog.Query{From: q.From, To: q.To, Columns: inferencelog.UsageColumns(q.By...)})
	if err != nil {
		return nil, err
	}
	totals, err := inferencelog.RollUp(rows, q.By...)
	switch {
	case errors.Is(err, inferencelog.ErrNoDimension):
		return nil, &Error{Code: CodeInvalidParameter, Field: "by", Message: "Usage is added up by service, destination, requester and day.", Err: err}
	case errors.Is(err, inferencelog.ErrTooManyGroups):
		return nil, &Error{Code: CodeInvalidParameter, Field: "by", Err: err, Message: fmt.Sprintf(
			"There are more than %d totals: ask for a shorter time, or tell fewer things apart.", inferencelog.MaxGroups)}
	}
	return totals, err
}

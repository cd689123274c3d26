package modelservice

import (
	"slices"
	"strconv"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// rowSight is what of a table a caller may see: all of it, or all rows masked,
// or the caller's own rows, or the last two together.
type rowSight struct {
	all, masked, own bool
	caller           string // id, as rows have it
}

func idText(id catalog.PrincipalID) string { return strconv.FormatUint(uint64(id), 10) }

// requesterIDColumn tells whose a row is.
const requesterIDColumn = "requester_id"

// isMasked reports whether SELECT MASKED does not show a column: what was said,
// and what it could be guessed or recognised by.
func isMasked(column string) bool {
	switch column {
	case "request", "response", "request_sha256", "response_sha256", "request_headers":
		return true
	}
	return false
}

// narrow makes a query ask for no more than may be seen. It returns what has to
// be done to each row then, nil for nothing, and reports whether there can be
// rows at all.
func (v rowSight) narrow(q *inferencelog.Query, l inferencelog.Layout) (hide func(*inferencelog.Record), some bool) {
	switch {
	case v.all:
		return nil, true
	case v.masked && v.own:
		return v.maskOthers(q), true
	case v.masked:
		return maskAll(q, l), true
	}
	if len(q.RequesterIDs) > 0 && !slices.Contains(q.RequesterIDs, v.caller) {
		return nil, false
	}
	q.RequesterIDs = []string{v.caller}
	return nil, true
}

// maskAll takes the masked columns out of a query.
func maskAll(q *inferencelog.Query, l inferencelog.Layout) func(*inferencelog.Record) {
	var named []string
	if len(q.Columns) > 0 {
		named = slices.Clone(q.Columns)
	} else {
		for _, c := range l.Columns() {
			named = append(named, c.Name)
		}
	}
	q.Columns = slices.DeleteFunc(named, isMasked)
	if len(q.Columns) > 0 {
		return mask
	}
	// Naming none would be naming all.
	q.Columns = []string{requesterIDColumn}
	return func(r *inferencelog.Record) { *r = inferencelog.Record{} }
}

// maskOthers has the query tell whose each row is.
func (v rowSight) maskOthers(q *inferencelog.Query) func(*inferencelog.Record) {
	asked := len(q.Columns) == 0 || slices.Contains(q.Columns, requesterIDColumn)
	if !asked {
		q.Columns = append(slices.Clip(q.Columns), requesterIDColumn)
	}
	return func(r *inferencelog.Record) {
		if r.RequesterID != v.caller {
			mask(r)
		}
		if !asked {
			r.RequesterID = ""
		}
	}
}

// mask takes out of a row what SELECT MASKED does not show. The lengths of the
// bodies stay.
func mask(r *inferencelog.Record) {
	r.RequestSize = max(r.RequestSize, int64(len(r.Request)))
	r.ResponseSize = max(r.ResponseSize, int64(len(r.Response)))
	r.Request, r.Response = nil, nil
	r.RequestSHA256, r.ResponseSHA256 = "", ""
	r.RequestHeaders = nil
}

package inferencelog

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"
)

// MaxGroups is the greatest number of groups that one [RollUp] adds up.
const MaxGroups = 10_000

var (
	// ErrTooManyGroups: the rows fall into more than [MaxGroups] groups. A shorter time or fewer dimensions have fewer.
	ErrTooManyGroups = errors.New("inferencelog: too many groups")

	// ErrNoDimension: rows cannot be added up by that.
	ErrNoDimension = errors.New("inferencelog: no such dimension")
)

// Dimension is something by which rows are added up.
type Dimension string

// The dimensions. What has an id goes by it, so that two things that had one name at different times stay two, and is
// shown under the name in its newest row; without an id the name counts.
const (
	ByService     Dimension = "service"
	ByDestination Dimension = "destination" // the model that answered, not its name in the service
	ByRequester   Dimension = "requester"
	ByDay         Dimension = "day" // of the event time, in UTC
)

// UsageTotal is what the rows of one group come to. Sums stop at the largest int64.
type UsageTotal struct {
	Service, ServiceID         string // empty: not asked for, or the rows have none
	Destination, DestinationID string // likewise: the model; rows of requests that nothing answered have none
	Requester, RequesterID     string
	Day                        time.Time // midnight UTC; zero: not asked for

	Requests                                  int64 // by outcome: the following, and what has none of these outcomes
	OK, Truncated, Cancelled, Failed, Refused int64

	InputTokens, OutputTokens, TotalTokens                int64
	CacheReadTokens, CacheCreationTokens, ReasoningTokens int64 // parts of those

	LatencyMs    int64 // of all requests together, in milliseconds
	MaxLatencyMs int64 // of the slowest

	// LostRows is how many more requests there were whose rows were lost (see [Record].LostRows). They are in a group
	// without service, destination and requester.
	LostRows int64
}

// UsageColumns returns the columns of a table of layout [Usage] that [RollUp] looks at.
func UsageColumns(by ...Dimension) []string {
	columns := []string{"outcome", "latency_ms", "input_tokens", "output_tokens", "total_tokens", "token_details", "lost_rows"}
	for _, d := range by {
		switch d {
		case ByService:
			columns = append(columns, "service_id", "service_name")
		case ByDestination:
			columns = append(columns, "destination_id", "destination_model")
		case ByRequester:
			columns = append(columns, "requester_id", "requester")
		}
	}
	return append(columns, "event_time")
}

// RollUp adds rows up: one total for each combination of the dimensions that occurs, ordered by day, service,
// destination and requester; with none, one total, or none where there are no rows. It reads the rows once, in any order,
// and keeps nothing of them but the totals. Errors: [ErrTooManyGroups], [ErrNoDimension], and the first of the rows'.
func RollUp(rows iter.Seq2[*Record, error], by ...Dimension) ([]UsageTotal, error) {
	var of groups
	for _, d := range by {
		if !of.ask(d) {
			return nil, fmt.Errorf("%w: %q", ErrNoDimension, string(d))
		}
	}
	groups := map[groupKey]*group{}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		key := of.key(row)
		g := groups[key]
		if g == nil {
			if len(groups) == MaxGroups {
				return nil, fmt.Errorf("%w: more than %d", ErrTooManyGroups, MaxGroups)
			}
			g = new(group)
			groups[key] = g
		}
		g.add(row)
		of.name(g, row)
	}
	totals := make([]UsageTotal, 0, len(groups))
	for key, g := range groups {
		g.Day = key.day
		totals = append(totals, g.UsageTotal)
	}
	slices.SortFunc(totals, compareTotals)
	return totals, nil
}

// groups says by what rows are told apart.
type groups struct{ service, destination, requester, day bool }

func (of *groups) ask(d Dimension) bool {
	switch d {
	case ByService:
		of.service = true
	case ByDestination:
		of.destination = true
	case ByRequester:
		of.requester = true
	case ByDay:
		of.day = true
	default:
		return false
	}
	return true
}

type groupKey struct {
	service, destination, requester thing
	day                             time.Time
}

// thing is an id or, where there is none, a name.
type thing struct{ id, name string }

func thingOf(id, name string) thing {
	if id != "" {
		return thing{id: id}
	}
	return thing{name: name}
}

func (of *groups) key(r *Record) (k groupKey) {
	if of.service {
		k.service = thingOf(r.ServiceID, r.ServiceName)
	}
	if of.destination {
		k.destination = thingOf(r.DestinationID, r.DestinationModel)
	}
	if of.requester {
		k.requester = thingOf(r.RequesterID, r.Requester)
	}
	if of.day {
		y, m, d := r.EventTime.UTC().Date()
		k.day = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return k
}

// group is a total in the making.
type group struct {
	UsageTotal
	rows   int64
	newest time.Time // of the row that the names are from
}

// name shows a group under the names that a row has, if that is the newest so far.
func (of *groups) name(g *group, r *Record) {
	if g.rows++; g.rows > 1 && !r.EventTime.After(g.newest) {
		return
	}
	g.newest = r.EventTime
	if of.service {
		g.Service, g.ServiceID = strings.Clone(r.ServiceName), strings.Clone(r.ServiceID)
	}
	if of.destination {
		g.Destination, g.DestinationID = strings.Clone(r.DestinationModel), strings.Clone(r.DestinationID)
	}
	if of.requester {
		g.Requester, g.RequesterID = strings.Clone(r.Requester), strings.Clone(r.RequesterID)
	}
}

func (g *group) add(r *Record) {
	if r.LostRows.Valid {
		increase(&g.LostRows, r.LostRows.Int)
		return
	}
	increase(&g.Requests, 1)
	switch r.Outcome {
	case OutcomeOK:
		increase(&g.OK, 1)
	case OutcomeTruncated:
		increase(&g.Truncated, 1)
	case OutcomeCancelled:
		increase(&g.Cancelled, 1)
	case OutcomeFailed:
		increase(&g.Failed, 1)
	case OutcomeRefused:
		increase(&g.Refused, 1)
	}
	increase(&g.InputTokens, r.InputTokens.Int)
	increase(&g.OutputTokens, r.OutputTokens.Int)
	increase(&g.TotalTokens, r.TotalTokens.Int)
	increase(&g.CacheReadTokens, r.CacheReadTokens.Int)
	increase(&g.CacheCreationTokens, r.CacheCreationTokens.Int)
	increase(&g.ReasoningTokens, r.ReasoningTokens.Int)
	increase(&g.LatencyMs, r.LatencyMs)
	g.MaxLatencyMs = max(g.MaxLatencyMs, r.LatencyMs)
}

// increase adds what is not negative, up to the largest int64.
func increase(sum *int64, n int64) {
	if n > 0 {
		*sum += min(n, math.MaxInt64-*sum)
	}
}

func compareTotals(a, b UsageTotal) int {
	return cmp.Or(
		a.Day.Compare(b.Day),
		cmp.Compare(a.Service, b.Service), cmp.Compare(a.ServiceID, b.ServiceID),
		cmp.Compare(a.Destination, b.Destination), cmp.Compare(a.DestinationID, b.DestinationID),
		cmp.Compare(a.Requester, b.Requester), cmp.Compare(a.RequesterID, b.RequesterID),
	)
}

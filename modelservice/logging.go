package modelservice

import (
	"fmt"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// Logging says whether the calls to a service leave rows in its inference table.
//
// Rows are written with the rights of the service's owner: USE CATALOG and USE
// SCHEMA on what the table is in, and MODIFY on the table, which its own owner
// has (spec §6.2). When the first call after they are lost ends, logging stops:
// that call leaves no row, nor do later ones. It is not resumed when the rights
// come back, nor by a restart, but by a change of the service that gives its
// inference table and does not disable it. Calls go on all the while.
type Logging struct {
	Status LoggingStatus
	Reason string    // in words for a person; empty where Status is LoggingActive
	Since  time.Time // when logging stopped; zero where it did not, and until the catalog has it
}

// LoggingStatus says whether rows are written.
type LoggingStatus string

// The statuses. Of several the first that holds counts, LoggingActive last.
const (
	LoggingActive  LoggingStatus = "ACTIVE"
	LoggingDeleted LoggingStatus = "DELETED" // the table was dropped
	LoggingStopped LoggingStatus = "STOPPED" // the owner's rights were lost
	LoggingPaused  LoggingStatus = "PAUSED"  // it is disabled
)

// logging is the state of logging of a service that has a table.
func (m *Metastore) logging(s *catalog.Snapshot, service catalog.ID, t *boundTable) Logging {
	if _, alive := s.Node(t.ID); !alive {
		return Logging{Status: LoggingDeleted, Reason: "The table was dropped."}
	}
	unkept, stopping := m.stops.of(service, t.ID)
	end := t.Stopped
	if end == nil {
		// Between s and now the catalog may have come to know of a stop.
		now, ok := m.catalog.Snapshot().Compiled(service).(*compiled)
		if ok && now.table != nil && now.table.ID == t.ID && now.table.Resumes == t.Resumes {
			end = now.table.Stopped
		}
	}
	switch {
	case m.log == nil:
		return Logging{Status: LoggingStopped, Reason: noLog().Message}
	case end != nil:
		return Logging{LoggingStopped, end.Reason, end.At}
	case stopping && unkept.resumes == t.Resumes:
		return Logging{Status: LoggingStopped, Reason: unkept.reason}
	case t.Disabled:
		return Logging{Status: LoggingPaused, Reason: "Logging is disabled."}
	}
	return Logging{Status: LoggingActive}
}

// target says where the row of a call goes, and whether its payloads are in it.
// A target without a table is nowhere: refused calls have rows too unless the
// service leaves them out, those that saw no service have none (ruling R34).
func (r *run) target(outcome inferencelog.Outcome) (to inferencelog.Target, payloads bool) {
	if !r.admitted || !r.logged() {
		return to, false
	}
	t := r.service.table
	if outcome == inferencelog.OutcomeRefused && t.OmitRefused || !r.g.metastore.mayLog(r.service, r.node.Owner) {
		return to, false
	}
	return inferencelog.Target{Table: uint64(t.ID), Durability: t.Durability}, t.withPayloads(r.call)
}

// verdict says whether rows of a service could be written: at one version of the
// catalog, and after so many stops.
type verdict struct {
	version, stops uint64
	may            bool
}

// mayLog reports whether a row may be written now to the table of a service as a
// call has found it. It remembers the answer, so that it takes some nanoseconds
// while nothing changes. owner is the service's where it was dropped meanwhile.
func (m *Metastore) mayLog(c *compiled, owner catalog.PrincipalID) bool {
	// A stop is counted after it is known and forgotten after the catalog has
	// it, and here both are asked for in that order: no row comes after a stop.
	stops := m.stops.made.Load()
	s := m.catalog.Snapshot()
	if v := c.verdict.Load(); v != nil && v.version == s.Version() && v.stops == stops {
		return v.may
	}
	unkept, stopping := m.stops.of(c.id, c.table.ID)
	s = m.catalog.Snapshot()
	now := c.table
	if node, alive := s.Node(c.id); alive {
		owner = node.Owner
		if is, ok := s.Compiled(c.id).(*compiled); ok && is.table != nil && is.table.ID == now.ID {
			now = is.table
		}
	}
	may := now.Stopped == nil && !(stopping && unkept.resumes == now.Resumes) && m.mayWrite(s, c.id, owner, now)
	c.verdict.Store(&verdict{s.Version(), stops, may})
	return may
}

// mayWrite reports whether a table is there and its service's owner may write to
// it. If it is there and he may not, logging stops.
func (m *Metastore) mayWrite(s *catalog.Snapshot, service catalog.ID, owner catalog.PrincipalID, t *boundTable) bool {
	if _, alive := s.Node(t.ID); !alive {
		return false // dropped: calls go on, rows do not (spec §6.1)
	}
	why := m.ownerLacks(s, owner, t.ID)
	if why != "" {
		m.stop(logged{service, t.ID}, stop{t.Resumes, why}, s.Version())
	}
	return why == ""
}

// ownerLacks says which right the owner of a service lacks to write to a table
// that is there; the answer is empty when he lacks none. What the platform has
// made writes with the platform's rights.
func (m *Metastore) ownerLacks(s *catalog.Snapshot, owner catalog.PrincipalID, table catalog.ID) string {
	p, alive := s.Principal(owner)
	switch {
	case !alive:
		return noOwner
	case p.Type == catalog.System:
		return ""
	}
	decision := m.authz.Check(s, owner, catalog.Modify, table)
	if decision.Allowed {
		return ""
	}
	kind, _ := s.Kinds().Kind(catalog.TypeTable)
	privilege, at := wanting(s, decision.Missing(), place{table, kind, s.FullName(table)}, catalog.Modify)
	return ownerWords(p.Name, privilege, at)
}

// noOwner is why nothing is written for a service whose owner was deleted (ruling
// R21).
const noOwner = "The service has no owner any more, so nobody's right to its inference table can be checked."

func ownerWords(owner string, p catalog.Privilege, at place) string {
	return fmt.Sprintf("Owner '%s' does not have %s on %s.", owner, p.SQL(), at)
}

// checkDurability refuses what the log cannot do. Where there is no log, that is
// said later.
func (m *Metastore) checkDurability(d inferencelog.Durability) error {
	if d == inferencelog.Journaled && m.log != nil && !m.log.Journaled() {
		return invalid("config.inference_table.durability", "The log of this server has no journal.")
	}
	return nil
}

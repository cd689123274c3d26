package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/go-memdb"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"golang.org/x/time/rate"
)

// stack is what one would build from parts for a governed call: go-memdb to
// find the service, an engine to check the right, x/time/rate for six limits,
// gobreaker around each destination, a channel to the log. It does not read the
// request, looks at no answer, and settles nothing.
type stack struct {
	services *memdb.MemDB
	may      func(*stackCaller, catalog.ID) (bool, error)
	limits   limits
	breakers *breakers
	log      chan *inferencelog.Record
}

// stackCaller is what the parts want to know of a caller. It is put together
// before the clock runs.
type stackCaller struct {
	id     catalog.PrincipalID
	rights path      // what casbin is asked about the caller and the service
	keys   [6]string // of the six limits
}

type service struct {
	Name string
	ID   catalog.ID
}

// newStack returns a stack that knows the services of a catalog.
func newStack(tb testing.TB, s *catalog.Snapshot, may func(*stackCaller, catalog.ID) (bool, error), kinds ...catalog.SecurableType) *stack {
	tb.Helper()
	db, err := memdb.NewMemDB(&memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		"service": {Name: "service", Indexes: map[string]*memdb.IndexSchema{
			"id": {Name: "id", Unique: true, Indexer: &memdb.StringFieldIndex{Field: "Name"}},
		}},
	}})
	if err != nil {
		tb.Fatal(err)
	}
	txn := db.Txn(true)
	for _, kind := range kinds {
		for node := range s.All(kind) {
			if err := txn.Insert("service", &service{s.FullName(node.ID).String(), node.ID}); err != nil {
				tb.Fatal(err)
			}
		}
	}
	txn.Commit()
	return &stack{services: db, may: may, limits: limits{}, breakers: newBreakers(), log: make(chan *inferencelog.Record, burst)}
}

// call is one governed call.
func (s *stack) call(by *stackCaller, name string, request, answer []byte) error {
	found, err := s.services.Txn(false).First("service", "id", name)
	if err != nil || found == nil {
		return fmt.Errorf("no service %s: %w", name, err)
	}
	if may, err := s.may(by, found.(*service).ID); !may || err != nil {
		return fmt.Errorf("user %d may not call %s: %w", by.id, name, err)
	}
	if !s.limits.admit(time.Now(), &by.keys) {
		return fmt.Errorf("user %d is over a limit of %s", by.id, name)
	}
	if _, err := s.breakers.first(func(int) error { return nil }); err != nil {
		return err
	}
	s.log <- &inferencelog.Record{Request: request, Response: answer, StatusCode: 200, Outcome: inferencelog.OutcomeOK}
	return nil
}

// limits are limiters of x/time/rate by name. Making them is not measured, so
// reading needs no lock.
type limits map[string]*rate.Limiter

func (l limits) add(keys *[6]string) {
	for _, key := range keys {
		if l[key] == nil {
			l[key] = rate.NewLimiter(plenty, plenty)
		}
	}
}

// admit takes from all limits or from none: x/time/rate can give back what was
// reserved.
func (l limits) admit(now time.Time, keys *[6]string) bool {
	var taken [len(keys)]*rate.Reservation
	for i, key := range keys {
		taken[i] = l[key].ReserveN(now, 1)
		if !taken[i].OK() || taken[i].DelayFrom(now) > 0 {
			for _, r := range taken[:i+1] {
				r.CancelAt(now)
			}
			return false
		}
	}
	return true
}

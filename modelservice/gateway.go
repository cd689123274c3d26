package modelservice

import (
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
	"go.uber.org/zap"
)

// Config says what a [Gateway] is made of.
type Config struct {
	Metastore *Metastore         // Required.
	Router    *routing.Router    // Required.
	Limiter   *ratelimit.Limiter // Required.
	Backend   Backend            // Required.

	// Trace is told what happens. Default: nobody is.
	Trace *Trace
	// MaxResponse is the greatest length in bytes of an answer that is not a
	// stream; a longer one counts as malformed. Default: 32 MiB.
	MaxResponse int64
	// ShowRoute tells the caller which destination answered and how many
	// attempts it took, in [DestinationHeader] and [AttemptsHeader] (spec
	// §4.3). Default false.
	ShowRoute bool
	// LimitHeaders tells callers of services with limits how they stand as
	// the answer begins, in the headers of OpenAI's APIs (x-ratelimit-…) or
	// Anthropic's (anthropic-ratelimit-…): of requests and of tokens the limit
	// that will refuse first. It takes up to three [ratelimit.Limiter.Peek],
	// each of them a round trip where the limiter has a shared store. Default
	// false (spec §5.5).
	LimitHeaders bool
	// WaitForLimits is how long a call that a limit would refuse waits for
	// room, in turn with those of other callers; see [ratelimit.Limiter.Wait].
	// It comes before the router's timeouts. A call that waits keeps its body
	// in memory; how many wait at most is [ratelimit.Options].MaxWaiting.
	// What is decided in the end are the rights, the limits and the
	// destinations of then, and a change of rights or limits is noticed
	// within a second: who may no longer call gets the answer for a service
	// that does not exist, and where limits have changed the call is asked
	// anew, and waits in a new place. Default 0, and less: it is refused at
	// once.
	WaitForLimits time.Duration
	// Tokens counts the text of requests, for the reservation where a limit on
	// tokens concerns the call and none is 0. It is asked once for each text of
	// a call, again when limits have changed while it waited, in the
	// name of the model that the service's first destination has in the
	// catalog ("system.ai.gpt"), before it is known which destination answers.
	// When it does not know the model, or panics, a token is taken for every
	// four bytes. Default nil: always (ruling R24).
	Tokens ratelimit.TokenCounter
	// Now is the clock of rows and latencies. Default: time.Now.
	Now func() time.Time
	// Draw gives one random number for each call; a plan is a function of it.
	// Default: math/rand/v2.
	Draw func() uint64
	// Logger receives what a person should know. Default: nothing is logged.
	Logger *zap.Logger
}

const defaultMaxResponse = 32 << 20

// Gateway is the data plane: it answers calls to model services. It may be
// used from any number of goroutines. It has no state of its own, so there is
// nothing to close.
type Gateway struct {
	metastore *Metastore
	catalog   *catalog.Catalog
	authz     *authz.Authorizer
	log       *inferencelog.Logger
	router    *routing.Router
	limiter   *ratelimit.Limiter
	backend   Backend

	trace       *Trace
	maxResponse int64
	showRoute   bool
	showLimits  bool
	patience    time.Duration // how long a call waits for room
	tokens      ratelimit.TokenCounter
	now         func() time.Time
	draw        func() uint64
	zap         *zap.Logger
}

// NewGateway returns a gateway. The only error is that of a required field left
// out.
func NewGateway(cfg Config) (*Gateway, error) {
	switch {
	case cfg.Metastore == nil:
		return nil, errors.New("modelservice: Config.Metastore is required")
	case cfg.Router == nil:
		return nil, errors.New("modelservice: Config.Router is required")
	case cfg.Limiter == nil:
		return nil, errors.New("modelservice: Config.Limiter is required")
	case cfg.Backend == nil:
		return nil, errors.New("modelservice: Config.Backend is required")
	}
	g := &Gateway{
		metastore: cfg.Metastore,
		catalog:   cfg.Metastore.catalog, authz: cfg.Metastore.authz, log: cfg.Metastore.log,
		router: cfg.Router, limiter: cfg.Limiter, backend: cfg.Backend,
		trace: cfg.Trace, maxResponse: cfg.MaxResponse, showRoute: cfg.ShowRoute,
		showLimits: cfg.LimitHeaders, patience: cfg.WaitForLimits, tokens: cfg.Tokens,
		now: cfg.Now, draw: cfg.Draw, zap: cfg.Logger,
	}
	if g.trace == nil {
		g.trace = &Trace{}
	}
	if g.maxResponse <= 0 {
		g.maxResponse = defaultMaxResponse
	}
	g.maxResponse = min(g.maxResponse, math.MaxInt64-1) // one byte more is read
	if g.now == nil {
		g.now = time.Now
	}
	if g.draw == nil {
		g.draw = rand.Uint64
	}
	if g.zap == nil {
		g.zap = zap.NewNop()
	}
	return g, nil
}

// Services yields, ordered by name, the model services that the caller may
// call.
func (g *Gateway) Services(caller catalog.PrincipalID) iter.Seq[catalog.FullName] {
	s := g.catalog.Snapshot()
	return func(yield func(catalog.FullName) bool) {
		// Who may call a service sees it, and the containers it is in.
		for c := range g.authz.Visible(s, caller, catalog.MetastoreID, catalog.TypeCatalog, "") {
			for schema := range g.authz.Visible(s, caller, c.ID, catalog.TypeSchema, "") {
				for node := range g.authz.Visible(s, caller, schema.ID, TypeModelService, "") {
					if g.authz.Check(s, caller, catalog.Execute, node.ID).Allowed &&
						!yield(catalog.FullName{Catalog: c.Name, Schema: schema.Name, Object: node.Name}) {
						return
					}
				}
			}
		}
	}
}

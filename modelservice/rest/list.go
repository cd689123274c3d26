package rest

import "github.com/modelward/modelward/routing"

// The lists of a service in a request are no longer than any service has them
// (ruling R15), and those of grants and members no longer than one change needs.
// Nothing is made of the entries of one that is longer, whether a mask names it or
// not.
type (
	destinationList []destinationBody
	fallbackList    []destinationBody
	limitList       []limitJSON
	seedList        []seedDestination // routed to or not, and fallbacks behind a split
	routeList       []string
	grantChangeList []grantChange
	privilegeList   []string
	memberList      []string
)

// maxLimits is how many limits a service may have (spec §5.2). Package ratelimit
// has the say.
const maxLimits = 20

// MaxEntries is asked by package strictjson.
func (destinationList) MaxEntries() int { return routing.MaxDestinations }
func (fallbackList) MaxEntries() int    { return routing.MaxFallbacks }
func (limitList) MaxEntries() int       { return maxLimits }
func (seedList) MaxEntries() int        { return 2*routing.MaxDestinations + routing.MaxFallbacks }
func (routeList) MaxEntries() int       { return routing.MaxDestinations }
func (grantChangeList) MaxEntries() int { return 1000 }
func (privilegeList) MaxEntries() int   { return 100 }
func (memberList) MaxEntries() int      { return 10_000 }

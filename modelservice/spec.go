package modelservice

import (
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
)

// Spec is what a model service is, in the shape of the GA API (spec §3.2; paths
// below /api/2.1/). The other shape is the seed page's (spec §3.3; /api/2.2/).
// Objects are named by their full names; inside the catalog they are bound to
// ids, so that renaming a model changes nothing and a dropped one is seen as
// dropped.
type Spec struct {
	// Destinations are the primaries: 1 to 10. With more than one, their
	// percentages sum to 100.
	Destinations []Destination
	// Fallbacks are tried in order after the primary has failed: at most 5.
	Fallbacks []Destination
	// Unrouted destinations are declared and not used. Only the seed page's
	// shape can express them (spec §3.3).
	Unrouted []Destination
	// FirstTokenTimeout bounds how long a stream may take to its first
	// content, after which the next destination is tried. 0: the router's.
	// Negative ones are refused.
	FirstTokenTimeout time.Duration
	// TrafficSplitting records that the split was asked for by its marker
	// object; percentages alone decide.
	TrafficSplitting bool

	// RateLimits are at most 20, at most 5 of them for groups (spec §5.2).
	RateLimits []RateLimit

	// InferenceTable is where requests and responses are logged; nil: nowhere.
	InferenceTable *InferenceTable

	// InvokerRights asks the caller too for EXECUTE on each destination
	// (ruling R6). The default, definer's rights, asks the owner alone.
	InvokerRights bool
}

// DestinationType is the kind of thing a destination sends to (spec §3.2).
type DestinationType string

// The destination types of the field. This catalog has models only, so the
// first is the one that can be used.
const (
	PayPerToken           DestinationType = "DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL"
	ProvisionedThroughput DestinationType = "DESTINATION_TYPE_PROVISIONED_THROUGHPUT_FOUNDATION_MODEL"
	ExternalModel         DestinationType = "DESTINATION_TYPE_EXTERNAL_FOUNDATION_MODEL"
)

// Destination is one place a service may send to.
type Destination struct {
	Name string          // the user's label, unique within the service, at most 255 bytes. Required.
	Type DestinationType // default: PayPerToken, the only one there is here
	// Model is the full name of a model. Required.
	Model string
	// Percentage is the share of traffic, 0 to 100; nil: not given, which a
	// single primary and a fallback need not.
	Percentage *int

	// Deleted is set on reads when the model was dropped. Calls through it
	// fail (spec §3.2).
	Deleted bool
}

// RateLimit is one limit (spec §5.1). Numbers not given do not limit, 0 blocks,
// negative ones are refused (ruling R1). One of Requests, Tokens and Concurrent is
// required.
type RateLimit struct {
	Key       ratelimit.Key
	Principal string // user, group or service principal, for the keys that name one

	// TagKey and TagValue say which calls a limit for ratelimit.KeyRequestTag
	// is on: those with a tag of that key, whoever makes them, and of that
	// value. Without a TagValue every value has a limit of its own, unless
	// another limit names it.
	TagKey, TagValue string

	Period     ratelimit.Period // required with Requests and Tokens
	Requests   *int64           // in any interval of one Period
	Tokens     *int64           // likewise, input and output together
	Concurrent *int64           // calls under way at once, in this process

	// Shadow limits count and refuse nothing; a Trace is told what they would
	// have refused. The other limits are as if there were none of them.
	Shadow bool
}

// Service is a model service as its callers read it.
type Service struct {
	ID        catalog.ID
	Name      catalog.FullName
	Comment   string
	Owner     string // empty when the owner was deleted
	Spec      Spec
	APIs      []API // those that every destination and fallback speaks, in the order of the constants
	CreatedAt time.Time
	CreatedBy string
	UpdatedAt time.Time
	UpdatedBy string
	Etag      string
}

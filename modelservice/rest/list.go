package rest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/modelward/modelward/internal/strictjson"
	"github.com/modelward/modelward/routing"
)

// The lists of a service in a request are no longer than any service has them
// (ruling R15). Nothing is made of the entries of one that is longer, whether a
// mask names it or not.
type (
	destinationList []destinationBody
	fallbackList    []destinationBody
	limitList       []limitJSON
	seedList        []seedDestination // routed to or not, and fallbacks behind a split
	routeList       []string
)

// maxLimits is how many limits a service may have (spec §5.2). Package ratelimit
// has the say.
const maxLimits = 20

// UnmarshalJSON implements json.Unmarshaler.
func (l *destinationList) UnmarshalJSON(data []byte) error {
	return readList(data, routing.MaxDestinations, (*[]destinationBody)(l))
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *fallbackList) UnmarshalJSON(data []byte) error {
	return readList(data, routing.MaxFallbacks, (*[]destinationBody)(l))
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *limitList) UnmarshalJSON(data []byte) error {
	return readList(data, maxLimits, (*[]limitJSON)(l))
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *seedList) UnmarshalJSON(data []byte) error {
	return readList(data, 2*routing.MaxDestinations+routing.MaxFallbacks, (*[]seedDestination)(l))
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *routeList) UnmarshalJSON(data []byte) error {
	return readList(data, routing.MaxDestinations, (*[]string)(l))
}

// readList reads JSON that is sound, and as strictly as the rest of the body.
func readList[T any](data []byte, most int, into *[]T) error {
	if longer(data, most) {
		return &strictjson.Error{Reason: fmt.Sprintf("must have at most %d entries", most)}
	}
	return strictjson.Unmarshal(data, into)
}

// longer reports whether data is an array of more than most entries. It looks at
// no more of them.
func longer(data []byte, most int) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil || start != json.Delim('[') {
		return false
	}
	var skipped json.RawMessage
	for n := 0; d.More(); n++ {
		if n == most || d.Decode(&skipped) != nil {
			return n == most
		}
	}
	return false
}

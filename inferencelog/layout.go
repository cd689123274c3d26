package inferencelog

// Layout says which columns a table has, and in which order.
type Layout string

// The layouts. The zero value stands for Payload.
const (
	// Payload is the layout of inference tables: the columns of spec §6.3(a), those of ruling R34, and sizes, hashes,
	// requester_id, request_headers and lost_rows.
	Payload Layout = "payload"

	// Usage is the layout of system.ai_gateway.usage: of the columns of spec §9 those that can be filled here, then
	// outcome, usage_source, requester_id, logging_error_codes and lost_rows. There are no payloads in it.
	Usage Layout = "usage"
)

// Valid reports whether l is a layout, the zero value included.
func (l Layout) Valid() bool { return l == "" || l == Payload || l == Usage }

// Columns returns the columns of the layout in their order. All are nullable. The slice is the caller's own.
// A layout that is none has no columns.
func (l Layout) Columns() []Column {
	at := l.places()
	list := make([]Column, len(at))
	for i, place := range at {
		list[i] = columns[place].Column
	}
	return list
}

// names returns the names of the columns.
func (l Layout) names() []string {
	var list []string
	for _, place := range l.places() {
		list = append(list, columns[place].Name)
	}
	return list
}

// Has reports whether the layout has a column of that name.
func (l Layout) Has(column string) bool {
	for _, place := range l.places() {
		if columns[place].Name == column {
			return true
		}
	}
	return false
}

// places says where the layout's columns stand in the table of all.
func (l Layout) places() []int {
	switch l {
	case "", Payload:
		return payloadPlaces
	case Usage:
		return usagePlaces
	}
	return nil
}

var (
	payloadPlaces = placesOf(
		"request_id", "invocation_id", "request_tags", "event_time", "status_code", "sampling_fraction", "latency_ms",
		"time_to_first_byte_ms", "request", "response", "destination_type", "destination_name", "destination_model",
		"logging_error_codes", "requester", "schema_version", "url", "api_type",
		"outcome", "attempts", "input_tokens", "output_tokens", "total_tokens", "usage_source", "draw",
		"request_bytes", "response_bytes", "request_sha256", "response_sha256", "requester_id", "request_headers", "lost_rows",
	)
	usagePlaces = placesOf(
		"request_id", "invocation_id", "schema_version", "endpoint_id", "endpoint_name", "service_id", "service_name",
		"service_type", "request_tags", "event_time", "latency_ms", "time_to_first_byte_ms",
		"destination_type", "destination_name", "destination_id", "destination_model",
		"requester", "requester_type", "ip_address", "url", "user_agent", "api_type",
		"input_tokens", "output_tokens", "total_tokens", "token_details", "response_content_type", "status_code",
		"routing_information", "outcome", "usage_source", "requester_id", "logging_error_codes", "lost_rows",
	)
)

func placesOf(names ...string) []int {
	places := make([]int, len(names))
	for i, name := range names {
		places[i] = columnAt[name]
	}
	return places
}

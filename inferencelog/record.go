package inferencelog

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// SchemaVersion is what the column schema_version holds for the columns of this version.
const SchemaVersion = 1

// Record is one request, its answer, and how the answer came about. It is a row of an inference table and of the usage
// table; which of its fields each of them shows is the table's [Layout].
// The fields are the columns of spec §6.3(a) in their order, then those of ruling R34, then those of spec §9.
//
// A field at its zero value is null in the table, unless its comment says otherwise.
// A Record handed to [Logger.Log] belongs to the logger, with its slices and maps: nobody changes it afterwards.
type Record struct {
	// RequestID is the id that the caller saw in x-databricks-request-id (ruling R35). It need not be unique.
	RequestID string

	// ID is the row's own id, column invocation_id: made by the server, unique, never taken from the caller or a
	// provider. A sink stores one row per ID. The logger makes one when it is empty.
	ID string

	// RequestTags are the caller's tags (header Databricks-Ai-Gateway-Request-Tags).
	RequestTags map[string]string

	// EventTime is when the request was received. Rows keep it in UTC to the microsecond.
	// The logger fills in the time of Log when it is zero or outside the years 1 to 9999.
	EventTime time.Time

	// StatusCode is the HTTP status that the caller got.
	StatusCode int

	// SamplingFraction is the share of requests that is logged, above 0 and up to 1. Zero stands for 1: all.
	SamplingFraction float64

	// LatencyMs is the time from the request's arrival to the end of its answer, in milliseconds. Never null.
	LatencyMs int64

	// TimeToFirstByteMs is the time to the first byte of the answer, in milliseconds.
	TimeToFirstByteMs NullInt

	// Request and Response are the bodies as the caller sent and received them; a stream is the sum of its chunks.
	// Nil is null, empty is the empty text. The slices are not copied on the request path.
	Request  []byte
	Response []byte

	// DestinationType, DestinationName and DestinationModel name where the final answer came from.
	DestinationType  string
	DestinationName  string
	DestinationModel string

	// LoggingErrorCodes says what is wrong with the payloads of this row (see [MaxRequestSizeExceeded] and its kin).
	LoggingErrorCodes []string

	// Requester is the caller: a user or a service principal.
	Requester string

	// SchemaVersion is the version of the columns. Zero stands for [SchemaVersion].
	SchemaVersion int

	// URL is the path that was asked, and APIType the API that was spoken.
	URL     string
	APIType string

	// Outcome says how the request ended.
	Outcome Outcome

	// Attempts are the calls that were made to destinations, in order. The column holds a JSON list.
	Attempts []Attempt

	// InputTokens, OutputTokens and TotalTokens are counted as UsageSource says. A reported zero is zero (ruling R4).
	InputTokens  NullInt
	OutputTokens NullInt
	TotalTokens  NullInt

	// UsageSource is [UsageProvider] or [UsageEstimate].
	UsageSource string

	// Draw is the random number that the request's plan was made with, so that the plan can be made again.
	// It is null unless Drawn is set. The column is text: 64 unsigned bits fit neither BIGINT nor a JSON number.
	Draw  uint64
	Drawn bool

	// RequestSize and ResponseSize are the lengths in bytes of the whole bodies, for a caller that did not keep a body
	// or all of it. Zero, or less than what is handed over, means that the slice is the whole body. Never null.
	RequestSize  int64
	ResponseSize int64

	// RequestSHA256 and ResponseSHA256 are the hashes of the whole bodies, in hexadecimal. The logger fills them in for
	// bodies that are there; a body that was withheld or redacted has none, for it could be guessed by it.
	RequestSHA256  string
	ResponseSHA256 string

	// RequesterID is the caller's id, which no later principal of the same name has.
	RequesterID string

	// RequestHeaders are those headers of the request that the host allows to be kept; by default none are.
	RequestHeaders map[string]string

	// ServiceID, ServiceName and ServiceType say which service was called.
	ServiceID   string
	ServiceName string // in three parts
	ServiceType string // MODEL_SERVICE

	// DestinationID is the id of the model that the final answer came from.
	DestinationID string

	// RequesterType is the kind of principal that called: USER or SERVICE_PRINCIPAL.
	RequesterType string

	// IPAddress and UserAgent say where the request came from.
	IPAddress string
	UserAgent string

	// ResponseContentType is the media type of the answer.
	ResponseContentType string

	// CacheReadTokens, CacheCreationTokens and ReasoningTokens are the parts of the token counts that providers report
	// beside them.
	CacheReadTokens     NullInt
	CacheCreationTokens NullInt
	ReasoningTokens     NullInt

	// LostRows is null but in gap records, which the logger writes when it can write again: so many rows of this table
	// were lost. The first of them was due at EventTime; where there is a column for it, Response says until when, and
	// why.
	LostRows NullInt

	prepared bool // the logger has made it fit to be stored; set by the one goroutine that has the record
}

// Outcome is how a request ended (ruling R34).
type Outcome string

// The outcomes.
const (
	OutcomeOK        Outcome = "ok"        // a complete answer
	OutcomeTruncated Outcome = "truncated" // an answer that broke off after its first content
	OutcomeCancelled Outcome = "cancelled" // the caller hung up
	OutcomeFailed    Outcome = "failed"    // no destination answered, or something failed here
	OutcomeRefused   Outcome = "refused"   // a limit, or the owner's missing right, stopped it
)

// Where the token counts of a row come from (ruling R4).
const (
	UsageProvider = "provider" // the provider reported them
	UsageEstimate = "estimate" // the provider did not; they are estimated
)

// What LoggingErrorCodes may hold. The first two are the hosted product's (spec §6.2).
const (
	// MaxRequestSizeExceeded and MaxResponseSizeExceeded: the body was longer than [MaxPayload] and is not in the row.
	MaxRequestSizeExceeded  = "MAX_REQUEST_SIZE_EXCEEDED"
	MaxResponseSizeExceeded = "MAX_RESPONSE_SIZE_EXCEEDED"

	// RequestInvalidUTF8 and ResponseInvalidUTF8: the body was not valid UTF-8;
	// each run of invalid bytes stands in the row as one U+FFFD.
	RequestInvalidUTF8  = "REQUEST_INVALID_UTF8"
	ResponseInvalidUTF8 = "RESPONSE_INVALID_UTF8"

	// RequestWithheld and ResponseWithheld: the body is not in the row because the service, the caller or the host wants
	// it so.
	RequestWithheld  = "REQUEST_WITHHELD"
	ResponseWithheld = "RESPONSE_WITHHELD"

	// RequestRedacted and ResponseRedacted: [Options.Redact] has changed the body. RedactionFailed: it panicked, and
	// neither body is in the row.
	RequestRedacted  = "REQUEST_REDACTED"
	ResponseRedacted = "RESPONSE_REDACTED"
	RedactionFailed  = "REDACTION_FAILED"

	// PayloadsNotStorable: the sink would not store the row with its bodies, tags and headers, and stored it without.
	PayloadsNotStorable = "PAYLOADS_NOT_STORABLE"

	// RowsLost marks a gap record, which is no request: see [Record.LostRows].
	RowsLost = "ROWS_LOST"
)

// Attempt is one call to one destination.
type Attempt struct {
	Destination string `json:"destination"`
	Action      string `json:"action"`      // how it came about: INITIAL_ATTEMPT, FALLBACK or RETRY
	Status      int    `json:"status_code"` // the provider's HTTP status; 0 when none came, null in the column
	ErrorCode   string `json:"error_code"`  // the provider's own code, else the cause of the failure; empty, null in the column: it succeeded
	LatencyMs   int64  `json:"latency_ms"`  // in milliseconds
	Class       string `json:"class"`       // whether a failed request may have been processed: not_sent, refused or uncertain (ruling R3); empty, null in the column: it succeeded, or was stopped here
}

// NullInt is a whole number that may be unknown. Its zero value is unknown.
type NullInt struct {
	Int   int64
	Valid bool
}

// Known returns n as a known number.
func Known(n int64) NullInt { return NullInt{Int: n, Valid: true} }

// Validate returns an error that wraps [ErrRejected] when r is nil or has no ID: no sink stores such a row.
func (r *Record) Validate() error {
	switch {
	case r == nil:
		return fmt.Errorf("%w: nil record", ErrRejected)
	case r.ID == "":
		return fmt.Errorf("%w: record without id", ErrRejected)
	}
	return nil
}

// Clone returns a copy that shares nothing with r.
func (r *Record) Clone() *Record {
	if r == nil {
		return nil
	}
	c := *r
	c.RequestTags = maps.Clone(r.RequestTags)
	c.RequestHeaders = maps.Clone(r.RequestHeaders)
	c.Request = slices.Clone(r.Request)
	c.Response = slices.Clone(r.Response)
	c.LoggingErrorCodes = slices.Clone(r.LoggingErrorCodes)
	c.Attempts = slices.Clone(r.Attempts)
	return &c
}

package modelservice

import (
	"crypto/rand"
	"strconv"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice/internal/wire"
	"github.com/modelward/modelward/routing"
)

// record hands the row of a call to the log: for the service's inference table,
// for the usage table, or for both, which share it. Refused calls have rows too,
// those that saw no service have none (ruling R34).
func (r *run) record(outcome inferencelog.Outcome, usage Usage) {
	if !r.admitted || r.g.log == nil {
		return
	}
	target, payloads := r.target(outcome)
	target.Usage = uint64(r.g.metastore.usage.id(r.g.catalog.Snapshot()))
	if target.Table == 0 && target.Usage == 0 {
		return
	}
	requester, _ := r.snapshot.Principal(r.call.Caller)
	entry := new(struct {
		inferencelog.Record
		attempts [1]inferencelog.Attempt
	})
	row := &entry.Record
	*row = inferencelog.Record{
		RequestID: r.call.RequestID, RequestTags: r.call.Tags, EventTime: r.call.Received,
		StatusCode: r.status, LatencyMs: r.since().Milliseconds(),
		RequestSize: int64(len(r.call.Body)), ResponseSize: r.size,
		Requester: requester.Name, RequesterType: requesterType(requester.Type), URL: r.call.URL, APIType: r.call.APIType,
		Outcome: outcome, Draw: r.plan.Draw, Drawn: r.plan.Len() > 0,
		RequestHeaders: r.call.Headers, IPAddress: r.call.IPAddress, UserAgent: r.call.UserAgent,
		ServiceName: spell(r.name, r.request.parsed.Model), ServiceType: serviceType,
		ResponseContentType: r.kind,
		Attempts:            entry.attempts[:0],
	}
	switch {
	case target.Table == 0: // the usage table has no payloads
	case payloads:
		row.Request, row.Response, row.ResponseSHA256 = r.call.Body, r.payload(), r.keptHash()
	default:
		row.LoggingErrorCodes = []string{inferencelog.RequestWithheld, inferencelog.ResponseWithheld}
	}
	if r.status != 0 && r.size > 0 {
		row.TimeToFirstByteMs = inferencelog.Known(r.firstByte.Milliseconds())
	}
	t := r.trial()
	if t != nil && t.destination != nil {
		d := t.destination
		row.DestinationID = r.service.label(d.Model)
		row.DestinationType, row.DestinationName, row.DestinationModel = string(d.Type), d.Name, d.modelName(t.model)
	}
	row.ID, row.RequesterID, row.ServiceID = r.ids.row, r.ids.requester, r.service.label(r.node.ID)
	if usage.Source != "" {
		row.UsageSource = usage.Source
		row.InputTokens, row.OutputTokens, row.TotalTokens = inferencelog.Known(usage.Input), inferencelog.Known(usage.Output), inferencelog.Known(usage.Total)
		row.CacheReadTokens = reported(t.usage.CacheRead)
		row.CacheCreationTokens = reported(t.usage.CacheWritten)
		row.ReasoningTokens = reported(t.usage.Reasoning)
	}
	for _, step := range r.steps {
		row.Attempts = append(row.Attempts, inferencelog.Attempt{
			Destination: step.Destination, Action: step.Action, Status: step.Status,
			ErrorCode: errorCode(step), LatencyMs: step.Latency.Milliseconds(), Class: string(step.Class),
		})
	}
	r.g.log.LogTo(target, row)
}

// serviceType is what a service of ours is called in the usage table (spec §9).
const serviceType = "MODEL_SERVICE"

// requesterType is what the kind of a caller is called there.
func requesterType(t catalog.PrincipalType) string {
	switch t {
	case catalog.User:
		return "USER"
	case catalog.ServicePrincipal:
		return "SERVICE_PRINCIPAL"
	}
	return ""
}

// reported is a count as rows have it.
func reported(c wire.Count) inferencelog.NullInt {
	return inferencelog.NullInt{Int: c.N, Valid: c.Known}
}

// spell is a name as text: the text that it was called by, if that is it, so
// that mostly none has to be put together.
func spell(name catalog.FullName, called string) string {
	rest, ok := strings.CutPrefix(called, name.Catalog)
	if !ok {
		return name.String()
	}
	rest, ok = strings.CutPrefix(rest, "."+name.Schema)
	if !ok || rest != "."+name.Object {
		return name.String()
	}
	return called
}

// ids are the texts that are made for one call, in one piece of memory.
type ids struct{ request, row, requester string }

// newIDs returns a new id for the request, unless it has one, another for its
// row, and that of the caller.
func newIDs(request string, requester catalog.PrincipalID) ids {
	var room [requestIDLength + rowIDLength + 20]byte // the number has 20 digits at most
	b := room[:0]
	if request == "" {
		b = appendRequestID(b)
	}
	atRow := len(b)
	b = appendRowID(b)
	atRequester := len(b)
	all := string(strconv.AppendUint(b, uint64(requester), 10))
	if request == "" {
		request = all[:atRow]
	}
	return ids{request, all[atRow:atRequester], all[atRequester:]}
}

const (
	rowIDAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	rowIDLength   = 26
)

// appendRowID appends 130 random bits as text, as the log does for rows that come
// without an id.
func appendRowID(b []byte) []byte {
	var random [rowIDLength]byte
	rand.Read(random[:]) // never fails
	for _, c := range random {
		b = append(b, rowIDAlphabet[c%byte(len(rowIDAlphabet))])
	}
	return b
}

// maxErrorCode is how long a provider's code may be, in bytes. What is longer,
// or looks like no code, is none: a row without payloads must not have part of
// one for a code.
const maxErrorCode = 128

// errorCode is the provider's own code, or else the cause in our words.
func errorCode(step routing.Step) string {
	notOne := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_.:-", r)
	}
	if code := step.ErrorCode; code != "" && len(code) <= maxErrorCode && !strings.ContainsFunc(code, notOne) {
		return code
	}
	return string(step.Cause)
}

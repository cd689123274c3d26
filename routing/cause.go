package routing

import "time"

// A Cause names why an attempt failed. A Cause that neither [Table] nor
// Options.Rows lists is told to the caller and is neutral for health.
type Cause string

// The causes (ruling R28). The texts are stable and fit for a log row.
const (
	CauseRateLimited       Cause = "rate_limited"        // the provider said 429, or throttles in other words
	CauseQuota             Cause = "quota_exhausted"     // our account with the provider is used up
	CauseOverloaded        Cause = "overloaded"          // the provider has no room for anybody: 503, 529
	CauseServerError       Cause = "server_error"        // the provider said 5xx
	CauseProviderAuth      Cause = "provider_auth"       // 401, 402, 403 or 407: our key, not the caller's doing
	CauseProviderNotFound  Cause = "provider_not_found"  // 404: our model name or address
	CauseCallerFault       Cause = "caller_fault"        // 400, 413, 422 and every other 4xx
	CauseContextTooLong    Cause = "context_too_long"    // more tokens than the model takes
	CauseContentPolicy     Cause = "content_policy"      // the provider's filter objects
	CauseRefused           Cause = "refused"             // connection refused, no such host: nothing was sent
	CauseTLS               Cause = "tls"                 // no trust in the other side: nothing was sent
	CauseReset             Cause = "reset"               // the network failed after sending began
	CauseMalformed         Cause = "malformed"           // a 2xx or 3xx that is no answer: empty, HTML, broken, in-band error
	CauseTimeoutConnect    Cause = "timeout_connect"     // no connection in time; reported by Try
	CauseTimeoutFirstToken Cause = "timeout_first_token" // no content of a stream in time
	CauseTimeoutAttempt    Cause = "timeout_attempt"     // the attempt took too long, by our clock or the provider's
	CauseTimeoutIdle       Cause = "timeout_idle"        // nothing came for too long, after content
	CauseTimeoutTotal      Cause = "timeout_total"       // the whole request took too long
	CauseCanceled          Cause = "canceled"            // the caller hung up, or its own deadline passed
	CauseSuperseded        Cause = "superseded"          // another attempt of the request was faster
	CauseAborted           Cause = "aborted"             // Try stopped the request with an error of its own; only in Steps
	CausePanic             Cause = "panic"               // Try panicked; only in Steps
)

// A Class says whether a failed attempt may have been processed, and so billed
// (ruling R3).
type Class string

// The classes.
const (
	ClassNotSent   Class = "not_sent"  // the provider never saw the request
	ClassRefused   Class = "refused"   // the provider saw it and declined
	ClassUncertain Class = "uncertain" // the provider may have processed it
)

// An Action is what follows a failure before Commit. After Commit it is always
// TellCaller.
type Action string

// The actions.
const (
	NextDestination Action = "next_destination" // the next of the plan; the caller if none is left
	TellCaller      Action = "tell_caller"      // the request ends here
)

// A Row says what follows a Cause.
type Row struct {
	Cause  Cause
	Action Action // anything but NextDestination is TellCaller

	// RetryHere: before Action, the same destination may be tried again, if
	// the Router allows retries at all and the failure is not uncertain.
	RetryHere bool

	// Cools: counts as a failure of the destination. Otherwise it is neutral,
	// and RetryAfter and CoolFor do not count.
	Cools bool

	// RetryAfter: a Retry-After of the provider cools the destination at once.
	RetryAfter bool

	// CoolFor cools the destination at once for so long, or for the
	// Retry-After if that is longer. 0 or less: not at once, as in every row of
	// Table.
	CoolFor time.Duration

	// Class is taken when the Failure names none; a server_error with status
	// 503 or 529 is ClassRefused. "" is ClassUncertain.
	Class Class

	// Answer is the HTTP status for the caller, 400 to 599, if this is the
	// last failure (ruling R28). 0 is the provider's own status, or what
	// whoever called Do makes of the error.
	Answer int
}

// TableVersion says which [Table] and which [Signs] these are. It grows when a
// row or a sign changes, or comes in front of another one.
const TableVersion = 1

// Table returns a copy of the rows, one per Cause, in the order of the
// constants. Options.Rows go over them.
func Table() []Row {
	rows := make([]Row, 0, 22)
	for _, c := range [...]Cause{
		CauseRateLimited, CauseQuota, CauseOverloaded, CauseServerError,
		CauseProviderAuth, CauseProviderNotFound,
		CauseCallerFault, CauseContextTooLong, CauseContentPolicy,
		CauseRefused, CauseTLS, CauseReset, CauseMalformed,
		CauseTimeoutConnect, CauseTimeoutFirstToken, CauseTimeoutAttempt, CauseTimeoutIdle, CauseTimeoutTotal,
		CauseCanceled, CauseSuperseded, CauseAborted, CausePanic,
	} {
		rows = append(rows, c.Row())
	}
	return rows
}

// Row returns what follows c, by [Table].
func (c Cause) Row() Row {
	row := Row{Cause: c, Action: NextDestination, RetryHere: true, Cools: true, Class: ClassUncertain}
	switch c {
	case CauseRateLimited:
		row.RetryAfter, row.Class, row.Answer = true, ClassRefused, 429
	case CauseQuota:
		// It will be as empty a moment later.
		row.RetryHere, row.RetryAfter, row.Class, row.Answer = false, true, ClassRefused, 429
	case CauseOverloaded:
		row.RetryAfter, row.Class = true, ClassRefused
	case CauseServerError:
		row.RetryAfter = true
	case CauseProviderAuth, CauseProviderNotFound:
		row.RetryHere, row.Class, row.Answer = false, ClassRefused, 502
	case CauseCallerFault, CauseContextTooLong, CauseContentPolicy:
		row = Row{Cause: c, Action: TellCaller, Class: ClassRefused}
	case CauseRefused:
		row.Class, row.Answer = ClassNotSent, 502
	case CauseTLS:
		// A certificate is no better a moment later.
		row.RetryHere, row.Class, row.Answer = false, ClassNotSent, 502
	case CauseReset, CauseMalformed:
		row.Answer = 502
	case CauseTimeoutConnect:
		row.Class, row.Answer = ClassNotSent, 504
	case CauseTimeoutFirstToken, CauseTimeoutAttempt, CauseTimeoutIdle:
		row.Answer = 504
	case CauseTimeoutTotal:
		// Whoever was being tried when the time of all ran out is not to blame.
		row = Row{Cause: c, Action: TellCaller, Class: ClassUncertain, Answer: 504}
	case CauseCanceled:
		row = Row{Cause: c, Action: TellCaller, Class: ClassUncertain, Answer: 499}
	default:
		row = Row{Cause: c, Action: TellCaller, Class: ClassUncertain}
	}
	return row
}

// Row returns what follows c at this Router: [Table] and Options.Rows over it.
func (r *Router) Row(c Cause) Row { return r.row(c) }

func (r *Router) row(c Cause) Row {
	for i := range r.rows {
		if r.rows[i].Cause == c {
			return r.rows[i]
		}
	}
	return c.Row()
}

// ownRows returns a copy of rows without what cannot be, and without those for
// what is the Router's own doing.
func ownRows(rows []Row) []Row {
	var own []Row
	for _, row := range rows {
		switch row.Cause {
		case "", CauseTimeoutTotal, CauseCanceled, CauseSuperseded, CauseAborted, CausePanic:
			continue
		}
		if row.Action != NextDestination {
			row.Action = TellCaller
		}
		if row.Class == "" {
			row.Class = ClassUncertain
		}
		if row.Answer < 400 || row.Answer > 599 {
			row.Answer = 0
		}
		row.CoolFor = max(row.CoolFor, 0)
		own = append(own, row)
	}
	return own
}

// CauseOfStatus returns the cause that a provider's HTTP status stands for: ""
// for 2xx, CauseMalformed for what is no final status of an answer (below 200,
// 3xx, above 599).
func CauseOfStatus(status int) Cause {
	switch {
	case status >= 200 && status < 300:
		return ""
	case status == 429:
		return CauseRateLimited
	case status == 401, status == 402, status == 403, status == 407:
		return CauseProviderAuth
	case status == 404:
		return CauseProviderNotFound
	case status >= 400 && status < 500:
		return CauseCallerFault
	case status >= 500 && status < 600:
		return CauseServerError
	default:
		return CauseMalformed
	}
}

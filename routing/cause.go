package routing

// A Cause names why an attempt failed. The set is closed: a Cause that [Table]
// does not list is told to the caller and is neutral for health.
type Cause string

// The causes (ruling R28). The texts are stable and fit for a log row.
const (
	CauseRateLimited       Cause = "rate_limited"        // the provider said 429
	CauseServerError       Cause = "server_error"        // the provider said 5xx
	CauseProviderAuth      Cause = "provider_auth"       // 401, 402, 403 or 407: our key, not the caller's doing
	CauseProviderNotFound  Cause = "provider_not_found"  // 404: our model name or address
	CauseCallerFault       Cause = "caller_fault"        // 400, 413, 422 and every other 4xx
	CauseRefused           Cause = "refused"             // connection refused, no such host, TLS: nothing was sent
	CauseReset             Cause = "reset"               // the network failed after sending began
	CauseMalformed         Cause = "malformed"           // a 2xx or 3xx that is no answer: empty, HTML, broken, in-band error
	CauseTimeoutConnect    Cause = "timeout_connect"     // no connection in time; reported by Try
	CauseTimeoutFirstToken Cause = "timeout_first_token" // no content of a stream in time
	CauseTimeoutAttempt    Cause = "timeout_attempt"     // the attempt took too long
	CauseTimeoutIdle       Cause = "timeout_idle"        // nothing came for too long, after content
	CauseTimeoutTotal      Cause = "timeout_total"       // the whole request took too long
	CauseCanceled          Cause = "canceled"            // the caller hung up, or its own deadline passed
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
	Action Action

	// RetryHere: before Action, the same destination may be tried again, if
	// the Router allows retries at all and the failure is not uncertain.
	RetryHere bool

	// Cools: counts as a failure of the destination. Otherwise it is neutral.
	Cools bool

	// RetryAfter: a Retry-After of the provider cools the destination at once.
	RetryAfter bool

	// Class is taken when the Failure names none; a 503 or 529 is ClassRefused.
	Class Class

	// Answer is the HTTP status for the caller if this is the last failure
	// (ruling R28). 0 is the provider's own status, or what whoever called Do
	// makes of the error.
	Answer int
}

// Table returns a copy of the rows, one per Cause, in the order of the
// constants.
func Table() []Row {
	rows := make([]Row, 0, 16)
	for _, c := range [...]Cause{
		CauseRateLimited, CauseServerError, CauseProviderAuth, CauseProviderNotFound, CauseCallerFault,
		CauseRefused, CauseReset, CauseMalformed,
		CauseTimeoutConnect, CauseTimeoutFirstToken, CauseTimeoutAttempt, CauseTimeoutIdle, CauseTimeoutTotal,
		CauseCanceled, CauseAborted, CausePanic,
	} {
		rows = append(rows, c.Row())
	}
	return rows
}

// Row returns what follows c.
func (c Cause) Row() Row {
	switch c {
	case CauseRateLimited:
		return Row{c, NextDestination, true, true, true, ClassRefused, 0}
	case CauseServerError:
		return Row{c, NextDestination, true, true, true, ClassUncertain, 0}
	case CauseProviderAuth, CauseProviderNotFound:
		return Row{c, NextDestination, false, true, false, ClassRefused, 502}
	case CauseCallerFault:
		return Row{c, TellCaller, false, false, false, ClassRefused, 0}
	case CauseRefused:
		return Row{c, NextDestination, true, true, false, ClassNotSent, 502}
	case CauseReset, CauseMalformed:
		return Row{c, NextDestination, true, true, false, ClassUncertain, 502}
	case CauseTimeoutConnect:
		return Row{c, NextDestination, true, true, false, ClassNotSent, 504}
	case CauseTimeoutFirstToken, CauseTimeoutAttempt, CauseTimeoutIdle:
		return Row{c, NextDestination, true, true, false, ClassUncertain, 504}
	case CauseTimeoutTotal:
		// Whoever was being tried when the time of all ran out is not to blame.
		return Row{c, TellCaller, false, false, false, ClassUncertain, 504}
	case CauseCanceled:
		return Row{c, TellCaller, false, false, false, ClassUncertain, 499}
	default:
		return Row{c, TellCaller, false, false, false, ClassUncertain, 0}
	}
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

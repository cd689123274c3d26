package routing

// A Request is what a [Plan] depends on besides the Config and what the Router
// has seen of the destinations. The same Request gives the same plan as long as
// those are the same: write it down and a plan can be replayed.
type Request struct {
	// Draw is a random number; it decides between several primaries.
	Draw uint64

	// Affinity stands for a session whose requests should stay with one of
	// several primaries: a hash of the service and the session's name (spec
	// §4.2). Default 0: the request belongs to no session.
	Affinity uint64

	// Stream says whether the answer is a stream, so that the first-token
	// limit applies (ruling R32). Default false.
	Stream bool
}

// lot is what decides whether a ramping destination lets the request in: the
// session, so that all its requests are let in or none, else the draw.
func (r *Request) lot() uint64 {
	if r.Affinity != 0 {
		return r.Affinity
	}
	return r.Draw
}

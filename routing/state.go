package routing

import "sync/atomic"

// A state is what has happened to an Attempt, in bits. As long as it is 0 only
// Do knows of its limits, and one step ends them.
type state struct{ atomic.Uint32 }

const (
	touched   = 1 << iota // somebody has looked at the limits
	committed             // Commit said yes
	late                  // Commit said no, because a limit had passed
	finished              // Try has returned
	settled               // health has heard of the attempt
)

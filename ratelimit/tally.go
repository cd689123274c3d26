package ratelimit

// Tally is what a [Memory] has taken and given back since it was made, of one
// dimension, over all buckets. At every moment
//
//	Reserved = Settled + Released + Open
//
// which is how to see that no reservation is ever lost or settled twice. The
// numbers wrap at the ends of int64, and the equation holds for all that.
type Tally struct {
	Reserved int64 // taken by admitted calls
	Settled  int64 // of that, what was really used
	Released int64 // of that, what was given back or never needed
	Open     int64 // of that, what calls under way still hold
	Excess   int64 // used beyond what was reserved, and charged besides
	Leases   int64 // asks of calls under way
}

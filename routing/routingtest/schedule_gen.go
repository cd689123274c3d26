package routingtest

import (
	"time"

	"pgregory.net/rapid"
)

// Schedules generates schedules for models of 1 to 3 replies each, of all
// shapes. What a reply says without the others being heard (At, Size, waits) is
// drawn for those shapes which hear it.
func Schedules(models ...string) *rapid.Generator[Schedule] {
	return rapid.Custom(func(t *rapid.T) Schedule {
		s := Schedule{}
		for _, m := range models {
			s[m] = rapid.SliceOfN(Replies(), 1, 3).Draw(t, m)
		}
		return s
	})
}

// Replies generates replies of all shapes, and of statuses from 400 to 599.
func Replies() *rapid.Generator[Reply] {
	statuses := []Shape{"400", "401", "403", "404", "408", "413", "422", "502", "504", "529", "204", "302"}
	shapes := append(Shapes(), statuses...)
	for range len(shapes) / 2 { // a third of all are well
		shapes = append(shapes, Whole)
	}
	return rapid.Custom(func(t *rapid.T) Reply {
		r := Reply{Shape: rapid.SampledFrom(shapes).Draw(t, "shape")}
		switch r.Shape {
		case CutClean, CutBroken, StallAt:
			r.At = rapid.IntRange(0, 1500).Draw(t, "at")
		case TooManyRequests, Unavailable:
			r.RetryAfter = rapid.SampledFrom([]string{"", "", "0", "2", "86400", "-1", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"}).Draw(t, "retry_after")
		}
		if rapid.IntRange(0, 3).Draw(t, "slow") == 0 {
			r.Wait = Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "wait"))
		}
		if rapid.IntRange(0, 3).Draw(t, "drips") == 0 {
			r.Piece = rapid.IntRange(1, 200).Draw(t, "piece")
			r.Every = Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "every"))
		}
		return r
	})
}

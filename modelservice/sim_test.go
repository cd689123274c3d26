package modelservice_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

var (
	simSchedules = flag.Int("schedules", 2000, "how many schedules TestSimulation plays")
	simFirst     = flag.Uint64("first-schedule", 0, "the first schedule of TestSimulation")
)

// A simSchedule is one story: a service, what its models do, and who calls it
// when. It is a function of its number.
type simSchedule struct {
	Number  uint64
	Service int
	Cools   bool // destinations may cool
	Script  routingtest.Schedule
	Calls   []simCall
}

// A simCall is one call of a story.
type simCall struct {
	Who    string
	API    routingtest.API
	Stream bool
	Start  routingtest.Duration // from the beginning of the story
	HangUp routingtest.Duration // after Start the caller is gone; 0: never
	Takes  int                  // the caller's end takes so many bytes, then fails; 0: all
}

// The limits of every story. They are odd, so that no two things happen in the
// same moment: replies take whole milliseconds, calls begin at whole
// microseconds, callers hang up 50 µs past.
var simLimits = routing.Timeouts{
	FirstToken: 10*time.Second + 101*time.Microsecond,
	Idle:       5*time.Second + 203*time.Microsecond,
	Attempt:    20*time.Second + 307*time.Microsecond,
	Total:      45*time.Second + 431*time.Microsecond,
}

// simShapes are what can be played in process and ends by itself; what is well
// comes as often as all else.
func simShapes() []routingtest.Shape {
	statuses := []routingtest.Shape{"400", "401", "402", "403", "404", "413", "418", "422", "502", "504", "529", "204", "302"}
	all := statuses
	for _, s := range routingtest.Shapes() {
		switch s {
		case routingtest.OversizeFirst, routingtest.HeaderBomb, routingtest.Gzip, routingtest.EndlessLine, routingtest.EndlessBody:
			// Large, endless, or package upstream's to refuse.
		default:
			all = append(all, s)
		}
	}
	for range len(all) {
		all = append(all, routingtest.Whole)
	}
	return all
}

// drawSchedule makes the schedule with a number.
func drawSchedule(number uint64, services []simService, apis []routingtest.API) *simSchedule {
	r := rand.New(rand.NewPCG(number, 0x5ce9e))
	s := &simSchedule{Number: number, Service: r.IntN(len(services)), Cools: r.IntN(2) == 0, Script: routingtest.Schedule{}}
	shapes := simShapes()
	for i := range services[s.Service].models() {
		var list []routingtest.Reply
		for range 1 + r.IntN(3) {
			list = append(list, drawSimReply(r, shapes))
		}
		s.Script[simModel(i)] = list
	}
	for i := range 1 + r.IntN(6) {
		c := simCall{
			Who: [...]string{"alice", "bob", "bob", "carol", "mallory"}[r.IntN(5)], API: apis[r.IntN(len(apis))], Stream: r.IntN(2) == 0,
			Start: routingtest.Duration(time.Duration(r.IntN(10_000))*time.Millisecond + time.Duration(i+1)*time.Microsecond),
		}
		switch r.IntN(6) {
		case 0:
			c.HangUp = routingtest.Duration(time.Duration(r.IntN(30_000))*time.Millisecond + 50*time.Microsecond)
		case 1:
			c.Takes = 1 + r.IntN(1500)
		}
		s.Calls = append(s.Calls, c)
	}
	return s
}

func drawSimReply(r *rand.Rand, shapes []routingtest.Shape) routingtest.Reply {
	reply := routingtest.Reply{Shape: shapes[r.IntN(len(shapes))]}
	switch reply.Shape {
	case routingtest.CutClean, routingtest.CutBroken, routingtest.StallAt:
		reply.At = r.IntN(1500)
	case routingtest.TooManyRequests, routingtest.Unavailable:
		reply.RetryAfter = [...]string{"", "", "0", "2", "86400", "-1", "soon"}[r.IntN(7)]
	}
	if r.IntN(3) == 0 {
		reply.Wait = routingtest.Duration(time.Duration(r.IntN(15_000)) * time.Millisecond)
	}
	// What a status or a page says besides is of no interest, and may be left
	// unread.
	if len(reply.Shape) > 3 && reply.Shape != routingtest.HTML && r.IntN(3) == 0 {
		reply.Piece = r.IntN(300)
		reply.Every = routingtest.Duration(time.Duration(r.IntN(7_000)/(1+r.IntN(20))) * time.Millisecond)
	}
	return reply
}

// Whole requests under random faults: several callers at once, hang-ups,
// limits. Each story is compared with an oracle that is slow and obvious
// (simAttempt and simStory.check): I1 to I6, I8, I10, I17, I23, I24 of
// failures.md. A schedule that fails is printed; -first-schedule N -schedules 1
// plays it again.
func TestSimulation(t *testing.T) {
	w := newSimWorld(t)
	ends := map[inferencelog.Outcome]int{}
	for i := range *simSchedules {
		for _, c := range w.simulate(t, drawSchedule(*simFirst+uint64(i), w.services, w.apis)) {
			ends[c.res.Outcome]++
		}
	}
	for _, o := range []inferencelog.Outcome{
		inferencelog.OutcomeOK, inferencelog.OutcomeTruncated, inferencelog.OutcomeCancelled, inferencelog.OutcomeFailed, inferencelog.OutcomeRefused,
	} {
		if *simSchedules >= 1000 && ends[o] < *simSchedules/20 {
			t.Errorf("the schedules hardly ever end %s: %v", o, ends)
		}
	}
}

// simulate plays a schedule and checks it; one that fails is printed and the
// last.
func (w *simWorld) simulate(t *testing.T, s *simSchedule) []*simCalled {
	t.Helper()
	defer func() {
		if t.Failed() {
			text, err := json.Marshal(s)
			t.Fatalf("schedule %d: %s (%v)\nservice %+v", s.Number, text, err, w.services[s.Service])
		}
	}()
	var story *simStory
	synctest.Test(t, func(t *testing.T) { story = w.play(t, s) })
	story.T = t
	w.rows(t, story)
	story.check()
	return story.calls
}

func simModel(i int) string { return fmt.Sprint("m", i) }

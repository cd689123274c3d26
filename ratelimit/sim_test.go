package ratelimit_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

var (
	arrivals   = flag.Int64("arrivals", usualArrivals, "how many arrivals TestArrivals plays, at least")
	firstRound = flag.Uint64("round", 0, "the round that TestArrivals begins with")
)

const (
	simSlots = 60     // the grain of the limiter's window
	enough   = 50_000 // arrivals in most rounds
)

// TestArrivals plays attacks on a limiter in fake time. In every interval of
// one period, both ends included, a bucket admits at most its limit; whoever
// is refused would not have fitted in a window one slot longer; and what is
// hammered at ten times its limit still gets 98 % of it.
func TestArrivals(t *testing.T) {
	var s sim
	s.test = t
	admitted := int64(0)
	for round := *firstRound; s.total < *arrivals; round++ {
		s.round(round)
		if s.failed {
			t.Fatalf("that was %s, in round %d; -round %d begins with it", s.attack, round, round)
		}
		admitted += s.admitted
	}
	t.Logf("%d arrivals, %d admitted", s.total, admitted)
}

// BenchmarkArrivals is the price of an arrival, the check included.
func BenchmarkArrivals(b *testing.B) {
	var s sim
	s.test = b
	for round := uint64(0); b.Loop(); round++ {
		s.round(round)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(s.total), "ns/arrival")
}

// sim is one round: a limiter, keys, and an attack on them.
type sim struct {
	test         testing.TB
	rand         *rand.Rand
	attack       string
	period, slot time.Duration
	renewal      ratelimit.Period

	start   time.Time
	now     time.Duration // the newest reading of the clock
	reading time.Duration

	limiter   *ratelimit.Limiter
	keys      []simKey
	service   ledger // of requests, if asks are two
	asks      [2]ratelimit.Ask
	n         int // how many of asks
	key       ratelimit.Key
	principal uint64
	flights   [64]flight
	next      int // the flight to be used next

	played, admitted int64
	total            int64 // over all rounds
	most             int64 // the most that a key had in one period
	failed           bool
}

type simKey struct {
	principal uint64
	ledger    ledger
	admitted  int64
}

// flight is a call that was admitted and is not closed.
type flight struct {
	lease         ratelimit.Lease
	key           int
	user, service uint64 // what the ledgers call it
	amount, used  int64
}

// round plays one attack.
func (s *sim) round(n uint64) {
	s.rand = newRand(n)
	s.renewal = ratelimit.Minute
	if s.rand.IntN(3) == 0 {
		s.renewal = ratelimit.Hour
	}
	s.period = s.renewal.Duration()
	s.slot = s.period / simSlots
	s.start = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	s.now = time.Duration(s.rand.Int64N(int64(2 * s.period)))
	s.reading = s.now
	s.played, s.admitted, s.n = 0, 0, 1
	s.key = []ratelimit.Key{ratelimit.KeyUserDefault, ratelimit.KeyUserGroup, ratelimit.KeyService, ratelimit.KeyRequestTag}[s.rand.IntN(4)]
	if s.rand.IntN(2) == 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	}
	s.limiter = ratelimit.New(&ratelimit.Options{Now: s.clock})
	s.limiter.Memory().CrossLanes()
	number := []int{1, 2, 8, 32}[s.rand.IntN(4)]
	limit := []int64{1, 2, 3, 7, 10, 60, 100, 1000}[s.rand.IntN(8)]
	kind := int(n % uint64(len(attacks)+3))
	switch kind {
	case len(attacks):
		s.open(min(number, int(1000/limit)), limit)
		s.attack = "hammer"
		s.hammer()
	case len(attacks) + 1:
		s.open(1, limit)
		s.attack = "search"
		s.search(enough)
	case len(attacks) + 2:
		s.open(number, limit)
		s.attack = "mixed"
		s.repeat(mixed, enough)
	default:
		s.open(number, limit)
		s.attack = attacks[kind].name
		s.repeat(attacks[kind].next, enough)
	}
	s.closeAll()
	s.total += s.played
}

// open makes new keys.
func (s *sim) open(number int, limit int64) {
	if len(s.keys) < number {
		s.keys = append(s.keys, make([]simKey, number-len(s.keys))...)
	}
	s.keys = s.keys[:number]
	for i := range s.keys {
		s.fresh(i, limit)
	}
	s.service.open(limit*int64(number)/2+1, s.period)
}

// fresh makes key i a new one.
func (s *sim) fresh(i int, limit int64) {
	s.principal++
	k := &s.keys[i]
	k.principal, k.admitted = s.principal, 0
	k.ledger.open(limit, s.period)
}

// hammer plays the attack of that name for ten periods, and counts.
func (s *sim) hammer() {
	a := arrival{key: len(s.keys)}
	limit := s.keys[0].ledger.limit
	first := s.period / time.Duration(10*limit)
	for end := s.now + first + 10*s.period; s.now < end && !s.failed; {
		hammer(s, &a)
		s.play(&a)
	}
	for i := range s.keys {
		if got := s.keys[i].admitted; got*100 < 10*limit*98 {
			s.fail("%d admitted in ten periods of %d", got, limit)
		}
	}
}

// repeat plays arrivals as next draws them, half of the time with a limit of
// the service's besides.
func (s *sim) repeat(next func(*sim, *arrival), arrivals int64) {
	s.n = 1 + s.rand.IntN(2)
	var a arrival
	for s.played < arrivals && !s.failed {
		next(s, &a)
		s.play(&a)
	}
}

// fail says the first thing that is wrong.
func (s *sim) fail(format string, args ...any) {
	if !s.failed {
		s.test.Errorf(format, args...)
	}
	s.failed = true
}

func (s *sim) clock() time.Time { return s.start.Add(s.reading) }

// play has one call arrive, and checks what becomes of it.
func (s *sim) play(a *arrival) {
	s.now += a.wait
	s.played++
	if a.storm {
		s.closeAll()
	}
	k := &s.keys[a.key]
	f := &s.flights[s.next]
	if s.next++; s.next == len(s.flights) {
		s.next = 0
	}
	s.reading = s.now
	s.close(f)
	if a.late > 0 {
		// Others have read the clock; this call did so before them.
		s.limiter.Usage(ratelimit.Bucket{Period: s.renewal, Dimension: ratelimit.Tokens}, 0)
		s.reading = s.now - a.late
	}
	limit := k.ledger.limit
	amount := min(a.amount, limit)
	s.asks[0] = ratelimit.Ask{
		Bucket: ratelimit.Bucket{Service: 1, Principal: k.principal, Key: s.key, Period: s.renewal, Dimension: ratelimit.Tokens},
		Limit:  limit,
		Amount: amount,
	}
	s.asks[1] = ratelimit.Ask{
		Bucket: ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Period: s.renewal, Dimension: ratelimit.Requests},
		Limit:  s.service.limit,
		Amount: 1,
	}
	v := s.limiter.Admit(context.Background(), s.asks[:s.n], &f.lease)
	s.reading = s.now
	k.ledger.advance(s.now)
	must, may := k.ledger.fits(amount)
	if s.n == 2 {
		s.service.advance(s.now)
		all, some := s.service.fits(1)
		must, may = must && all, may && some
	}
	if v.OK && !may || !v.OK && must {
		s.fail("at %v %d of %d with %d used in a period, %d in a slot more: %+v", s.now, amount, limit, k.ledger.narrow, k.ledger.wide, v)
	}
	if !v.OK {
		return
	}
	s.admitted++
	k.admitted++
	f.key, f.amount, f.used = a.key, amount, a.used
	f.user = k.ledger.charge(s.now, amount)
	if s.n == 2 {
		f.service = s.service.charge(s.now, 1)
	}
	s.most = max(s.most, k.ledger.narrow)
	if !a.hold {
		s.close(f)
	}
}

// close settles or releases f, if it is open, and has the ledgers follow.
func (s *sim) close(f *flight) {
	if !f.lease.Open() {
		return
	}
	g := &s.keys[f.key].ledger
	g.advance(s.now)
	switch {
	case f.used < 0:
		f.lease.Release()
		g.giveBack(f.user, f.amount)
		if s.n == 2 {
			s.service.advance(s.now)
			s.service.giveBack(f.service, 1)
		}
	case f.used <= f.amount:
		f.lease.Settle(f.used)
		g.giveBack(f.user, f.amount-f.used)
	default:
		f.lease.Settle(f.used)
		g.charge(s.now, f.used-f.amount)
	}
}

func (s *sim) closeAll() {
	s.reading = s.now
	for i := range s.flights {
		s.close(&s.flights[i])
	}
}

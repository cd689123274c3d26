package ratelimit

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Observe tells the limiter how many tokens an answer of a service had, a
// choice; below 0 counts as 0. It makes later estimates better (ruling R24),
// and changes no bucket. It allocates only for a service that is new.
func (l *Limiter) Observe(service uint64, tokens int64) {
	s := l.answers.shard(service)
	found := s.find(service)
	if found == nil {
		found = s.add(service)
	}
	found.add(tokens)
}

// Usual returns how many tokens answers of a service have at most, a choice,
// but for one in twenty: the 95th percentile of those observed, rounded up by
// less than an eighth; at least 1, and 2^63-1 if it is 2^32 or more. Old
// answers fade: each counts half after 128 more, or up to 256 at the start. Of
// fewer than 20 answers it is twice the longest, and 0, for unknown, before the
// first. [Estimate] takes it.
//
// Usual waits for nobody and allocates nothing. Up to 65,536 services are
// remembered, in half a kilobyte each; beyond that, some are forgotten.
func (l *Limiter) Usual(service uint64) int64 {
	if found := l.answers.shard(service).find(service); found != nil {
		return found.usual.Load()
	}
	return 0
}

const (
	answerShards = 1 << 8
	maxAnswers   = 1 << 16 / answerShards // services in one shard
)

// answers remembers how long answers are, by service.
type answers struct {
	shards [answerShards]answerShard
}

// answerShard is a map that is replaced when a service is new, so that looking
// one up, which every call does, writes nothing that others read.
type answerShard struct {
	adding sync.Mutex
	of     atomic.Pointer[map[uint64]*lengths]
}

func (a *answers) shard(service uint64) *answerShard {
	return &a.shards[service*0x9e3779b97f4a7c15>>56]
}

// find returns the lengths of a service, nil if it is new.
func (s *answerShard) find(service uint64) *lengths {
	if of := s.of.Load(); of != nil {
		return (*of)[service]
	}
	return nil
}

// add returns the lengths of a service, which it adds if it is new. A shard
// that is full begins anew: what is lost is an estimate.
func (s *answerShard) add(service uint64) *lengths {
	s.adding.Lock()
	defer s.adding.Unlock()
	if found := s.find(service); found != nil {
		return found
	}
	added := new(lengths)
	grown := map[uint64]*lengths{service: added}
	if of := s.of.Load(); of != nil && len(*of) < maxAnswers {
		maps.Copy(grown, *of)
	}
	s.of.Store(&grown)
	return added
}

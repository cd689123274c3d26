package ratelimit

import (
	"fmt"
	"time"
)

// Period is the renewal period of a rule (spec §5.1). The zero Period is
// neither of them and is refused wherever a period is needed.
type Period uint8

const (
	// Minute is 60 seconds, any 60 seconds.
	Minute Period = iota + 1
	// Hour is 60 minutes, any 60 minutes.
	Hour
)

// Duration returns the length of p, 0 for an unknown period.
func (p Period) Duration() time.Duration {
	switch p {
	case Minute:
		return time.Minute
	case Hour:
		return time.Hour
	}
	return 0
}

// String returns the wire name of p, RATE_LIMIT_RENEWAL_PERIOD_MINUTE for
// [Minute].
func (p Period) String() string {
	switch p {
	case Minute:
		return "RATE_LIMIT_RENEWAL_PERIOD_MINUTE"
	case Hour:
		return "RATE_LIMIT_RENEWAL_PERIOD_HOUR"
	}
	return fmt.Sprintf("Period(%d)", uint8(p))
}

// MarshalText returns the wire name of p; an unknown period is an error.
func (p Period) MarshalText() ([]byte, error) {
	if !p.valid() {
		return nil, fmt.Errorf("ratelimit: unknown renewal period %d", uint8(p))
	}
	return []byte(p.String()), nil
}

// UnmarshalText sets p from its wire name, spelled exactly.
func (p *Period) UnmarshalText(text []byte) error {
	for known := Minute; known.valid(); known++ {
		if string(text) == known.String() {
			*p = known
			return nil
		}
	}
	return fmt.Errorf("ratelimit: unknown renewal period %q", text)
}

func (p Period) valid() bool { return p == Minute || p == Hour }

// slots is the number of slots in one period: a slot is a second of a minute,
// or a minute of an hour.
const slots = 60

// tick is the length of the shortest slot, that of a minute. The slot of every
// other period is a whole number of ticks, so one counter tells all slots.
const tick = time.Minute / slots

// hourTicks is how many ticks make one slot of an hour.
const hourTicks = int64(time.Hour / slots / tick)

// ticks returns how many ticks make one slot of p.
func (p Period) ticks() int64 {
	if p == Hour {
		return hourTicks
	}
	return 1
}

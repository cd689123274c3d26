package ratelimit

import (
	"slices"
	"time"
)

// A store is somebody else's program. What it says is put into a form that can
// do no harm here, and believed.

// believable returns v as an answer to asks: of asks it names none but those,
// and whoever is to wait has a time to wait, two periods at most.
func believable(v Verdict, asks []Ask) Verdict {
	var shadow *Verdict
	if v.Shadow != nil && !v.Shadow.OK {
		shadow = new(Verdict)
		*shadow = refusal(*v.Shadow, asks, true)
	}
	if v.OK {
		return Verdict{OK: true, Shadow: shadow}
	}
	v = refusal(v, asks, false)
	v.Shadow = shadow
	return v
}

func refusal(v Verdict, asks []Ask, shadow bool) Verdict {
	r := Verdict{Blocked: nearest(v.Blocked, asks, shadow), Disabled: v.Disabled, Full: v.Full}
	if r.Disabled {
		return r
	}
	longest := max(2*r.Blocked.Bucket.Period.Duration(), 2*time.Minute)
	r.RetryAfter = min(v.RetryAfter, longest)
	if r.RetryAfter <= 0 {
		r.RetryAfter = tick
	}
	return r
}

// nearest returns the one of asks, which are not empty, that a store means
// by a.
func nearest(a Ask, asks []Ask, shadow bool) Ask {
	for _, same := range []func(b Ask) bool{
		func(b Ask) bool { return b.Bucket == a.Bucket && b.Limit == a.Limit && b.Amount == a.Amount },
		func(b Ask) bool { return b.Bucket == a.Bucket },
		func(b Ask) bool { return b.Bucket.Dimension != Concurrent },
		func(b Ask) bool { return true },
	} {
		if i := slices.IndexFunc(asks, func(b Ask) bool { return b.Shadow == shadow && same(b) }); i >= 0 {
			return asks[i]
		}
	}
	return asks[0]
}

// believableTaken returns what was taken for asks, once for each bucket: at
// least nothing, and at most what was wanted.
func believableTaken(asks []Ask, taken []Taken) []Taken {
	kept := taken[:0]
	for i, t := range taken {
		t.Bucket = asks[i].Bucket
		t.Amount = min(max(t.Amount, 0), max(asks[i].Amount, 1))
		k := slices.IndexFunc(kept, func(k Taken) bool { return k.Bucket == t.Bucket })
		switch {
		case k < 0:
			kept = append(kept, t)
		case t.Amount > kept[k].Amount:
			kept[k] = t
		}
	}
	return kept
}

// worse returns the refusal that lasts longer, nil if neither is one.
func worse(a, b *Verdict) *Verdict {
	switch {
	case a == nil:
		return b
	case b == nil || a.Disabled:
		return a
	case b.Disabled || b.RetryAfter > a.RetryAfter:
		return b
	}
	return a
}

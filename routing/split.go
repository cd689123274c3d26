package routing

// pick returns the index of the primary that draw falls on, -1 if there is none
// with any share.
func pick(primaries []Destination, draw uint64) int {
	if len(primaries) == 1 {
		return 0
	}
	total := uint64(0)
	for i := range primaries {
		total += share(&primaries[i])
	}
	if total == 0 {
		return -1
	}
	at := draw % total
	for i := range primaries {
		s := share(&primaries[i])
		if at < s {
			return i
		}
		at -= s
	}
	return -1
}

// pickInstead chooses among the primaries that ok allows when the draw fell on
// picked, which is not one of them; -1 if none is left.
//
// The draws that fall on picked are numbered without gaps: 0, 1, 2, … as the
// draw grows. That number modulo the remaining shares decides, so the split
// among the rest is as exact as the first one.
func pickInstead(primaries []Destination, draw uint64, picked int, ok func(*Destination) bool) int {
	total, rest, before := uint64(0), uint64(0), uint64(0)
	for i := range primaries {
		d := &primaries[i]
		total += share(d)
		if i < picked {
			before += share(d)
		}
		if i != picked && ok(d) {
			rest += share(d)
		}
	}
	if rest == 0 {
		return -1
	}
	at := (draw/total*share(&primaries[picked]) + draw%total - before) % rest
	for i := range primaries {
		d := &primaries[i]
		if i == picked || !ok(d) {
			continue
		}
		if at < share(d) {
			return i
		}
		at -= share(d)
	}
	return -1
}

func share(d *Destination) uint64 {
	return uint64(min(max(d.Percentage, 0), 100))
}

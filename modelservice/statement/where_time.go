package statement

import "time"

// timeForms are how a time may be written, with a space or a T before the hours.
// A fraction of a second may follow the seconds, and a zone the time; without one
// it is UTC.
var timeForms = func() []string {
	forms := []string{time.DateOnly}
	for _, between := range []string{" ", "T"} {
		for _, clock := range []string{"15:04", "15:04:05"} {
			for _, zone := range []string{"", "Z07:00", " Z07:00", "Z0700", "Z07", " UTC"} {
				forms = append(forms, time.DateOnly+between+clock+zone)
			}
		}
	}
	return forms
}()

// parseTime reads a time, to the microsecond, as the rows have it.
func parseTime(text string) (time.Time, bool) {
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC().Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// ago is the time that a Now stands for.
func (s *scan) ago(o Now) time.Time {
	t := s.now.UTC().Truncate(time.Microsecond)
	for _, u := range units {
		if u.name == o.Unit {
			return t.Add(-time.Duration(min(o.Ago, maxInterval/u.seconds)*u.seconds) * time.Second)
		}
	}
	return t
}

package main

import "time"

// limits are the timeouts of a call, and the cooldown.
type limits struct {
	connect, firstToken, idle, attempt, total, cooldown time.Duration
}

// check fills in the defaults.
func (t *timeouts) check() (limits, error) {
	var l limits
	for _, row := range []struct {
		key      string
		given    *duration
		standard time.Duration
		into     *time.Duration
		least    time.Duration
	}{
		{"connect", t.Connect, defaultConnect, &l.connect, 1},
		{"first_token", t.FirstToken, defaultFirstToken, &l.firstToken, 1},
		{"idle", t.Idle, defaultIdle, &l.idle, 1},
		{"attempt", t.Attempt, defaultAttempt, &l.attempt, 1},
		{"total", t.Total, defaultTotal, &l.total, 1},
		{"cooldown", t.Cooldown, defaultCooldown, &l.cooldown, 0},
	} {
		*row.into = row.standard
		if row.given == nil {
			continue
		}
		if *row.into = time.Duration(*row.given); *row.into < row.least {
			if row.least == 0 {
				return l, faultf("/timeouts/"+row.key, "must not be negative")
			}
			return l, faultf("/timeouts/"+row.key, "must be more than 0s")
		}
	}
	return l, nil
}

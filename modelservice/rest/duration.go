package rest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// duration is a length of time above zero as the GA API writes it: seconds with
// up to nine decimals and an "s" (spec §3.2).
type duration time.Duration

var errDuration = errors.New(`must be a duration above zero in seconds, such as "3.5s"`)

// UnmarshalText reads a duration.
func (d *duration) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "s")
	whole, decimals, point := strings.Cut(number, ".")
	if !ok || !digits(whole) || point && (!digits(decimals) || len(decimals) > 9) {
		return errDuration
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds >= math.MaxInt64/int64(time.Second) {
		return errDuration
	}
	nanos, err := strconv.ParseInt((decimals + "000000000")[:9], 10, 64)
	if err != nil || seconds == 0 && nanos == 0 {
		return errDuration
	}
	*d = duration(seconds*int64(time.Second) + nanos)
	return nil
}

// MarshalText writes a duration with no, three, six or nine decimals.
func (d duration) MarshalText() ([]byte, error) {
	seconds, nanos := time.Duration(d)/time.Second, time.Duration(d)%time.Second
	text := fmt.Sprintf("%d.%09d", seconds, nanos)
	for range 3 {
		text = strings.TrimSuffix(text, "000")
	}
	return []byte(strings.TrimSuffix(text, ".") + "s"), nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

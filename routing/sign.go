package routing

import "strings"

// Said is what a provider's refusal says of itself, besides its status. What it
// does not say is "".
type Said struct {
	Code    string // error.code, or the like
	Type    string // error.type, or the like
	Message string // the text for people; only looked into, never kept
}

// A Sign tells a Cause by what a provider said. It fits if all its fields that
// are not zero do; one without any fits nothing.
type Sign struct {
	// Status is the HTTP status.
	Status int

	// Code and Type are Said's, in any letter case.
	Code string
	Type string

	// Prefix is the beginning of Said's Message, in any letter case. Where the
	// Cause is not the caller's fault this is the safer one: providers quote
	// the caller's words in their messages, but do not begin with them.
	Prefix string

	// Message is a part of Said's, in any letter case.
	Message string

	// Cause is what it means. It may be one of your own, if Options.Rows has a
	// Row for it.
	Cause Cause
}

// CauseOf returns why a provider refused: the Cause of the first sign that
// fits, those of Options before [Signs], else [CauseOfStatus]. A status of 2xx
// is for an error reported inside an answer; if no sign fits that, CauseOf
// returns "". It may be called by many goroutines, and keeps nothing.
func (r *Router) CauseOf(status int, said Said) Cause {
	said.Code, said.Type = bare(said.Code), bare(said.Type)
	if len(said.Message) > longestLookedInto {
		said.Message = said.Message[:longestLookedInto]
	}
	for i := range r.signs {
		if r.signs[i].fits(status, &said) {
			return r.signs[i].Cause
		}
	}
	return CauseOfStatus(status)
}

// longestLookedInto bounds the work that a provider's text can make.
const longestLookedInto = 4096

func (s *Sign) fits(status int, said *Said) bool {
	return (s.Status != 0 || s.Code != "" || s.Type != "" || s.Prefix != "" || s.Message != "") &&
		(s.Status == 0 || s.Status == status) &&
		(s.Code == "" || strings.EqualFold(s.Code, said.Code)) &&
		(s.Type == "" || strings.EqualFold(s.Type, said.Type)) &&
		hasPrefixFold(said.Message, s.Prefix) &&
		(s.Message == "" || containsFold(said.Message, s.Message))
}

// bare takes off what AWS puts around the names of its errors:
// "com.amazon.coral.availability#ThrottlingException:http://…".
func bare(name string) string {
	if _, after, ok := strings.Cut(name, "#"); ok {
		name = after
	}
	name, _, _ = strings.Cut(name, ":")
	return name
}

// hasPrefixFold is strings.HasPrefix without regard to the case of letters.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// containsFold is strings.Contains without regard to the case of ASCII letters.
func containsFold(s, part string) bool {
	for ; len(s) >= len(part); s = s[1:] {
		if strings.EqualFold(s[:len(part)], part) {
			return true
		}
	}
	return false
}

// allSigns are own, without those that name no Cause, and those of Signs.
func allSigns(own []Sign) []Sign {
	known := Signs()
	all := make([]Sign, 0, len(own)+len(known))
	for _, s := range own {
		if s.Cause != "" {
			all = append(all, s)
		}
	}
	return append(all, known...)
}

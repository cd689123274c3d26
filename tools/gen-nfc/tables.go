package main

import (
	"cmp"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// tables is what package nfc needs to know about Unicode, Hangul syllables
// apart, which are computed.
type tables struct {
	spans    []span
	pairs    []pair // by from
	composed []int  // indices of pairs that compose again, by first and second
}

type span struct {
	first, last rune
	class       uint8
	look        string
}

type pair struct {
	from, first, second rune
}

// Hangul syllables, and the vowels and trailing consonants that combine with
// what stands before.
const (
	firstSyllable, lastSyllable = 0xAC00, 0xD7A3
	firstVowel, lastVowel       = 0x1161, 0x1175
	firstTrail, lastTrail       = 0x11A8, 0x11C2
)

// readTables asks x/text about every character.
func readTables() (*tables, error) {
	if norm.Version != unicode.Version {
		return nil, fmt.Errorf("x/text has Unicode %s, this Go has %s", norm.Version, unicode.Version)
	}
	t := new(tables)
	if err := t.readPairs(); err != nil {
		return nil, err
	}
	t.readSpans()
	return t, nil
}

func (t *tables) readPairs() error {
	full := make(map[rune]string) // full decompositions
	whole := make(map[string]rune)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) || r >= firstSyllable && r <= lastSyllable {
			continue
		}
		s := string(r)
		d := norm.NFD.String(s)
		if d == s {
			continue
		}
		full[r] = d
		// Where several characters have the same parts, the one in normal form stands for them.
		if _, ok := whole[d]; !ok || norm.NFC.IsNormalString(s) {
			whole[d] = r
		}
	}
	for r, d := range full {
		p := pair{from: r}
		second, size := utf8.DecodeLastRuneInString(d)
		if head := d[:len(d)-size]; head == "" {
			p.first = second
		} else {
			p.second = second
			if p.first, size = utf8.DecodeRuneInString(head); size < len(head) {
				first, ok := whole[head]
				if !ok {
					return fmt.Errorf("%U: no character for all but the last of its parts %+q", r, d)
				}
				p.first = first
			}
		}
		if _, ok := full[p.second]; ok {
			return fmt.Errorf("%U: its second part %U has parts", r, p.second)
		}
		t.pairs = append(t.pairs, p)
	}
	slices.SortFunc(t.pairs, func(a, b pair) int { return cmp.Compare(a.from, b.from) })
	for i, p := range t.pairs {
		if p.second != 0 && norm.NFC.IsNormalString(string(p.from)) {
			t.composed = append(t.composed, i)
		}
	}
	slices.SortFunc(t.composed, func(i, j int) int {
		a, b := t.pairs[i], t.pairs[j]
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.second, b.second))
	})
	return nil
}

func (t *tables) readSpans() {
	combines := make(map[rune]bool) // with what stands before
	for _, i := range t.composed {
		combines[t.pairs[i].second] = true
	}
	for r := rune(firstVowel); r <= lastVowel; r++ {
		combines[r] = true
	}
	for r := rune(firstTrail); r <= lastTrail; r++ {
		combines[r] = true
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		now := span{first: r, last: r, class: norm.NFC.PropertiesString(s).CCC(), look: "stays"}
		lead, _ := utf8.DecodeRuneInString(norm.NFD.String(s))
		switch {
		case !norm.NFC.IsNormalString(s):
			now.look = "changes"
		case combines[lead]:
			now.look = "depends"
		}
		if now.class == 0 && now.look == "stays" {
			continue
		}
		if n := len(t.spans); n > 0 {
			last := &t.spans[n-1]
			if last.last == r-1 && last.class == now.class && last.look == now.look {
				last.last = r
				continue
			}
		}
		t.spans = append(t.spans, now)
	}
}

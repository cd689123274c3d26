package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/modelward/modelward/catalog/internal/nfc"
)

// The tables in the tree are those that this command writes.
func TestTablesAreCurrent(t *testing.T) {
	fresh, err := readTables()
	if err != nil {
		t.Fatal(err)
	}
	want, err := fresh.source()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../catalog/internal/nfc/tables.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("catalog/internal/nfc/tables.go is stale: run go generate ./catalog/internal/nfc")
	}
}

// compare checks s against x/text. The two differ on purpose in one respect:
// x/text breaks runs of more than 30 marks (the Stream-Safe Text Format), nfc
// never does, so no text here is that long.
func compare(t *testing.T, s string) {
	t.Helper()
	if got, want := nfc.String(s), norm.NFC.String(s); got != want {
		t.Errorf("String(%+q) = %+q, x/text says %+q", s, got, want)
	}
	if got, want := nfc.IsNormal(s), norm.NFC.IsNormalString(s); got != want {
		t.Errorf("IsNormal(%+q) = %v, x/text says %v", s, got, want)
	}
}

// Every character: alone, taken apart, and between neighbours that combine.
func TestEveryCharacter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		compare(t, s)
		compare(t, "e"+s+"\u0301")
		compare(t, "\u1100"+s+"\u11a8")
		if d := norm.NFD.String(s); d != s {
			compare(t, d)
			compare(t, d+"\u0316")
		}
		if t.Failed() {
			return // one character is enough to look at
		}
	}
}

// Every two characters that have to do with composition, side by side and with
// a mark between.
func TestEveryPair(t *testing.T) {
	tables, err := readTables()
	if err != nil {
		t.Fatal(err)
	}
	firsts, seconds := make(map[rune]bool), make(map[rune]bool)
	for _, p := range tables.pairs {
		if p.second != 0 {
			firsts[p.first], seconds[p.second] = true, true
		}
	}
	for a := range firsts {
		for b := range seconds {
			compare(t, string(a)+string(b))
			compare(t, string(a)+"\u0323"+string(b))
		}
		if t.Failed() {
			return
		}
	}
}

// Random texts, dense in what normalization changes.
func TestRandomTexts(t *testing.T) {
	tables, err := readTables()
	if err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(15, 0))
	character := func() rune {
		switch p := tables.pairs[draw.IntN(len(tables.pairs))]; draw.IntN(8) {
		case 0:
			return p.from
		case 1:
			return p.first
		case 2:
			return p.second
		case 3:
			return rune(firstSyllable + draw.IntN(lastSyllable-firstSyllable+1))
		case 4:
			return rune(0x1100 + draw.IntN(0x100))
		case 5:
			s := tables.spans[draw.IntN(len(tables.spans))]
			return s.first + draw.Int32N(s.last-s.first+1)
		case 6:
			return rune(0x300 + draw.IntN(0x70))
		default:
			return rune(draw.IntN(0x80))
		}
	}
	for range 300_000 {
		var b []byte
		for range draw.IntN(12) {
			if draw.IntN(40) == 0 {
				b = append(b, byte(draw.IntN(256)))
				continue
			}
			b = utf8.AppendRune(b, character())
		}
		compare(t, string(b))
		if t.Failed() {
			return
		}
	}
}

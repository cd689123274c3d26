package nfc

// Hangul syllables are composed of a leading consonant, a vowel and perhaps a
// trailing consonant by arithmetic (The Unicode Standard, section 3.12).
const (
	syllables = 0xAC00
	leads     = 0x1100
	vowels    = 0x1161
	trails    = 0x11A7 // one before the first: 0 means no trailing consonant

	leadCount  = 19
	vowelCount = 21
	trailCount = 28
)

// splitHangul takes a syllable apart; trail is 0 when it has none.
func splitHangul(r rune) (lead, vowel, trail rune, ok bool) {
	n := r - syllables
	if n < 0 || n >= leadCount*vowelCount*trailCount {
		return 0, 0, 0, false
	}
	lead = leads + n/(vowelCount*trailCount)
	vowel = vowels + n/trailCount%vowelCount
	if t := n % trailCount; t > 0 {
		trail = trails + t
	}
	return lead, vowel, trail, true
}

// joinHangul puts a lead and a vowel together, or a syllable without a trailing
// consonant and one.
func joinHangul(first, second rune) (rune, bool) {
	lead, vowel := first-leads, second-vowels
	if lead >= 0 && lead < leadCount && vowel >= 0 && vowel < vowelCount {
		return syllables + (lead*vowelCount+vowel)*trailCount, true
	}
	n, trail := first-syllables, second-trails
	if n >= 0 && n < leadCount*vowelCount*trailCount && n%trailCount == 0 && trail > 0 && trail < trailCount {
		return first + trail, true
	}
	return 0, false
}

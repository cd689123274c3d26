package authztest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// isKeyword reports whether a word ends a name or a list in a statement.
func isKeyword(w string) bool {
	switch w {
	case "of", "on", "to", "from", "in", "owner", "owns",
		"hidden", "visible", "missing", "because", "nothing", ",":
		return true
	}
	return false
}

// word is one word of a scenario line. A quoted one is never a keyword.
type word struct {
	text   string
	quoted bool
}

// words are what is left of a line.
type words []word

// splitLine splits a line into words, commas being words of their own. A word
// in double quotes may hold anything, a # ends the line.
func splitLine(line string) (words, error) {
	var ws words
	for {
		line = strings.TrimLeft(line, " \t\r")
		switch {
		case line == "" || line[0] == '#':
			return ws, nil
		case line[0] == ',':
			ws, line = append(ws, word{text: ","}), line[1:]
		case line[0] == '"':
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf("a quote is not closed")
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			ws, line = append(ws, word{text, true}), line[len(quoted):]
		default:
			end := strings.IndexAny(line, " \t\r,#\"")
			if end < 0 {
				end = len(line)
			}
			ws, line = append(ws, word{text: line[:end]}), line[end:]
		}
	}
}

// name takes the first word as a name.
func (ws *words) name() (string, error) {
	if len(*ws) == 0 || !(*ws)[0].quoted && isKeyword((*ws)[0].text) {
		return "", fmt.Errorf("a name is missing at %q", ws)
	}
	name := (*ws)[0].text
	*ws = (*ws)[1:]
	return name, nil
}

// take takes the first word if it is the given keyword.
func (ws *words) take(keyword string) bool {
	if len(*ws) == 0 || (*ws)[0] != (word{text: keyword}) {
		return false
	}
	*ws = (*ws)[1:]
	return true
}

// expect takes the first word, which must be the given keyword.
func (ws *words) expect(keyword string) error {
	if !ws.take(keyword) {
		return fmt.Errorf("want %q at %q", keyword, ws)
	}
	return nil
}

// until takes the words before the first of the given keywords, or all.
func (ws *words) until(keywords ...string) words {
	end := slices.IndexFunc(*ws, func(w word) bool { return !w.quoted && slices.Contains(keywords, w.text) })
	if end < 0 {
		end = len(*ws)
	}
	before := (*ws)[:end]
	*ws = (*ws)[end:]
	return before
}

// lists splits the words at commas.
func (ws words) lists() []words {
	var all []words
	for {
		all = append(all, ws.until(","))
		if !ws.take(",") {
			return all
		}
	}
}

// String joins the words with spaces.
func (ws words) String() string {
	texts := make([]string, len(ws))
	for i, w := range ws {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

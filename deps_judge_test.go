package modelward_test

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// judge returns, in plain sentences, what in the tree is against the rules, and
// which rules speak of nothing.
func judge(tree fs.FS, order, outsiders string) []string {
	h, err := visit(tree)
	if err != nil {
		return []string{err.Error()}
	}
	arrows, problems := parseArrows(order)
	strangers, more := parseArrows(outsiders)
	problems = append(problems, more...)
	delete(strangers, "")

	rooms := make(map[string]bool) // those with a line of their own
	below := make(map[string][]string)
	for from, to := range arrows {
		for _, room := range to {
			rooms[room] = true
			below[room] = append(below[room], from)
		}
	}
	problems = append(problems, checkRules(h, arrows, strangers, rooms, below)...)

	for _, p := range slices.Sorted(maps.Keys(h.imports)) {
		room := roomOf(p, rooms)
		if room == "" {
			problems = append(problems, fmt.Sprintf("%s has no room: the order has no line with it on the right", p))
			continue
		}
		reach := reachable(room, below)
		for _, what := range slices.Sorted(maps.Keys(h.imports[p])) {
			where := h.imports[p][what]
			if ours, ok := h.ours(what); ok {
				if target := roomOf(ours, rooms); target != room && !reach[target] {
					problems = append(problems, fmt.Sprintf("%s imports %s: the order has no arrow %s → %s (%s)", p, ours, ours, p, where))
				}
				continue
			}
			stranger := covering(what, strangers)
			switch {
			case stranger != "" && !admitted(p, room, strangers[stranger]):
				problems = append(problems, fmt.Sprintf("%s imports %s: only %s may (%s)", p, what, strings.Join(strangers[stranger], ", "), where))
			case stranger == "" && !standard(what) && !h.nested(p):
				problems = append(problems, fmt.Sprintf("%s imports %s: the root module has its four dependencies and no other (%s)", p, what, where))
			}
		}
	}
	return problems
}

// checkRules finds rules about packages that are not there, names without a line
// of their own, and circles.
func checkRules(h *house, arrows, strangers map[string][]string, rooms map[string]bool, below map[string][]string) []string {
	var problems []string
	mentioned := maps.Clone(rooms)
	for from := range arrows {
		mentioned[from] = true
	}
	for _, to := range strangers {
		for _, room := range to {
			mentioned[room] = true
		}
	}
	for _, room := range []string{"", "ANY", "TESTS"} {
		delete(mentioned, room)
	}
	for _, room := range slices.Sorted(maps.Keys(mentioned)) {
		switch {
		case !h.has(room):
			problems = append(problems, fmt.Sprintf("the rules name %s, but there is no such package: take it out", room))
		case !rooms[room]:
			problems = append(problems, fmt.Sprintf("the rules name %s, but the order has no line with it on the right", room))
		case reachable(room, below)[room]:
			problems = append(problems, fmt.Sprintf("the order goes in a circle: %s is below itself", room))
		}
	}
	return problems
}

// parseArrows reads rules into a map from what is imported to who may; NONE is
// the empty name.
func parseArrows(text string) (arrows map[string][]string, problems []string) {
	arrows = make(map[string][]string)
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		left, right, ok := strings.Cut(line, "<")
		if !ok {
			problems = append(problems, fmt.Sprintf("not a rule, there is no arrow in it: %s", line))
			continue
		}
		for _, from := range names(left) {
			if from == "NONE" {
				from = ""
			}
			arrows[from] = append(arrows[from], names(right)...)
		}
	}
	return arrows, problems
}

// names splits a list at its commas and writes out what stands in braces.
func names(list string) []string {
	var all []string
	for _, name := range regexp.MustCompile(`[^,{]+(\{[^}]*\}[^,{]*)?`).FindAllString(list, -1) {
		prefix, braces, _ := strings.Cut(strings.TrimSpace(name), "{")
		inner, suffix, _ := strings.Cut(braces, "}")
		for part := range strings.SplitSeq(inner, ",") {
			all = append(all, prefix+strings.TrimSpace(part)+suffix)
		}
	}
	return all
}

// reachable returns every room that room may import.
func reachable(room string, below map[string][]string) map[string]bool {
	seen := make(map[string]bool)
	var walk func(string)
	walk = func(room string) {
		for _, next := range below[room] {
			if !seen[next] {
				seen[next] = true
				walk(next)
			}
		}
	}
	walk(room)
	return seen
}

// roomOf returns the room that the package at p is in, or "".
func roomOf(p string, rooms map[string]bool) string {
	if rooms[p] {
		return p
	}
	for ; p != "."; p = path.Dir(p) {
		if rooms[p+"/..."] {
			return p + "/..."
		}
	}
	return ""
}

// covering returns the outsider in the rules that what is, or is below.
func covering(what string, strangers map[string][]string) string {
	for ; what != "."; what = path.Dir(what) {
		if _, ok := strangers[what]; ok {
			return what
		}
	}
	return ""
}

// admitted reports whether the package at p, in room, is one of those who may.
func admitted(p, room string, who []string) bool {
	suite := path.Base(p) == path.Base(path.Dir(p))+"test"
	return slices.Contains(who, room) || slices.Contains(who, "ANY") || suite && slices.Contains(who, "TESTS")
}

// standard reports whether an import path is one of the standard library's.
func standard(what string) bool {
	first, _, _ := strings.Cut(what, "/")
	return !strings.Contains(first, ".")
}

package wire

// faults collects the signs of an error among the members of an object that
// ought to be an answer.
type faults struct {
	failed bool // "error" is an object or a text, or "object" says so
	coded  bool // there is an "error_code", as Databricks writes it
}

// member steps over such a member.
func (f *faults) member(s *scanner, key []byte) {
	at := s.value()
	if s.bad {
		return
	}
	value := s.data[at.start:at.end]
	switch string(key) {
	case "error":
		f.failed = f.failed || value[0] == '{' || value[0] == '"' && len(value) > len(`""`)
	case "object":
		f.failed = f.failed || string(value) == `"error"`
	case "error_code":
		f.coded = f.coded || value[0] == '"'
	}
}

package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// shelf is the collector's side, in this process: an [http.RoundTripper] that
// keeps the rows posted to it, each once.
type shelf struct {
	mu   sync.Mutex
	away bool            // it answers 503
	ids  map[string]bool // by table
	rows []row           // in the order in which they came
}

// row is what this collector looks at of a line.
type row struct {
	table     string
	ID        string `json:"invocation_id"`
	Requester string `json:"requester"`
	Request   string `json:"request"`
	Status    int    `json:"status_code"`
}

// setAway says whether the collector is away.
func (s *shelf) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func (s *shelf) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}
	if s.away {
		answer.StatusCode = http.StatusServiceUnavailable
		return answer, nil
	}
	for d := json.NewDecoder(r.Body); d.More(); {
		one := row{table: strings.TrimPrefix(r.URL.Path, "/")}
		if err := d.Decode(&one); err != nil {
			answer.StatusCode = http.StatusBadRequest
			return answer, nil
		}
		if id := one.table + "/" + one.ID; !s.ids[id] {
			s.ids[id] = true
			s.rows = append(s.rows, one)
		}
	}
	return answer, nil
}

// of returns the rows of a table.
func (s *shelf) of(table string) []row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []row
	for _, one := range s.rows {
		if one.table == table {
			all = append(all, one)
		}
	}
	return all
}

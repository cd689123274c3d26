package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// cells returns what the answer to a statement says in some of its columns, row
// by row. NULL is "NULL"; a column that the answer does not have is empty.
func (a *answer) cells(columns ...string) [][]string {
	var set struct {
		Manifest struct {
			Schema struct {
				Columns []struct {
					Name string `json:"name"`
				} `json:"columns"`
			} `json:"schema"`
		} `json:"manifest"`
		Result struct {
			Rows [][]*string `json:"data_array"`
		} `json:"result"`
	}
	if json.Unmarshal(a.body, &set) != nil {
		return nil
	}
	at := map[string]int{}
	for i, c := range set.Manifest.Schema.Columns {
		at[c.Name] = i
	}
	all := make([][]string, len(set.Result.Rows))
	for n, row := range set.Result.Rows {
		for _, name := range columns {
			cell := ""
			if i, ok := at[name]; ok && i < len(row) {
				if cell = "NULL"; row[i] != nil {
					cell = *row[i]
				}
			}
			all[n] = append(all[n], cell)
		}
	}
	return all
}

// column returns what the answer to a statement says in one of its columns.
func (a *answer) column(name string) []string {
	var all []string
	for _, row := range a.cells(name) {
		all = append(all, row[0])
	}
	return all
}

// says is a statement that was done, whose answer says in these columns exactly
// this. Both are written with commas: "Principal, Type".
func says(columns string, want ...string) check {
	names := strings.Split(columns, ", ")
	return all(succeeded(), func(a *answer) error {
		var got []string
		for _, row := range a.cells(names...) {
			got = append(got, strings.Join(row, ", "))
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s: the rows are %q, not %q", columns, got, want)
		}
		return nil
	})
}

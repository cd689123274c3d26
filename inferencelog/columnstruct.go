package inferencelog

import "encoding/json"

// The columns of the usage table that are structs in the field: JSON text here.

const (
	tokenDetailsType = "STRUCT<cache_read_input_tokens:BIGINT,cache_creation_input_tokens:BIGINT,output_reasoning_tokens:BIGINT>"
	routingType      = "STRUCT<attempts:ARRAY<STRUCT<destination:STRING,action:STRING,status_code:INT,error_code:STRING,latency_ms:BIGINT,class:STRING>>>"
)

// tokenDetails is null when no part of it is known.
func tokenDetails(name string) column {
	appendTo := func(dst []byte, r *Record) []byte {
		if !r.CacheReadTokens.Valid && !r.CacheCreationTokens.Valid && !r.ReasoningTokens.Valid {
			return append(dst, "null"...)
		}
		dst = appendNullInt(append(dst, `{"cache_read_input_tokens":`...), r.CacheReadTokens)
		dst = appendNullInt(append(dst, `,"cache_creation_input_tokens":`...), r.CacheCreationTokens)
		dst = appendNullInt(append(dst, `,"output_reasoning_tokens":`...), r.ReasoningTokens)
		return append(dst, '}')
	}
	set := func(r *Record, text string) bool {
		var of struct {
			Read      *int64 `json:"cache_read_input_tokens"`
			Creation  *int64 `json:"cache_creation_input_tokens"`
			Reasoning *int64 `json:"output_reasoning_tokens"`
		}
		if text != "" && json.Unmarshal([]byte(text), &of) != nil {
			return false
		}
		r.CacheReadTokens, r.CacheCreationTokens, r.ReasoningTokens = known(of.Read), known(of.Creation), known(of.Reasoning)
		return true
	}
	return structure(name, tokenDetailsType, appendTo, set)
}

// routingInformation shows the attempts, in the shape of the usage table.
func routingInformation(name string) column {
	appendTo := func(dst []byte, r *Record) []byte {
		if r.Attempts == nil {
			return append(dst, "null"...)
		}
		return append(appendAttempts(append(dst, `{"attempts":`...), r.Attempts), '}')
	}
	set := func(r *Record, text string) bool {
		var of struct {
			Attempts []Attempt `json:"attempts"`
		}
		if text != "" && json.Unmarshal([]byte(text), &of) != nil {
			return false
		}
		r.Attempts = of.Attempts
		return true
	}
	return structure(name, routingType, appendTo, set)
}

func structure(name, typ string, appendTo func([]byte, *Record) []byte, set func(*Record, string) bool) column {
	return column{Column{name, typ},
		func(r *Record) any {
			if text := appendTo(nil, r); string(text) != "null" {
				return string(text)
			}
			return nil
		},
		func(r *Record, v any) bool {
			text, ok := asText(v)
			return ok && set(r, text)
		},
		appendTo}
}

func known(n *int64) NullInt {
	if n == nil {
		return NullInt{}
	}
	return Known(*n)
}

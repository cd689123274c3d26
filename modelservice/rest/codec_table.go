package rest

import (
	"strings"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// durability reads how surely rows are kept; what is not given is the default.
func durability(text string) (inferencelog.Durability, error) {
	switch text {
	case "", "FAST":
		return inferencelog.Fast, nil
	case "JOURNAL":
		return inferencelog.Journaled, nil
	}
	return "", invalid("/config/inference_table/durability", "It must be FAST or JOURNAL.")
}

// payloads reads whether bodies are logged; what is not given is the default.
func payloads(text string) (modelservice.PayloadPolicy, error) {
	switch text {
	case "", "ALL":
		return modelservice.PayloadsAll, nil
	case "OPTIONAL":
		return modelservice.PayloadsOptional, nil
	case "NONE":
		return modelservice.PayloadsNone, nil
	}
	return "", invalid("/config/inference_table/payloads", "It must be ALL, OPTIONAL or NONE.")
}

// newTableRefAnswer shows where a service logs, and what is not the default of
// what goes there.
func newTableRefAnswer(t *modelservice.InferenceTable) *tableRefAnswer {
	if t == nil {
		return nil
	}
	answer := &tableRefAnswer{
		Parent: schemaForm + t.Parent, Prefix: t.Prefix, Table: tableForm + t.Parent + "." + t.Table,
		Disabled: t.Disabled, IsDeleted: t.Deleted,
		Durability: strings.ToUpper(string(t.Durability)), Payloads: strings.ToUpper(string(t.Payloads)), OmitRefused: t.OmitRefused,
	}
	if t.Logging.Status != modelservice.LoggingActive { // the field has no word for it, so nothing is said where all is well
		answer.Status, answer.Reason = t.Logging.Status, t.Logging.Reason
	}
	return answer
}

package rest

import (
	"strings"
	"time"

	"github.com/modelward/modelward/modelservice"
)

// healthAnswer is how a model fares as a destination.
type healthAnswer struct {
	Model               string `json:"model"`
	State               string `json:"state"`
	ConsecutiveFailures int    `json:"consecutive_failures"`
	CoolingUntil        string `json:"cooling_until,omitempty"`
	Probing             bool   `json:"probing"`
}

func newHealthAnswer(d modelservice.DestinationHealth) healthAnswer {
	a := healthAnswer{Model: d.Model.String(), State: strings.ToUpper(string(d.State)), ConsecutiveFailures: d.Failures, Probing: d.Probing}
	if d.Cooling {
		a.CoolingUntil = d.Until.UTC().Format(time.RFC3339Nano)
	}
	return a
}

// destinationHealth answers how all destinations fare.
func (h *handler) destinationHealth(r *request) (any, error) {
	all, err := h.health(r.caller)
	if err != nil {
		return nil, err
	}
	return struct {
		Destinations []healthAnswer `json:"destinations"`
	}{each(all, newHealthAnswer)}, nil
}

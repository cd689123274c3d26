package rest_test

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzBodies: whatever body comes to whatever path that takes one, it is refused
// in the caller's words and has changed nothing; or it is taken, and the service
// it makes or changes is one that both shapes answer, and that stays as it is when
// it is sent back.
func FuzzBodies(f *testing.F) {
	for i, b := range everyBody {
		f.Add(uint8(i), b.body)
	}
	for _, h := range hostileBodies {
		for i, b := range everyBody {
			if b.target == h.target && len(h.body) < 4<<10 {
				f.Add(uint8(i), h.body)
			}
		}
	}
	var w *world
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		if w == nil {
			w = newRich(lasting{t})
		}
		w.TB = lasting{t}
		b := everyBody[int(which)%len(everyBody)]
		method, path, _ := strings.Cut(b.target, " ")
		before := w.version()
		a := w.send(admin, method, path, body)
		if a.Code != 200 {
			e := a.refusal()
			switch {
			case a.Code >= 500 || w.version() != before:
				t.Fatalf("%s %q answers %d %s, and has changed something: %t", b.target, body, a.Code, a.Body, w.version() != before)
			case a.Code == 400 && strings.HasPrefix(e.field(), "/") && !strings.Contains(e.Message, strings.SplitN(e.field(), "…", 2)[0]):
				t.Fatalf("%s %q blames %q, and the message does not: %s", b.target, body, e.field(), e.Message)
			}
			return
		}
		if w.version() != before {
			w.sendBack(b.target, a)
			w = nil
		}
	})
}

// sendBack holds that a service that was just made or changed can be read and
// sent back in both shapes, and is then the same.
func (w *world) sendBack(target string, made answer) {
	w.Helper()
	for _, shape := range []struct{ path, mask string }{{gaPath, "?update_mask=*"}, {seedPath, ""}} {
		if !strings.Contains(target, "/model-services") {
			return
		}
		object := made.object()
		name, ok := object["full_name"].(string)
		if !ok {
			name = strings.TrimPrefix(object["name"].(string), "model-services/")
		}
		at := shape.path + "/" + url.PathEscape(name)
		read := w.send(admin, "GET", at, "")
		if read.Code != 200 {
			w.Fatalf("%s of %s answers %d %s", at, made.Body, read.Code, read.Body)
		}
		again := w.send(admin, "PATCH", at+shape.mask, read.Body.String())
		if again.Code != 200 || again.Body.String() != read.Body.String() {
			w.Fatalf("%s\nsent back is\n%d %s", read.Body, again.Code, again.Body)
		}
	}
}

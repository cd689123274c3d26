package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// servicesRow: 10,000 services listed over HTTP page by page, and what one of
// them takes, in processor time. Beside it: the same of 1,000. The figure is
// the worst of the ways to list: a schema by its owner, by a caller who was
// granted a tenth of its services, each by itself, and by one who was granted all
// of them so; and a whole metastore with a hundred services in a schema by the
// same three. Who sees a tenth is told more slowly once he was granted more than
// can be put in order at once, which is why the figure may be 2; were a page to
// cost what the list is long, it would be 5 and more. The garbage collector is not counted: its turns come when they come,
// and the garbage of a service is as large in every list.
func servicesRow() row {
	return row{name: "rest-list", budget: 2, allocs: -1, weigh: weighServices}
}

func weighServices(tb testing.TB, scale scale) figure {
	sizes := [2]int{scale.of(1_000), scale.of(10_000)}
	var ways [2][]*listing
	for i, size := range sizes {
		together, apart := openDesk(tb, forgetful{}), openDesk(tb, forgetful{})
		together.fill(tb, size, size)
		apart.fill(tb, size, 100)
		ways[i] = []*listing{
			{"a schema by its owner", together.visitor(tb, ownerToken), mainDefault.String(), size},
			{"a tenth of a schema", together.visitor(tb, readerToken), mainDefault.String(), size / 10},
			{"a schema one by one", together.visitor(tb, holderToken), mainDefault.String(), size},
			{"a metastore by its owner", apart.visitor(tb, ownerToken), "", size},
			{"a tenth of a metastore", apart.visitor(tb, readerToken), "", size / 10},
			{"a metastore one by one", apart.visitor(tb, holderToken), "", size},
		}
	}
	rounds := rounds
	if scale == small {
		rounds = 1
	}
	worst := 0.0
	var says []string
	for i := range ways[0] {
		few, many := ways[0][i], ways[1][i]
		var ratio, one []float64
		for round := range rounds + 1 { // the first one warms up
			a := few.each(tb, many.want/few.want)
			b := many.each(tb, 1)
			if round > 0 {
				ratio, one = append(ratio, b/a), append(one, b)
			}
		}
		worst = max(worst, median(ratio))
		says = append(says, fmt.Sprintf("%s %s a service, %.2f × that of a tenth as many", many.name, inUnits(median(one)), median(ratio)))
	}
	return figure{value: worst, says: strings.Join(says, "; ")}
}

// fill makes services, so many in a schema, the first of them main.default. The
// reader is granted every tenth, the holder every one.
func (d *desk) fill(tb testing.TB, services, inSchema int) {
	tb.Helper()
	ctx := context.Background()
	spec := modelservice.Spec{Destinations: []modelservice.Destination{{Name: "primary", Type: modelservice.PayPerToken, Model: "system.ai.first"}}}
	parent := mainDefault
	var made []catalog.ID
	for i := range services {
		if i > 0 && i%inSchema == 0 {
			parent.Schema = fmt.Sprintf("schema-%d", i/inSchema)
			if _, err := d.catalog.Update(ctx, "bench", func(tx *catalog.Tx) error {
				main, _ := tx.Lookup(catalog.TypeCatalog, mainDefault.Parent())
				_, err := tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: main, Name: parent.Schema, Owner: d.owner})
				return err
			}); err != nil {
				tb.Fatal(err)
			}
		}
		service, err := d.ms.CreateService(ctx, d.owner, modelservice.NewService{Parent: parent, Name: fmt.Sprintf("service-%d", i), Spec: spec})
		if err != nil {
			tb.Fatal(err)
		}
		made = append(made, service.ID)
	}
	if _, err := d.catalog.Update(ctx, "bench", func(tx *catalog.Tx) error {
		for i, id := range made {
			if err := tx.Grant(id, d.holder, catalog.Execute); err != nil {
				return err
			}
			if i%10 != 0 {
				continue
			}
			if err := tx.Grant(id, d.reader, catalog.Execute); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
}

// listing is somebody who lists, and sees so many services.
type listing struct {
	name string
	*visitor
	parent string // a schema, or nothing: everywhere
	want   int
}

// each is the nanoseconds that one service takes when all are listed so often.
func (l *listing) each(tb testing.TB, times int) float64 {
	tb.Helper()
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	before, err := cpuTime()
	if err != nil {
		tb.Fatal(err)
	}
	for range times {
		if err := l.all(); err != nil {
			tb.Fatalf("%s: %v", l.name, err)
		}
	}
	after, err := cpuTime()
	if err != nil {
		tb.Fatal(err)
	}
	return float64(after-before) / float64(times*l.want)
}

// all lists all pages: full ones, but for the last.
func (l *listing) all() error {
	query := url.Values{}
	if l.parent != "" {
		query.Set("parent", "schemas/"+l.parent)
	}
	for n := 0; ; {
		page, err := l.ask("GET", servicesPath+"?"+query.Encode(), "")
		if err != nil {
			return err
		}
		on := bytes.Count(page, []byte(`"name":"model-services/`))
		n += on
		token, err := nextPage(page)
		switch {
		case err != nil:
			return err
		case token == "" && n == l.want:
			return nil
		case token == "" || on != servicesOnPage:
			return fmt.Errorf("%d services are listed, and %d on the last page; %d are to be seen", n, on, l.want)
		}
		query.Set("page_token", token)
	}
}

const servicesOnPage = 100

// nextPage is the token behind the services of a page.
func nextPage(page []byte) (string, error) {
	var last struct {
		Token string `json:"next_page_token"`
	}
	end := bytes.LastIndexByte(page, ']')
	if end < 0 {
		return "", fmt.Errorf("no page: %.300s", page)
	}
	rest := bytes.TrimPrefix(page[end+1:], []byte(","))
	err := json.Unmarshal(append([]byte("{"), rest...), &last)
	return last.Token, err
}

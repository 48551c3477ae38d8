package page

import (
	"context"
	"slices"
	"sync"
)

const (
	// maxChecked bounds the namespaces that are checked for one list, and checksAtOnce those at a time.
	maxChecked, checksAtOnce = 50, 8
)

// readable are the namespaces that a list has.
type readable struct {
	// all reports that the reader may list every namespace; else names are those that they may list.
	all   bool
	names []string
	// unchecked are namespaces for which the API server was not asked, or did not answer.
	unchecked int
}

// readableBy checks the rights of a reader to a namespace, or to all for "". A reader who may not list all of them has each namespace
// checked, up to maxChecked.
func (p *page) readableBy(ctx context.Context, reader Reader, namespace string) (readable, error) {
	allowed, err := reader.MayList(ctx, namespace)
	switch {
	case err != nil:
		return readable{}, err
	case allowed && namespace == "":
		return readable{all: true}, nil
	case allowed:
		return readable{names: []string{namespace}}, nil
	case namespace != "":
		return readable{}, nil
	}
	candidates := p.Source.Namespaces()
	found := readable{unchecked: max(0, len(candidates)-maxChecked)}
	candidates = candidates[:min(len(candidates), maxChecked)]
	var mu sync.Mutex
	var checks sync.WaitGroup
	slots := make(chan struct{}, checksAtOnce)
	for _, candidate := range candidates {
		slots <- struct{}{}
		checks.Go(func() {
			defer func() { <-slots }()
			allowed, err := reader.MayList(ctx, candidate)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				found.unchecked++
			case allowed:
				found.names = append(found.names, candidate)
			}
		})
	}
	checks.Wait()
	slices.Sort(found.names)
	return found, nil
}

// none reports that the reader may list no namespace, as far as it was checked.
func (r *readable) none() bool { return !r.all && len(r.names) == 0 }

package main

import (
	"context"
	"log/slog"
	"net"
	"sort"
	"sync"
	"time"
)

const (
	watchEvery = 5 * time.Second
	dialTime   = 2 * time.Second
)

// Reach is what this node last saw of an address.
type Reach struct {
	Address string `json:"address"`
	// peer or database.
	Kind string `json:"kind"`
	// By TCP; false before the first look.
	Reachable bool `json:"reachable"`
	// Why not, in the system's words.
	Reason string `json:"reason,omitempty"`
}

// Watch looks again and again whether addresses can be reached.
type Watch struct {
	log  *slog.Logger
	lock sync.Mutex
	seen map[string]Reach
}

// NewWatch takes the kinds of the addresses, by address.
func NewWatch(kinds map[string]string, log *slog.Logger) *Watch {
	seen := map[string]Reach{}
	for address, kind := range kinds {
		seen[address] = Reach{Address: address, Kind: kind, Reason: "not tried yet"}
	}
	return &Watch{log: log, seen: seen}
}

// Run ends with the context.
func (watch *Watch) Run(ctx context.Context) {
	for {
		var looks sync.WaitGroup
		for _, reach := range watch.Seen() {
			looks.Add(1)
			go func() {
				defer looks.Done()
				watch.look(ctx, reach)
			}()
		}
		looks.Wait()
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchEvery):
		}
	}
}

func (watch *Watch) look(ctx context.Context, before Reach) {
	dialer := net.Dialer{Timeout: dialTime}
	connection, err := dialer.DialContext(ctx, "tcp", before.Address)
	now := Reach{Address: before.Address, Kind: before.Kind, Reachable: err == nil}
	if err == nil {
		_ = connection.Close()
	} else {
		now.Reason = err.Error()
	}
	if now.Reachable != before.Reachable {
		watch.log.Info("reach", "kind", now.Kind, "address", now.Address, "reachable", now.Reachable)
	}
	watch.lock.Lock()
	defer watch.lock.Unlock()
	watch.seen[now.Address] = now
}

// Seen gives all of them, by address.
func (watch *Watch) Seen() []Reach {
	watch.lock.Lock()
	defer watch.lock.Unlock()
	seen := make([]Reach, 0, len(watch.seen))
	for _, reach := range watch.seen {
		seen = append(seen, reach)
	}
	sort.Slice(seen, func(a, b int) bool { return seen[a].Address < seen[b].Address })
	return seen
}

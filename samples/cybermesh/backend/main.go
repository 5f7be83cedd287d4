// CyberMesh's backend in small: one node of a network of peers. README.md of the folder above says what it is for.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Version is told by the API and the metrics: a change of it is a change of the image that anybody can see.
const Version = "1"

// A pod that is told to end has that long for the requests that it is at.
const drainTime = 1500 * time.Millisecond

func main() {
	config, faults := ReadConfig(os.Getenv)
	key, err := PlaceKey(os.Getenv(keyVariable), config.KeysFolder)
	if err != nil {
		faults = append(faults, err)
	}
	if err := config.CheckCertificate(); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		for _, fault := range faults {
			fmt.Fprintln(os.Stderr, "backend:", fault)
		}
		os.Exit(1)
	}
	log := slog.New(slog.NewJSONHandler(LogOutput(config.LogFolder), &slog.HandlerOptions{Level: config.LogLevel}))
	if err := serve(config, key, log); err != nil {
		fmt.Fprintln(os.Stderr, "backend:", err)
		os.Exit(1)
	}
}

// serve answers on both addresses until SIGTERM or SIGINT.
func serve(config Config, key Key, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	watch := NewWatch(config.Watched(), log)
	requests := &Requests{}
	servers := []*http.Server{
		{Addr: config.APIAddress, Handler: requests.Count(API(config, key, watch))},
		{Addr: config.MetricsAddress, Handler: Metrics(config, watch, requests)},
	}
	failed := make(chan error, len(servers))
	for _, server := range servers {
		server.ReadHeaderTimeout = 5 * time.Second
		listener, err := net.Listen("tcp", server.Addr)
		if err != nil {
			return fmt.Errorf("cannot listen on %s: %w", server.Addr, err)
		}
		go func() { failed <- server.Serve(listener) }()
	}
	go watch.Run(ctx)
	log.Info("serving", "version", Version, "node", config.NodeID, "environment", config.Environment,
		"api", config.APIAddress, "metrics", config.MetricsAddress, "key", key.ID)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("ending")
	draining, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	for _, server := range servers {
		if err := server.Shutdown(draining); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return nil
}

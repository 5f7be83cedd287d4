package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
)

// API answers under /api/v1/.
func API(config Config, key Key, watch *Watch) http.Handler {
	mux := http.NewServeMux()
	// A node serves while its key is where it put it; that its peers are away is no fault of its own.
	mux.HandleFunc("GET /api/v1/health", func(response http.ResponseWriter, _ *http.Request) {
		if _, err := os.Stat(key.File); err != nil {
			answer(response, http.StatusServiceUnavailable, map[string]string{"status": "the signing key is gone"})
			return
		}
		answer(response, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /api/v1/version", func(response http.ResponseWriter, _ *http.Request) {
		answer(response, http.StatusOK, map[string]string{
			"version": Version, "node": config.NodeID, "environment": config.Environment,
			"machine": runtime.GOARCH, "key": key.ID,
		})
	})
	mux.HandleFunc("GET /api/v1/peers", func(response http.ResponseWriter, _ *http.Request) {
		answer(response, http.StatusOK, watch.Seen())
	})
	return mux
}

// Requests counts what the API is asked.
type Requests struct{ total atomic.Int64 }

// Count wraps a handler.
func (requests *Requests) Count(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		requests.total.Add(1)
		handler.ServeHTTP(response, request)
	})
}

// Metrics answers /metrics in Prometheus' text format.
func Metrics(config Config, watch *Watch, requests *Requests) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(response http.ResponseWriter, _ *http.Request) {
		response.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		metric := func(name, kind, help string) {
			fmt.Fprintf(response, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
		}
		metric("cybermesh_build_info", "gauge", "The version that runs.")
		fmt.Fprintf(response, "cybermesh_build_info{version=%q,node=%q} 1\n", Version, config.NodeID)
		metric("cybermesh_requests_total", "counter", "Requests to the API.")
		fmt.Fprintf(response, "cybermesh_requests_total %d\n", requests.total.Load())
		metric("cybermesh_reachable", "gauge", "Whether an address could be reached by TCP, of late.")
		for _, reach := range watch.Seen() {
			value := 0
			if reach.Reachable {
				value = 1
			}
			fmt.Fprintf(response, "cybermesh_reachable{kind=%q,address=%q} %d\n", reach.Kind, reach.Address, value)
		}
	})
	return mux
}

func answer(response http.ResponseWriter, status int, value any) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	_ = json.NewEncoder(response).Encode(value)
}

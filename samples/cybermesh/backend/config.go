package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Config is what the ConfigMap says, in the environment.
type Config struct {
	NodeID      string
	Environment string
	// host:port each.
	Peers []string
	// host:port; empty for no database.
	Database string
	LogLevel slog.Level

	APIAddress     string
	MetricsAddress string
	KeysFolder     string
	LogFolder      string
	Certificate    string
}

// Watched gives the addresses that this node wants to reach, by what they are.
func (config Config) Watched() map[string]string {
	watched := map[string]string{}
	for _, peer := range config.Peers {
		watched[peer] = "peer"
	}
	if config.Database != "" {
		watched[config.Database] = "database"
	}
	return watched
}

// ReadConfig gives every fault at once.
func ReadConfig(get func(string) string) (Config, []error) {
	var faults []error
	required := func(name, what string) string {
		value := strings.TrimSpace(get(name))
		if value == "" {
			faults = append(faults, fmt.Errorf("%s is not set; expected %s; add it to the ConfigMap", name, what))
		}
		return value
	}
	or := func(name, otherwise string) string {
		if value := strings.TrimSpace(get(name)); value != "" {
			return value
		}
		return otherwise
	}
	config := Config{
		NodeID:         required("NODE_ID", "the name or number of this node"),
		Environment:    required("ENVIRONMENT", "the name of the environment"),
		APIAddress:     or("API_ADDRESS", ":9441"),
		MetricsAddress: or("METRICS_ADDRESS", ":9100"),
		KeysFolder:     or("KEYS_FOLDER", "/tmp/keys"),
		LogFolder:      or("LOG_FOLDER", "/app/logs"),
		Certificate:    or("DATABASE_CERTIFICATE", "/app/certs/root.crt"),
	}
	for _, peer := range strings.Split(get("PEERS"), ",") {
		peer = strings.TrimSpace(peer)
		if peer == "" {
			continue
		}
		if err := checkAddress(peer); err != nil {
			faults = append(faults, fmt.Errorf("PEERS has %q; expected host:port, separated by commas", peer))
		}
		config.Peers = append(config.Peers, peer)
	}
	if host := or("DATABASE_HOST", ""); host != "" {
		config.Database = net.JoinHostPort(strings.Trim(host, "[]"), or("DATABASE_PORT", "26257"))
		if err := checkAddress(config.Database); err != nil {
			faults = append(faults, fmt.Errorf("DATABASE_PORT is %q; expected a port, 1 to 65535", get("DATABASE_PORT")))
		}
	}
	if err := config.LogLevel.UnmarshalText([]byte(or("LOG_LEVEL", "info"))); err != nil {
		faults = append(faults, fmt.Errorf("LOG_LEVEL is %q; expected debug, info, warn or error", get("LOG_LEVEL")))
	}
	return config, faults
}

// CheckCertificate tells whether the database's authority can be read, where there is a database.
func (config Config) CheckCertificate() error {
	if config.Database == "" {
		return nil
	}
	remedy := "mount key root.crt of the Secret cockroachdb-root-cert there"
	text, err := os.ReadFile(config.Certificate)
	if err != nil {
		return fmt.Errorf("DATABASE_HOST is set, and the database's certificate is not to be had: %w; %s", err, remedy)
	}
	if block, _ := pem.Decode(text); block == nil || block.Type != "CERTIFICATE" {
		return fmt.Errorf("%s is no certificate; expected PEM; %s", config.Certificate, remedy)
	}
	return nil
}

// LogOutput is stdout, and a file as well where the folder can be written to.
func LogOutput(folder string) io.Writer {
	file, err := os.OpenFile(filepath.Join(folder, "backend.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return os.Stdout
	}
	return io.MultiWriter(os.Stdout, file)
}

func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 || host == "" {
		return fmt.Errorf("no address: %s", address)
	}
	return nil
}

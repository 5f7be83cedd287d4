package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

const keyVariable = "SIGNING_KEY_CONTENT"

// Key is this node's signing key, by what may be told of it.
type Key struct {
	File string
	// The first 16 hexadecimal digits of the SHA-256 of the public key, as DER (PKIX).
	ID string
}

// PlaceKey writes the key, an Ed25519 private key in PEM (PKCS#8), to signing_key.pem in the folder, for its owner alone.
// No error holds any of it.
func PlaceKey(content, folder string) (Key, error) {
	remedy := "give it by a Secret, in the environment of the StatefulSet"
	if content == "" {
		return Key{}, fmt.Errorf("%s is not set; expected an Ed25519 private key in PEM (PKCS#8); %s", keyVariable, remedy)
	}
	id, ok := keyID([]byte(content))
	if !ok {
		return Key{}, fmt.Errorf("%s is no Ed25519 private key in PEM (PKCS#8), which is expected; %s", keyVariable, remedy)
	}
	file := filepath.Join(folder, "signing_key.pem")
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		// One that is there would keep its mode.
		_ = os.Remove(file)
		err = os.WriteFile(file, []byte(content), 0o600)
	}
	if err != nil {
		return Key{}, fmt.Errorf("cannot write the signing key: %w; mount an emptyDir at /tmp", err)
	}
	return Key{File: file, ID: id}, nil
}

func keyID(text []byte) (string, bool) {
	block, _ := pem.Decode(text)
	if block == nil {
		return "", false
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return "", false
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8]), true
}

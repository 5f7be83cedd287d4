// An S3-compatible object store: what lies in a folder, served to whoever signs with its key. Each folder in it is a
// bucket; what lies below is read into memory at the start, and what clients write is gone at the end.
//
//	s3 -listen 127.0.0.1:9000 -folder FOLDER -keys FILE
//
// FILE has one line, `<access key id>:<secret access key>`.
package main

import (
	"context"
	"flag"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9000", "host:port")
	folder := flag.String("folder", ".", "a folder for each bucket, a file for each object")
	keys := flag.String("keys", "", "file with <access key id>:<secret access key>")
	flag.Parse()
	text, err := os.ReadFile(*keys)
	check(err)
	id, secret, found := strings.Cut(strings.TrimSpace(string(text)), ":")
	if !found || id == "" || secret == "" {
		log.Fatalf("%s: expected <access key id>:<secret access key>", *keys)
	}
	backend := s3mem.New()
	check(load(backend, *folder))
	listener, err := net.Listen("tcp", *listen)
	check(err)
	// Tests listen on port 0 and read here which one it became.
	log.Printf("serving %s on %s", *folder, listener.Addr())
	handler := gofakes3.New(backend, gofakes3.WithV4Auth(map[string]string{id: secret})).Server()
	check(http.Serve(listener, handler))
}

func load(backend *s3mem.Backend, folder string) error {
	buckets, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, bucket := range buckets {
		if !bucket.IsDir() {
			continue
		}
		if err := backend.CreateBucket(context.Background(), bucket.Name()); err != nil {
			return err
		}
		if err := fill(backend, bucket.Name(), filepath.Join(folder, bucket.Name())); err != nil {
			return err
		}
	}
	return nil
}

func fill(backend *s3mem.Backend, bucket, folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		key, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		_, err = backend.PutObject(context.Background(), bucket, filepath.ToSlash(key), map[string]string{}, file, info.Size())
		return err
	})
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"net/url"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
)

const etcdStartLimit = time.Minute

func etcdCommand() *cobra.Command {
	var dir, client, peer string
	command := &cobra.Command{Use: "etcd", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		return runEtcd(dir, client, peer)
	}}
	command.Flags().StringVar(&dir, "dir", "", "data folder")
	command.Flags().StringVar(&client, "client", "http://127.0.0.1:2379", "address for clients")
	command.Flags().StringVar(&peer, "peer", "http://127.0.0.1:2380", "address for peers")
	return command
}

func runEtcd(dir, client, peer string) error {
	clientURL, err := url.Parse(client)
	if err != nil {
		return err
	}
	peerURL, err := url.Parse(peer)
	if err != nil {
		return err
	}
	config := embed.NewConfig()
	config.Dir = dir
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*clientURL}, []url.URL{*clientURL}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peerURL}, []url.URL{*peerURL}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true // the data need not outlive the machine
	config.LogLevel = "error"
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	select {
	case <-etcd.Server.ReadyNotify():
	case <-time.After(etcdStartLimit):
		return errors.New("etcd is not ready after a minute")
	}
	return <-etcd.Err()
}

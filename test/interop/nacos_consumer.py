"""Looks for idun in Nacos and takes an id from each node that it finds: nacos_consumer.py NACOS SERVICE"""
import json
import sys
from urllib.request import urlopen

from nacos import NacosClient

server, service = sys.argv[1:]
client = NacosClient(server, namespace="public")


def healthy(name):
    return client.list_naming_instance(name, healthy_only=True)["hosts"]


def take_id(node):
    url = f"http://{node['ip']}:{node['port']}/api/segment/get/default"
    with urlopen(url, timeout=10) as answer:
        return answer.read().decode()


http = healthy(service)
found = {"http": http, "rpc": healthy(f"{service}-rpc"), "ids": [take_id(node) for node in http]}
print(json.dumps(found))

#!/usr/bin/env bash
# A private Nacos on loopback, standalone, whose state is empty at every start.
#
#   nacos.sh install                          finds or installs it; prints what it found
#   nacos.sh serve FOLDER PORT [KEY=VALUE]    runs it in the foreground (exec); PORT-1000 is taken too
#
# KEY=VALUE are lines of application.properties.
# Tried in turn: the server's Maven artifacts, run by the machine's java or that of the Debian package; Docker.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/nacos" && pwd)
image=nacos/nacos-server:v2.5.0
# What was made from other sources is not used.
dist=$cache/nacos-$(cat "$sources"/* | sha256sum | cut -c 1-12)

of_maven() {
  [[ -f $dist/.complete ]] || make_dist || return 1
  command -v java >/dev/null || apt_install default-jre-headless
}

make_dist() {
  command -v javac >/dev/null || apt_install default-jdk-headless || return 1
  command -v mvn >/dev/null || apt_install maven || return 1
  rm -rf "$dist"
  mkdir -p "$dist"
  if ! { download && compile; } >"$dist/log" 2>&1; then
    tail -n 20 "$dist/log" >&2
    return 1
  fi
  touch "$dist/.complete"
}

download() {
  say "downloading Nacos (120 MB, once)" 2>&3
  mvn -B -q --strict-checksums -Dstyle.color=never -f "$sources/pom.xml" \
    dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$dist/jars" || return 1
  (cd "$dist/jars" && sha256sum --check --quiet --strict "$sources/sha256sums")
}

compile() {
  local classes=$dist/launcher
  mkdir -p "$classes/META-INF/services"
  javac -nowarn -proc:none -cp "$dist/jars/*" -d "$classes" "$sources/NacosLauncher.java" || return 1
  # shellcheck disable=SC2016
  echo 'launcher.NacosLauncher$LoopbackServerProvider' \
    >"$classes/META-INF/services/io.grpc.ServerProvider"
}

find_server() { of_maven || docker_answers; }

# configure FOLDER PORT [KEY=VALUE...]: a later line wins.
configure() {
  local folder=$1 port=$2
  shift 2
  rm -rf "$folder/home"
  mkdir -p "$folder/home/conf"
  {
    echo "server.port=$port"
    echo 'server.address=127.0.0.1'
    echo 'server.servlet.contextPath=/nacos'
    echo "server.tomcat.basedir=$folder/home/tomcat"
    echo 'nacos.inetutils.ip-address=127.0.0.1'
    echo 'nacos.core.auth.enabled=false'
    # Users and their roles are known at once, not a quarter of a minute after they were made.
    echo 'nacos.core.auth.caching.enabled=false'
    echo 'nacos.core.auth.system.type=nacos'
    echo 'nacos.core.auth.server.identity.key=idun-test'
    echo 'nacos.core.auth.server.identity.value=idun-test'
    # The key that tokens are signed with: for tests, so no secret.
    echo "nacos.core.auth.plugin.nacos.token.secret.key=$(printf 'idun-test-%.0s' {1..6} | base64 -w 0)"
    echo 'spring.sql.init.platform=derby'
    printf '%s\n' "$@"
  } >"$folder/home/conf/application.properties"
}

# On the machine's own network, as it is told of changes by datagrams. Its gRPC ports cannot be kept to loopback.
serve_in_docker() {
  local folder=$1 name=idun-test-$2
  echo "$name" >"$folder/container"
  docker rm -f "$name" >/dev/null 2>&1 || true
  exec docker run --rm --name "$name" --network host -e MODE=standalone \
    -v "$folder/home/conf/application.properties:/home/nacos/conf/application.properties:ro" \
    -e JVM_XMS=256m -e JVM_XMX=256m -e JVM_XMN=96m "$image"
}

action=${1:-}
[[ $action == install || $action == serve ]] || { sed -n '2,8p' "${BASH_SOURCE[0]}" >&2; exit 2; }
exec 3>&2
if ! locked nacos find_server; then
  say "Nacos CANNOT BE HAD: no Maven artifacts with a JDK, no Docker engine"
  exit 1
fi
server=docker
[[ ! -f $dist/.complete ]] || server=$dist
if [[ $action == install ]]; then
  echo "$server"
  exit 0
fi

configure "${@:2}"
home=$2/home
[[ $server != docker ]] || serve_in_docker "$2" "$3"
classpath=$dist/launcher
for jar in "$dist"/jars/*.jar; do # sorted: each start sees the same class path
  classpath+=:$jar
done
exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dnacos.standalone=true \
  "-Dnacos.home=$home" -Dderby.system.durability=test "-Dderby.stream.error.file=$home/derby.log" \
  -cp "$classpath" launcher.NacosLauncher "--spring.config.additional-location=file:$home/conf/"

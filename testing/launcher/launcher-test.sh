#!/bin/sh
# Tests ./peerstead with pretended JDKs, a pretended Maven and a pretended checkout.
# usage: launcher-test.sh [REPORT]   REPORT receives "PASSED FAILED"
set -u
unset CDPATH PEERSTEAD_SERVICE_POLICY PEERSTEAD_JAVA_HOME PEERSTEAD_JAVA_OPTS JAVA_HOME

here=$(cd "$(dirname "$0")" && pwd -P)
launcher=$here/../../peerstead
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# The commands the launcher may use; no other, so that no real JDK, Node.js or Maven of this machine is seen.
mkdir "$work/tools"
for tool in sh sed awk grep find head tail cat cp rm mkdir touch dirname basename readlink mktemp cmp tee cksum cut sleep chmod; do
  ln -s "$(command -v "$tool")" "$work/tools/$tool"
done

# --- the pretended world, new for each test --------------------------------------

# A JDK of version $2 in folder $1 whose java prints its version, options and arguments.
make_jdk() {
  mkdir -p "$1/bin"
  printf 'JAVA_VERSION="%s"\n' "$2" >"$1/release"
  cat >"$1/bin/java" <<EOF
#!/bin/sh
echo "java $2 pid \$\$"
for argument; do echo "argument <\$argument>"; done
EOF
  printf '#!/bin/sh\n' >"$1/bin/javac"
  chmod +x "$1/bin/java" "$1/bin/javac"
}

# A node command that says it is version $1, and an npm that records its calls.
make_node() {
  printf '#!/bin/sh\necho %s\n' "$1" >"$world/bin/node"
  printf '#!/bin/sh\necho "npm $*" >>"%s/npm-calls"\nmkdir -p node_modules\n' "$world" >"$world/bin/npm"
  chmod +x "$world/bin/node" "$world/bin/npm"
}

begin() {
  name=$1
  world=$work/$((passed + failed))
  checkout="$world/a checkout"
  mkdir -p "$world/bin" "$world/jdks" "$world/home" "$checkout/services/node/src/main/java" "$checkout/testing/launcher"
  cp "$launcher" "$checkout/peerstead"
  echo one >"$checkout/services/node/src/main/java/One.java"
  echo two >"$checkout/services/node/src/main/java/Two.java"
  cat >"$checkout/mvnw" <<EOF
#!/bin/sh
echo "mvnw \$*" >>"$world/mvnw-calls"
echo "[INFO] Building Peerstead node 0.1.0-SNAPSHOT                     [5/5]"
mkdir -p services/node/target
echo jar >services/node/target/peerstead-node-0.1.0-SNAPSHOT-runner.jar
EOF
  cat >"$checkout/testing/launcher/launcher-test.sh" <<'EOF'
#!/bin/sh
echo 3 0 >"$1"
EOF
  chmod +x "$checkout/mvnw" "$checkout/testing/launcher/launcher-test.sh"
  HOME=$world/home
  unset PEERSTEAD_SERVICE_POLICY
  PEERSTEAD_JDK_ROOTS=$world/jdks
  export HOME PEERSTEAD_JDK_ROOTS
}

run() {
  output=$world/output
  PATH=$world/bin:$work/tools "$@" >"$output" 2>&1
  code=$?
}

problem=
expect_code() { [ "$code" -eq "$1" ] || problem="$problem; exit code $code instead of $1"; }
expect_failure() { [ "$code" -ne 0 ] || problem="$problem; exit code 0 instead of a failure"; }
expect_output() { grep -q -F -e "$1" "$output" || problem="$problem; '$1' is missing from the output"; }
reject_output() { ! grep -q -F -e "$1" "$output" || problem="$problem; '$1' is in the output"; }
expect_calls() {
  count=0
  [ ! -f "$world/$1-calls" ] || count=$(grep -c '' "$world/$1-calls")
  [ "$count" -eq "$2" ] || problem="$problem; $1 was called $count times instead of $2"
}

end() {
  if [ -z "$problem" ]; then
    passed=$((passed + 1))
    echo "ok      launcher: $name"
  else
    failed=$((failed + 1))
    echo "FAILED  launcher: $name$problem"
    sed 's/^/        | /' "$output"
  fi
  problem=
}

# --- finding a JDK ---------------------------------------------------------------

begin "an old default JDK is passed over for a newer one in the usual folders"
make_jdk "$world/jdks/old" 17.0.15
make_jdk "$world/jdks/temurin 25" 25.0.3
ln -s "$world/jdks/old/bin/java" "$world/bin/java"
ln -s "$world/jdks/old/bin/javac" "$world/bin/javac"
run "$checkout/peerstead" version
expect_code 0
expect_output "java 25.0.3"
end

begin "JAVA_HOME of an old JDK is passed over"
make_jdk "$world/old" 21.0.2
make_jdk "$world/jdks/new" 26
JAVA_HOME=$world/old run "$checkout/peerstead" version
expect_output "java 26"
end

begin "JAVA_HOME comes before the usual folders"
make_jdk "$world/mine" 25.0.9
make_jdk "$world/jdks/new" 26
JAVA_HOME=$world/mine run "$checkout/peerstead" version
expect_output "java 25.0.9"
end

begin "PEERSTEAD_JAVA_HOME comes before JAVA_HOME"
make_jdk "$world/mine" 25.0.9
make_jdk "$world/wanted" 25.0.4
JAVA_HOME=$world/mine PEERSTEAD_JAVA_HOME=$world/wanted run "$checkout/peerstead" version
expect_output "java 25.0.4"
end

begin "the JDK of the javac on the PATH is used"
make_jdk "$world/elsewhere" 25.0.7
ln -s ../elsewhere/bin/javac "$world/bin/javac"
run "$checkout/peerstead" version
expect_output "java 25.0.7"
end

begin "a JDK below ~/.sdkman is found"
make_jdk "$world/home/.sdkman/candidates/java/25-tem" 25
run "$checkout/peerstead" version
expect_output "java 25 "
end

begin "a JDK below ~/.jdks is found"
make_jdk "$world/home/.jdks/temurin-25" 25.0.1
run "$checkout/peerstead" version
expect_output "java 25.0.1 "
end

begin "a folder with java but no javac is not enough to build"
make_jdk "$world/jdks/jre" 25.0.3
rm "$world/jdks/jre/bin/javac"
run "$checkout/peerstead" version
expect_code 1
expect_output "no JDK 25 or newer found"
end

begin "without any JDK it says what to install"
run "$checkout/peerstead" up
expect_code 1
expect_output "apt install openjdk-25-jdk-headless"
expect_output "brew install openjdk@25"
expect_calls mvnw 0
end

begin "a wrong PEERSTEAD_JAVA_HOME is an error although another JDK exists"
make_jdk "$world/jdks/new" 25.0.3
PEERSTEAD_JAVA_HOME=$world/nowhere run "$checkout/peerstead" up
expect_code 1
expect_output "PEERSTEAD_JAVA_HOME=$world/nowhere holds no JDK"
end

begin "an old PEERSTEAD_JAVA_HOME is an error naming its version"
make_jdk "$world/old" 17.0.15
PEERSTEAD_JAVA_HOME=$world/old run "$checkout/peerstead" up
expect_code 1
expect_output "holds JDK 17"
end

# --- building and running ----------------------------------------------------------

begin "the first command builds, the second does not"
make_jdk "$world/jdks/new" 25.0.3
run "$checkout/peerstead" version
expect_code 0
expect_output "Building Peerstead"
expect_output "Peerstead node 0.1.0-SNAPSHOT"
run "$checkout/peerstead" version
expect_code 0
reject_output "Building"
expect_calls mvnw 1
end

begin "a changed source file builds again"
make_jdk "$world/jdks/new" 25.0.3
run "$checkout/peerstead" version
touch -t 202001010000 "$checkout"/services/node/target/*.jar
find "$checkout/services/node/src" -exec touch -t 201901010000 {} +
run "$checkout/peerstead" version
expect_calls mvnw 1
touch -t 202101010000 "$checkout/services/node/src/main/java/One.java"
run "$checkout/peerstead" version
expect_calls mvnw 2
end

begin "a deleted source file builds again"
make_jdk "$world/jdks/new" 25.0.3
run "$checkout/peerstead" version
touch -t 202001010000 "$checkout"/services/node/target/*.jar
find "$checkout/services/node/src" -exec touch -t 201901010000 {} +
rm "$checkout/services/node/src/main/java/Two.java"
run "$checkout/peerstead" version
expect_calls mvnw 2
end

begin "a changed test or target folder does not build again"
make_jdk "$world/jdks/new" 25.0.3
run "$checkout/peerstead" version
touch -t 202001010000 "$checkout"/services/node/target/*.jar
find "$checkout/services/node/src" -exec touch -t 201901010000 {} +
mkdir -p "$checkout/services/node/src/test/java"
echo test >"$checkout/services/node/src/test/java/OneTest.java"
run "$checkout/peerstead" version
expect_calls mvnw 1
end

begin "a failing build shows Maven's errors and starts nothing"
make_jdk "$world/jdks/new" 25.0.3
printf '#!/bin/sh\necho "[INFO] noise"\necho "[ERROR] One.java:[1,1] class expected"\nexit 1\n' >"$checkout/mvnw"
run "$checkout/peerstead" up
expect_code 1
expect_output "class expected"
expect_output "the build failed; the whole output is in"
reject_output "noise"
reject_output "java 25.0.3 pid"
end

begin "a failing build is not hidden by an older jar"
make_jdk "$world/jdks/new" 25.0.3
run "$checkout/peerstead" version
touch -t 202001010000 "$checkout"/services/node/target/*.jar
printf '#!/bin/sh\necho "[ERROR] broken"\nexit 1\n' >"$checkout/mvnw"
run "$checkout/peerstead" version
expect_code 1
expect_output "broken"
end

begin "arguments arrive as they were given, from any folder and through symbolic links"
make_jdk "$world/jdks/new" 25.0.3
mkdir -p "$world/links"
ln -s "../a checkout/peerstead" "$world/links/first"
ln -s first "$world/links/second"
(cd / && run "$world/links/second" doc json "a file.automerge" '*' "")
output=$world/output
code=0
expect_output "argument <doc>"
expect_output "argument <a file.automerge>"
expect_output "argument <*>"
expect_output "argument <>"
expect_output "argument <$checkout/services/node/target/peerstead-node-0.1.0-SNAPSHOT-runner.jar>"
end

begin "PEERSTEAD_JAVA_OPTS adds options before the jar"
make_jdk "$world/jdks/new" 25.0.3
PEERSTEAD_JAVA_OPTS='-Xmx64m -Dx=y' run "$checkout/peerstead" up
expect_output "argument <-Xmx64m>"
expect_output "argument <-Dx=y>"
end

begin "the launcher is replaced by the application, so signals reach it"
make_jdk "$world/jdks/new" 25.0.3
run "$checkout/peerstead" build
PATH=$world/bin:$work/tools "$checkout/peerstead" up >"$world/output" 2>&1 &
launcher_pid=$!
wait "$launcher_pid"
expect_output "pid $launcher_pid"
end

begin "the exit code of the application is the launcher's"
make_jdk "$world/jdks/new" 25.0.3
printf '#!/bin/sh\nexit 7\n' >"$world/jdks/new/bin/java"
run "$checkout/peerstead" doc verify x
expect_code 7
end

begin "the class cache of this JDK is used, unless the jar is newer"
make_jdk "$world/jdks/new" 25.0.3
run "$checkout/peerstead" build
cache=$checkout/services/node/target/peerstead-$(cksum <"$world/jdks/new/release" | cut -d ' ' -f 1).aot
echo classes >"$cache"
touch -t 202001010000 "$checkout"/services/node/target/*.jar
find "$checkout/services/node/src" -exec touch -t 201901010000 {} +
run "$checkout/peerstead" up
expect_output "argument <-XX:AOTCache=$cache>"
touch -t 201901010000 "$cache"
run "$checkout/peerstead" up
expect_code 0
reject_output "AOTCache"
end

begin "help needs neither a JDK nor a build"
run "$checkout/peerstead" help
expect_code 0
expect_output "usage: ./peerstead COMMAND"
expect_calls mvnw 0
end

begin "no command shows the help"
run "$checkout/peerstead"
expect_code 0
expect_output "usage: ./peerstead COMMAND"
end

# --- testing -------------------------------------------------------------------------

# A Maven that leaves reports: $1 tests, $2 errors, $3 failures, $4 skipped; exits with $5.
make_testing_maven() {
  cat >"$checkout/mvnw" <<EOF
#!/bin/sh
echo "mvnw \$*" >>"$world/mvnw-calls"
mkdir -p engine/target/surefire-reports interop/target/failsafe-reports
echo '<testsuite name="a" time="0.1" tests="$1" errors="$2" skipped="$4" failures="$3">' >engine/target/surefire-reports/TEST-a.xml
echo '<testsuite name="b" time="0.1" tests="10" errors="0" skipped="0" failures="0">' >interop/target/failsafe-reports/TEST-b.xml
exit $5
EOF
}

begin "test sums the reports of all modules and its own"
make_jdk "$world/jdks/new" 25.0.3
make_node v20.1.0
make_testing_maven 5 0 0 1 0
mkdir -p "$checkout/old/target/surefire-reports"
echo '<testsuite tests="100" errors="0" skipped="0" failures="100">' >"$checkout/old/target/surefire-reports/TEST-stale.xml"
run "$checkout/peerstead" test
expect_code 0
[ "$(tail -n 1 "$output")" = "17 passed, 0 failed" ] || problem="$problem; wrong last line"
end

begin "test fails when a test fails"
make_jdk "$world/jdks/new" 25.0.3
make_node v20.1.0
make_testing_maven 5 1 2 0 0
run "$checkout/peerstead" test
expect_failure
[ "$(tail -n 1 "$output")" = "15 passed, 3 failed" ] || problem="$problem; wrong last line"
end

begin "test fails when the build fails although all tests passed"
make_jdk "$world/jdks/new" 25.0.3
make_node v20.1.0
make_testing_maven 5 0 0 0 1
run "$checkout/peerstead" test
expect_failure
expect_output "the build failed"
end

begin "test fails when a test JVM dies"
make_jdk "$world/jdks/new" 25.0.3
make_node v20.1.0
make_testing_maven 5 0 0 0 0
sed 's/^exit/echo "[ERROR] The forked VM terminated without properly saying goodbye"; exit/' "$checkout/mvnw" >"$world/mvnw"
cat "$world/mvnw" >"$checkout/mvnw"
run "$checkout/peerstead" test
expect_failure
expect_output "a test JVM died"
end

begin "test installs the npm packages once per lock file"
make_jdk "$world/jdks/new" 25.0.3
make_node v22.0.0
make_testing_maven 5 0 0 0 0
mkdir -p "$checkout/testing/interop/peers"
echo '{"lockfileVersion": 3}' >"$checkout/testing/interop/peers/package-lock.json"
run "$checkout/peerstead" test
run "$checkout/peerstead" test
expect_calls npm 1
echo '{"lockfileVersion": 3, "changed": true}' >"$checkout/testing/interop/peers/package-lock.json"
run "$checkout/peerstead" test
expect_calls npm 2
end

# A Debian whose apt-get records its calls and installs programs of these names: $1 user id, the rest names.
make_debian() {
  printf '#!/bin/sh\necho %s\n' "$1" >"$world/bin/id"
  shift
  cat >"$world/bin/apt-get" <<EOF
#!/bin/sh
echo "apt-get \$*" >>"$world/apt-get-calls"
case " \$* " in
  *" install "*) for name in $*; do printf '#!/bin/sh\n' >"$world/bin/\$name"; chmod +x "$world/bin/\$name"; done; cat "$world/policy" ;;
esac
EOF
  printf '#!/bin/sh\necho "systemctl $*" >>"%s/systemctl-calls"\n' "$world" >"$world/bin/systemctl"
  chmod +x "$world/bin/id" "$world/bin/apt-get" "$world/bin/systemctl"
  PEERSTEAD_SERVICE_POLICY=$world/policy
  export PEERSTEAD_SERVICE_POLICY
}

begin "test installs what referees need, without starting their services"
make_jdk "$world/jdks/new" 25.0.3
make_node v22.0.0
make_testing_maven 5 0 0 0 0
make_debian 0 turnutils_uclient chromium python3 ip nft
run "$checkout/peerstead" test
expect_code 0
expect_output "Installing the Debian packages coturn chromium python3 iproute2 nftables"
grep -q 'install coturn chromium python3 iproute2 nftables' "$world/apt-get-calls" || problem="$problem; not installed"
grep -q 'disable --now coturn' "$world/systemctl-calls" || problem="$problem; the service was not disabled"
[ ! -e "$world/policy" ] || problem="$problem; the policy was left behind"
run "$checkout/peerstead" test
expect_calls apt-get 2
end

begin "test leaves a policy about services as it is"
make_jdk "$world/jdks/new" 25.0.3
make_node v22.0.0
make_testing_maven 5 0 0 0 0
make_debian 0 turnutils_uclient chromium python3 ip nft
echo mine >"$world/policy"
run "$checkout/peerstead" test
expect_code 0
[ "$(cat "$world/policy")" = mine ] || problem="$problem; the policy was changed"
end

begin "test says what root has to install for the referees, and goes on"
make_jdk "$world/jdks/new" 25.0.3
make_node v22.0.0
make_testing_maven 5 0 0 2 0
make_debian 1000
run "$checkout/peerstead" test
expect_code 0
expect_output "as root: apt-get install coturn chromium python3 iproute2 nftables"
expect_output "2 skipped"
expect_calls apt-get 0
end

begin "test goes on where there is no apt-get, or it fails"
make_jdk "$world/jdks/new" 25.0.3
make_node v22.0.0
make_testing_maven 5 0 0 0 0
run "$checkout/peerstead" test
expect_code 0
expect_output "tests are skipped that need the Debian packages coturn"
make_debian 0
printf '#!/bin/sh\necho "E: no network"\nexit 100\n' >"$world/bin/apt-get"
run "$checkout/peerstead" test
expect_code 0
expect_output "E: no network"
expect_output "as root: apt-get install coturn"
[ ! -e "$world/policy" ] || problem="$problem; the policy was left behind"
end

begin "test says why tests were skipped, once per reason"
make_jdk "$world/jdks/new" 25.0.3
make_node v22.0.0
make_testing_maven 5 0 0 3 0
sed "s|^exit|for n in 1 2; do echo '<skipped message=\"a \&quot;referee\&quot; is missing\" type=\"x\"/>' >>engine/target/surefire-reports/TEST-a.xml; done; exit|" "$checkout/mvnw" >"$world/mvnw"
cat "$world/mvnw" >"$checkout/mvnw"
run "$checkout/peerstead" test
expect_code 0
[ "$(grep -c 'skipped: a "referee" is missing' "$output")" = 1 ] || problem="$problem; the reason is not there once"
end

begin "test says what to install when Node.js is too old"
make_jdk "$world/jdks/new" 25.0.3
make_node v18.19.0
run "$checkout/peerstead" test
expect_code 1
expect_output "Node.js 20 or newer"
expect_output "apt install nodejs npm"
expect_calls mvnw 0
end

[ $# -eq 0 ] || echo "$passed $failed" >"$1"
echo "launcher: $passed passed, $failed failed"
[ "$failed" -eq 0 ]

# Leaves one child in its own group and one in a session of its own, forked twice; tells their ids.
sleep 1000 &
(setsid sh -c 'echo $$; exec sleep 1000' > "$1.own" 2> /dev/null &)
until [ -s "$1.own" ]; do sleep 0.01; done
echo "$$ $! $(cat "$1.own")" > "$1.part"
mv "$1.part" "$1"

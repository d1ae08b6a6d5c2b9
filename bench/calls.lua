-- SPDX-License-Identifier: Apache-2.0
-- wrk: requests made beforehand, each with an id of its own. MOORING_BENCH names a file of "Header: value" lines, an
-- empty line, and the body with @ID@ where the id stands. With MOORING_BENCH_PAUSE_MS each connection waits that long
-- before it asks again, on average. Prints `exactly BYTES in REQUESTS` of what was received.
local requests, at = {}, 0
local pause = tonumber(os.getenv("MOORING_BENCH_PAUSE_MS"))

function init()
  local headers, body = {}, nil
  for line in io.lines(os.getenv("MOORING_BENCH")) do
    local name, value = line:match("^([%w-]+): (.*)$")
    if body == nil and name then
      headers[name] = value
    elseif line ~= "" then
      body = line
    end
  end
  for id = 1, 2048 do
    requests[id] = wrk.format("POST", nil, headers, (body:gsub("@ID@", tostring(id))))
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

if pause then
  function delay()
    return math.random(0, 2 * pause)
  end
end

function done(summary)
  io.write(string.format("exactly %d in %d\n", summary.bytes, summary.requests))
end

-- SPDX-License-Identifier: Apache-2.0
-- The requests of a mixed load for wrk, and the times of each kind: see load beside this file.
--
--   wrk -t N -c N -d SECONDS -s load.lua URL -- BODIES RUN INGEST_SHARE SEED N TOKEN
--
-- BODIES has the body of one POST /v1/query a line. wrk does not say which request a response
-- belongs to, nor how long it took. So N must be the same twice: a thread then has one connection,
-- and its responses are those of the request before. A time is from where request() gives wrk the
-- bytes to where wrk has parsed the whole response, without wrk's correction of latencies.
local ffi = require("ffi")
ffi.cdef("struct chorus_time { long seconds; long nanoseconds; };")
ffi.cdef("int clock_gettime(int clock, struct chorus_time *time);")
local moment = ffi.new("struct chorus_time")

local function now() -- microseconds
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.seconds) * 1000000 + math.floor(tonumber(moment.nanoseconds) / 1000)
end

number = 0 -- of the thread
local asked, answered, first, last = 0, 0, 0, 0
local pending, since = "", 0 -- the kind of the request under way, and when it was sent
local status = { query = {}, ingest = {} }
local wrong = { query = 0, ingest = 0 } -- 200 with another answer than expected
local broken = { query = 0, ingest = 0 } -- connections that broke before the answer
local times = { query = {}, ingest = {} } -- microseconds, rounded by 1/1024 at most -> how often

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

local expected = { query = '"matches"', ingest = '"added":%s*1%D' }
local queries, next_query = {}, 0
local run, share = "", 0
local words, vocabulary = {}, [[
  essay clear argument number river stone explain between list every person place reason quantity
  passage key value winter harbour engine letter market garden silver bridge question answer figure
  table summer north signal paper window method result sample]]
for word in vocabulary:gmatch("%a+") do words[#words + 1] = word end
local templates = {
  "Grade the following answer from 1 to 10 and explain the grade in two sentences.\\n\\n%s",
  "Extract every person, place and quantity from the passage below as a JSON list.\\n\\n%s",
  "You are a careful assistant. Think step by step, and show each step.\\n\\nTask: %s",
  "Translate into French, and keep all numbers as they are: %s",
  "Write three questions that a reader of this text could not answer: %s",
}

function init(arguments)
  local bodies, seed, count, token = arguments[1], arguments[4], arguments[5], arguments[6]
  run, share = arguments[2], tonumber(arguments[3])
  math.randomseed(seed * 1000 + number)
  wrk.headers["Content-Type"] = "application/json"
  if token and token ~= "" then wrk.headers["Authorization"] = "Bearer " .. token end
  local place = 0
  for line in io.lines(bodies) do -- each thread asks its own part of them
    place = place + 1
    if place % count == number % count then
      queries[#queries + 1] = wrk.format("POST", "/v1/query", nil, line)
    end
  end
  next_query = math.random(#queries)
end

local function ingest()
  local filling = {}
  for i = 1, math.random(20, 120) do filling[i] = words[math.random(#words)] end
  local id = run .. "-" .. number .. "-" .. asked
  return wrk.format("POST", "/v1/prompts", nil, string.format(
    '{"id":"%s","account":"load-%d","time":%d,"text":"%s"}', id, math.random(1000), os.time(),
    string.format(templates[math.random(#templates)], table.concat(filling, " "))))
end

function request()
  -- wrk tries request() once in its first thread, and sends nothing.
  local unsent = number == 1 and asked == 1
  if pending ~= "" and not unsent then broken[pending] = broken[pending] + 1 end
  asked = asked + 1
  local bytes
  if math.random() < share then
    pending = "ingest"
    bytes = ingest()
  else
    pending = "query"
    next_query = next_query % #queries + 1
    bytes = queries[next_query]
  end
  since = now()
  if first == 0 then first = since end
  return bytes
end

function response(code, headers, body)
  last = now()
  local kind, time = pending, math.max(last - since, 1)
  pending = ""
  answered = answered + 1
  local key = tostring(code)
  status[kind][key] = (status[kind][key] or 0) + 1
  if code ~= 200 then return end
  if not body:find(expected[kind]) then wrong[kind] = wrong[kind] + 1 end
  local unit = 1
  while time >= 2048 * unit do unit = unit * 2 end
  time = time - time % unit
  times[kind][time] = (times[kind][time] or 0) + 1
end

local function json(object)
  local parts = {}
  for key, value in pairs(object) do
    local written = type(value) == "table" and json(value) or string.format("%.0f", value)
    parts[#parts + 1] = string.format('"%s":%s', key, written)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- What a thread has seen, in JSON. wrk 4.1 crashes when done() gets a table from a thread, so it
-- gets a string, made when it asks.
setmetatable(_G, { __index = function(_, name)
  if name ~= "report" then return nil end
  return json({
    first = first, last = last, answered = answered, ended = now(), status = status,
    wrong = wrong, broken = broken, times = times, since = pending ~= "" and since or 0,
  })
end })

function done(summary, latency, requests)
  io.write("\n")
  for _, thread in ipairs(threads) do io.write("THREAD ", thread:get("report"), "\n") end
  local errors = {}
  for _, name in ipairs({ "connect", "read", "write", "timeout" }) do
    errors[name] = summary.errors[name]
  end
  io.write("ERRORS ", json(errors), "\n")
end
